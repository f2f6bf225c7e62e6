//! What is particular to OpenMetrics 1.0: which lines describe a family, how bounds are written, and what may not be said.
//! The lines themselves are [`text`](super::text)'s.

use std::collections::HashSet;

use super::{chunks::Chunks, names, number::Float, text::Dialect};
use crate::{
    families::{Details, Distribution, Exponential, Family, Quantiles},
    metric::{kind::Kind, unit::Unit},
};

/// The format OpenMetrics.
#[derive(Debug)]
pub(super) struct Open {
    /// Whether the beginnings of series are written.
    created: bool,
    /// The names that families before this one have taken, those of their samples among them.
    taken: HashSet<String>,
    /// Whether the family's series have beginnings.
    begins: bool,
}

/// What the names of a kind's samples end in.
const COUNTER: [&str; 3] = ["", "_total", "_created"];
const HISTOGRAM: [&str; 5] = ["", "_bucket", "_sum", "_count", "_created"];
const SUMMARY: [&str; 4] = ["", "_sum", "_count", "_created"];

impl Open {
    pub(super) fn new(created: bool) -> Self {
        Self { created, taken: HashSet::new(), begins: false }
    }

    /// Whether a counter of this name, `_total` left out, gets in nobody's way.
    fn is_free(&self, base: &str) -> bool {
        !base.is_empty() && COUNTER.iter().all(|suffix| !self.taken.contains(&[base, suffix].concat()))
    }
}

impl Dialect for Open {
    const IS_OPEN: bool = true;

    /// A counter's family is called without `_total`. One that lacks it, or would be called like another family, is of a
    /// kind that nothing is known of: its samples are what they are in the other formats.
    fn describe<'n>(&mut self, family: &Family<'_>, name: &'n str, out: &mut Chunks) -> &'n str {
        let base = name.strip_suffix("_total").filter(|base| family.kind == Kind::Counter && self.is_free(base));
        let (base, kind, suffixes) = match (family.kind, base) {
            (Kind::Counter, Some(base)) => (base, "counter", &COUNTER[..]),
            (Kind::Counter, None) => (name, "unknown", &COUNTER[..1]),
            (Kind::Gauge, _) => (name, "gauge", &COUNTER[..1]),
            (Kind::Histogram, _) => (name, "histogram", &HISTOGRAM[..]),
            (Kind::Summary, _) => (name, "summary", &SUMMARY[..]),
        };
        self.taken.extend(suffixes.iter().map(|suffix| [base, suffix].concat()));
        self.begins = suffixes.len() > 1;

        let described = names::described(base);
        let described = described.as_bytes();
        out.line([b"# TYPE ", described, b" ", kind.as_bytes(), b"\n"]);
        if let Some(unit) = unit(family, base) {
            out.line([b"# UNIT ", described, b" ", unit.as_bytes(), b"\n"]);
        }
        out.line([b"# HELP ", described, b" ", escaped(family.help).as_bytes(), b"\n"]);
        base
    }

    fn bound(value: f64) -> String {
        canonical(value)
    }

    /// A sum that can fall is none. A histogram that has observed less than nothing has only its count.
    fn has_sum(value: &Distribution<'_>) -> bool {
        value.sum >= 0.0 && value.bounds.first().is_none_or(|bound| *bound >= 0.0)
    }

    fn has_sum_of(value: &Quantiles) -> bool {
        value.sum >= 0.0 && !value.values.iter().any(|(_, value)| *value < 0.0)
    }

    fn has_sum_over(value: &Exponential<'_>) -> bool {
        value.sum >= 0.0 && value.negative.is_empty()
    }

    /// Of the kinds that may have any, those that begin.
    fn has_exemplars(&self) -> bool {
        self.begins
    }

    fn began(&self, details: &Details<'_>) -> Option<f64> {
        if self.created && self.begins { details.started_seconds() } else { None }
    }

    fn end(out: &mut Chunks) {
        out.line([b"# EOF\n"]);
    }
}

/// The unit of a family, which may be named only where the name ends in its word; that of a counter without `_total`.
pub(super) fn unit(family: &Family<'_>, base: &str) -> Option<&'static str> {
    let is_of_unit = |unit: &&str| base.strip_suffix(*unit).is_some_and(|stem| stem.ends_with('_'));
    family.unit.map(Unit::as_str).filter(is_of_unit)
}

/// Text as it stands on a HELP line, where quotes are special, too.
fn escaped(help: &str) -> String {
    help.replace('\\', "\\\\").replace('\n', "\\n").replace('"', "\\\"")
}

/// A bound or a quantile as all programs shall write it: the shortest digits, with an exponent below 10⁻⁴ and from 10⁶ on, and a
/// fraction where there is none.
fn canonical(value: f64) -> String {
    let plain = Float::new().format(value).to_owned();
    if !value.is_finite() {
        return plain;
    }
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return plain };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if value != 0.0 && !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.unsigned_abs());
    }
    let fixed = value.to_string();
    if fixed.contains('.') { fixed } else { fixed + ".0" }
}

#[cfg(test)]
mod tests;
