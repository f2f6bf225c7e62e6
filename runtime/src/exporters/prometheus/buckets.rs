//! The text of a histogram's bounds, put together once for all series that have them. It knows nothing of counts.

/// What a bucket's line holds between the other labels and the value, `,le="0.005"} `, for each bucket.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    bounds: Vec<f64>,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Buckets {
    /// Sees to it that the text is that of `bounds`, which seldom change from one series to the next.
    pub(super) fn prepare(&mut self, bounds: &[f64], write: fn(f64) -> String) {
        if self.bounds == bounds && !self.ends.is_empty() {
            return;
        }
        self.bounds.clear();
        self.bounds.extend_from_slice(bounds);
        self.text.clear();
        self.ends.clear();
        for &bound in bounds.iter().chain([&f64::INFINITY]) {
            self.text.extend_from_slice(b",le=\"");
            self.text.extend_from_slice(write(bound).as_bytes());
            self.text.extend_from_slice(b"\"} ");
            self.ends.push(self.text.len());
        }
    }

    pub(super) fn get(&self, bucket: usize) -> &[u8] {
        let start = if bucket == 0 { 0 } else { self.ends[bucket - 1] };
        &self.text[start..self.ends[bucket]]
    }
}
