//! Labels by name and value, from wherever they stand, so that looking a series up need not copy them.

use metrics::{Key, Label};

use crate::metric::label;

/// Labels by name and value, from wherever they stand.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pairs<'a> {
    Labels(&'a [Label]),
    Texts(&'a [(&'a str, &'a str)]),
}

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
    pub(crate) fn iter(self) -> impl Iterator<Item = (&'a str, &'a str)> {
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
