//! The parent's own families with those of its children among them: series of one name and one label set are one series.
//! It waits for no child but as long as [`Shared`] says, and knows no socket.

use std::{iter::Peekable, process, sync::Arc, time::Duration, vec};

use super::{
    merge::{
        family::{Family, Series},
        value::{Look, Own, Scratch},
        whole::Whole,
    },
    shared::Shared,
    told,
};
use crate::{
    Report,
    families::{self, Details, Exemplar, Families, RollingValues, Value, Visitor},
    metric::{block::LabelBlock, kind::Kind},
};

/// Families, and those of children.
pub(crate) struct Joined<F> {
    families: F,
    fleet: Option<Arc<Shared>>,
    /// A forked child has inherited what is not its own.
    process: u32,
}

impl<F: Families> Joined<F> {
    pub(crate) fn new(families: F, fleet: Option<Arc<Shared>>) -> Self {
        Self { families, fleet, process: process::id() }
    }

    fn fleet(&self) -> Option<&Shared> {
        self.fleet.as_deref().filter(|_| self.process == process::id())
    }
}

impl<F: Families> Families for Joined<F> {
    fn common_labels(&self) -> LabelBlock<'_> {
        self.families.common_labels()
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        let Some(fleet) = self.fleet() else { return self.families.visit(visitor) };
        fleet.pull();
        fleet.look(|whole, now| show(&self.families, whole, visitor, now));
    }

    fn kind_of(&self, name: &str) -> Option<Kind> {
        let own = self.families.kind_of(name);
        own.or_else(|| self.fleet()?.look(|whole, _| whole.kind_of(name)))
    }

    fn rolling(&self) -> Vec<RollingValues> {
        self.families.rolling()
    }

    fn cardinality(&self) -> Option<Report> {
        self.families.cardinality()
    }
}

/// Shows families with those of children among them.
pub(crate) fn show(own: &dyn Families, whole: &Whole, visitor: &mut dyn Visitor, now: Duration) {
    let names = whole.names().into_iter().peekable();
    let mut weave = Weave { visitor, whole, names, joined: None, now, scratch: Scratch::default() };
    own.visit(&mut weave);
    weave.finish_family();
    weave.show_before(None);
}

struct Weave<'a, 'v> {
    visitor: &'v mut dyn Visitor,
    whole: &'a Whole,
    names: Peekable<vec::IntoIter<(&'a str, usize)>>,
    /// The children's metric that is called like the parent's own one that is being shown.
    joined: Option<Both<'a>>,
    now: Duration,
    scratch: Scratch,
}

/// A metric of both.
struct Both<'a> {
    family: &'a Family,
    shown: Vec<bool>,
    /// Series that could not become one with the parent's own of the same labels.
    apart: Vec<usize>,
}

impl<'a> Weave<'a, '_> {
    /// Shows the children's metrics whose names come before this one, or all.
    fn show_before(&mut self, name: Option<&str>) {
        while let Some(at) = self.names.next_if(|(other, _)| name.is_none_or(|name| *other < name)) {
            let family = self.whole.at(at.1);
            self.show_family(family, |_| true, &[], true);
        }
    }

    /// Shows those series of a metric that have something to show.
    fn show_family(&mut self, family: &Family, is_meant: impl Fn(usize) -> bool, apart: &[usize], mut is_new: bool) {
        let look = Look { mode: family.mode, now: self.now };
        for (at, series) in family.series.iter().enumerate().filter(|(at, _)| is_meant(*at)) {
            let Some(value) = series.total.shown(None, look, &mut self.scratch) else { continue };
            if std::mem::take(&mut is_new) {
                self.visitor.family(&about(family));
            }
            let details = Details::new(series.started, &series.exemplars);
            if apart.contains(&at) {
                let labels = told_apart(series);
                self.visitor.series(LabelBlock::new(&labels, series.is_classic), value, &details);
            } else {
                self.visitor.series(LabelBlock::new(&series.labels, series.is_classic), value, &details);
            }
        }
    }

    /// Shows what children have of the metric that has just been shown, and the parent has not.
    fn finish_family(&mut self) {
        let Some(Both { family, shown, apart }) = self.joined.take() else { return };
        self.show_family(family, |at| !shown[at], &apart, false);
    }
}

impl Visitor for Weave<'_, '_> {
    fn family(&mut self, family: &families::Family<'_>) {
        self.finish_family();
        self.show_before(Some(family.name));
        if let Some((_, at)) = self.names.next_if(|(name, _)| *name == family.name) {
            let theirs = self.whole.at(at);
            // One of another kind is left out: two metrics of one name are no page.
            self.joined = (theirs.kind == family.kind).then(|| Both {
                family: theirs,
                shown: vec![false; theirs.series.len()],
                apart: Vec::new(),
            });
        }
        self.visitor.family(family);
    }

    fn series(&mut self, labels: LabelBlock<'_>, value: Value<'_>, details: &Details<'_>) {
        let Some(both) = &mut self.joined else { return self.visitor.series(labels, value, details) };
        let look = Look { mode: both.family.mode, now: self.now };
        for &at in both.family.find(labels) {
            let series = &both.family.series[at];
            let own = Own { value: told::of_one_kind(value), window: details.window() };
            if let Some(all) = series.total.shown(Some(own), look, &mut self.scratch) {
                both.shown[at] = true;
                let exemplars = newest(details.exemplars, &series.exemplars);
                let started = [details.started_millis(), series.started].into_iter().filter(|at| *at > 0).min();
                return self.visitor.series(labels, all, &Details::new(started.unwrap_or_default(), &exemplars));
            }
            if series.labels.len() == labels.as_str().len() {
                both.apart.push(at);
            }
        }
        self.visitor.series(labels, value, details);
    }
}

fn about(family: &Family) -> families::Family<'_> {
    families::Family {
        name: &family.name,
        original_name: &family.original_name,
        kind: family.kind,
        help: &family.help,
        unit: family.unit,
    }
}

/// The labels of a histogram whose buckets are not those of the parent's own.
fn told_apart(series: &Series) -> String {
    let separator = if series.labels.is_empty() { "" } else { "," };
    format!("{}{separator}buckets=\"children\"", series.labels)
}

/// The newest exemplar of each bucket.
fn newest(own: &[Exemplar], theirs: &[Exemplar]) -> Vec<Exemplar> {
    let mut all: Vec<Exemplar> = own.iter().chain(theirs).copied().collect();
    all.sort_by_key(|exemplar| (exemplar.bucket, std::cmp::Reverse(exemplar.at)));
    all.dedup_by_key(|exemplar| exemplar.bucket);
    all
}
