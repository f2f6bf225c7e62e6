//! Averages of the last minutes, for programs that look at their own numbers. Knows no recorder and no store.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

pub(crate) mod attached;
pub(crate) mod named;
mod sketch;

use self::sketch::Sketches;
use crate::{
    Error,
    error::Kind,
    gate,
    handle::{
        foreign::{self, Dropped},
        number::Number,
    },
};

/// How many slices the shortest window has, and so how exact it is.
const SLICES: u32 = 60;

/// How many slices there are at most.
const MOST: u32 = 4_096;

/// What was added in the last minutes: how much that was, its average, its extremes and its quantiles.
///
/// It is for the program itself: to shed load, to choose a backend, to answer a request for its state. It works with
/// and without an installation and is no metric, because its values change by time alone, and because Prometheus
/// computes them better, over any window and all processes, from the sum and count of a
/// [`Histogram`](crate::Histogram). Who wants to show one nonetheless sets a [`Gauge`](crate::Gauge) to it. As a field
/// of a struct of metrics it takes `#[metric(skip)]`.
///
/// ```
/// use std::{sync::{Arc, atomic::{AtomicU64, Ordering::Relaxed}}, time::Duration};
/// use tachometer::Rolling;
///
/// static LATENCY: Rolling = Rolling::new(); // one, five and fifteen minutes
///
/// LATENCY.add(Duration::from_millis(250));
/// LATENCY.add(0.75);
/// assert_eq!(LATENCY.average(Rolling::ONE_MINUTE), Some(0.5));
/// assert_eq!((LATENCY.current(), LATENCY.count(None)), (Some(0.75), 2));
///
/// // A test brings its own time.
/// let seconds = Arc::new(AtomicU64::new(0));
/// let clock = seconds.clone();
/// let load = Rolling::new().clock(move || Duration::from_secs(clock.load(Relaxed)));
/// load.add(3);
/// seconds.store(90, Relaxed);
/// assert_eq!(load.average(Rolling::ONE_MINUTE), None);
/// assert_eq!(load.average(Rolling::FIVE_MINUTES), Some(3.0));
/// ```
///
/// What was added is kept as sums for each sixtieth of the shortest window, so that memory does not depend on how much was
/// added (37 KB at most for the usual windows), and a value leaves a window up to one such slice early. For quantiles there
/// are bins of 5 %, for each sixtieth of the longest window, up to 64 KB. A window in which nothing was added has no average,
/// no extremes and no quantiles, which is `None`. What is not a finite number is not added but counted in `tachometer_dropped_records_total`; negative numbers are numbers.
#[must_use = "what nobody adds to has no average"]
pub struct Rolling {
    /// How long a slice lasts, and how many the longest window has.
    slice: Duration,
    slices: u64,
    /// Those that were asked for, increasing; none for the usual ones.
    windows: Option<Box<[Duration]>>,
    clock: Option<Arc<Clock>>,
    kept: Mutex<Kept>,
}

type Clock = dyn Fn() -> Duration + Send + Sync;

struct Kept {
    /// When the first look at the system's clock was taken.
    began: Option<Instant>,
    /// Those of the longest window in which anything was added, the latest one at the back.
    slices: VecDeque<Slice>,
    current: Option<f64>,
    sketches: Sketches,
}

struct Slice {
    number: u64,
    totals: Totals,
}

/// What was added in some time.
#[derive(Clone, Copy)]
struct Totals {
    count: u64,
    sum: f64,
    min: f64,
    max: f64,
}

impl Totals {
    const NONE: Self = Self { count: 0, sum: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY };

    fn of(value: f64, times: u64) -> Self {
        Self { count: times, sum: value * times as f64, min: value, max: value }
    }

    fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            sum: self.sum + other.sum,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }
}

impl Rolling {
    /// The shortest of the usual windows.
    pub const ONE_MINUTE: Duration = Duration::from_mins(1);
    /// The middle one.
    pub const FIVE_MINUTES: Duration = Duration::from_mins(5);
    /// The longest one.
    pub const FIFTEEN_MINUTES: Duration = Duration::from_mins(15);

    /// With windows of one, five and fifteen minutes.
    pub const fn new() -> Self {
        Self::of(Duration::from_secs(1), Self::FIFTEEN_MINUTES.as_secs(), None)
    }

