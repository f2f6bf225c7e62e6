//! The live store as an encoder reads it.

use crate::{
    Report,
    families::{Details, Families, Visitor},
    metric::{block::LabelBlock, kind::Kind},
    store::{
        family::{Family, reading::Scratch},
        registry::Store,
        repeated::{Repeated, Seen},
        table::Batch,
    },
    sync::{AtomicU64, Ordering},
};

/// Series that are copied at once, under the family's lock.
const BATCH: usize = 512;

/// A store's families with the labels that stand on all of them.
///
/// Writers never wait for it; a new series waits at most until a batch of label blocks has been copied.
pub(crate) struct View {
    store: &'static Store,
    common: String,
    repeated: Repeated,
    /// The most series that one walk has left out.
    left_out: AtomicU64,
}

impl View {
    /// The store with `common` labels, names and values, which have been checked.
    pub(crate) fn new(store: &'static Store, common: &[(String, String)]) -> Self {
        let labels = common.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let (text, _) = crate::metric::block::of(labels);
        Self { store, common: text, repeated: Repeated::new(common), left_out: AtomicU64::new(0) }
    }
}

impl Families for View {
    fn common_labels(&self) -> LabelBlock<'_> {
        LabelBlock::new(&self.common, true)
    }

    fn cardinality(&self) -> Option<Report> {
        Some(self.store.cardinality())
    }

    fn kind_of(&self, name: &str) -> Option<Kind> {
        self.store.printed(name).map(Family::kind)
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        self.store.show_guard();
        // No series ends on the way, so that none is seen twice: once as it was, and once as it came back.
        let _no_end = self.store.walk();
        let (mut batch, mut scratch) = (Batch::default(), Scratch::default());
        let mut left_out = 0;
        for family in self.store.families() {
            let (mut seen, mut repeated) = (0, Seen::default());
            let exemplars = family.exemplars();
            loop {
                family.copy(seen, BATCH, &mut batch);
                if batch.is_empty() {
                    break;
                }
                if seen == 0 {
                    family.describe(|about| visitor.family(about));
                }
                for (record, labels) in batch.iter() {
                    let Some(place) = record.place() else { continue };
                    if self.repeated.is_in(labels, &mut repeated, |others| family.has(others)) {
                        left_out += 1;
                        continue;
                    }
                    let latest = exemplars.as_ref().and_then(|exemplars| exemplars.get(&place.pack()));
                    if let Some(value) = family.read(place, &mut scratch) {
                        let started = self.store.began(record.started());
                        visitor.series(labels, value, &Details::new(started, latest.map_or(&[], Vec::as_slice)));
                    }
                }
                seen += batch.len();
            }
        }
        let before = self.left_out.fetch_max(left_out, Ordering::Relaxed);
        self.store.left_out(left_out.saturating_sub(before));
    }
}
