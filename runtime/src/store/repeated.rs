//! Series that would be printed alike, because a label of one of them says what stands on all series anyway. It knows no
//! values.

use std::collections::HashSet;

use crate::metric::{block::LabelBlock, label};

/// The labels that stand on all series.
pub(super) struct Repeated {
    labels: Vec<(String, String)>,
    /// Each as it stands in a block: where it occurs, the block may have that label.
    signs: Vec<String>,
}

/// The series of one family that have such labels, by their other ones.
#[derive(Default)]
pub(super) struct Seen(HashSet<Vec<(String, String)>>);

impl Repeated {
    pub(super) fn new(common: &[(String, String)]) -> Self {
        let sign = |(name, value): &(String, String)| crate::metric::block::of([(&**name, &**value)].into_iter()).0;
        Self { labels: common.to_vec(), signs: common.iter().map(sign).collect() }
    }

    /// Whether a series with these labels is printed like another one: one that has all labels but the repeated ones,
    /// which `is_there` tells, or one that was seen before.
    #[inline]
    pub(super) fn is_in(
        &self,
        own: LabelBlock<'_>,
        seen: &mut Seen,
        is_there: impl Fn(&[(&str, &str)]) -> bool,
    ) -> bool {
        let may_be = |sign: &String| !own.is_classic() || own.as_str().contains(&**sign);
        self.signs.iter().any(may_be) && self.is_really_in(own, seen, is_there)
    }

    #[cold]
    fn is_really_in(&self, own: LabelBlock<'_>, seen: &mut Seen, is_there: impl Fn(&[(&str, &str)]) -> bool) -> bool {
        let mut repeats = false;
        let mut others: Vec<(String, String)> = Vec::new();
        for (name, value) in own.iter() {
            let own = (label::sanitize(&name).into_owned(), value.into_owned());
            if self.labels.contains(&own) {
                repeats = true;
            } else {
                others.push(own);
            }
        }
        if !repeats {
            return false;
        }
        others.sort_unstable();
        let texts: Vec<(&str, &str)> = others.iter().map(|(name, value)| (&**name, &**value)).collect();
        is_there(&texts) || !seen.0.insert(others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::block;

    #[test]
    fn a_series_is_printed_once() {
        let common = [("zone", "a"), ("app", "x")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let repeated = Repeated::new(&common);
        let mut seen = Seen::default();
        let mut is_in = |own: &[(&str, &str)]| {
            let (text, is_classic) = block::of(own.iter().copied());
            let is_there = |others: &[(&str, &str)]| others == [("way", "in")];
            repeated.is_in(LabelBlock::new(&text, is_classic), &mut seen, is_there)
        };
        assert!(!is_in(&[("zone", "b")]) && !is_in(&[("my_zone", "a")]) && !is_in(&[]), "these say something else");
        assert!(!is_in(&[("way", "in")]) && is_in(&[("way", "in"), ("zone", "a")]));
        assert!(!is_in(&[("way", "out"), ("zone", "a")]), "nobody else says this");
        assert!(is_in(&[("app", "x"), ("way", "out")]) && is_in(&[("app", "x"), ("way", "out"), ("zone", "a")]));
        assert!(!is_in(&[("way", ",zone=\"a\"")]), "this is a value");
    }
}
