//! What collectors find, as text that stands beside another recorder's. It cannot be recorded there: that recorder keeps
//! what is absent, and has neither counters of fractions nor ready-made histograms.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    collectors::{fence::Fence, merged::Merged},
    exporters::prometheus::text::Text,
    families::{Details, Families, Family, Value, Visitor},
    metric::{
        block::{self, LabelBlock},
        kind::Kind,
    },
};

/// The families of collectors, with the labels that stand on all of them.
pub(crate) struct Beside {
    fences: Arc<[Arc<Fence>]>,
    common: String,
    /// The process that the collectors run in. A forked child has inherited values that nobody renews there.
    process: u32,
}

impl Beside {
    pub(crate) fn new(common: &[(String, String)], fences: Arc<[Arc<Fence>]>) -> Self {
        let labels = common.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Self { fences, common: block::of(labels).0, process: std::process::id() }
    }

    /// Adds them to a text. Of a name that stands in it already, the text's family is shown and no other.
    pub(crate) fn append(&self, text: String) -> String {
        if self.fences.is_empty() || self.process != std::process::id() {
            return text;
        }
        let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        let taken: BTreeSet<&str> = types.filter_map(|line| line.split(' ').next()).collect();
        let others = Merged::new(Taken { names: &taken, common: &self.common }, Arc::clone(&self.fences), |_| ());
        let more = Text::encode_to_string(&New { families: others, taken: &taken });
        text + &more
    }
}

/// Families that hold their names and nothing else, so that collectors are told of a conflict as ever.
struct Taken<'a> {
    names: &'a BTreeSet<&'a str>,
    common: &'a str,
}

impl Families for Taken<'_> {
    fn common_labels(&self) -> LabelBlock<'_> {
        LabelBlock::new(self.common, true)
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        for name in self.names {
            visitor.family(&Family { name, original_name: name, kind: Kind::Gauge, help: "", unit: None });
        }
    }
}

/// The families whose names are not taken.
struct New<'a, F> {
    families: F,
    taken: &'a BTreeSet<&'a str>,
}

impl<F: Families> Families for New<'_, F> {
    fn common_labels(&self) -> LabelBlock<'_> {
        self.families.common_labels()
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        self.families.visit(&mut Picky { visitor, taken: self.taken });
    }
}

/// Shows another visitor what is new. Nothing else has series.
struct Picky<'a, 'v> {
    visitor: &'v mut dyn Visitor,
    taken: &'a BTreeSet<&'a str>,
}

impl Visitor for Picky<'_, '_> {
    fn family(&mut self, family: &Family<'_>) {
        if !self.taken.contains(family.name) {
            self.visitor.family(family);
        }
    }

    fn series(&mut self, labels: LabelBlock<'_>, value: Value<'_>, details: &Details<'_>) {
        self.visitor.series(labels, value, details);
    }
}
