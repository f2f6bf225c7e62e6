//! Brings together what sites, the store and collectors say of metrics, whichever of them is there.

use std::collections::BTreeMap;

use super::{
    Catalog,
    family::{Family, Label, Origin},
    function::{Function, Objective, Place, Skipped},
};
use crate::{
    Snapshot,
    call::site::{Metric, Site},
    collectors::Descriptor,
    metric::{
        bounds::{self, Buckets, Ladder},
        kind::Kind,
        unit::Unit,
    },
    store::{guard, registry::Store},
};

/// A catalogue that is being put together.
#[derive(Default)]
pub(crate) struct Gathered {
    families: BTreeMap<String, Family>,
    functions: BTreeMap<Place, Function>,
    skipped: Vec<Skipped>,
}

impl Gathered {
    /// Adds annotated functions and their metrics.
    pub(crate) fn sites(&mut self, sites: &[Site]) {
        for site in sites {
            let source = Place::from(site.source);
            self.skipped.extend(site.left().iter().map(|left| Skipped {
                source: Place { function: left.function, line: left.line, ..source },
                reason: left.why,
            }));
            if let Some(reason) = site.skipped() {
                self.skipped.push(Skipped { source, reason });
            } else if site.metrics().next().is_some() {
                self.function(site, source);
            }
        }
    }

    fn function(&mut self, site: &Site, source: Place) {
        let metrics: Vec<Metric<'_>> = site.metrics().collect();
        metrics.iter().for_each(|metric| self.family_of(site, metric));
        let blank = || Function { source, team: None, metrics: Vec::new(), objectives: Vec::new() };
        let function = self.functions.entry(source).or_insert_with(blank);
        function.team = function.team.or_else(|| site.team());
        for metric in metrics {
            let name = metric.name();
            if let Some(slo) = metric.slo() {
                let objective = Objective { slo, metric: name.clone() };
                if !function.objectives.contains(&objective) {
                    function.objectives.push(objective);
                }
            }
            if !function.metrics.contains(&name) {
                function.metrics.push(name);
            }
        }
        function.metrics.sort_unstable();
    }

    fn family_of(&mut self, site: &Site, metric: &Metric<'_>) {
        let labels = labels_of(site, metric);
        let blank = || {
            let unit = (metric.kind == Kind::Histogram).then_some(Unit::SECONDS);
            Family {
                name: metric.name(),
                kind: metric.kind,
                unit: unit.map(|unit| unit.as_str().to_owned()),
                help: metric.help(),
                labels: labels.clone(),
                buckets: (metric.kind == Kind::Histogram).then(|| buckets(metric.buckets, bounds::SECONDS)),
                origin: Origin::Functions,
            }
        };
        let family = self.families.entry(metric.name()).or_insert_with(blank);
        for (label, more) in family.labels.iter_mut().zip(labels).filter(|(label, more)| label.name == more.name) {
            label.values = merged(label.values.take(), more.values);
        }
    }

    /// Adds what a collector may report.
    pub(crate) fn collector(&mut self, name: &str, descriptors: &[Descriptor]) {
        for descriptor in descriptors {
            let family = Family {
                name: descriptor.name().to_owned(),
                kind: descriptor.kind(),
                unit: descriptor.known_unit().map(|unit| unit.as_str().to_owned()),
                help: descriptor.help().to_owned(),
                labels: names(descriptor.label_names()),
                buckets: (descriptor.kind() == Kind::Histogram).then(|| Buckets::Bounds(descriptor.bounds().to_vec())),
                origin: own(descriptor.name()).unwrap_or_else(|| Origin::Collector(name.to_owned())),
            };
            self.families.entry(family.name.clone()).or_insert(family);
        }
    }

