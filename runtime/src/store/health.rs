//! What the store says of itself: contradictions and drops, as ordinary counters.

use metrics::{Key, Label};

use crate::store::{family::Family, table::Refusal, value::Place};

/// The store's own counters. All exist at 0 from the start.
pub(crate) struct Health {
    conflicts: Counters<4>,
    records: Counters<8>,
    series: Counters<3>,
}

/// Why a declaration contradicts an earlier one of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conflict {
    Kind,
    Labels,
    Buckets,
    /// Its samples would be printed under the name of another metric's.
    Name,
}

impl Conflict {
    const ALL: [&'static str; 4] = ["kind", "labels", "buckets", "name"];

    /// The conflict as a label value.
    pub(crate) fn as_str(self) -> &'static str {
        Self::ALL[self as usize]
    }
}

/// Why a value was not recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dropped {
    /// Nor is it infinite where values are added up.
    NotANumber,
    /// A counter only rises.
    Negative,
    /// More than a counter holds.
    TooLarge,
    /// Its series was refused.
    Refused,
    /// A gauge whose labels have been folded has no right value.
    Folded,
    /// Not a value, but a label that was left out of one.
    Labels,
    /// It came from our own work, as an allocator's record does.
    Nested,
    /// Not a value, but a label set that the program has got to know before the installation.
    Shown,
}

impl Dropped {
    const ALL: [&'static str; 8] =
        ["not_a_number", "negative", "too_large", "refused", "folded", "labels", "within_tachometer", "known_labels"];
}

/// The families that [`Health`] counts in, with their HELP.
pub(crate) const CONFLICTS: (&str, &str) =
    ("tachometer_conflicts_total", "Declarations that contradict an earlier one of the same metric.");
pub(crate) const RECORDS: (&str, &str) = ("tachometer_dropped_records_total", "Values that could not be recorded.");
pub(crate) const SERIES: (&str, &str) = ("tachometer_refused_series_total", "Series that could not be added.");

impl Health {
    /// Counts in these families: conflicts, records, series.
    pub(crate) fn new([conflicts, records, series]: [&'static Family; 3]) -> Self {
        Self {
            conflicts: Counters::new(conflicts, Conflict::ALL),
            records: Counters::new(records, Dropped::ALL),
            series: Counters::new(series, [Refusal::Full, Refusal::LabelNames, Refusal::Limit].map(Refusal::as_str)),
        }
    }

    pub(crate) fn conflict(&self, conflict: Conflict) {
        self.conflicts.add(conflict as usize, 1);
    }

    pub(crate) fn dropped(&self, why: Dropped, count: u64) {
        self.records.add(why as usize, count);
    }

    pub(crate) fn refused(&self, refusal: Refusal) {
        self.series.add(refusal as usize, 1);
    }
}

/// The counters of one family, by `reason`.
struct Counters<const N: usize> {
    family: &'static Family,
    places: [Option<Place>; N],
}

impl<const N: usize> Counters<N> {
    fn new(family: &'static Family, reasons: [&'static str; N]) -> Self {
        let name = family.name().to_owned();
        let key = |reason| Key::from_parts(name.clone(), vec![Label::from_static_parts("reason", reason)]);
        Self { family, places: reasons.map(|reason| family.known_series(&key(reason)).ok().map(|found| found.place)) }
    }

    fn add(&self, reason: usize, amount: u64) {
        if let Some(place) = self.places[reason] {
            self.family.count(place, amount);
        }
    }
}
