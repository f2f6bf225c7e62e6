//! Positions against exact arithmetic.

use proptest::prelude::*;

use super::*;

/// A number of any size, lowest digit first.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Large(Vec<u32>);

impl Large {
    fn squared(&self) -> Self {
        let mut out = vec![0_u32; self.0.len() * 2];
        for (i, a) in self.0.iter().enumerate() {
            let mut carry = 0;
            for (j, b) in self.0.iter().enumerate() {
                let sum = u64::from(*a) * u64::from(*b) + u64::from(out[i + j]) + carry;
                out[i + j] = sum as u32;
                carry = sum >> 32;
            }
            out[i + self.0.len()] = carry as u32;
        }
        while out.last() == Some(&0) {
            out.pop();
        }
        Self(out)
    }

    fn bits(&self) -> u64 {
        let top = self.0.last().copied().unwrap_or(0);
        self.0.len() as u64 * 32 - u64::from(top.leading_zeros())
    }

    fn is_power_of_two(&self) -> bool {
        self.0.iter().map(|digit| digit.count_ones()).sum::<u32>() == 1
    }

    /// Whether it is at most 2 to the power of this.
    fn is_at_most(&self, power: u64) -> bool {
        self.bits() <= power || (self.bits() == power + 1 && self.is_power_of_two())
    }
}

/// Whether 1.mantissa is at most 2^(n/256), for sure: its 256th power is at most 2ⁿ.
fn is_at_most(mantissa: u64, n: usize) -> bool {
    let whole = 1 << MANTISSA | mantissa;
    let mut power = Large(vec![whole as u32, (whole >> 32) as u32]);
    (0..FINEST).for_each(|_| power = power.squared());
    power.is_at_most(u64::from(MANTISSA) * STEPS as u64 + n as u64)
}

#[test]
fn bounds_are_the_largest_numbers_that_are_not_above_them() {
    for (n, bound) in BOUNDS.iter().enumerate() {
        assert!(is_at_most(*bound, n) && !is_at_most(bound + 1, n), "{n}");
    }
}

/// The number of a bucket, by a search among bounds.
fn searched(size: f64, schema: i32) -> i64 {
    let exponent = ((size.to_bits() >> MANTISSA) as i64) - 1023;
    let mantissa = size.to_bits() & ((1 << MANTISSA) - 1);
    let finest = exponent * 256 + BOUNDS.partition_point(|bound| *bound < mantissa) as i64;
    // Upwards, as a bucket includes its upper bound.
    let width = 1_i64 << (FINEST - schema);
    finest.div_euclid(width) + i64::from(finest.rem_euclid(width) > 0)
}

fn index(value: f64, schema: i32) -> i64 {
    let position = Position::of(value).expect("it does not count as 0");
    i64::from(position.coarser_by((FINEST - schema) as u32)) + 1
}

#[test]
fn powers_of_two_are_the_upper_bounds_of_their_buckets() {
    for schema in 0..=8 {
        for exponent in -127..1024_i32 {
            let (power, at) = (2.0_f64.powi(exponent), i64::from(exponent) << schema);
            assert_eq!(index(power, schema), at);
            assert_eq!(index(power.next_down(), schema), at);
            assert_eq!(index(power.next_up(), schema), at + 1);
            assert_eq!(index(-power, schema), at);
        }
    }
    assert_eq!([0.25, 1.0, 1.5, 2.0, 3.0, 16.0, 17.0].map(|value| index(value, -2)), [0, 0, 1, 1, 1, 1, 2]);
    assert_eq!([2.0_f64.powi(-16), 1.0, 1.1, 65_536.0, 65_537.0].map(|value| index(value, -4)), [-1, 0, 1, 1, 2]);
}

/// As Prometheus' client for Go has them.
#[test]
fn indices_are_those_that_others_take() {
    for (value, schema, expected) in [
        (0.6, 3, -5),
        (1.0, 3, 0),
        (1.1, 3, 2),
        (1.09, 3, 1),
        (3.0, 2, 7),
        (0.000_5, 1, -21),
        (1e6, 0, 20),
        (f64::MAX, 0, 1024),
        (f64::MAX, 3, 8192),
        (f64::INFINITY, 0, 1025),
        (f64::INFINITY, 3, 8193),
        (f64::NEG_INFINITY, 8, 262_145),
        (f64::INFINITY, -1, 513),
        (f64::INFINITY, -4, 65),
        (f64::MAX, -4, 64),
    ] {
        assert_eq!(index(value, schema), expected, "{value} at {schema}");
    }
}

#[test]
fn what_is_near_0_counts_as_0() {
    assert_eq!(ZERO_THRESHOLD, 2.0_f64.powi(-128));
    for zero in [0.0, -0.0, 5e-324, f64::MIN_POSITIVE, ZERO_THRESHOLD, -ZERO_THRESHOLD] {
        assert_eq!(Position::of(zero), None, "{zero}");
    }
    let near = Position::of(ZERO_THRESHOLD.next_up()).expect("it is beyond");
    assert_eq!((near.is_negative, near.at), (false, -128 * 256));
    assert!(Position::of(-1e-38).is_some_and(|near| near.is_negative));
}

#[test]
fn exemplars_are_apart_where_values_are() {
    let of = |value: f64| Position::of(value).expect("it does not count as 0").exemplar();
    let apart: std::collections::HashSet<_> = (0..10).map(|n| of(4.0_f64.powi(n - 8) * 1.5)).collect();
    assert_eq!(apart.len(), 10);
    assert_eq!(of(1.1), of(3.9));
}

proptest! {
    #[test]
    fn every_number_is_where_a_search_finds_it(bits: u64, mantissa in 0..1_u64 << 52, nudge in -2..=2_i64) {
        let near = f64::from_bits(1023 << 52 | (BOUNDS[bits as usize % STEPS] as i64 + nudge).max(0) as u64);
        let some = f64::from_bits(1023 << 52 | mantissa);
        for value in [f64::from_bits(bits & !(1 << 63)), near, some] {
            prop_assume!(!value.is_nan());
            if value > ZERO_THRESHOLD && value.is_finite() {
                for schema in COARSEST..=FINEST {
                    prop_assert_eq!(index(value, schema), searched(value, schema), "{} at {}", value, schema);
                }
            }
        }
    }
}
