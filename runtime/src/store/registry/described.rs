//! What is said of metrics, also before they are there.

use std::sync::atomic::AtomicBool;

use super::Store;
use crate::{
    cardinality::policy::Limit,
    metric::{kind::Kind, unit::Unit},
    reentry,
    store::{
        family::{About, Family},
        health::Dropped,
    },
    sync::Ordering,
};

impl Store {
    /// Says of a metric what it means and in what unit it is; the unit matters until its first series.
    pub(crate) fn describe(&self, name: &str, kind: Option<Kind>, unit: Option<Unit>, help: &str) {
        let _inside = reentry::enter_store();
        let about = About { help: help.to_owned(), kind, unit, ..About::default() };
        if let Some(family) = self.directory.find_alike(name) {
            return family.describe_as(about);
        }
        let printed = crate::metric::name::sanitize(name);
        if !self.keep_description(&printed, about) {
            self.dropped(Dropped::Refused, 1);
            static TOLD: AtomicBool = AtomicBool::new(false);
            if !TOLD.swap(true, Ordering::Relaxed) {
                reentry::outside(|| {
                    tracing::warn!(
                        metric = name,
                        "a description is dropped: more metrics are described than there may be"
                    );
                });
            }
        }
        // A family that was made meanwhile has not seen it.
        if let Some(family) = self.directory.printed(&printed) {
            self.describe_late(family);
        }
    }

    /// Keeps what is said of a metric until it is there, unless so much is kept already.
    fn keep_description(&self, printed: &str, about: About) -> bool {
        let most = self.policy().most(Limit::Metrics);
        let mut described = self.described.lock().expect("nothing panics under this lock");
        let has_room = (described.len() as u64) < most || described.contains_key(printed);
        if has_room {
            described.insert(printed.to_owned(), about);
        }
        has_room
    }

    /// What is said of metrics that are not there yet, by printed name.
    pub(crate) fn descriptions(&self) -> Vec<(String, About)> {
        let described = self.described.lock().expect("nothing panics under this lock");
        described.iter().map(|(name, about)| (name.clone(), about.clone())).collect()
    }

    /// Hands on a description that was kept while the family was being made.
    pub(super) fn describe_late(&self, family: &Family) {
        let late = self.described.lock().expect("nothing panics under this lock").remove(family.name());
        if let Some(about) = late {
            family.describe_as(about);
        }
    }

    /// Takes what was said of a metric before it was there.
    pub(super) fn described(&self, name: &str) -> About {
        let printed = crate::metric::name::sanitize(name);
        self.described.lock().expect("nothing panics under this lock").remove(&*printed).unwrap_or_default()
    }
}
