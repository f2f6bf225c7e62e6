//! Labels by name and value, from wherever they stand, so that looking a series up need not copy them.

use metrics::{Key, Label};

use crate::metric::{
    block::{self, LabelBlock},
    label,
};

/// Labels by name and value, from wherever they stand.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pairs<'a> {
    Labels(&'a [Label]),
    Texts(&'a [(&'a str, &'a str)]),
}

/// Bytes of a block around the texts of one label.
pub(super) const AROUND: usize = "=\"\",".len();

impl<'a> Pairs<'a> {
    pub(crate) fn len(self) -> usize {
        match self {
            Self::Labels(labels) => labels.len(),
            Self::Texts(texts) => texts.len(),
        }
    }

    #[inline]
    pub(crate) fn get(self, at: usize) -> (&'a str, &'a str) {
        match self {
            Self::Labels(labels) => (labels[at].key(), labels[at].value()),
            Self::Texts(texts) => texts[at],
        }
    }

    #[inline]
    pub(crate) fn iter(self) -> impl Iterator<Item = (&'a str, &'a str)> + Clone {
        (0..self.len()).map(move |at| self.get(at))
    }

    /// Whether every name is printed as it is.
    pub(crate) fn are_classic(self) -> bool {
        self.iter().all(|(name, _)| label::is_valid(name))
    }

    /// The same labels with classic names.
    pub(crate) fn sanitized(self) -> Vec<(String, &'a str)> {
        self.iter().map(|(name, value)| (label::sanitize(name).into_owned(), value)).collect()
    }

    pub(super) fn have_a_name_twice(self) -> bool {
        self.iter().enumerate().any(|(n, (name, _))| self.iter().take(n).any(|(other, _)| other == name))
    }
}

impl<'a> From<&'a Key> for Pairs<'a> {
    fn from(key: &'a Key) -> Self {
        Self::Labels(key.labels().as_slice())
    }
}

/// Whether a block holds just these labels, in whatever order.
pub(super) fn same(block: LabelBlock<'_>, labels: Pairs<'_>) -> bool {
    if block.is_classic() && is_in_order(block.as_str().as_bytes(), labels) {
        return true;
    }
    let mut count = 0;
    let all_known = block.iter().all(|(name, value)| {
        count += 1;
        let name = label::sanitize(&name);
        labels.iter().any(|label| label == (&*name, &*value))
    });
    all_known && count == labels.len()
}

/// Whether a block of classic names is just these labels in this order; the usual case, and quick.
fn is_in_order(mut block: &[u8], labels: Pairs<'_>) -> bool {
    for (n, (name, value)) in labels.iter().enumerate() {
        let rest = if n == 0 { Some(block) } else { block.strip_prefix(b",") };
        let rest = rest
            .and_then(|rest| rest.strip_prefix(name.as_bytes()))
            .and_then(|rest| rest.strip_prefix(b"=\""))
            .and_then(|rest| block::strip_escaped(rest, value))
            .and_then(|rest| rest.strip_prefix(b"\""));
        let Some(rest) = rest else { return false };
        block = rest;
    }
    block.is_empty()
}
