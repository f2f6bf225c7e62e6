//! The buckets that settings have for histograms.

use super::Store;
use crate::{
    metric::{
        bounds::Buckets,
        kind::Kind,
        matcher::{Ladders, Matcher},
    },
    store::family::Family,
};

/// Which bit of [`Family::is_news`] stands for buckets of settings that are not used.
const DECLARED: u32 = 9;

impl Store {
    /// Sets the buckets of histograms that declare none; those that exist keep theirs.
    pub(crate) fn set_ladders(&self, ladders: Ladders) {
        *self.ladders.lock().expect("nothing panics under this lock") = ladders;
        self.untold.begin(self.ground.seconds());
    }

    /// Which histograms settings have buckets for.
    pub(in crate::store) fn ladders_by_matcher(&self) -> Vec<Matcher> {
        let ladders = self.ladders.lock().expect("nothing panics under this lock");
        ladders.iter().map(|(matcher, _)| matcher.clone()).collect()
    }

    /// Warns of a setting that has no effect on a histogram, because that declares its own buckets.
    pub(super) fn tell_of_declared(&self, family: &Family, declared: &str) {
        if family.kind() != Kind::Histogram {
            return;
        }
        let matcher = {
            let ladders = self.ladders.lock().expect("nothing panics under this lock");
            ladders.meant(family.name(), family.name()).next().map(|told| told.matcher.to_string())
        };
        let Some(matcher) = matcher.filter(|_| family.is_news(DECLARED)) else { return };
        tracing::warn!(
            metric = family.name(),
            rule = matcher,
            "buckets that a setting has for this metric are not used, because it is declared {declared} with buckets of its \
             own; add `override = true` to the setting"
        );
    }

    /// The buckets that a setting has for a histogram which declares none, or which `is_declared` with others.
    pub(super) fn ladder(&self, name: &str, kind: Kind, is_declared: bool) -> Option<Buckets> {
        if kind != Kind::Histogram {
            return None;
        }
        let ladders = self.ladders.lock().expect("nothing panics under this lock");
        let printed = crate::metric::name::sanitize(name);
        if is_declared { ladders.over(name, &printed).cloned() } else { ladders.of(name, &printed).cloned() }
    }
}
