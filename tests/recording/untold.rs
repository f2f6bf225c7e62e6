//! Buckets under recorders of other crates, which the facade cannot tell them.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tachometer::{Histogram, counted, timed};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

#[timed(name = "untold_call_seconds", buckets = [0.5, 1.0])]
fn call() {}

#[timed(name = "untold_default_seconds")]
fn default() {}

#[counted(name = "untold_total")]
fn count() {}

static SIZES: Histogram = Histogram::new("untold_sizes").buckets(&[1.0, 10.0]);

/// The warnings of a program.
#[derive(Clone, Default)]
pub(super) struct Warnings(Arc<Mutex<Vec<String>>>);

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut Message(self));
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

struct Message<'a>(&'a Warnings);

impl Visit for Message<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0.0.lock().expect("nothing panics").push(format!("{value:?}"));
        }
    }
}

impl Warnings {
    /// Those of `work`, on all threads.
    pub(super) fn of() -> Self {
        let warnings = Self::default();
        tracing::subscriber::set_global_default(warnings.clone()).expect("it is the first of this process");
        warnings
    }

    /// All of them since the last look.
    pub(super) fn all(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("nothing panics"))
    }

    /// Those that name buckets.
    fn take(&self) -> Vec<String> {
        self.all().into_iter().filter(|message| message.contains("set_buckets_for_metric")).collect()
    }
}

/// metrics-exporter-prometheus' recorder as the program's own.
fn peer(builder: PrometheusBuilder) -> PrometheusHandle {
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).expect("it is the first of this process");
    handle
}

const CALL: &str = r#".set_buckets_for_metric(Matcher::Full("untold_call_seconds".to_owned()), &[0.5, 1.0])?"#;
const SIZE: &str = r#".set_buckets_for_metric(Matcher::Full("untold_sizes".to_owned()), &[1.0, 10.0])?"#;

#[test]
fn a_recorder_that_makes_summaries_of_declared_buckets_is_warned_of_once() {
    let warnings = Warnings::of();
    let handle = peer(PrometheusBuilder::new());
    count();
    default();
    assert!(warnings.take().is_empty(), "nothing of that declares buckets");
    call();
    let said = warnings.take();
    assert!(said.len() == 1 && said[0].contains(CALL), "{said:?}");
    assert!(!said[0].contains("untold_default_seconds"), "it declares none: {said:?}");
    call();
    SIZES.record(2);
    assert!(warnings.take().is_empty(), "once is enough");
    assert!(handle.render().contains("# TYPE untold_call_seconds summary\n"));
}

#[test]
fn adopting_says_all_settings_that_are_missing() {
    let warnings = Warnings::of();
    drop(peer(PrometheusBuilder::new()));
    tachometer::adopt_global().expect("there is one");
    let said = warnings.take();
    assert!(said.len() == 1 && said[0].contains(CALL), "{said:?}");
    call();
    SIZES.record(2);
    SIZES.record(2);
    let said = warnings.take();
    assert!(said.len() == 1 && said[0].contains(SIZE), "a static is unknown before its first use: {said:?}");
}

#[test]
fn the_setting_that_is_said_makes_histograms() {
    let told = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full("untold_call_seconds".to_owned()), &[0.5, 1.0])
        .expect("they are buckets");
    let handle = peer(told);
    call();
    assert!(handle.render().contains("untold_call_seconds_bucket{le=\"0.5\"} 1\n"), "{}", handle.render());
}

#[test]
fn a_recorder_that_was_told_and_forgets_idle_series_is_not_warned_of() {
    let warnings = Warnings::of();
    let forgetful = PrometheusBuilder::new()
        .idle_timeout(metrics_util::MetricKindMask::ALL, Some(std::time::Duration::from_secs(60)));
    let telemetry =
        tachometer::builder().no_listener().with_prometheus(forgetful).install().expect("nothing is there yet");
    SIZES.record(2);
    call();
    assert!(telemetry.render().contains("untold_call_seconds_bucket{le=\"0.5\"} 1\n"), "{}", telemetry.render());
    let said = warnings.take();
    assert!(said.is_empty(), "{said:?}");
}
