//! Records what handles are given through the `metrics` facade, in whatever recorder is current.
//!
//! A test's own recorder gets it by a shorter way, which knows buckets and fractions. Handles of an adopted recorder are
//! kept, as it lives until the process ends; of any other nothing is kept.

use std::sync::atomic::Ordering;

use metrics::{Counter, Gauge, Histogram, Level, Metadata};

use crate::{
    call::target::Target,
    gate,
    handle::{
        backend,
        local::{self, Record},
        metric::Series,
    },
    metric::kind::Kind,
    reentry,
};

/// A handle of the facade.
#[derive(Clone)]
pub(crate) enum Foreign {
    Counter(Counter),
    Gauge(Gauge),
    Histogram(Histogram),
}

/// Why a value is not recorded.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Dropped {
    NotANumber,
    Negative,
    TooLarge,
}

/// Calls `record` with the series' handle in the current recorder.
#[cold]
fn with(series: &Series, target: Target, record: impl FnOnce(&Foreign)) {
    let _inside = reentry::enter();
    if target == Target::Adopted {
        record(series.adopted.get().unwrap_or_else(|| {
            if !series.metric.described.swap(true, Ordering::Relaxed) {
                describe(series);
                backend::adopted(&series.metric);
            }
            gate::fill(&series.adopted, register(series))
        }));
    } else {
        backend::unknown(&series.metric);
        record(&register(series));
    }
}

/// The series' handle in the current recorder, to be kept for as long as something lasts.
pub(crate) fn handle(series: &Series, target: Target) -> Foreign {
    let mut kept = None;
    with(series, target, |foreign| kept = Some(foreign.clone()));
    kept.unwrap_or_else(|| register(series))
}

fn register(series: &Series) -> Foreign {
    let metadata = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));
    metrics::with_recorder(|recorder| match series.metric.kind {
        Kind::Counter => Foreign::Counter(recorder.register_counter(&series.key, &metadata)),
        Kind::Gauge => Foreign::Gauge(recorder.register_gauge(&series.key, &metadata)),
        Kind::Histogram | Kind::Summary => Foreign::Histogram(recorder.register_histogram(&series.key, &metadata)),
    })
}

/// Tells the current recorder what the metric means.
fn describe(series: &Series) {
    let metric = &series.metric;
    let (name, help) = (metric.name.clone().into(), metric.help.clone().into());
    let unit = metric.unit.and_then(metrics::Unit::from_string);
    metrics::with_recorder(|recorder| match metric.kind {
        Kind::Counter => recorder.describe_counter(name, unit, help),
        Kind::Gauge => recorder.describe_gauge(name, unit, help),
        Kind::Histogram | Kind::Summary => recorder.describe_histogram(name, unit, help),
    });
}

/// Shows the series in an adopted recorder, which is the current one.
pub(crate) fn join(series: &Series) {
    with(series, Target::Adopted, |foreign| match foreign {
        Foreign::Counter(counter) => counter.increment(0),
        Foreign::Gauge(gauge) => gauge.increment(0.0),
        Foreign::Histogram(_) => {}
    });
}

/// Records in a test's own recorder, if that is the current one; drops what has come from our own work.
fn is_done(series: &Series, record: Record) -> bool {
    reentry::alone(|| local::record(series, record)).unwrap_or(true)
}

pub(crate) fn count(series: &Series, target: Target, amount: u64) {
    if is_done(series, Record::Count(amount)) {
        return;
    }
    with(series, target, |foreign| {
        if let Foreign::Counter(counter) = foreign {
            counter.increment(amount);
        }
    });
}

/// Adds quanta to a counter of whole units: what is less than one is carried until there is more.
pub(crate) fn count_quanta(series: &Series, target: Target, amount: u64) {
    if is_done(series, Record::Count(amount)) {
        return;
    }
    let Some(scale) = series.metric.scale else { return };
    let mut units = 0;
    // Relaxed: the carried part guards nothing else.
    let _ = series.carried.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |carried| {
        // Less than one unit and some amount: both together fit, or the amount alone is all there ever was.
        let sum = carried.saturating_add(amount);
        units = sum / scale;
        Some(sum % scale)
    });
    count(series, target, units);
}

pub(crate) fn set(series: &Series, target: Target, value: f64) {
    if is_done(series, Record::Set(value)) {
        return;
    }
    with(series, target, |foreign| {
        if let Foreign::Gauge(gauge) = foreign {
            gauge.set(value);
        }
    });
}

pub(crate) fn shift(series: &Series, target: Target, amount: f64) {
    if is_done(series, Record::Shift(amount)) {
        return;
    }
    with(series, target, |foreign| {
        if let Foreign::Gauge(gauge) = foreign {
            gauge.increment(amount);
        }
    });
}

pub(crate) fn observe(series: &Series, target: Target, value: f64, count: u64) {
    if is_done(series, Record::Observe(value, count)) {
        return;
    }
    with(series, target, |foreign| {
        if let Foreign::Histogram(histogram) = foreign {
            histogram.record_many(value, usize::try_from(count).unwrap_or(usize::MAX));
        }
    });
}

/// Counts a value that is not recorded, where it would have been.
#[cold]
pub(crate) fn drop_value(target: Target, why: Dropped) {
    match target {
        Target::Nobody => {}
        Target::Ours => backend::dropped(why),
        Target::Adopted | Target::Unknown => dropped(why),
    }
}

/// Counts a value that was not recorded, under the name that the store counts it by.
pub(crate) fn dropped(why: Dropped) {
    let reason = match why {
        Dropped::NotANumber => "not_a_number",
        Dropped::Negative => "negative",
        Dropped::TooLarge => "too_large",
    };
    metrics::counter!("tachometer_dropped_records_total", "reason" => reason).increment(1);
}
