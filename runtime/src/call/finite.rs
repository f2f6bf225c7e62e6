//! Label sets that are known before the first call, because all values of each label are.

use metrics::Label;

use crate::{call::site::Site, metric::message::Message};

/// The values of a label, if they are known.
pub type Values = Option<&'static [&'static str]>;

/// How many label sets a site may have at 0 before its first call.
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

impl Site {
    /// All label sets that are there before the first call: the empty one where a site has no labels of its own.
    pub(crate) fn known_labels(&self) -> Vec<Vec<Label>> {
        let all_known = self.values.len() == self.labels.len() && self.values.iter().all(Option::is_some);
        if !self.zero || !all_known {
            return Vec::new();
        }
        let mut sets = vec![Vec::new()];
        for (name, values) in self.labels.iter().zip(self.values) {
            let values = values.unwrap_or_default();
            let with = |set: &Vec<Label>, value: &'static str| {
                let mut set = set.clone();
                set.push(Label::from_static_parts(name, value));
                set
            };
            sets = sets.iter().flat_map(|set| values.iter().map(move |value| with(set, value))).collect();
        }
        sets
    }
}