    /// Adds what is in the store, and what is described there.
    pub(crate) fn store(&mut self, store: &Store) {
        for family in store.families() {
            let (kind, about) = (family.kind(), family.about(|about| about.clone()));
            let in_force = (kind == Kind::Histogram).then(|| buckets(family.buckets(), bounds::SECONDS));
            let known = self.families.entry(family.name().to_owned()).or_insert_with(|| Family {
                name: family.name().to_owned(),
                kind,
                unit: about.unit.map(|unit| unit.as_str().to_owned()),
                help: about.help,
                labels: names(&about.labels.unwrap_or_default()),
                buckets: None,
                origin: own(family.name()).unwrap_or(Origin::Program),
            });
            // Settings have the last word.
            known.buckets = in_force.or_else(|| known.buckets.take());
        }
        // It comes with the first label that may have too many values, and is to be alerted on before.
        let (folded, help) = guard::FOLDED;
        self.families.entry(folded.to_owned()).or_insert_with(|| Family {
            labels: names(&["metric", "label", "reason"]),
            ..tells(folded, help, Kind::Counter)
        });
        for (name, about) in store.descriptions() {
            let Some(kind) = about.kind else { continue };
            self.families.entry(name.clone()).or_insert_with(|| Family {
                name,
                kind,
                unit: about.unit.map(|unit| unit.as_str().to_owned()),
                help: about.help,
                labels: Vec::new(),
                buckets: None,
                origin: Origin::Program,
            });
        }
    }

    /// Adds the labels that metrics without a declaration have been seen with.
    pub(crate) fn seen(&mut self, snapshot: &Snapshot) {
        for family in snapshot.families() {
            let Some(known) = self.families.get_mut(family.name()).filter(|known| known.labels.is_empty()) else {
                continue;
            };
            let series = family.series();
            let mut seen: Vec<String> =
                series.flat_map(|series| series.labels()).map(|(name, _)| name.into()).collect();
            seen.sort_unstable();
            seen.dedup();
            known.labels = names(&seen);
        }
    }

    /// The catalogue of all that was added.
    pub(crate) fn finish(self) -> Catalog {
        let Self { families, functions, mut skipped } = self;
        skipped.sort_by_key(|it| it.source);
        skipped.dedup();
        Catalog { families: families.into_values().collect(), functions: functions.into_values().collect(), skipped }
    }
}

/// A metric of this crate, of itself.
pub(crate) fn tells(name: &str, help: &str, kind: Kind) -> Family {
    Family {
        name: name.to_owned(),
        kind,
        unit: Unit::of_name(name, kind).map(|unit| unit.as_str().to_owned()),
        help: help.to_owned(),
        labels: Vec::new(),
        buckets: None,
        origin: Origin::Tachometer,
    }
}

/// Whose a metric is by its name alone.
fn own(name: &str) -> Option<Origin> {
    (name.starts_with("tachometer_") || name == "build_info").then_some(Origin::Tachometer)
}

fn buckets(declared: Ladder<'_>, of_unit: &[f64]) -> Buckets {
    match declared {
        Ladder::OfUnit => Buckets::Bounds(of_unit.to_vec()),
        Ladder::Bounds(bounds) => Buckets::Bounds(bounds.to_vec()),
        Ladder::Native(native) => Buckets::Native(native),
        Ladder::Both(bounds, native) => Buckets::Both(bounds.to_vec(), native),
    }
}

fn names(names: &[impl AsRef<str>]) -> Vec<Label> {
    let mut labels: Vec<Label> =
        names.iter().map(|name| Label { name: name.as_ref().to_owned(), values: None }).collect();
    labels.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    labels
}

fn labels_of(site: &Site, metric: &Metric<'_>) -> Vec<Label> {
    let own = |name: &str| {
        let at = site.labels.iter().position(|label| *label == name)?;
        let values = (*site.values.get(at)?)?;
        Some(values.iter().map(|&value| value.to_owned()).collect())
    };
    let values = |name: &str| match name {
        "result" if metric.result => Some(site.endings().iter().map(|ending| ending.as_str().to_owned()).collect()),
        _ => own(name),
    };
    let label = |name: &'static str| Label { name: name.to_owned(), values: values(name) };
    metric.label_names().into_iter().map(label).collect()
}

/// All values of both, if all of both are known.
fn merged(a: Option<Vec<String>>, b: Option<Vec<String>>) -> Option<Vec<String>> {
    let (mut all, more) = (a?, b?);
    for value in more {
        if !all.contains(&value) {
            all.push(value);
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests;
