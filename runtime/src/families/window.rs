//! The bins of a summary's window by number, so that what several processes observed can be added up.

/// The number of the bin that ends at 1: bin k above 0 holds what is above e^((k - 2049) G) up to e^((k - 2048) G), where G is
/// ln(1.01 / 0.99); bin -k the same below 0; bin 0 what is nearer to 0 than a billionth. No bin of a size has a number below 1.
pub(crate) const ONE: i32 = 2048;
