//! Numbers that look random and are the same in every run. It knows nothing of what they are for.

/// SplitMix64: a counter whose bits are mixed.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.bits() % end as u64) as usize
    }

    /// A number from −`most` to `most`.
    pub(crate) fn around_zero(&mut self, most: f32) -> f32 {
        // 24 bits are what the mantissa holds.
        let unit = (self.bits() >> 40) as f32 / (1_u64 << 24) as f32;
        (2.0 * unit - 1.0) * most
    }
}
