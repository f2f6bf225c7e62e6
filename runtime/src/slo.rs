//! What a function is meant to achieve: how many of its calls succeed, and how many of them within which time.
//!
//! ```
//! use tachometer::{Slo, measured, slo::ms};
//!
//! const CHECKOUT: Slo = Slo::new("checkout").success_rate(99.9).latency(ms(250), 99.0);
//!
//! #[measured(slo = CHECKOUT)]
//! fn checkout() -> Result<(), String> {
//!     Ok(())
//! }
//!
//! # #[cfg(feature = "runtime")] {
//! let telemetry = tachometer::builder().no_listener().install()?;
//! # let text = telemetry.render();
//! // The counter has the objective of success, and the histogram that of latency:
//! // function_calls_total{..,objective_name="checkout",objective_percentile="99.9"}
//! # assert!(text.contains("result=\"ok\",objective_name=\"checkout\",objective_percentile=\"99.9\"} 0\n"), "{text}");
//! // function_calls_duration_seconds_bucket{..,objective_name="checkout",objective_percentile="99",
//! //     objective_latency_threshold="0.25",le="0.25"}
//! # assert!(text.contains("objective_percentile=\"99\",objective_latency_threshold=\"0.25\",le=\"0.25\"} 0\n"), "{text}");
//! # }
//! # Ok::<(), tachometer::Error>(())
//! ```
//!
//! | label | on | value |
//! |---|---|---|
//! | `objective_name` | the counter and the histogram | the name of the objective |
//! | `objective_percentile` | the counter | how many percent of the calls shall be `ok` |
//! | `objective_percentile` | the histogram | how many percent of the calls shall be within the threshold |
//! | `objective_latency_threshold` | the histogram | the threshold in seconds, written as its bucket's `le` is in the text format 0.0.4 |
//!
//! These are the labels of autometrics, whose recording and alerting rules work on the metrics that functions share.
//! Functions of one metric may have different objectives, or none and so no such labels.
//!
//! autometrics' rules find the bucket by comparing the threshold with `le` as texts. OpenMetrics writes the `le` of whole
//! seconds as `1.0`, and Prometheus 2 asks for OpenMetrics unless it is told otherwise, as does Prometheus 3, which stores
//! `1.0` from whatever format. There only thresholds such as 0.25 are found, and a threshold of whole seconds gives no alert
//! and no word. `METRICS_FORMATS=text` keeps `le="1"` for Prometheus 2; rules of one's own name the bucket in both ways,
//! `le=~"1([.]0)?"`.
//!
//! What cannot hold is an error of the compiler: a threshold that is no bucket of the histogram, a success rate where
//! the counter does not tell errors apart, and an objective of which the attribute records nothing. What an attribute
//! records one part of, as `counted` does of an objective with success rate and latency, it has that part of.
//!
//! The buckets of `function_calls_duration_seconds`, which functions without a name share, are the program's to set, and
//! an operator may override those of any other histogram. So [`install`](crate::install) looks at the buckets that count,
//! and ends in an error if the threshold of an objective is none of them. A threshold of 75 ms is met by
//!
//! ```toml
//! [[buckets]]
//! match = "function_calls_duration_seconds"
//! bounds = [0.025, 0.075, 0.25, 1.0]
//! ```

use std::time::Duration;

use crate::metric::message::Message;

/// An objective for the calls of a function, for the key `slo`; see [the module](self).
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use = "an objective belongs to a function: `#[measured(slo = ..)]`"]
pub struct Slo {
    pub(crate) name: &'static str,
    /// In percent.
    pub(crate) success_rate: Option<f64>,
    /// A threshold, and how many percent are within it.
    pub(crate) latency: Option<(Duration, f64)>,
}

/// So many milliseconds.
#[must_use]
pub const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

impl Slo {
    /// An objective of this name, which says nothing yet. Functions that serve one purpose may share it.
    ///
    /// # Panics
    /// If the name is empty; in a constant that is a compile error.
    #[track_caller]
    pub const fn new(name: &'static str) -> Self {
        assert!(!name.is_empty(), "an objective needs a name; write one such as `Slo::new(\"checkout\")`");
        Self { name, success_rate: None, latency: None }
    }

    /// So many percent of the calls shall end well, as the label `result` tells.
    ///
    /// # Panics
    /// Unless that is above 0 and below 100; in a constant that is a compile error.
    #[track_caller]
    pub const fn success_rate(mut self, percent: f64) -> Self {
        self.success_rate = Some(checked(percent, "success rate"));
        self
    }

    /// So many percent of the calls shall take no longer than this, which must be a bucket of the histogram.
    ///
    /// # Panics
    /// Unless the percentage is above 0 and below 100; in a constant that is a compile error.
    #[track_caller]
    pub const fn latency(mut self, threshold: Duration, percent: f64) -> Self {
        self.latency = Some((threshold, checked(percent, "latency")));
        self
    }

