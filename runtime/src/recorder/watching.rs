//! Families, and the rolling windows of the program beside them.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{
    Report, Rolling, Snapshot,
    call::site,
    catalog::{Catalog, Family, Finding, Origin, gather::Gathered},
    collectors::{
        BROUGHT,
        fence::{Fence, HEALTH},
    },
    families::{Families, RollingValues, Visitor, WindowValues},
    metric::{block::LabelBlock, kind::Kind},
    store::registry::Store,
};

/// Families that know of rolling windows, too, and what the program measures.
pub(super) struct Watching<F> {
    pub(super) families: F,
    pub(super) store: &'static Store,
    pub(super) fences: Arc<[Arc<Fence>]>,
}

impl<F: Families> Watching<F> {
    /// What the program measures.
    pub(super) fn listed(&self) -> Catalog {
        let mut gathered = self.gathered();
        gathered.seen(&Snapshot::of(self));
        gathered.finish()
    }

    fn gathered(&self) -> Gathered {
        let mut gathered = of_collectors(&self.fences);
        gathered.store(self.store);
        gathered
    }

    /// Warns of names that Prometheus' conventions advise against, once of each. This crate's own are as they are.
    pub(super) fn warn_of_names(&self) {
        static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
        let catalog = self.gathered().finish();
        let is_own = |name: &str| match catalog.family(name).map(Family::origin) {
            Some(Origin::Collector(name)) => name.is_empty() || BROUGHT.iter().any(|brought| brought.name == name),
            origin => origin == Some(&Origin::Tachometer),
        };
        let findings: Vec<Finding> = {
            let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
            let findings = catalog.lint().into_iter().filter(|finding| !is_own(&finding.metric));
            findings.filter(|finding| told.insert(finding.to_string())).collect()
        };
        findings.iter().for_each(|finding| tracing::warn!("{finding}"));
    }
}

/// What is known of metrics without a store.
pub(super) fn of_collectors(fences: &[Arc<Fence>]) -> Gathered {
    let mut gathered = Gathered::default();
    gathered.sites(site::all());
    for fence in fences {
        gathered.collector(fence.name(), fence.descriptors());
    }
    if !fences.is_empty() {
        gathered.collector("", &HEALTH);
    }
    gathered
}

impl<F: Families> Families for Watching<F> {
    fn common_labels(&self) -> LabelBlock<'_> {
        self.families.common_labels()
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        self.families.visit(visitor);
    }

    fn kind_of(&self, name: &str) -> Option<Kind> {
        self.families.kind_of(name)
    }

    fn rolling(&self) -> Vec<RollingValues> {
        let values = |(name, rolling): (String, Arc<Rolling>)| {
            let windows = rolling.windows().iter().map(|window| within(&rolling, *window)).collect();
            RollingValues { name, current: rolling.current(), windows }
        };
        Rolling::all_named().into_iter().map(values).collect()
    }

    fn catalog(&self) -> Option<String> {
        Some(self.listed().to_json())
    }

    fn cardinality(&self) -> Option<Report> {
        self.families.cardinality()
    }
}

fn within(rolling: &Rolling, window: Duration) -> WindowValues {
    WindowValues {
        length: window,
        count: rolling.count(window),
        average: rolling.average(window),
        min: rolling.min(window),
        max: rolling.max(window),
        rate: rolling.rate(window),
        p50: rolling.quantile(window, 0.5),
        p99: rolling.quantile(window, 0.99),
    }
}