    /// With windows of one's own: the shortest one says how exact averages are, the longest one how much is kept.
    ///
    /// # Errors
    /// [`Error::is_setting`] if there is no window, or one without length.
    pub fn with_windows(windows: &[Duration]) -> Result<Self, Error> {
        let (Some(&shortest), Some(&longest)) = (windows.iter().min(), windows.iter().max()) else {
            return Err(Error::new(Kind::Setting, "a rolling average needs a window; name at least one"));
        };
        if shortest.is_zero() {
            let message = format!("{windows:?} has a window without length; a window is longer than 0 s");
            return Err(Error::new(Kind::Setting, message));
        }
        let slice = (shortest / SLICES).max(longest / MOST).max(Duration::from_nanos(1));
        let mut asked_for = windows.to_vec();
        asked_for.sort_unstable();
        asked_for.dedup();
        Ok(Self::of(slice, slices_of(longest, slice), Some(asked_for.into())))
    }

    const fn of(slice: Duration, slices: u64, windows: Option<Box<[Duration]>>) -> Self {
        let kept = Kept { began: None, slices: VecDeque::new(), current: None, sketches: Sketches::new() };
        Self { slice, slices, windows, clock: None, kept: Mutex::new(kept) }
    }

    /// The windows that it was made with, the shortest first.
    #[must_use]
    pub fn windows(&self) -> &[Duration] {
        const USUAL: &[Duration] = &[Rolling::ONE_MINUTE, Rolling::FIVE_MINUTES, Rolling::FIFTEEN_MINUTES];
        self.windows.as_deref().unwrap_or(USUAL)
    }

    /// With another clock than the system's, which tells the time since some moment; for tests.
    pub fn clock(mut self, clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Adds a value, a number or a duration in seconds.
    pub fn add(&self, value: impl Number) {
        let value = value.float();
        if !value.is_finite() {
            foreign::dropped(Dropped::NotANumber);
            return;
        }
        self.add_many(value, 1);
    }

    /// Adds a finite value so many times.
    fn add_many(&self, value: f64, times: u64) {
        self.look(|kept, now| self.keep(kept, now, value, times));
    }

    fn keep(&self, kept: &mut Kept, now: u64, value: f64, times: u64) {
        kept.current = Some(value);
        match kept.slices.back_mut() {
            // A clock of one's own may go back.
            Some(last) if last.number >= now => last.totals = last.totals.and(Totals::of(value, times)),
            _ => kept.slices.push_back(Slice { number: now, totals: Totals::of(value, times) }),
        }
        kept.sketches.add(now / self.wide(), value, times);
        while kept.slices.front().is_some_and(|first| now.saturating_sub(first.number) >= self.slices) {
            kept.slices.pop_front();
        }
    }

    /// The value that was added last, however long ago.
    #[must_use]
    pub fn current(&self) -> Option<f64> {
        self.look(|kept, _| kept.current)
    }

    /// The average of what was added in the window that ends now; `None` if that was nothing.
    ///
    /// A window need not be one of those it was made with; one that is longer than all of them is as long as these.
    #[must_use]
    pub fn average(&self, window: Duration) -> Option<f64> {
        let Totals { count, sum, .. } = self.within(window);
        (count > 0).then(|| sum / count as f64)
    }

    /// The smallest value that was added in the window that ends now; `None` if that was nothing.
    #[must_use]
    pub fn min(&self, window: Duration) -> Option<f64> {
        let Totals { count, min, .. } = self.within(window);
        (count > 0).then_some(min)
    }

    /// The largest one.
    #[must_use]
    pub fn max(&self, window: Duration) -> Option<f64> {
        let Totals { count, max, .. } = self.within(window);
        (count > 0).then_some(max)
    }

    /// How many values were added per second of the window that ends now; `None` if that was nothing.
    #[must_use]
    pub fn rate(&self, window: Duration) -> Option<f64> {
        let count = self.within(window).count;
        let length = window.min(self.slice.saturating_mul(u32::try_from(self.slices).unwrap_or(u32::MAX)));
        (count > 0).then(|| count as f64 / length.max(self.slice).as_secs_f64())
    }

    /// The value that this share of what was added in the window that ends now does not exceed, 0.5 for the median: up to
    /// 5 % too small or too large. `None` if nothing was added.
    ///
    /// A value leaves the window up to a sixtieth of the longest one early.
    ///
    /// ```
    /// use tachometer::Rolling;
    ///
    /// let latency = Rolling::new();
    /// (1..=100).for_each(|millis| latency.add(f64::from(millis) / 1e3));
    /// let median = latency.quantile(Rolling::ONE_MINUTE, 0.5).expect("there are values");
    /// assert!((0.0475..=0.0525).contains(&median));
    /// assert_eq!(latency.max(Rolling::ONE_MINUTE), Some(0.1));
    /// ```
    #[must_use]
    pub fn quantile(&self, window: Duration, share: f64) -> Option<f64> {
        let slices = slices_of(window, self.slice).min(self.slices);
        let wide = self.wide();
        let found = self.look(|kept, now| {
            // As many whole ones as fit, the one that has begun among them.
            let first = (now / wide + 1).saturating_sub(slices.div_ceil(wide));
            kept.sketches.quantile(first, share)
        })?;
        // A bin is wider than what is in it.
        let Totals { count, min, max, .. } = self.within(window);
        Some(if count > 0 { found.clamp(min, max) } else { found })
    }

    /// How many slices one of the bins' slices has.
    fn wide(&self) -> u64 {
        self.slices.div_ceil(u64::from(SLICES)).max(1)
    }

    /// How many values were added in the window that ends now; without one in the longest.
    #[must_use]
    pub fn count(&self, window: impl Into<Option<Duration>>) -> u64 {
        self.within(window.into().unwrap_or(Duration::MAX)).count
    }

    fn within(&self, window: Duration) -> Totals {
        let slices = slices_of(window, self.slice).min(self.slices);
        self.look(|kept, now| {
            let inside = kept.slices.iter().rev().take_while(|slice| now.saturating_sub(slice.number) < slices);
            inside.fold(Totals::NONE, |totals, slice| totals.and(slice.totals))
        })
    }

    /// Looks at what is kept, with the number of the slice that is now.
    fn look<T>(&self, work: impl FnOnce(&mut Kept, u64) -> T) -> T {
        // Before the lock is taken, as a clock of one's own may do anything.
        let told = self.clock.as_ref().map(|clock| clock());
        gate::within(|| {
            // A panic leaves nothing half-done.
            let kept = &mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            let now = told.unwrap_or_else(|| kept.began.get_or_insert_with(Instant::now).elapsed());
            work(kept, u64::try_from(now.as_nanos() / self.slice.as_nanos()).unwrap_or(u64::MAX))
        })
    }
}

/// How many slices a window has, the one that has begun among them.
fn slices_of(window: Duration, slice: Duration) -> u64 {
    u64::try_from(window.as_nanos().div_ceil(slice.as_nanos())).unwrap_or(u64::MAX)
}

impl Default for Rolling {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Rolling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rolling")
            .field("current", &self.current())
            .field("count", &self.count(None))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// A clock in the hands of a test, in milliseconds.
    #[derive(Clone, Default)]
    struct Hand(Arc<AtomicU64>);

