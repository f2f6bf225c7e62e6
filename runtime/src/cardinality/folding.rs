//! One label set on its way into a metric, with what the guard has changed in it. Allocates nothing.

use crate::cardinality::{axes::Axes, policy::MAX_LABELS, rules::Rules};

/// The value of a label that had too many.
pub(crate) const OTHER: &str = "other";

const MOST: usize = MAX_LABELS as usize;

/// Why a label's value is not the one that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The label has as many values as it may.
    Values,
    /// The label has as many values as it may within the value of another one.
    Within,
    /// The value is not on the label's list.
    List,
    /// The metric has as many series as it may.
    Metric,
    /// The process has as many series, bytes or samples as it may.
    Process,
    /// The label was left out: by a rule, or as one too many.
    Dropped,
    /// The value was too long.
    Length,
}

impl Reason {
    pub(crate) const ALL: [Self; 7] =
        [Self::Values, Self::Within, Self::List, Self::Metric, Self::Process, Self::Dropped, Self::Length];

    /// Whether the label has become `other`. The rest holds under any policy, passive or not.
    pub(crate) fn is_fold(self) -> bool {
        !matches!(self, Self::Dropped | Self::Length)
    }

    /// The reason as a label value.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Values => "label_limit",
            Self::Within => "within_limit",
            Self::List => "not_allowed",
            Self::Metric => "metric_limit",
            Self::Process => "process_limit",
            Self::Dropped => "label_dropped",
            Self::Length => "value_too_long",
        }
    }
}

/// A label set: what was given, and what becomes of it.
pub(crate) struct Folding<'a> {
    given: [(&'a str, &'a str); MOST],
    /// The names as the program wrote them, for those that are not printed like that.
    written: [&'a str; MOST],
    marks: [Option<Reason>; MOST],
    len: usize,
    folded: [(&'a str, &'a str); MOST],
    kept: usize,
}

impl<'a> Folding<'a> {
    /// The label set after the rules that look at nothing but itself: which labels stay, and how much of each value.
    ///
    /// More labels than a series can have are left out without a mark; the number of them is returned.
    pub(crate) fn new(
        labels: impl Iterator<Item = ((&'a str, &'a str), &'a str)>,
        rules: &Rules,
        axes: &Axes,
    ) -> (Self, usize) {
        let mut folding = Self {
            given: [("", ""); MOST],
            written: [""; MOST],
            marks: [None; MOST],
            len: 0,
            folded: [("", ""); MOST],
            kept: 0,
        };
        let mut beyond = 0;
        for (pair, written) in labels {
            if folding.len == MOST {
                beyond += 1;
                continue;
            }
            let at = folding.len;
            (folding.given[at], folding.written[at]) = (pair, written);
            folding.len += 1;
            let dropped = rules.label(pair.0).is_some_and(|rule| rule.dropped);
            folding.marks[at] = if dropped || at >= rules.labels || !axes.has_room_for(pair.0) {
                Some(Reason::Dropped)
            } else if pair.1.len() > rules.value_bytes && !rules.has_place(pair.0, pair.1) {
                Some(Reason::Length)
            } else {
                None
            };
        }
        folding.settle(rules);
        (folding, beyond)
    }

    /// The labels as they are recorded.
    pub(crate) fn pairs(&self) -> &[(&'a str, &'a str)] {
        &self.folded[..self.kept]
    }

    /// The same with the names that the program wrote.
    pub(crate) fn written(&self) -> Vec<(&'a str, &'a str)> {
        let names = (0..self.len).filter(|at| self.marks[*at] != Some(Reason::Dropped)).map(|at| self.written[at]);
        names.zip(self.pairs()).map(|(name, (_, value))| (name, *value)).collect()
    }

    /// Whether the labels are other ones than were given.
    pub(crate) fn is_changed(&self) -> bool {
        self.marks[..self.len].iter().any(Option::is_some)
    }

    /// Whether a label is `other` that was not.
    pub(crate) fn is_folded(&self) -> bool {
        self.marks[..self.len].iter().flatten().any(|reason| reason.is_fold())
    }

    /// The labels that can still be folded, by their place, with their values as they are recorded.
    pub(crate) fn open(&self) -> impl Iterator<Item = (usize, &'a str, &'a str)> {
        let open = (0..self.len).filter(|at| matches!(self.marks[*at], None | Some(Reason::Length)));
        let mut kept = (0..self.len).filter(|at| self.marks[*at] != Some(Reason::Dropped)).enumerate();
        open.filter_map(move |at| {
            let (place, _) = kept.find(|(_, given)| *given == at)?;
            let (name, value) = self.folded[place];
            Some((at, name, value))
        })
    }

    /// Records `other` in the label at this place.
    pub(crate) fn fold(&mut self, at: usize, reason: Reason) {
        self.marks[at] = Some(reason);
        let place = (0..at).filter(|at| self.marks[*at] != Some(Reason::Dropped)).count();
        self.folded[place].1 = OTHER;
    }

    /// What was changed: the names, the values that were given, and why.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (&'a str, &'a str, Reason)> {
        (0..self.len).filter_map(|at| Some((self.given[at].0, self.given[at].1, self.marks[at]?)))
    }

    fn settle(&mut self, rules: &Rules) {
        for at in 0..self.len {
            let (name, value) = self.given[at];
            if self.marks[at] == Some(Reason::Dropped) {
                continue;
            }
            let is_long = self.marks[at] == Some(Reason::Length);
            self.folded[self.kept] = (name, if is_long { rules.shortened(name, value) } else { value });
            self.kept += 1;
        }
    }
}