    /// The same, known to say something that an attribute records: a counter, maybe by outcome, or a histogram.
    ///
    /// # Panics
    /// While the constant is evaluated, if it does not.
    #[doc(hidden)]
    #[track_caller]
    pub const fn applied(self, counter: Option<bool>, is_timed: bool) -> Self {
        let message = Message::new("objective `").text(self.name);
        match (self.success_rate, self.latency, counter) {
            (None, None, _) => {
                message.text("` says nothing; add `.success_rate(99.9)` or `.latency(ms(250), 99.0)`").panic()
            }
            (Some(_), None, None) => {
                message.text("` has no latency, and `timed` counts no calls; use `counted` or `measured`").panic()
            }
            (None, Some(_), Some(_)) if !is_timed => {
                message.text("` has no success rate, and `counted` takes no time; use `timed` or `measured`").panic()
            }
            (Some(_), _, Some(false)) => {
                message.text("` has a success rate, and this counter does not tell errors apart; add `result`").panic()
            }
            _ => self,
        }
    }

    /// The same, known to have a bucket for its threshold.
    ///
    /// # Panics
    /// While the constant is evaluated, if it has none.
    #[track_caller]
    pub(crate) const fn within(self, bounds: &[f64]) -> Self {
        match self.without_bucket(bounds) {
            Some(message) => message.text(", or add it to `buckets`").panic(),
            None => self,
        }
    }

    /// That its threshold is no bucket of a histogram with these bounds, and which ones are near; `None` if it is one.
    pub(crate) const fn without_bucket(self, bounds: &[f64]) -> Option<Message> {
        let Some((threshold, _)) = self.latency else { return None };
        let (mut below, mut above) = (None, None);
        let mut i = 0;
        while i < bounds.len() {
            // A bound of 0.3 s is 299,999,999.99… ns in floating point.
            let bound = (bounds[i] * 1e9).round() as u128;
            if bound == threshold.as_nanos() {
                return None;
            }
            if bound < threshold.as_nanos() {
                below = Some(bound);
            } else if above.is_none() {
                above = Some(bound);
            }
            i += 1;
        }
        let message = Message::new("objective `").text(self.name).text("`: its latency of ");
        let message = time(message, threshold.as_nanos()).text(" is no bucket of the histogram; take ");
        Some(match (below, above) {
            (Some(below), Some(above)) => time(time(message, below).text(" or "), above),
            (Some(bound), None) | (None, Some(bound)) => time(message, bound),
            (None, None) => message.text("one of them"),
        })
    }

    /// The same, known to need no bucket for a threshold.
    ///
    /// # Panics
    /// While the constant is evaluated, if it has one.
    #[track_caller]
    pub(crate) const fn without_bounds(self) -> Self {
        if self.latency.is_none() {
            return self;
        }
        let message = Message::new("objective `").text(self.name);
        message.text("` has a latency, and native buckets have none that ends there; write `buckets = [..]`").panic()
    }
}

/// A percentage that can be missed as well as met.
#[track_caller]
const fn checked(percent: f64, of: &str) -> f64 {
    if percent > 0.0 && percent < 100.0 {
        return percent;
    }
    let message = decimal(Message::new("a ").text(of).text(" of "), percent);
    message.text(" % cannot be aimed at; write a number above 0 and below 100, such as 99.9").panic()
}

/// A number with up to three decimals.
const fn decimal(message: Message, number: f64) -> Message {
    if number.is_nan() {
        return message.text("NaN");
    }
    let message = if number < 0.0 { message.text("-") } else { message };
    let thousandths = (number.abs() * 1e3).round() as usize;
    let message = message.number(thousandths / 1_000);
    match (thousandths / 100 % 10, thousandths / 10 % 10, thousandths % 10) {
        (0, 0, 0) => message,
        (tenths, 0, 0) => message.text(".").number(tenths),
        (tenths, hundredths, 0) => message.text(".").number(tenths).number(hundredths),
        (tenths, hundredths, rest) => message.text(".").number(tenths).number(hundredths).number(rest),
    }
}

/// A time in the largest unit that it is a whole number of.
const fn time(message: Message, nanos: u128) -> Message {
    let (units, unit) = match nanos {
        _ if nanos.is_multiple_of(1_000_000_000) => (nanos / 1_000_000_000, " s"),
        _ if nanos.is_multiple_of(1_000_000) => (nanos / 1_000_000, " ms"),
        _ if nanos.is_multiple_of(1_000) => (nanos / 1_000, " µs"),
        _ => (nanos, " ns"),
    };
    message.number(units as usize).text(unit)
}
