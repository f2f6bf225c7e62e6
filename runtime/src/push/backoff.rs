//! How long to wait before the next attempt, and a little chance in it.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// Pauses that double up to a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Backoff {
    pub(crate) first: Duration,
    pub(crate) longest: Duration,
}

impl Backoff {
    /// The pause after so many failures in a row, counted from 0, before chance has its say.
    pub(crate) fn pause(self, failures: u32) -> Duration {
        let doubled = 2_u32.checked_pow(failures).and_then(|factor| self.first.checked_mul(factor));
        doubled.unwrap_or(self.longest).min(self.longest)
    }
}

/// A little chance: splitmix64, seeded by the standard library's random hashes. Nothing secret depends on it.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new() -> Self {
        Self(RandomState::new().hash_one(0_u8))
    }

    /// A part of this time, from `least` of it to all.
    pub(crate) fn share(&mut self, time: Duration, least: f64) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let chance = ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64;
        time.mul_f64(least + (1.0 - least) * chance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(30) };
        let pauses = [0, 1, 2, 4, 5, 31, 32, u32::MAX].map(|failures| backoff.pause(failures).as_secs());
        assert_eq!(pauses, [1, 2, 4, 16, 30, 30, 30, 30]);
    }

    #[test]
    fn chance_stays_within_its_share() {
        let (mut dice, time) = (Dice::new(), Duration::from_secs(8));
        let shares: Vec<_> = (0..1_000).map(|_| dice.share(time, 0.5)).collect();
        assert!(shares.iter().all(|share| (time / 2..=time).contains(share)));
        assert!(shares.iter().any(|share| *share < time * 5 / 8) && shares.iter().any(|share| *share > time * 7 / 8));
    }
}