    impl Hand {
        fn set(&self, millis: u64) {
            self.0.store(millis, Ordering::Relaxed);
        }

        fn on(&self, rolling: Rolling) -> Rolling {
            let Self(hand) = self.clone();
            rolling.clock(move || Duration::from_millis(hand.load(Ordering::Relaxed)))
        }
    }

    #[test]
    fn values_leave_one_window_after_the_other() {
        let hand = Hand::default();
        let rolling = hand.on(Rolling::new());
        let averages = || {
            [Rolling::ONE_MINUTE, Rolling::FIVE_MINUTES, Rolling::FIFTEEN_MINUTES].map(|window| rolling.average(window))
        };
        assert_eq!((averages(), rolling.current(), rolling.count(None)), ([None; 3], None, 0));
        rolling.add(6);
        hand.set(59_999);
        rolling.add(2);
        assert_eq!(averages(), [Some(4.0); 3]);
        hand.set(60_000);
        assert_eq!(averages(), [Some(2.0), Some(4.0), Some(4.0)]);
        hand.set(300_000);
        assert_eq!(averages(), [None, Some(2.0), Some(4.0)]);
        hand.set(900_000);
        assert_eq!(averages(), [None, None, Some(2.0)]);
        assert_eq!((rolling.count(None), rolling.count(Rolling::ONE_MINUTE)), (1, 0));
        hand.set(u64::MAX);
        assert_eq!((averages(), rolling.current(), rolling.count(None)), ([None; 3], Some(2.0), 0));
    }

    #[test]
    fn memory_does_not_depend_on_how_much_is_added() {
        let hand = Hand::default();
        for windows in [&[Duration::from_millis(1), Duration::from_hours(24)][..], &[Duration::from_nanos(1)]] {
            let rolling = hand.on(Rolling::with_windows(windows).expect("they are windows"));
            for n in 0..20_000_u64 {
                hand.set(n * 5_000);
                rolling.add(n as f64);
            }
            assert!(rolling.kept.lock().expect("nothing panics").slices.len() <= MOST as usize + 1);
        }
    }

