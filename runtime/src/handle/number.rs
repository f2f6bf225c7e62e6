//! Numbers and times, as handles take them. Knows nothing of what they measure.

use std::{num::NonZero, time::Duration};

/// A number that a metric can record, or a time, which is recorded in seconds.
///
/// These are all integers, also as [`NonZero`], `f32`, `f64` and [`Duration`]. A metric's value is an `f64`, so that an
/// integer beyond 2⁵³ is recorded as the nearest one that an `f64` holds. The trait is sealed.
///
/// ```
/// use std::time::Duration;
/// use tachometer::{Gauge, Histogram, Number};
///
/// static WAITING: Gauge = Gauge::new("jobs_waiting");
/// static SIZE: Histogram = Histogram::new("job_bytes");
///
/// fn observe(histogram: &Histogram, value: impl Number) {
///     histogram.record(value);
/// }
///
/// let queue = vec!["one", "two"];
/// WAITING.set(queue.len());
/// WAITING.decrement(1);
/// observe(&SIZE, 1_500_u64);
/// observe(&Histogram::new("job_seconds"), Duration::from_millis(20));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no number that a metric could record",
    label = "expected a number or a `Duration`",
    note = "numbers are all integers, also `NonZero` ones, `f32` and `f64`; a `Duration` is recorded in seconds"
)]
pub trait Number: sealed::Number {}

/// A whole number that a [`Counter`](crate::Counter) can be incremented by.
///
/// These are all unsigned integers, also as [`NonZero`]. An `i32` is one because that is what a literal such as `1` is;
/// where it is negative nothing is counted but the attempt, in `tachometer_dropped_records_total`. The trait is sealed.
///
/// ```
/// use tachometer::Counter;
///
/// static READ: Counter = Counter::new("read_bytes_total");
///
/// let bytes = b"bytes".as_slice();
/// READ.increment(bytes.len());
/// READ.increment(1);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that a counter could count",
    label = "expected an unsigned integer",
    note = "a counter counts unsigned integers, also `NonZero` ones, since a total never falls: convert a signed one by \
            `try_into`, or `unsigned_abs`",
    note = "`FloatCounter` counts fractions and times, and `Gauge` what may fall as well"
)]
pub trait Count: sealed::Count {}

pub(crate) mod sealed {
    pub trait Number {
        fn float(self) -> f64;
    }

    pub trait Count {
        /// None if it is negative.
        fn count(self) -> Option<u64>;
    }
}

macro_rules! numbers {
    ($($integer:ty),*; $($float:ty),*) => {
        $(
            numbers!(@ $integer, value => value as f64);
            numbers!(@ NonZero<$integer>, value => value.get() as f64);
        )*
        $(numbers!(@ $float, value => value.into());)*
    };
    (@ $number:ty, $value:ident => $float:expr) => {
        impl Number for $number {}

        impl sealed::Number for $number {
            #[inline]
            fn float(self) -> f64 {
                let $value = self;
                $float
            }
        }
    };
}

numbers!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize; f32, f64);
numbers!(@ Duration, time => time.as_secs_f64());

macro_rules! counts {
    ($($unsigned:ty),*) => {
        $(
            // A total goes round at 2⁶⁴, and so does an amount.
            counts!(@ $unsigned, value => Some(value as u64));
            counts!(@ NonZero<$unsigned>, value => Some(value.get() as u64));
        )*
    };
    (@ $number:ty, $value:ident => $count:expr) => {
        impl Count for $number {}

        impl sealed::Count for $number {
            #[inline]
            fn count(self) -> Option<u64> {
                let $value = self;
                $count
            }
        }
    };
}

counts!(u8, u16, u32, u64, u128, usize);
counts!(@ i32, value => u64::try_from(value).ok());
