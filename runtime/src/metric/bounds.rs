//! The buckets of histograms: upper bounds, or native ones. Knows no values.

pub(crate) mod buckets;

pub(crate) use self::buckets::Ladder;
pub use self::buckets::{Buckets, Native, checked_max_buckets, checked_schema};
use crate::metric::message::Message;

/// How many buckets a histogram may have, `+Inf` apart.
pub const MAX_BOUNDS: usize = 256;

/// The ladder of a duration in seconds.
pub const SECONDS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The ladder of a size in bytes: powers of four from 256 B to 256 MiB.
pub const BYTES: &[f64] = &[
    256.0,
    1_024.0,
    4_096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
    268_435_456.0,
];

/// The ladder of anything else: 1, 2, 5 to 1,000.
pub const COUNTS: &[f64] = &[1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0];

/// The upper bounds, checked: at least one, finite, each above the one before.
///
/// `+Inf` is added to what is written here and must not be among it.
///
/// # Panics
/// While the constant is evaluated, if a bound breaks these rules; the message names its position.
#[track_caller]
#[must_use]
pub const fn checked(bounds: &'static [f64]) -> &'static [f64] {
    if let Some(mistake) = mistake(bounds) {
        mistake.panic();
    }
    bounds
}

/// What is wrong with a list of upper bounds.
pub(crate) const fn mistake(bounds: &[f64]) -> Option<Message> {
    if bounds.is_empty() {
        return Some(Message::new("`buckets` is empty; write at least one upper bound"));
    }
    if bounds.len() > MAX_BOUNDS {
        return Some(Message::new("`buckets` holds ").number(bounds.len()).text(" bounds; at most 256 are allowed"));
    }
    let mut i = 0;
    while i < bounds.len() {
        if !bounds[i].is_finite() {
            return Some(Message::new("bucket ").number(i + 1).text(" is not finite; leave it out, `+Inf` is added"));
        }
        if i > 0 && bounds[i] <= bounds[i - 1] {
            return Some(
                Message::new("bucket ").number(i + 1).text(" is not above the one before it; sort the buckets"),
            );
        }
        i += 1;
    }
    None
}
