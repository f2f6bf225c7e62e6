//! Label sets that are known before the first call, because all values of each label are.

use metrics::Label;

use crate::{call::site::Site, metric::message::Message};

/// The values of a site's label, if they are known.
pub type Values = Option<&'static [&'static str]>;

/// How many label sets of a site, or of a family of handles, are at 0 before anything is recorded in them.
const MAX_SETS: usize = 256;

/// The values of a site's labels, checked.
///
/// # Panics
/// While the constant is evaluated, if they make more label sets than a site shows before its first call.
#[doc(hidden)]
#[track_caller]
#[must_use]
pub const fn checked_values(values: &'static [Values]) -> &'static [Values] {
    let mut sets: usize = 1;
    let mut i = 0;
    while i < values.len() {
        match values[i] {
            Some(values) => sets = sets.saturating_mul(values.len()),
            None => return values,
        }
        i += 1;
    }
    if sets > MAX_SETS {
        Message::new("these labels make ")
            .number(sets)
            .text(" series that begin at 0, more than 256; drop a label, or write `zero = false`")
            .panic();
    }
    values
}

/// All label sets of these values, the last label's changing first; none where the values of a label are not known, or
/// where there are too many sets.
pub(crate) fn combinations(values: &[Option<impl AsRef<[&'static str]>>]) -> Vec<Vec<&'static str>> {
    let Some(values) = values.iter().map(|values| values.as_ref().map(AsRef::as_ref)).collect::<Option<Vec<_>>>()
    else {
        return Vec::new();
    };
    if values.iter().fold(1, |sets: usize, values| sets.saturating_mul(values.len())) > MAX_SETS {
        return Vec::new();
    }
    values.iter().fold(vec![Vec::new()], |sets, values| {
        sets.iter().flat_map(|set| values.iter().map(move |value| [set.as_slice(), &[*value]].concat())).collect()
    })
}

impl Site {
    /// All label sets that are there before the first call: the empty one where a site has no labels of its own.
    pub(crate) fn known_labels(&self) -> Vec<Vec<Label>> {
        let all_known = self.values.len() == self.labels.len() && self.values.iter().all(Option::is_some);
        if !self.zero || !all_known {
            return Vec::new();
        }
        let named = |set: Vec<&'static str>| {
            self.labels.iter().zip(set).map(|(name, value)| Label::from_static_parts(name, value)).collect()
        };
        combinations(self.values).into_iter().map(named).collect()
    }
}