    #[test]
    fn a_window_may_be_any_and_is_cut_at_the_longest() {
        let hand = Hand::default();
        let windows = [Duration::from_secs(60), Duration::from_secs(120)];
        let rolling = hand.on(Rolling::with_windows(&windows).expect("they are windows"));
        rolling.add(1);
        hand.set(90_000);
        rolling.add(-3);
        let average = |seconds| rolling.average(Duration::from_secs(seconds));
        assert_eq!([1, 89, 91, 120].map(average), [Some(-3.0), Some(-3.0), Some(-1.0), Some(-1.0)]);
        hand.set(125_000);
        assert_eq!(average(1_000_000), Some(-3.0));
        assert_eq!(rolling.average(Duration::ZERO), None);
    }

    #[test]
    fn what_is_not_finite_is_left_out() {
        let rolling = Rolling::new();
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].into_iter().for_each(|value| rolling.add(value));
        assert_eq!((rolling.count(None), rolling.current()), (0, None));
        rolling.add(-1.5_f32);
        assert_eq!(rolling.average(Rolling::ONE_MINUTE), Some(-1.5));
    }

    #[test]
    fn a_clock_that_goes_back_loses_nothing() {
        let hand = Hand::default();
        let rolling = hand.on(Rolling::new());
        hand.set(100_000);
        rolling.add(1);
        hand.set(10_000);
        rolling.add(3);
        assert_eq!(rolling.average(Rolling::ONE_MINUTE), Some(2.0));
        let end = Rolling::new().clock(|| Duration::MAX);
        end.add(5);
        end.add(7);
        assert_eq!(end.average(Rolling::ONE_MINUTE), Some(6.0));
    }

    #[test]
    fn threads_lose_nothing() {
        static ROLLING: Rolling = Rolling::new();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10_000).for_each(|n| ROLLING.add(n % 2)));
            }
        });
        assert_eq!((ROLLING.count(None), ROLLING.average(Rolling::FIFTEEN_MINUTES)), (40_000, Some(0.5)));
    }

    #[test]
    fn extremes_rates_and_quantiles_are_those_of_the_window() {
        let hand = Hand::default();
        let rolling = hand.on(Rolling::new());
        let all = |window| {
            let quantile = |share| rolling.quantile(window, share);
            (
                rolling.min(window),
                rolling.max(window),
                rolling.rate(window),
                quantile(0.0),
                quantile(0.5),
                quantile(1.0),
            )
        };
        assert_eq!(all(Rolling::ONE_MINUTE), (None, None, None, None, None, None));
        [-8.0, 0.0, 2.0].into_iter().for_each(|value| rolling.add(value));
        let near = |found: Option<f64>, value: f64| {
            let found = found.expect("there are values");
            assert!((found - value).abs() <= value.abs() * 0.05, "{found} for {value}");
        };
        let (min, max, rate, lowest, median, highest) = all(Rolling::ONE_MINUTE);
        assert_eq!((min, max, rate), (Some(-8.0), Some(2.0), Some(0.05)));
        near(lowest, -8.0);
        near(median, 0.0);
        near(highest, 2.0);
        hand.set(120_000);
        rolling.add(100);
        let (min, _, rate, lowest, ..) = all(Rolling::ONE_MINUTE);
        assert_eq!((min, rate), (Some(100.0), Some(1.0 / 60.0)));
        near(lowest, 100.0);
        let (min, _, rate, lowest, ..) = all(Rolling::FIVE_MINUTES);
        assert_eq!((min, rate), (Some(-8.0), Some(4.0 / 300.0)));
        near(lowest, -8.0);
        hand.set(2_000_000);
        assert_eq!(all(Rolling::FIFTEEN_MINUTES), (None, None, None, None, None, None));
    }

    #[test]
    fn windows_that_are_none_are_refused() {
        let told = |windows: &[Duration]| {
            let error = Rolling::with_windows(windows).expect_err("they are refused");
            assert!(error.is_setting());
            error.to_string()
        };
        assert_eq!(told(&[]), "a rolling average needs a window; name at least one");
        assert_eq!(
            told(&[Duration::from_secs(60), Duration::ZERO]),
            "[60s, 0ns] has a window without length; a window is longer than 0 s"
        );
    }
}
