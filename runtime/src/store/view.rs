//! The live store as an encoder reads it.

use crate::{
    Report,
    families::{Details, Families, Value, Visitor},
    lost::Lost,
    metric::{block::LabelBlock, kind::Kind},
    reentry,
    store::{
        family::{Family, reading::Scratch},
        health::Dropped,
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
        let inside = reentry::enter_store();
        self.store.show_guard();
        self.store.dropped(Dropped::Nested, Lost::Nested.take());
        self.store.dropped(Dropped::Shown, Lost::Shown.take());
        let left_out = self.walk(visitor);
        let before = self.left_out.fetch_max(left_out, Ordering::Relaxed);
        drop(inside);
        // Without a lock: a warning may wait for a thread that forks, which waits for the locks.
        self.store.left_out(left_out.saturating_sub(before));
    }
}

impl View {
    /// Shows all series but those that are printed like others; says how many these are.
    fn walk(&self, visitor: &mut dyn Visitor) -> u64 {
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
                    let started = self.store.began(record.started());
                    let details = Details::new(started, latest.map_or(&[], Vec::as_slice));
                    match family.read(place, &mut scratch) {
                        // It borrows nothing, and what is in its window lies beside it.
                        Some(Value::Summary(quantiles)) => {
                            let details = details.with_window(scratch.window());
                            visitor.series(labels, Value::Summary(quantiles), &details);
                        }
                        Some(value) => visitor.series(labels, value, &details),
                        None => {}
                    }
                }
                seen += batch.len();
            }
        }
        left_out
    }
}

#[cfg(all(test, not(tachometer_loom)))]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };

    use metrics::{Key, Label};
    use tracing::{Event, Metadata, Subscriber, span};

    use super::*;

    struct Nothing;

    impl Visitor for Nothing {
        fn family(&mut self, _: &crate::families::Family<'_>) {}

        fn series(&mut self, _: LabelBlock<'_>, _: Value<'_>, _: &Details<'_>) {}
    }

    /// Counts the warnings that come while series may end.
    struct Listener(&'static Store, Arc<AtomicU64>);

    impl Subscriber for Listener {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }

        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

        fn event(&self, _: &Event<'_>) {
            self.1.fetch_add(u64::from(self.0.alone().is_some()), Ordering::Relaxed);
        }

        fn enter(&self, _: &span::Id) {}

        fn exit(&self, _: &span::Id) {}
    }

    #[test]
    fn a_reader_warns_without_a_lock() {
        let store: &'static Store = Box::leak(Box::new(Store::new(0, || 0)));
        let family = store.family("calls_total", Kind::Counter).expect("there is room");
        for labels in [vec![], vec![Label::new("zone", "a")]] {
            store.series(family, &Key::from_parts("calls_total", labels)).expect("there is room");
        }
        let view = View::new(store, &[("zone".to_owned(), "a".to_owned())]);
        let warned = Arc::new(AtomicU64::new(0));
        tracing::subscriber::with_default(Listener(store, warned.clone()), || view.visit(&mut Nothing));
        assert_eq!(warned.load(Ordering::Relaxed), 1);
    }
}
