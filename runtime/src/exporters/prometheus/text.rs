//! The lines of the text formats, and all that is particular to 0.0.4, which every Prometheus reads. It knows nothing of
//! HTTP.
//!
//! A line costs a few copies of prepared pieces: what a family's lines have in common is put together once. What sets
//! one format apart from another is known when this is compiled, so that no line asks for it.

use std::time::UNIX_EPOCH;

use super::{
    buckets::Buckets,
    chunks::{self, Chunks},
    labels::{BUCKET, Common, Needed, QUANTILE},
    names::{self, Names},
    negotiation::Escaping,
    number::Float,
};
use crate::{
    families::{Details, Distribution, Exemplar, Exponential, Families, Family, Quantiles, Value, Visitor},
    metric::block::LabelBlock,
};

/// What is particular to a format.
pub(crate) trait Dialect {
    /// Whether lines may say more than a value, and series have more lines than in other formats.
    const IS_OPEN: bool;

    /// Writes the lines that describe a family of this name, and tells what the time of its beginning is named after.
    fn describe<'n>(&mut self, family: &Family<'_>, name: &'n str, out: &mut Chunks) -> &'n str;

    /// A histogram's bound or a summary's quantile as its label holds it.
    fn bound(value: f64) -> String;

    /// Whether the sum of such a distribution may be written.
    fn has_sum(value: &Distribution<'_>) -> bool;

    /// Whether the sum of such a summary may be written.
    fn has_sum_of(value: &Quantiles) -> bool;

    /// Whether the sum of such a native histogram may be written.
    fn has_sum_over(value: &Exponential<'_>) -> bool;

    /// Whether the family's samples may have exemplars.
    fn has_exemplars(&self) -> bool;

    /// When a series began, if that is to be written.
    fn began(&self, details: &Details<'_>) -> Option<f64>;

    /// Writes what ends the text.
    fn end(out: &mut Chunks);
}

/// Writes families as lines.
#[derive(Debug)]
pub(crate) struct Text<D = Classic> {
    dialect: D,
    escaping: Escaping,
    out: Chunks,
    common: Common,
    names: Names,
    buckets: Buckets,
    /// The text of the line that is being put together.
    scratch: Vec<u8>,
    /// How the current line ends, where the format has more than one way.
    tail: Vec<u8>,
}

/// The format 0.0.4, and 1.0.0, which is the same but for the names that it can hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Classic;

impl Text {
    /// All of `families`, in pieces that end with a line.
    pub(crate) fn encode(families: &dyn Families) -> Vec<Vec<u8>> {
        Self::write(Classic, Escaping::Underscores, families, Chunks::new())
    }

    /// All of `families` as one text.
    pub(crate) fn encode_to_string(families: &dyn Families) -> String {
        joined(Self::encode(families))
    }
}

/// Pieces as one text.
pub(super) fn joined(pieces: Vec<Vec<u8>>) -> String {
    String::from_utf8(chunks::joined(pieces)).expect("only text was written")
}

impl<D: Dialect> Text<D> {
    pub(super) fn write(dialect: D, escaping: Escaping, families: &dyn Families, out: Chunks) -> Vec<Vec<u8>> {
        let mut text = Self {
            dialect,
            escaping,
            out,
            common: Common::new(families.common_labels(), escaping),
            names: Names::default(),
            buckets: Buckets::default(),
            scratch: Vec::new(),
            tail: b"\n".to_vec(),
        };
        families.visit(&mut text);
        D::end(&mut text.out);
        text.out.finish()
    }

    #[inline]
    fn sample(&mut self, labels: LabelBlock<'_>, value: &[u8]) {
        let tail: &[u8] = if D::IS_OPEN { &self.tail } else { b"\n" };
        if labels.is_empty() {
            self.out.line([&self.names.bare, value, tail]);
        } else if self.common.goes_with(labels) {
            self.out.line([&self.names.head, labels.as_str().as_bytes(), b"} ", value, tail]);
        } else {
            self.scratch.clear();
            self.common.join_into(labels, None, &mut self.scratch);
            self.out.line([&self.names.plain.open, &self.scratch, b"} ", value, tail]);
        }
    }

    #[inline]
    fn counter(&mut self, labels: LabelBlock<'_>, value: &[u8], details: &Details<'_>) {
        if !D::IS_OPEN {
            return self.sample(labels, value);
        }
        self.end_with(details, 0);
        self.sample(labels, value);
        self.end_with(&Details::default(), 0);
        if let Some(began) = self.dialect.began(details) {
            self.scratch.clear();
            self.common.join_into(labels, None, &mut self.scratch);
            self.names.created.line(&self.scratch, Float::new().format(began), &mut self.out);
        }
    }

    /// Lets the current line end with the exemplar of a bucket, if there is one.
    fn end_with(&mut self, details: &Details<'_>, bucket: usize) {
        self.tail.clear();
        let exemplar = details.exemplars.iter().find(|exemplar| exemplar.bucket == bucket);
        if let Some(exemplar) = exemplar.filter(|_| self.dialect.has_exemplars()) {
            let at = exemplar.at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
            let (trace, span) = (exemplar.trace.trace_id(), exemplar.trace.span_id());
            let labels = format!(" # {{trace_id=\"{trace:032x}\",span_id=\"{span:016x}\"}} ");
            self.tail.extend_from_slice(labels.as_bytes());
            self.tail.extend_from_slice(Float::new().format(exemplar.value).as_bytes());
            self.tail.extend_from_slice(format!(" {}.{:03}", at / 1000, at % 1000).as_bytes());
        }
        self.tail.push(b'\n');
    }

    fn histogram(&mut self, labels: LabelBlock<'_>, value: &Distribution<'_>, details: &Details<'_>) {
        let sum = Some(value.sum).filter(|_| D::has_sum(value));
        self.buckets_and_totals(labels, (value.bounds, value.counts), sum, details);
    }

    #[inline]
    fn buckets_and_totals(
        &mut self,
        labels: LabelBlock<'_>,
        (bounds, counts): (&[f64], &[u64]),
        sum: Option<f64>,
        details: &Details<'_>,
    ) {
        self.buckets.prepare(bounds, D::bound);
        let labels_from = self.begin(true, labels, BUCKET);
        // Directly behind a name there is no comma.
        let comma = usize::from(self.scratch.len() == labels_from);
        let mut digits = itoa::Buffer::new();
        let mut count = 0_u64;
        for (bucket, &more) in counts.iter().enumerate() {
            count = count.wrapping_add(more);
            if D::IS_OPEN && !details.exemplars.is_empty() {
                self.end_with(details, bucket);
            }
            let tail: &[u8] = if D::IS_OPEN { &self.tail } else { b"\n" };
            let le = &self.buckets.get(bucket)[comma..];
            self.out.line([&self.scratch, le, digits.format(count).as_bytes(), tail]);
        }
        if D::IS_OPEN && !details.exemplars.is_empty() {
            self.end_with(&Details::default(), 0);
        }
        // Without a sum there may be no count either; the last bucket has it.
        let count = Some(count).filter(|_| sum.is_some());
        self.totals(labels_from, sum, count, details);
    }

    /// Text has no form for native buckets: it has those of the bounds beside them, or the one that holds all.
    fn native(&mut self, labels: LabelBlock<'_>, value: &Exponential<'_>, details: &Details<'_>) {
        if let Some(classic) = value.classic {
            let sum = Some(value.sum).filter(|_| D::has_sum(&classic) && D::has_sum_over(value));
            return self.buckets_and_totals(labels, (classic.bounds, classic.counts), sum, details);
        }
        let counts = [value.count()];
        let latest = details.exemplars.iter().max_by_key(|exemplar| exemplar.at);
        let exemplar = latest.map(|exemplar| Exemplar { bucket: 0, ..*exemplar });
        let details = Details::new(details.started_millis(), exemplar.as_slice());
        let sum = Some(value.sum).filter(|_| D::has_sum_over(value));
        self.buckets_and_totals(labels, (&[], &counts), sum, &details);
    }

    fn summary(&mut self, labels: LabelBlock<'_>, value: &Quantiles, details: &Details<'_>) {
        let labels_from = self.begin(false, labels, QUANTILE);
        // Directly behind a name there is no comma.
        let comma: &[u8] = if self.scratch.len() == labels_from { b"" } else { b"," };
        for (quantile, value) in value.values {
            let (quantile, mut text) = (D::bound(quantile), Float::new());
            let value = text.format(value).as_bytes();
            self.out.line([&self.scratch, comma, b"quantile=\"", quantile.as_bytes(), b"\"} ", value, b"\n"]);
        }
        self.totals(labels_from, Some(value.sum).filter(|_| D::has_sum_of(value)), Some(value.count), details);
    }

    /// Writes what a series has besides its buckets or quantiles; its labels stand in the scratch from there on.
    fn totals(&mut self, labels_from: usize, sum: Option<f64>, count: Option<u64>, details: &Details<'_>) {
        let labels = &self.scratch[labels_from..];
        if let Some(sum) = sum {
            self.names.sum.line(labels, Float::new().format(sum), &mut self.out);
        }
        if let Some(count) = count {
            self.names.count.line(labels, itoa::Buffer::new().format(count), &mut self.out);
        }
        if let Some(began) = self.dialect.began(details) {
            self.names.created.line(labels, Float::new().format(began), &mut self.out);
        }
    }

    /// Puts `name{` or `name_bucket{` and all labels but the needed one into the scratch; tells where the labels begin.
    fn begin(&mut self, is_bucket: bool, labels: LabelBlock<'_>, needed: Needed) -> usize {
        let name = if is_bucket { &self.names.bucket } else { &self.names.plain };
        let line = &mut self.scratch;
        line.clear();
        line.extend_from_slice(&name.open);
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

impl<D: Dialect> Visitor for Text<D> {
    fn family(&mut self, family: &Family<'_>) {
        let name = match self.escaping {
            Escaping::Underscores => family.name,
            Escaping::AllowUtf8 => family.original_name,
        };
        let base = self.dialect.describe(family, name, &mut self.out);
        self.names.begin(name, base, self.common.text());
    }

    fn series(&mut self, labels: LabelBlock<'_>, value: Value<'_>, details: &Details<'_>) {
        match value {
            Value::Counter(count) => self.counter(labels, itoa::Buffer::new().format(count).as_bytes(), details),
            Value::FloatCounter(value) => self.counter(labels, Float::new().format(value).as_bytes(), details),
            Value::Gauge(value) => self.sample(labels, Float::new().format(value).as_bytes()),
            Value::Histogram(distribution) => self.histogram(labels, &distribution, details),
            Value::Summary(quantiles) => self.summary(labels, &quantiles, details),
            Value::NativeHistogram(native) => self.native(labels, &native, details),
        }
    }
}

impl names::Name {
    /// Writes a line that has no end of its own, such as a histogram's sum.
    fn line(&self, labels: &[u8], value: &str, out: &mut Chunks) {
        if labels.is_empty() {
            out.line([&self.alone, value.as_bytes(), b"\n"]);
        } else {
            out.line([&self.open, labels, b"} ", value.as_bytes(), b"\n"]);
        }
    }
}

impl Dialect for Classic {
    const IS_OPEN: bool = false;

    fn describe<'n>(&mut self, family: &Family<'_>, name: &'n str, out: &mut Chunks) -> &'n str {
        let described = names::described(name);
        let (described, mut help) = (described.as_bytes(), Vec::new());
        escape_help(family.help, &mut help);
        out.line([b"# HELP ", described, b" ", &help, b"\n"]);
        out.line([b"# TYPE ", described, b" ", family.kind.as_str().as_bytes(), b"\n"]);
        name
    }

    fn bound(value: f64) -> String {
        Float::new().format(value).to_owned()
    }

    fn has_sum(_: &Distribution<'_>) -> bool {
        true
    }

    fn has_sum_of(_: &Quantiles) -> bool {
        true
    }

    fn has_sum_over(_: &Exponential<'_>) -> bool {
        true
    }

    fn has_exemplars(&self) -> bool {
        false
    }

    fn began(&self, _: &Details<'_>) -> Option<f64> {
        None
    }

    fn end(_: &mut Chunks) {}
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
