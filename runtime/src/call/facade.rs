//! Records calls through the `metrics` facade, in whatever recorder is current.
//!
//! Nothing is kept of a recorder that we know nothing of: its address may be another one's tomorrow. The handles of an
//! adopted global recorder are kept, as it lives until the process ends.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata};

use crate::{
    call::{
        backend,
        labels::named,
        local,
        outcome::{End, Ending},
        site::{Metric, Site},
    },
    gate, reentry,
};

/// The handles of a site without labels of its own under an adopted recorder.
pub(crate) struct Adopted(OnceLock<Box<Handles>>);

struct Handles {
    counter: Vec<Counter>,
    timer: Vec<Histogram>,
    gauge: Option<Gauge>,
}

impl Adopted {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Two threads may each obtain them, of which the first ones are kept.
    fn handles(&self, site: &Site) -> &Handles {
        self.0.get().unwrap_or_else(|| {
            let keys = |metric: Option<Metric<'_>>| -> Vec<Key> {
                metric
                    .into_iter()
                    .flat_map(|metric| site.endings().iter().map(move |ending| (metric, *ending)))
                    .map(|(metric, ending)| metric.key(metric.ends(ending).next().unwrap_or(ending.into()), &[]))
                    .collect()
            };
            let metadata = metadata(site);
            let handles = metrics::with_recorder(|recorder| {
                let (counter, timer) = (keys(site.counter_metric()), keys(site.timer_metric()));
                let gauge = site.gauge_metric().map(|metric| metric.key(Ending::Ok, &[]));
                Box::new(Handles {
                    counter: counter.iter().map(|key| recorder.register_counter(key, &metadata)).collect(),
                    timer: timer.iter().map(|key| recorder.register_histogram(key, &metadata)).collect(),
                    gauge: gauge.map(|key| recorder.register_gauge(&key, &metadata)),
                })
            });
            gate::fill(&self.0, handles)
        })
    }
}

/// Makes an adopted recorder show the site's series from now on.
pub(crate) fn register(site: &Site) {
    describe(site);
    site.known_labels().iter().for_each(|labels| show_labels(site, labels));
}

/// Makes an adopted recorder show a label set that the program has got to know.
pub(crate) fn show(site: &Site, values: &[&str]) {
    show_labels(site, &named(site, values));
}

fn show_labels(site: &Site, labels: &[Label]) {
    let metadata = metadata(site);
    let keys = |metric: Option<Metric<'_>>, labels: &[Label]| -> Vec<Key> {
        let ends = metric.into_iter().flat_map(|metric| site.endings().iter().map(move |ending| (metric, *ending)));
        ends.flat_map(|(metric, ending)| metric.ends(ending).map(move |end| metric.key(end, labels))).collect()
    };
    metrics::with_recorder(|recorder| {
        for key in keys(site.counter_metric(), labels) {
            recorder.register_counter(&key, &metadata).increment(0);
        }
        for key in keys(site.timer_metric(), labels) {
            drop(recorder.register_histogram(&key, &metadata));
        }
        for key in keys(site.gauge_metric(), labels) {
            recorder.register_gauge(&key, &metadata).increment(0.0);
        }
    });
}

/// Tells the current recorder what the site's metrics mean.
fn describe(site: &Site) {
    use crate::metric::kind::Kind;
    metrics::with_recorder(|recorder| {
        for metric in site.metrics() {
            let (name, help) = (metric.name().into(), metric.help().into());
            match metric.kind {
                Kind::Counter => recorder.describe_counter(name, None, help),
                Kind::Gauge => recorder.describe_gauge(name, None, help),
                Kind::Histogram | Kind::Summary => {
                    recorder.describe_histogram(name, Some(metrics::Unit::Seconds), help);
                }
            }
        }
    });
}

/// A call begins. Returns when, and what counts it as in flight until [`finish`] gets it back.
#[cold]
pub(crate) fn enter(site: &Site, labels: &[Label], adopted: bool) -> (u64, Option<Box<Gauge>>) {
    reentry::alone(|| begun(site, labels, adopted)).unwrap_or_default()
}

fn begun(site: &Site, labels: &[Label], adopted: bool) -> (u64, Option<Box<Gauge>>) {
    local::declare(site);
    let gauge = site.gauge_metric().map(|metric| {
        let kept =
            if adopted && site.labels.is_empty() { site.found().adopted.handles(site).gauge.clone() } else { None };
        let gauge = kept.unwrap_or_else(|| {
            let key = metric.key(Ending::Ok, labels);
            metrics::with_recorder(|recorder| recorder.register_gauge(&key, &metadata(site)))
        });
        gauge.increment(1.0);
        Box::new(gauge)
    });
    (if site.timer.is_some() { now() } else { 0 }, gauge)
}

/// A call that began at `start` ends.
#[cold]
pub(crate) fn finish(site: &Site, labels: &[Label], adopted: bool, end: End, start: u64, gauge: Option<Box<Gauge>>) {
    reentry::alone(|| ended(site, labels, adopted, end, start, gauge));
}

fn ended(site: &Site, labels: &[Label], adopted: bool, end: End, start: u64, gauge: Option<Box<Gauge>>) {
    let took = Duration::from_nanos(if site.timer.is_some() { now().saturating_sub(start) } else { 0 });
    if site.is_rolled {
        site.roll(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    }
    if let Some(gauge) = gauge {
        gauge.decrement(1.0);
    }
    if adopted && site.labels.is_empty() && !(end.ending == Ending::Error && site.has_kinds()) {
        let (handles, ending) = (site.found().adopted.handles(site), end.ending);
        if let Some(counter) = handles.counter.get(ending as usize) {
            counter.increment(1);
        }
        if let Some(timer) = handles.timer.get(ending as usize) {
            timer.record(took);
        }
        return;
    }
    if let Some(metric) = site.timer_metric()
        && !adopted
        && !local::is_current()
    {
        backend::untold::warn_once(metric.buckets);
    }
    let metadata = metadata(site);
    metrics::with_recorder(|recorder| {
        if let Some(metric) = site.counter_metric() {
            recorder.register_counter(&metric.key(end, labels), &metadata).increment(1);
        }
        if let Some(metric) = site.timer_metric() {
            recorder.register_histogram(&metric.key(end, labels), &metadata).record(took);
        }
    });
}

/// A future is done: so many polls took so long.
#[cold]
pub(crate) fn polled(site: &Site, labels: &[Label], polls: u32, nanos: u64) {
    local::declare(site);
    let metadata = metadata(site);
    metrics::with_recorder(|recorder| {
        if let Some(metric) = site.counter_metric() {
            recorder.register_counter(&metric.key(Ending::Ok, labels), &metadata).increment(polls.into());
        }
        if let Some(metric) = site.timer_metric() {
            let took = Duration::from_nanos(nanos);
            recorder.register_histogram(&metric.key(Ending::Ok, labels), &metadata).record(took);
        }
    });
}

/// A reading of the facade's clock, in nanoseconds since the first one.
pub(crate) fn now() -> u64 {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let first = FIRST.get().unwrap_or_else(|| gate::fill(&FIRST, Instant::now()));
    u64::try_from(first.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

fn metadata(site: &Site) -> Metadata<'static> {
    Metadata::new(site.source.module, Level::INFO, Some(site.source.module))
}
