//! How a series' own labels and those of the whole program become the text between braces of the classic format.
//!
//! It knows nothing of values.

use std::borrow::Cow;

use super::negotiation::Escaping;
use crate::metric::{
    block::{self, LabelBlock},
    label,
};

/// A label that lines of a kind need for themselves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Needed {
    name: &'static str,
    sign: &'static str,
    /// What a series' own label of that name is called instead, as Prometheus does with labels that it needs.
    exported: &'static str,
}

/// That of a histogram's buckets.
pub(super) const BUCKET: Needed = Needed { name: "le", sign: ",le=\"", exported: "exported_le" };

/// That of a summary's quantiles.
pub(super) const QUANTILE: Needed = Needed { name: "quantile", sign: ",quantile=\"", exported: "exported_quantile" };

/// The labels that stand on every series, ready to be joined with a series' own.
#[derive(Debug)]
pub(super) struct Common {
    labels: Vec<(String, String)>,
    text: String,
    /// `,name="` for each label: where it occurs in a block, the block may have a label of that name.
    signs: Vec<String>,
    escaping: Escaping,
}

/// Whether a block may hold the label of a sign. A value that ends in `,name=` looks like one.
#[inline]
fn is_sign_in(sign: &str, block: LabelBlock<'_>) -> bool {
    block.as_str().starts_with(&sign[1..]) || block.as_str().contains(sign)
}

impl Common {
    pub(super) fn new(block: LabelBlock<'_>, escaping: Escaping) -> Self {
        let mut labels = Vec::new();
        join(&mut labels, block.iter(), 0, |name| written(name, escaping));
        let text = text(&labels);
        let signs = labels.iter().map(|(name, _)| format!(",{name}=\"")).collect();
        Self { labels, text, signs, escaping }
    }

    /// The common labels one by one.
    pub(super) fn pairs(&self) -> &[(String, String)] {
        &self.labels
    }

    /// The common labels alone.
    pub(super) fn text(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// Whether `own` can stand behind the common labels as it is. May say no for one that could.
    #[inline]
    pub(super) fn goes_with(&self, own: LabelBlock<'_>) -> bool {
        (own.is_classic() || self.escaping == Escaping::AllowUtf8)
            && !self.signs.iter().any(|sign| is_sign_in(sign, own))
    }

    /// The same for lines that add a label.
    #[inline]
    pub(super) fn goes_with_needed(&self, own: LabelBlock<'_>, needed: Needed) -> bool {
        self.goes_with(own) && !is_sign_in(needed.sign, own)
    }

    /// Appends the common labels and `own` as [`join`](Self::join) puts them together.
    pub(super) fn join_into(&self, own: LabelBlock<'_>, needed: Option<Needed>, out: &mut Vec<u8>) {
        out.extend_from_slice(text(&self.join(own, needed)).as_bytes());
    }

    /// The common labels and `own`, which wins over a common label of its name.
    ///
    /// Names that are not classic are sanitized, unless the format can hold them. Where that makes two of the series'
    /// own the same, their values are joined by `;`, because a name must not stand twice on a series.
    pub(super) fn join(&self, own: LabelBlock<'_>, needed: Option<Needed>) -> Vec<(String, String)> {
        let mut labels = self.labels.clone();
        join(&mut labels, own.iter(), self.labels.len(), |name| {
            let name = written(name, self.escaping);
            needed.filter(|needed| name == needed.name).map_or(name, |needed| needed.exported.to_owned())
        });
        labels
    }
}

/// A label's name as the format holds it.
fn written(name: Cow<'_, str>, escaping: Escaping) -> String {
    match escaping {
        Escaping::Underscores => label::sanitize(&name).into_owned(),
        Escaping::AllowUtf8 => name.into_owned(),
    }
}

/// Adds `own` to `labels`, of which the first `common` give way to them.
fn join<'a>(
    labels: &mut Vec<(String, String)>,
    own: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
    common: usize,
    rename: impl Fn(Cow<'a, str>) -> String,
) {
    let mut replaced = vec![false; common];
    for (name, value) in own {
        let name = rename(name);
        match labels.iter().position(|(taken, _)| *taken == name) {
            None => labels.push((name, value.into_owned())),
            Some(at) => match replaced.get_mut(at) {
                Some(replaced @ false) => {
                    *replaced = true;
                    labels[at].1 = value.into_owned();
                }
                _ => {
                    labels[at].1.push(';');
                    labels[at].1.push_str(&value);
                }
            },
        }
    }
}

fn text(labels: &[(String, String)]) -> String {
    block::of(labels.iter().map(|(name, value)| (name.as_str(), value.as_str()))).0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(common: &[(&str, &str)], own: &[(&str, &str)], needed: Option<Needed>) -> String {
        let (common, is_common_classic) = block::of(common.iter().copied());
        let (own, is_own_classic) = block::of(own.iter().copied());
        let common = Common::new(LabelBlock::new(&common, is_common_classic), Escaping::Underscores);
        let mut out = Vec::new();
        common.join_into(LabelBlock::new(&own, is_own_classic), needed, &mut out);
        String::from_utf8(out).expect("labels are text")
    }

    #[test]
    fn an_own_label_wins() {
        assert_eq!(
            joined(&[("zone", "a"), ("app", "x")], &[("app", "y"), ("b", "1")], None),
            r#"zone="a",app="y",b="1""#
        );
    }

    #[test]
    fn names_that_become_equal_share_one_label() {
        assert_eq!(joined(&[], &[("a.b", "1"), ("a-b", "2")], None), r#"a_b="1;2""#);
        assert_eq!(joined(&[("a_b", "0")], &[("a.b", "1"), ("a-b", "2")], None), r#"a_b="1;2""#);
    }

    #[test]
    fn a_label_that_lines_need_is_theirs() {
        assert_eq!(joined(&[], &[("le", "1")], Some(BUCKET)), r#"exported_le="1""#);
        assert_eq!(joined(&[], &[("quantile", "1")], Some(QUANTILE)), r#"exported_quantile="1""#);
        assert_eq!(joined(&[], &[("quantile", "1")], Some(BUCKET)), r#"quantile="1""#);
        assert_eq!(joined(&[], &[("le", "1")], None), r#"le="1""#);
    }

    #[test]
    fn tells_blocks_that_need_joining() {
        let common = Common::new(LabelBlock::new(r#"zone="a""#, true), Escaping::Underscores);
        assert!(common.goes_with(LabelBlock::new(r#"app="y""#, true)));
        assert!(!common.goes_with(LabelBlock::new(r#"app="y",zone="b""#, true)));
        assert!(!common.goes_with(LabelBlock::new(r#""a.b"="y""#, false)));
        assert!(common.goes_with_needed(LabelBlock::new(r#"module="x",my_zone="1""#, true), BUCKET));
        assert!(!common.goes_with_needed(LabelBlock::new(r#"le="1""#, true), BUCKET));
        assert!(!common.goes_with_needed(LabelBlock::new(r#"module="x",le="1""#, true), BUCKET));
    }
}
