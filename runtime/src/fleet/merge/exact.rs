//! Sums of floating-point numbers without the error of adding up: differences of totals come and go for as long as the
//! parent lives, and a total must neither drift nor fall.

/// A sum, as a number and what is lost when it is rounded to one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Exact {
    high: f64,
    low: f64,
}

impl Exact {
    pub(crate) fn new(high: f64) -> Self {
        Self { high, low: 0.0 }
    }

    /// Adds a number; one that is not finite is left out.
    pub(crate) fn add(&mut self, number: f64) {
        if !number.is_finite() {
            return;
        }
        let sum = self.high + number;
        if !sum.is_finite() {
            // As the store does it: a sum stays a number.
            *self = Self::new(f64::MAX.copysign(sum));
            return;
        }
        let part = sum - self.high;
        let lost = (self.high - (sum - part)) + (number - part);
        let low = self.low + lost;
        self.high = sum + low;
        self.low = low - (self.high - sum);
    }

    /// Takes over a later total in the place of an earlier one.
    pub(crate) fn advance(&mut self, from: f64, to: f64) {
        self.add(to);
        self.add(-from);
    }

    pub(crate) fn value(self) -> f64 {
        self.high
    }

    /// Both parts, to be kept in a file.
    pub(crate) fn parts(self) -> [f64; 2] {
        [self.high, self.low]
    }

    pub(crate) fn of_parts([high, low]: [f64; 2]) -> Self {
        Self { high, low }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_and_goes_leaves_nothing() {
        let mut sum = Exact::default();
        sum.add(0.1);
        for at in 0..100_000 {
            sum.advance(f64::from(at) * 0.3, f64::from(at + 1) * 0.3);
        }
        assert_eq!(sum.value(), 0.1 + 30_000.0);
        sum.advance(30_000.0, 0.0);
        assert_eq!(sum.value(), 0.1);
    }

    #[test]
    fn what_is_no_number_is_left_out_and_the_sum_stays_one() {
        let mut sum = Exact::new(1.0);
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].into_iter().for_each(|number| sum.add(number));
        assert_eq!(sum.value(), 1.0);
        sum.add(f64::MAX);
        sum.add(f64::MAX);
        assert_eq!(sum.value(), f64::MAX);
    }
}
