//! The text format 0.0.4, which every Prometheus reads. It knows nothing of HTTP.
//!
//! A line costs a few copies of prepared pieces: what a family's lines have in common is put together once.

use super::{
    chunks::{self, Chunks},
    labels::{BUCKET, Common, Needed, QUANTILE},
    number::Float,
};
use crate::{
    families::{Distribution, Families, Family, Quantiles, Value, Visitor},
    metric::block::LabelBlock,
};

/// Writes families as text 0.0.4.
#[derive(Debug)]
pub(crate) struct Text {
    out: Chunks,
    common: Common,
    family: Lines,
    buckets: Buckets,
    /// The text of the line that is being put together.
    scratch: Vec<u8>,
}

/// How the current family's lines begin.
#[derive(Debug, Default)]
struct Lines {
    name: Vec<u8>,
    /// The line of a series without own labels up to its value: `name{zone="a"} `, or `name `.
    bare: Vec<u8>,
    /// The line of any other series up to its own labels: `name{zone="a",`, or `name{`.
    head: Vec<u8>,
}

impl Text {
    /// All of `families`, in pieces that end with a line.
    pub(crate) fn encode(families: &dyn Families) -> Vec<Vec<u8>> {
        Self::write(families, Chunks::new())
    }

    /// All of `families` as one text.
    pub(crate) fn encode_to_string(families: &dyn Families) -> String {
        let pieces = Self::encode(families);
        let text = String::from_utf8(pieces.concat()).expect("only text was written");
        pieces.into_iter().for_each(chunks::keep);
        text
    }

    fn write(families: &dyn Families, out: Chunks) -> Vec<Vec<u8>> {
        let mut text = Self {
            out,
            common: Common::new(families.common_labels()),
            family: Lines::default(),
            buckets: Buckets::default(),
            scratch: Vec::new(),
        };
        families.visit(&mut text);
        text.out.finish()
    }

    #[inline]
    fn sample(&mut self, labels: LabelBlock<'_>, value: &[u8]) {
        if labels.is_empty() {
            self.out.line([&self.family.bare, value, b"\n"]);
        } else if self.common.goes_with(labels) {
            self.out.line([&self.family.head, labels.as_str().as_bytes(), b"} ", value, b"\n"]);
        } else {
            self.scratch.clear();
            self.common.join_into(labels, None, &mut self.scratch);
            self.out.line([&self.family.name, b"{", &self.scratch, b"} ", value, b"\n"]);
        }
    }

    fn histogram(&mut self, labels: LabelBlock<'_>, value: &Distribution<'_>) {
        self.buckets.prepare(value.bounds);
        let labels_from = self.begin(b"_bucket{", labels, BUCKET);
        // The first label of a line has no comma in front.
        let comma = usize::from(self.scratch.len() == labels_from);
        let mut digits = itoa::Buffer::new();
        let mut count = 0_u64;
        for (bucket, &more) in value.counts.iter().enumerate() {
            count = count.wrapping_add(more);
            let le = &self.buckets.get(bucket)[comma..];
            self.out.line([&self.scratch, le, digits.format(count).as_bytes(), b"\n"]);
        }
        self.totals(labels_from, value.sum, count);
    }

    fn summary(&mut self, labels: LabelBlock<'_>, Quantiles { values, sum, count }: &Quantiles) {
        let labels_from = self.begin(b"{", labels, QUANTILE);
        let comma: &[u8] = if self.scratch.len() == labels_from { b"" } else { b"," };
        for (quantile, value) in values {
            let (mut quantile_text, mut text) = (Float::new(), Float::new());
            let quantile = quantile_text.format(*quantile).as_bytes();
            let value = text.format(*value).as_bytes();
            self.out.line([&self.scratch, comma, b"quantile=\"", quantile, b"\"} ", value, b"\n"]);
        }
        self.totals(labels_from, *sum, *count);
    }

