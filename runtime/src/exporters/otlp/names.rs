//! What a family is called in OpenTelemetry: its name there has neither its unit nor `_total`, which an exporter that writes it for
//! Prometheus puts back, so that the name on both ways is the same.

use std::collections::HashSet;

use crate::{
    families::{Details, Families, Family, Value, Visitor},
    metric::{block::LabelBlock, kind::Kind},
};

/// Units by the words that end names, as OpenTelemetry writes them. Those that are not here are no unit to it.
const UNITS: [(&str, &str); 19] = [
    ("seconds", "s"),
    ("milliseconds", "ms"),
    ("microseconds", "us"),
    ("nanoseconds", "ns"),
    ("minutes", "min"),
    ("hours", "h"),
    ("days", "d"),
    ("bytes", "By"),
    ("kibibytes", "KiBy"),
    ("mebibytes", "MiBy"),
    ("gibibytes", "GiBy"),
    ("tebibytes", "TiBy"),
    ("meters", "m"),
    ("volts", "V"),
    ("amperes", "A"),
    ("joules", "J"),
    ("watts", "W"),
    ("celsius", "Cel"),
    ("hertz", "Hz"),
];

/// The names of all families, and those that are given to them.
#[derive(Default)]
pub(super) struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// For these families.
    pub(super) fn of(families: &dyn Families) -> Self {
        let mut names = Self::default();
        families.visit(&mut names);
        names
    }

    /// A family's name and unit. Where the short name is another one's, it keeps its own.
    pub(super) fn give(&mut self, family: &Family<'_>) -> (String, &'static str) {
        let whole = family.original_name;
        let base = if family.kind == Kind::Counter { whole.strip_suffix("_total").unwrap_or(whole) } else { whole };
        let unit = UNITS.iter().find_map(|(word, unit)| {
            let stem = base.strip_suffix(word)?.strip_suffix('_').filter(|stem| !stem.is_empty())?;
            Some((stem, *unit))
        });
        let (short, unit) = unit.unwrap_or((base, ""));
        let is_free = |name: &str| !name.is_empty() && (name == whole || !self.taken.contains(name));
        let name = [short, base].into_iter().find(|name| is_free(name)).unwrap_or(whole);
        let unit = if name == short { unit } else { "" };
        self.taken.insert(name.to_owned());
        (name.to_owned(), unit)
    }
}

impl Visitor for Names {
    fn family(&mut self, family: &Family<'_>) {
        self.taken.insert(family.original_name.to_owned());
    }

    fn series(&mut self, _: LabelBlock<'_>, _: Value<'_>, _: &Details<'_>) {}
}

/// The names of all families of a snapshot, in their order.
#[cfg(test)]
pub(super) fn all(snapshot: &crate::Snapshot) -> Vec<String> {
    struct All(Names, Vec<String>);
    impl Visitor for All {
        fn family(&mut self, family: &Family<'_>) {
            self.1.push(self.0.give(family).0);
        }

        fn series(&mut self, _: LabelBlock<'_>, _: Value<'_>, _: &Details<'_>) {}
    }
    let mut all = All(Names::of(snapshot), Vec::new());
    snapshot.visit(&mut all);
    all.1
}
