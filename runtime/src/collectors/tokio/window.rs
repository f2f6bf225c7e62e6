//! Quantiles of the last minute, in a fixed amount of memory. It does not know what was measured, nor what time it is.

use std::time::Duration;

/// How far back it looks: this many slices of so long each, the one that is being filled among them.
const SLICES: usize = 6;
const SLICE: Duration = Duration::from_secs(10);

/// Values up to this one are not told apart.
const LEAST: f64 = 50e-6;
/// Each bucket ends this much higher than the one before, so that a value is known to 2.5 %.
const GROWTH: f64 = 1.05;
/// Enough for 100 s; what is longer counts as that, while the maximum is exact.
const BUCKETS: usize = 300;

/// Counts of the last minute, by size.
pub(super) struct Window {
    slices: [Slice; SLICES],
    /// Which slice of all time is being filled.
    current: u64,
}

#[derive(Clone)]
struct Slice {
    counts: [u32; BUCKETS],
    max: Duration,
}

impl Slice {
    const EMPTY: Self = Self { counts: [0; BUCKETS], max: Duration::ZERO };

    fn add(&mut self, value: Duration, times: u32) {
        let count = &mut self.counts[bucket(value)];
        *count = count.saturating_add(times);
        self.max = self.max.max(value);
    }
}

/// What the values of a window were.
#[derive(Clone)]
pub(super) struct Quantiles {
    counts: Vec<u64>,
    max: Duration,
}

impl Window {
    pub(super) fn new() -> Self {
        Self { slices: [Slice::EMPTY; SLICES], current: 0 }
    }

    /// Adds a value that was measured at this time, which does not go back, and counts so many times.
    pub(super) fn add(&mut self, now: Duration, value: Duration, times: u32) {
        self.forget(now);
        self.slices[self.current as usize % SLICES].add(value, times);
    }

    /// What was measured in the minute up to now.
    pub(super) fn quantiles(&self, now: Duration) -> Quantiles {
        let mut all = Quantiles { counts: vec![0; BUCKETS], max: Duration::ZERO };
        let now = slice(now).max(self.current);
        for back in 0..SLICES as u64 {
            // The slices of this window that have passed since it was last filled are empty.
            let Some(at) = now.checked_sub(back).filter(|at| *at <= self.current) else { continue };
            let slice = &self.slices[at as usize % SLICES];
            all.counts.iter_mut().zip(&slice.counts).for_each(|(all, count)| *all += u64::from(*count));
            all.max = all.max.max(slice.max);
        }
        all
    }

    fn forget(&mut self, now: Duration) {
        let now = slice(now);
        let passed = now.saturating_sub(self.current).min(SLICES as u64);
        for ahead in 1..=passed {
            self.slices[(self.current + ahead) as usize % SLICES] = Slice::EMPTY;
        }
        // After a long pause all slices are empty, and any of them may be the next one.
        self.current = self.current.max(now);
    }
}

impl Quantiles {
    pub(super) fn add(&mut self, value: Duration, times: u32) {
        self.counts[bucket(value)] += u64::from(times);
        self.max = self.max.max(value);
    }

    /// The value that this share of all values does not exceed; `None` of no values.
    pub(super) fn get(&self, share: f64) -> Option<Duration> {
        let all: u64 = self.counts.iter().sum();
        let rank = ((share.clamp(0.0, 1.0) * all as f64).ceil() as u64).max(1);
        let mut seen = 0;
        let at = self.counts.iter().position(|count| {
            seen += count;
            seen >= rank
        })?;
        Some(middle(at).min(self.max))
    }

    /// The highest value; `None` of no values.
    pub(super) fn max(&self) -> Option<Duration> {
        self.counts.iter().any(|count| *count > 0).then_some(self.max)
    }
}

fn slice(now: Duration) -> u64 {
    now.as_secs() / SLICE.as_secs()
}

fn bucket(value: Duration) -> usize {
    let steps = (value.as_secs_f64() / LEAST).ln() / GROWTH.ln();
    // Less than the least is negative, and the logarithm of nothing is −∞; both become 0.
    (steps.ceil() as usize).min(BUCKETS - 1)
}

fn middle(bucket: usize) -> Duration {
    match i32::try_from(bucket) {
        Ok(bucket) if bucket > 0 => Duration::from_secs_f64(LEAST * GROWTH.powi(bucket) / GROWTH.sqrt()),
        _ => Duration::from_secs_f64(LEAST / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn is_near(value: Option<Duration>, expected: Duration) -> bool {
        value.is_some_and(|value| (value.as_secs_f64() / expected.as_secs_f64() - 1.0).abs() < 0.03)
    }

    #[test]
    fn quantiles_are_near_the_truth() {
        let mut window = Window::new();
        assert!(window.quantiles(ms(0)).get(0.5).is_none() && window.quantiles(ms(0)).max().is_none());
        (1..=1000).for_each(|value| window.add(ms(5), ms(value), 1));
        let quantiles = window.quantiles(ms(5));
        for share in [0.1, 0.5, 0.95, 0.99] {
            assert!(is_near(quantiles.get(share), ms((share * 1000.0) as u64)), "{share}: {:?}", quantiles.get(share));
        }
        assert_eq!((quantiles.get(1.0).map(|it| it <= ms(1000)), quantiles.max()), (Some(true), Some(ms(1000))));
    }

    #[test]
    fn what_is_older_than_a_minute_is_forgotten() {
        let at = Duration::from_secs;
        let mut window = Window::new();
        window.add(at(3), ms(800), 1);
        window.add(at(35), ms(10), 1);
        assert_eq!(window.quantiles(at(59)).max(), Some(ms(800)));
        assert_eq!(window.quantiles(at(60)).max(), Some(ms(10)), "reading forgets, too");
        assert_eq!(window.quantiles(at(89)).max(), Some(ms(10)));
        assert_eq!(window.quantiles(at(90)).max(), None);
        window.add(at(1000), ms(7), 1);
        assert_eq!(window.quantiles(at(1000)).max(), Some(ms(7)));
    }

    #[test]
    fn no_value_is_out_of_bounds() {
        let mut window = Window::new();
        for value in [Duration::ZERO, Duration::from_nanos(1), Duration::MAX] {
            window.add(ms(0), value, 1);
        }
        let quantiles = window.quantiles(ms(0));
        assert!(quantiles.get(0.0) < Some(ms(1)) && quantiles.get(1.0) > Some(Duration::from_secs(90)));
        assert_eq!(quantiles.max(), Some(Duration::MAX));
    }
}
