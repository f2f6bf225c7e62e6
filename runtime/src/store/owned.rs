//! Series that end with what they are of, on request: how many instances of a struct there are of each set of labels. Knows
//! neither structs nor handles.
//!
//! An instance may end wherever the program drops it, so that this waits for no reader: what has no instance any more ends
//! then, or before the next reader begins. Instances of one set of labels share their series, which end with the last of them.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use metrics::Label;

use crate::{
    reentry,
    store::{family::Family, pairs::Pairs, registry::Store},
};

/// What an instance has of a metric: the series with these labels, beside others or not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Part {
    pub(crate) metric: String,
    pub(crate) labels: Vec<Label>,
}

/// How many instances have each part; 0 for those that are to end.
type Owners = BTreeMap<Part, usize>;

/// The standard library's own, since a model checker's cannot be made in a constant. Before a fork the store takes it.
static OWNERS: Mutex<Owners> = Mutex::new(BTreeMap::new());

/// An instance has this part from now on.
pub(crate) fn begin(part: Part) {
    let _inside = reentry::enter();
    *hold().entry(part).or_default() += 1;
}

/// It has ended; says whether no other one has the part.
pub(crate) fn end(part: &Part) -> bool {
    let mut owners = hold();
    let Some(count) = owners.get_mut(part) else { return false };
    *count = count.saturating_sub(1);
    *count == 0
}

/// Keeps everyone else out until the guard is dropped.
pub(crate) fn hold() -> MutexGuard<'static, Owners> {
    OWNERS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store {
    /// Ends the series whose instances have ended, unless somebody reads, who is to see each series once.
    pub(crate) fn let_go(&self) {
        let _inside = reentry::enter();
        if hold().values().all(|count| *count > 0) {
            return;
        }
        let Some(_alone) = self.alone() else { return };
        // Held meanwhile, so that an instance which begins now has series that begin.
        let mut owners = hold();
        let mut ended = 0;
        owners.retain(|part, count| {
            if *count == 0 {
                ended += self.find(&part.metric).map_or(0, |family| family.end_part(&part.labels));
            }
            *count > 0
        });
        drop(owners);
        self.ended(ended);
    }
}

impl Family {
    /// Ends the series that have these labels; says how many.
    fn end_part(&self, labels: &[Label]) -> usize {
        if self.end_one(Pairs::Labels(labels)) {
            return 1;
        }
        let has = |own: &[Label]| labels.iter().all(|label| own.contains(label));
        let passing = self.passing().into_iter();
        self.end_all(&passing.filter(|(.., own)| has(own)).map(|(at, place, _)| (at, place)).collect::<Vec<_>>())
    }
}
