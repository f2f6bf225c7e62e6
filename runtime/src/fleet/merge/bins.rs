//! The quantiles of a summary's bins, by their [numbers](crate::families::window). It knows no child.

use crate::families::window::ONE;

/// The natural logarithm of 1.01 / 0.99, which is how much wider each bin is than the one below.
const GROWTH: f64 = 0.020_000_666_706_669_525;

/// What is nearer to 0 than this is in bin 0.
const SMALLEST: f64 = 1e-9;

/// The quantiles that are shown.
const QUANTILES: [f64; 3] = [0.5, 0.9, 0.99];

/// The bin of a value.
#[cfg(test)]
pub(crate) fn bin(value: f64) -> i32 {
    if value.abs() < SMALLEST {
        return 0;
    }
    let size = (value.abs().ln() / GROWTH).ceil() as i32 + ONE;
    if value < 0.0 { -size } else { size }
}

/// The value that a bin stands for: none of those in it is farther away than 1 %.
fn value(bin: i32) -> f64 {
    if bin == 0 {
        return 0.0;
    }
    let size = (f64::from(bin.unsigned_abs()) - f64::from(ONE)) * GROWTH;
    (size.exp() * 0.99).clamp(SMALLEST, f64::MAX).copysign(f64::from(bin))
}

/// The quantiles of bins in the order of their numbers; NaN if there is nothing in them.
pub(crate) fn quantiles(bins: &[(i32, u64)]) -> [(f64, f64); 3] {
    let total: u128 = bins.iter().map(|(_, count)| u128::from(*count)).sum();
    QUANTILES.map(|quantile| {
        let rank = (quantile * total.saturating_sub(1) as f64) as u128;
        let mut seen = 0;
        let found = bins.iter().find(|(_, count)| {
            seen += u128::from(*count);
            rank < seen
        });
        (quantile, found.map_or(f64::NAN, |(bin, _)| value(*bin)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_stands_for_values_that_are_near() {
        for number in [1e-9, 2.5e-7, 0.3, 1.0, 17.0, 1e300] {
            for number in [number, -number] {
                let near = value(bin(number));
                assert!((near - number).abs() <= number.abs() * 0.0101, "{near} for {number}");
            }
        }
        assert_eq!((bin(0.0), bin(-1e-12), value(0)), (0, 0, 0.0));
        assert!(value(i32::MIN) < 0.0 && value(i32::MAX) == f64::MAX);
    }

    #[test]
    fn bins_are_in_the_order_of_their_values() {
        let numbers = [-1e9, -1.0, -1e-8, 0.0, 1e-8, 1.0, 1e9].map(bin);
        assert!(numbers.is_sorted());
        assert!(quantiles(&[])[0].1.is_nan());
    }
}
