//! How late something was that should have happened on a beat: totals, and quantiles of the last minute. It measures
//! nothing itself and is told all times.
//!
//! What is late for a second has not seen one lag of a second: on a beat of 100 ms nine others were due meanwhile, and
//! would have seen 900 ms, 800 ms and so on. Left out, they make the worst time of a loop look like one value among many
//! good ones. So each of them is counted with the lag that it would have seen.

use std::time::Duration;

use super::window::{Quantiles, Window};

/// The upper bounds of the histograms, in seconds.
pub(super) const BOUNDS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// From this lag on it is called a stall.
const STALL: Duration = Duration::from_millis(100);

/// More beats than these are not made up for after one stall: at 100 ms they are five hours.
const BEATS: u32 = 180_000;

/// For how many beats one stands that a resting loop is woken for, and for how many one that was in time for long.
const RESTS: u32 = 4;
const LONG_RESTS: u32 = 16;

/// A lag of less than this is none that anybody would look into.
const CALM: Duration = Duration::from_millis(10);

/// How many such lags in a row make a loop a calm one.
const CALM_LOOKS: u32 = 16;

/// Pauses around a beat, from nine tenths of it to eleven. On the beat itself a probe would meet what happens once a
/// second at the same moment of it each time, or never.
pub(super) struct Pace {
    beat: Duration,
    state: u64,
}

impl Pace {
    pub(super) fn new(beat: Duration, seed: u64) -> Self {
        Self { beat, state: seed }
    }

    pub(super) fn next(&mut self) -> Duration {
        // Knuth's linear congruential generator; its upper bits are good enough for this.
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.beat.mul_f64(0.9 + 0.2 * ((self.state >> 11) as f64 / (1_u64 << 53) as f64))
    }
}

/// The lags of one beat.
pub(super) struct Lags {
    beat: Duration,
    /// When the next one is due, if one is, and for how many beats it stands.
    due: Option<(Duration, u32)>,
    /// How many beats in a row have found the loop at rest, and were not sent to it.
    rested: u32,
    /// How many in a row were in time.
    calm: u32,
    counts: [u64; BOUNDS.len() + 1],
    sum: f64,
    stalls: u64,
    window: Window,
}

impl Lags {
    pub(super) fn new(beat: Duration) -> Self {
        let (counts, window) = ([0; BOUNDS.len() + 1], Window::new());
        Self { beat, due: None, rested: RESTS - 1, calm: 0, counts, sum: 0.0, stalls: 0, window }
    }

    /// Decides whether something is sent to the loop on this beat, which is due at once then. A loop that is at work gets
    /// it on each beat, so that no stall is missed that lasts for two; to look at one that rests is to wake it, so it gets
    /// one of 4, or of 16 when it has been calm for long, which counts as often. Totals and quantiles are the same on average.
    pub(super) fn beat(&mut self, now: Duration, is_resting: bool) -> bool {
        if self.due.is_some() {
            return false;
        }
        if !is_resting {
            self.expect(now, 1);
            return true;
        }
        self.rested += 1;
        let rests = if self.calm < CALM_LOOKS { RESTS } else { LONG_RESTS };
        if self.rested < rests {
            return false;
        }
        self.expect(now, self.rested);
        self.rested = 0;
        true
    }

    /// Something is due at this time, which stands for so many beats.
    pub(super) fn expect(&mut self, due: Duration, weight: u32) {
        self.due = Some((due, weight));
    }

    /// Whether something is due that has not happened.
    pub(super) fn is_waiting(&self) -> bool {
        self.due.is_some()
    }

    /// It has happened now, if it was due.
    pub(super) fn happened(&mut self, now: Duration) {
        let Some((due, weight)) = self.due.take() else { return };
        let lag = now.saturating_sub(due);
        self.calm = if lag < CALM { self.calm.saturating_add(1) } else { 0 };
        self.stalls += u64::from(lag >= STALL);
        for lag in on_the_beat(lag, self.beat * weight) {
            let seconds = lag.as_secs_f64();
            self.counts[BOUNDS.partition_point(|bound| *bound < seconds)] += u64::from(weight);
            self.sum += seconds * f64::from(weight);
            self.window.add(now, lag, weight);
        }
    }

