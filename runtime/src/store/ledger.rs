//! What all series of a store take up together, and how much of it there may be. Knows no series.

use crate::{
    cardinality::policy::{Limit, Policy},
    remembered,
    sync::{AtomicU64, Ordering},
};

/// What one series takes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cost {
    pub(crate) series: u64,
    pub(crate) bytes: u64,
    pub(crate) samples: u64,
}

/// Which part of all room is kept for series of last resort, which metrics need that come later: one of so many.
const RESERVE: u64 = 16;

/// Which part of all bytes threads may fill with what they remember of label sets: one of so many.
const REMEMBERED: u64 = 8;

/// Who asks for room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// A series that can be folded into another one.
    Ordinary,
    /// One that cannot.
    LastResort,
}

/// What is taken, and the limits. Room is taken in one step, so that there is never more taken than there is.
pub(crate) struct Ledger {
    accounts: [Account; 3],
    /// Samples that stand beside those of series.
    foreign: AtomicU64,
}

/// The account of bytes.
const BYTES: usize = 1;

/// The account of samples.
const SAMPLES: usize = 2;

struct Account {
    used: AtomicU64,
    most: AtomicU64,
    /// What is used besides, by others than series.
    beside: fn() -> u64,
}

impl Cost {
    pub(crate) const NONE: Self = Self { series: 0, bytes: 0, samples: 0 };

    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            series: self.series + other.series,
            bytes: self.bytes + other.bytes,
            samples: self.samples + other.samples,
        }
    }

    fn parts(self) -> [u64; 3] {
        [self.series, self.bytes, self.samples]
    }
}

impl Ledger {
    pub(crate) fn new(policy: &Policy) -> Self {
        let account = |beside| Account { used: AtomicU64::new(0), most: AtomicU64::new(0), beside };
        let accounts = [|| 0, remembered::held, || 0].map(account);
        let ledger = Self { accounts, foreign: AtomicU64::new(0) };
        ledger.set_limits(policy);
        ledger
    }

    pub(crate) fn set_limits(&self, policy: &Policy) {
        let limits = [Limit::Series, Limit::Bytes, Limit::Samples].map(|limit| policy.most(limit));
        self.accounts.iter().zip(limits).for_each(|(account, most)| account.most.store(most, Ordering::Relaxed));
        self.leave();
    }

    /// Whether there is room for this much at the moment.
    pub(crate) fn has_room(&self, cost: Cost, claim: Claim) -> bool {
        self.accounts.iter().zip(cost.parts()).all(|(account, amount)| account.has_room(amount, claim))
    }

    /// Takes room, if there is enough of all.
    pub(crate) fn take(&self, cost: Cost, claim: Claim) -> bool {
        let parts = cost.parts();
        for (n, (account, amount)) in self.accounts.iter().zip(parts).enumerate() {
            if !account.take(amount, claim) {
                self.accounts.iter().zip(parts).take(n).for_each(|(account, amount)| account.give(amount));
                return false;
            }
        }
        true
    }

    /// Takes room, whether there is any or not.
    pub(crate) fn force(&self, cost: Cost) {
        self.accounts.iter().zip(cost.parts()).for_each(|(account, amount)| {
            account.used.fetch_add(amount, Ordering::Relaxed);
        });
    }

    /// Changes what is taken of bytes by what a part holds more, or, modulo 2⁶⁴, less.
    pub(crate) fn charge(&self, bytes: u64) {
        self.accounts[BYTES].used.fetch_add(bytes, Ordering::Relaxed);
        self.leave();
    }

    /// Leaves to what threads remember, which is there for convenience only, what no series has taken, and no more than
    /// its part.
    fn leave(&self) {
        let account = &self.accounts[BYTES];
        let most = account.most.load(Ordering::Relaxed);
        let free = (most - most / RESERVE).saturating_sub(account.used.load(Ordering::Relaxed));
        remembered::set_most(free.min(most / REMEMBERED));
    }

    pub(crate) fn give(&self, cost: Cost) {
        self.accounts.iter().zip(cost.parts()).for_each(|(account, amount)| account.give(amount));
    }

    /// From now on there are so many samples beside those of series.
    pub(crate) fn set_foreign_samples(&self, samples: u64) {
        let before = self.foreign.swap(samples, Ordering::Relaxed);
        // Modulo 2⁶⁴: whoever swaps later adds the difference to what this one has set.
        self.accounts[SAMPLES].used.fetch_add(samples.wrapping_sub(before), Ordering::Relaxed);
    }

    /// What is used of series, bytes and samples, and how much of each there may be.
    pub(crate) fn state(&self) -> [(u64, u64); 3] {
        self.accounts.each_ref().map(|account| {
            let used = account.used.load(Ordering::Relaxed);
            (used.saturating_add((account.beside)()), account.most.load(Ordering::Relaxed))
        })
    }
}

impl Account {
    fn has_room(&self, amount: u64, claim: Claim) -> bool {
        self.used.load(Ordering::Relaxed).saturating_add(amount) <= self.most(claim)
    }

    /// Relaxed, as everywhere here: each account is a number of its own, and nothing else is read on its account.
    fn take(&self, amount: u64, claim: Claim) -> bool {
        let most = self.most(claim);
        let mut used = self.used.load(Ordering::Relaxed);
        loop {
            let Some(next) = used.checked_add(amount).filter(|next| *next <= most) else { return false };
            match self.used.compare_exchange_weak(used, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => used = now,
            }
        }
    }

    fn most(&self, claim: Claim) -> u64 {
        match (self.most.load(Ordering::Relaxed), claim) {
            (u64::MAX, _) => u64::MAX,
            (most, Claim::LastResort) => most.saturating_sub((self.beside)()),
            (most, Claim::Ordinary) => (most - most / RESERVE).saturating_sub((self.beside)()),
        }
    }

    fn give(&self, amount: u64) {
        self.used.fetch_sub(amount, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(tachometer_loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_takes_nothing() {
        let ledger = Ledger::new(&Policy::default().bytes(100));
        let cost = |bytes| Cost { series: 1, bytes, samples: 1 };
        assert!(!ledger.take(cost(101), Claim::LastResort));
        assert_eq!(ledger.state().map(|(used, _)| used), [0; 3]);
        assert!(ledger.take(cost(90), Claim::Ordinary));
        assert!(!ledger.take(cost(5), Claim::Ordinary), "the rest is kept for series of last resort");
        assert!(ledger.take(cost(5), Claim::LastResort));
        assert_eq!(ledger.state().map(|(used, _)| used), [2, 95, 2]);
    }

    #[test]
    fn samples_of_others_are_those_that_were_said_last() {
        let ledger = Ledger::new(&Policy::default());
        [70, 80, 10].into_iter().for_each(|samples| ledger.set_foreign_samples(samples));
        assert_eq!(ledger.state()[SAMPLES].0, 10);
    }
}
