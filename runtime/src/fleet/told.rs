//! What a process of a fleet is told of a value.

use crate::families::{Exponential, Value};

/// The value with buckets of one kind: those of its bounds, where there are native ones beside them.
pub(super) fn of_one_kind(value: Value<'_>) -> Value<'_> {
    match value {
        Value::NativeHistogram(Exponential { classic: Some(classic), .. }) => Value::Histogram(classic),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::Distribution;

    #[test]
    fn of_both_kinds_of_buckets_those_with_bounds_are_told() {
        let classic = Distribution::new(&[1.0], &[1, 2], 9.0);
        let native = |classic| {
            let (positive, negative) = (&[(0, 1), (8, 2)][..], &[][..]);
            let (schema, zero_threshold, zero_count, sum) = (3, 1e-9, 0, 9.0);
            Value::NativeHistogram(Exponential { schema, zero_threshold, zero_count, positive, negative, sum, classic })
        };
        assert_eq!(of_one_kind(native(Some(classic))), Value::Histogram(classic));
        assert_eq!(of_one_kind(native(None)), native(None));
    }
}