    /// What the last minute was like, with what is overdue right now: a loop that is stuck tells nobody of it.
    pub(super) fn quantiles(&self, now: Duration) -> Quantiles {
        let mut quantiles = self.window.quantiles(now);
        if let Some((due, weight)) = self.due {
            let overdue = now.saturating_sub(due);
            // What is due may have happened a moment ago, without anybody having noticed yet.
            if overdue > self.beat {
                on_the_beat(overdue, self.beat * weight).for_each(|lag| quantiles.add(lag, weight));
            }
        }
        quantiles
    }

    /// The counts by [`BOUNDS`], and the sum in seconds, since the beginning.
    pub(super) fn totals(&self) -> (&[u64], f64) {
        (&self.counts, self.sum)
    }

    /// How often it was late for long.
    pub(super) fn stalls(&self) -> u64 {
        self.stalls
    }
}

/// The lag, and those of all beats that it has swallowed.
fn on_the_beat(lag: Duration, beat: Duration) -> impl Iterator<Item = Duration> {
    let later = (1..BEATS).map_while(move |missed| lag.checked_sub(beat * missed)).take_while(|lag| !lag.is_zero());
    [lag].into_iter().chain(later)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEAT: Duration = Duration::from_millis(82);

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// A loop that is blocked for a while at the begin of each turn, and rests otherwise.
    struct Loop {
        lags: Lags,
        pace: Pace,
        /// When the last beat was.
        now: Duration,
        /// How long it is blocked, and from one begin of that to the next.
        blocked: Duration,
        every: Duration,
        beats: u32,
        looks: u32,
        /// What a probe would report that forgets what it has missed.
        naive: Vec<Duration>,
    }

    impl Loop {
        fn new(blocked: Duration, every: Duration) -> Self {
            let (lags, pace) = (Lags::new(BEAT), Pace::new(BEAT, 1));
            Self { lags, pace, now: Duration::ZERO, blocked, every, beats: 0, looks: 0, naive: Vec::new() }
        }

        fn run_until(&mut self, end: Duration) {
            let mut arrives = None;
            while self.now < end {
                self.now += self.pace.next();
                self.beats += 1;
                if let Some(at) = arrives.take_if(|at| *at <= self.now) {
                    self.lags.happened(at);
                }
                let into = Duration::from_nanos((self.now.as_nanos() % self.every.as_nanos()) as u64);
                let left = self.blocked.saturating_sub(into);
                if self.lags.beat(self.now, left.is_zero()) {
                    let lag = left.max(Duration::from_micros(40));
                    arrives = Some(self.now + lag);
                    self.looks += 1;
                    self.naive.push(lag);
                }
            }
        }

        fn quantile(&self, share: f64) -> f64 {
            self.lags.quantiles(self.now).get(share).expect("there are some").as_secs_f64()
        }
    }

    /// A fifth of all moments is blocked, and these wait for 0 to 200 ms, so that 5 % of all wait for more than 150 ms.
    #[test]
    fn a_loop_that_is_blocked_for_a_fifth_of_the_time_shows_it() {
        let mut blocked = Loop::new(ms(200), ms(1000));
        blocked.run_until(Duration::from_secs(59));
        let (p50, p95, p99) = (blocked.quantile(0.5), blocked.quantile(0.95), blocked.quantile(0.99));
        assert!(p50 < 0.001, "{p50}");
        assert!((0.13..0.17).contains(&p95), "{p95}");
        assert!((0.17..0.205).contains(&p99), "{p99}");
    }

    /// A calm loop gives no reason to look at it, and still none of its stalls may be missed.
    #[test]
    fn all_stalls_of_a_calm_loop_are_counted() {
        for (blocked, every) in [(ms(200), 10), (ms(200), 7), (ms(300), 30), (ms(1500), 10)] {
            let mut calm = Loop::new(blocked, Duration::from_secs(every));
            calm.run_until(Duration::from_secs(600 * every) - ms(1));
            // At the begin of time it is blocked, too.
            assert_eq!(calm.lags.stalls(), 600, "of {blocked:?} each {every} s");
            let max = calm.lags.quantiles(calm.now).max().expect("there are some");
            assert!(max >= ms(100) && max <= blocked, "{max:?} of {blocked:?}");
            assert!(calm.looks < calm.beats / 2, "{} looks in {} beats", calm.looks, calm.beats);
        }
    }

    #[test]
    fn without_the_beats_that_it_misses_a_probe_sees_nothing() {
        let mut blocked = Loop::new(ms(2000), ms(60_000));
        blocked.run_until(Duration::from_secs(59));
        let all: u64 = blocked.lags.totals().0.iter().sum();
        let late = blocked.lags.totals().0[BOUNDS.partition_point(|bound| *bound < 0.05)..].iter().sum::<u64>();
        assert_eq!(blocked.naive.iter().filter(|lag| **lag > ms(50)).count(), 1);
        assert!((0.025..0.045).contains(&(late as f64 / all as f64)), "{late} of {all}");
    }

    #[test]
    fn pauses_are_a_beat_on_average_and_no_two_alike() {
        let mut pace = Pace::new(BEAT, 7);
        let pauses: Vec<_> = (0..1000).map(|_| pace.next()).collect();
        assert!(pauses.iter().all(|pause| (BEAT * 9 / 10..=BEAT * 11 / 10).contains(pause)));
        let mean = pauses.iter().sum::<Duration>() / 1000;
        assert!((ms(81)..ms(83)).contains(&mean), "{mean:?}");
        assert!(pauses.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn a_free_loop_does_not_lag_and_is_hardly_woken() {
        let mut free = Loop::new(Duration::ZERO, ms(1000));
        free.run_until(Duration::from_secs(60));
        assert!(free.quantile(0.99) < 0.0001, "{}", free.quantile(0.99));
        assert_eq!(free.lags.stalls(), 0);
        assert!(free.looks < free.beats / 8, "{} looks in {} beats", free.looks, free.beats);
    }

    /// In 7,500 s, 500 blocks of 300 ms each: 2 % of all moments, which wait for 150 ms on average.
    #[test]
    fn a_loop_at_rest_is_woken_less_and_tells_the_same() {
        let mut calm = Loop::new(ms(300), ms(15_000));
        calm.run_until(Duration::from_secs(7500));
        let (counts, sum) = calm.lags.totals();
        let all = counts.iter().sum::<u64>() as f64;
        assert!((85_000.0..97_000.0).contains(&all), "{all}");
        assert!(calm.looks < 20_000, "{} looks for {all} beats", calm.looks);
        let late = counts[BOUNDS.partition_point(|bound| *bound < 0.005)..].iter().sum::<u64>() as f64;
        assert!((0.017..0.023).contains(&(late / all)), "{late} of {all}");
        assert!((0.0026..0.0034).contains(&(sum / all)), "{sum} of {all}");
    }

    /// The totals are those of a probe that never misses a beat.
    #[test]
    fn every_beat_is_counted() {
        let mut lags = Lags::new(ms(20));
        lags.expect(ms(20), 1);
        lags.happened(ms(20) + ms(110));
        let (counts, sum) = lags.totals();
        // 110, 90, 70, 50, 30 and 10 ms.
        let expected = [(0.01, 1), (0.05, 2), (0.1, 2), (0.25, 1)];
        for (bound, count) in BOUNDS.iter().zip(counts) {
            let expected = expected.iter().find(|(at, _)| at == bound).map_or(0, |(_, count)| *count);
            assert_eq!(*count, expected, "up to {bound}");
        }
        assert!((sum - 0.36).abs() < 1e-9, "{sum}");
        assert_eq!(lags.stalls(), 1, "one stall, however many beats it took");
    }

    #[test]
    fn a_loop_that_is_stuck_right_now_shows_it() {
        let mut stuck = Loop::new(Duration::ZERO, ms(1000));
        stuck.run_until(Duration::from_secs(10));
        let counted = stuck.lags.totals().0.to_vec();
        stuck.lags.expect(stuck.now, 1);
        let later = |by: u64| stuck.lags.quantiles(stuck.now + Duration::from_secs(by));
        assert!(later(0).max() < Some(ms(1)));
        assert_eq!(later(30).max(), Some(Duration::from_secs(30)));
        assert!(later(30).get(0.5) > Some(Duration::from_secs(5)), "{:?}", later(30).get(0.5));
        assert_eq!(stuck.lags.totals().0, counted, "a total must not know what is not over");
    }

    #[test]
    fn a_stall_of_days_ends() {
        let mut lags = Lags::new(BEAT);
        lags.expect(Duration::ZERO, 1);
        lags.happened(Duration::from_secs(10 * 24 * 60 * 60));
        assert_eq!(lags.totals().0.iter().sum::<u64>(), u64::from(BEATS));
    }
}
