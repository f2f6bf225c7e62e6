//! Numbers as the text formats write them. It does not know what they stand for.

/// Room for one floating-point number as text.
#[derive(Clone, Copy)]
pub(super) struct Float(ryu::Buffer);

impl Float {
    pub(super) fn new() -> Self {
        Self(ryu::Buffer::new())
    }

    /// The shortest text that reads back as the same number: `0.25`, `10`, `1e300`, `+Inf`, `-Inf`, `NaN`.
    ///
    /// A whole number has no fraction, which is how Prometheus' own clients write `le="10"` in the classic format.
    pub(super) fn format(&mut self, value: f64) -> &str {
        if value.is_nan() {
            "NaN"
        } else if value.is_infinite() {
            if value > 0.0 { "+Inf" } else { "-Inf" }
        } else {
            let text = self.0.format_finite(value);
            text.strip_suffix(".0").unwrap_or(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Float;

    #[test]
    fn writes_the_shortest_form() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (10.0, "10"),
            (0.005, "0.005"),
            (-2.5, "-2.5"),
            (1e300, "1e300"),
            (5e-324, "5e-324"),
            (268_435_456.0, "268435456"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(Float::new().format(value), text);
        }
    }
}