    /// Writes sum and count of a series whose labels stand in the scratch from there on.
    fn totals(&mut self, labels_from: usize, sum: f64, count: u64) {
        let labels = &self.scratch[labels_from..];
        let (open, close): (&[u8], &[u8]) = if labels.is_empty() { (b"", b" ") } else { (b"{", b"} ") };
        let name = &self.family.name;
        self.out.line([name, b"_sum", open, labels, close, Float::new().format(sum).as_bytes(), b"\n"]);
        self.out.line([name, b"_count", open, labels, close, itoa::Buffer::new().format(count).as_bytes(), b"\n"]);
    }

    /// Puts the name, `suffix` and all labels but the needed one into the scratch; tells where the labels begin.
    fn begin(&mut self, suffix: &[u8], labels: LabelBlock<'_>, needed: Needed) -> usize {
        let line = &mut self.scratch;
        line.clear();
        line.extend_from_slice(&self.family.name);
        line.extend_from_slice(suffix);
        let labels_from = line.len();
        if self.common.goes_with_needed(labels, needed) {
            line.extend_from_slice(self.common.text());
            if line.len() > labels_from && !labels.is_empty() {
                line.push(b',');
            }
            line.extend_from_slice(labels.as_str().as_bytes());
        } else {
            self.common.join_into(labels, Some(needed), line);
        }
        labels_from
    }
}

impl Visitor for Text {
    fn family(&mut self, family: &Family<'_>) {
        self.family.begin(family.name, self.common.text());
        let name = family.name.as_bytes();
        self.scratch.clear();
        escape_help(family.help, &mut self.scratch);
        self.out.line([b"# HELP ", name, b" ", &self.scratch, b"\n"]);
        self.out.line([b"# TYPE ", name, b" ", family.kind.as_str().as_bytes(), b"\n"]);
    }

    fn series(&mut self, labels: LabelBlock<'_>, value: Value<'_>) {
        match value {
            Value::Counter(count) => self.sample(labels, itoa::Buffer::new().format(count).as_bytes()),
            Value::FloatCounter(value) | Value::Gauge(value) => {
                self.sample(labels, Float::new().format(value).as_bytes());
            }
            Value::Histogram(distribution) => self.histogram(labels, &distribution),
            Value::Summary(quantiles) => self.summary(labels, &quantiles),
        }
    }
}

impl Lines {
    fn begin(&mut self, name: &str, common: &[u8]) {
        for line in [&mut self.name, &mut self.bare, &mut self.head] {
            line.clear();
            line.extend_from_slice(name.as_bytes());
        }
        self.head.push(b'{');
        if !common.is_empty() {
            self.bare.push(b'{');
            self.bare.extend_from_slice(common);
            self.bare.push(b'}');
            self.head.extend_from_slice(common);
            self.head.push(b',');
        }
        self.bare.push(b' ');
    }
}

/// What a bucket's line holds between the other labels and the value, `,le="0.005"} `, for each bucket.
#[derive(Debug, Default)]
struct Buckets {
    bounds: Vec<f64>,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Buckets {
    /// Sees to it that the text is that of `bounds`, which seldom change from one series to the next.
    fn prepare(&mut self, bounds: &[f64]) {
        if self.bounds == bounds && !self.ends.is_empty() {
            return;
        }
        self.bounds.clear();
        self.bounds.extend_from_slice(bounds);
        self.text.clear();
        self.ends.clear();
        for &bound in bounds.iter().chain([&f64::INFINITY]) {
            self.text.extend_from_slice(b",le=\"");
            self.text.extend_from_slice(Float::new().format(bound).as_bytes());
            self.text.extend_from_slice(b"\"} ");
            self.ends.push(self.text.len());
        }
    }

    fn get(&self, bucket: usize) -> &[u8] {
        let start = if bucket == 0 { 0 } else { self.ends[bucket - 1] };
        &self.text[start..self.ends[bucket]]
    }
}

/// Appends `help` as it stands on a HELP line, where only a line's end and the backslash are special.
fn escape_help(help: &str, out: &mut Vec<u8>) {
    for &byte in help.as_bytes() {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            _ => out.push(byte),
        }
    }
}

#[cfg(test)]
mod tests;
