//! Values with the traces that they were recorded in.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU64, Ordering},
};

use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tachometer::{Telemetry, TraceContext, counted, measured};
use tracing_subscriber::layer::SubscriberExt;

const OPENMETRICS: &str = "application/openmetrics-text";
const TRACE: TraceContext = TraceContext::new(0xabc, 0xdef);
const LABELS: &str = r##"# {trace_id="00000000000000000000000000000abc",span_id="0000000000000def"}"##;

thread_local! {
    static CURRENT: Cell<Option<TraceContext>> = const { Cell::new(None) };
}

fn current() -> Option<TraceContext> {
    // A source may be measured itself.
    metrics::counter!("asked_total").increment(1);
    CURRENT.get()
}

#[counted(name = "hits_total")]
fn hit() {}

#[measured(name = "job")]
fn job() {}

fn installed() -> Telemetry {
    tachometer::builder().no_listener().exemplars(current).install().expect("nothing else is installed")
}

/// The line of a page that begins like this.
fn line(page: &str, begin: &str) -> String {
    let found = page.lines().find(|line| line.starts_with(begin));
    found.unwrap_or_else(|| panic!("no line begins with {begin}: {page}")).to_owned()
}

#[test]
fn the_latest_trace_is_shown() {
    let telemetry = installed();
    hit();
    metrics::histogram!("sizes").record(3.0);
    assert!(!telemetry.render_for(OPENMETRICS).1.contains(" # {"), "nothing was in a trace");

    CURRENT.set(Some(TraceContext::new(1, 2)));
    hit();
    CURRENT.set(Some(TRACE));
    hit();
    job();
    metrics::histogram!("sizes").record(3.5);
    metrics::histogram!("sizes").record(1e9);
    metrics::gauge!("level").set(1.0);
    CURRENT.set(None);
    hit();
    let (_, page) = telemetry.render_for(OPENMETRICS);
    assert!(line(&page, "hits_total 4").starts_with(&format!("hits_total 4 {LABELS} 1 1")), "{page}");
    assert!(line(&page, "sizes_bucket{le=\"5.0\"}").contains(&format!("}} 2 {LABELS} 3.5 1")), "{page}");
    assert!(line(&page, "sizes_bucket{le=\"+Inf\"}").contains(&format!("}} 3 {LABELS} 1000000000 1")), "{page}");
    assert!(!line(&page, "sizes_bucket{le=\"10.0\"}").contains('#'), "{page}");
    assert!(!line(&page, "level").contains('#') && !line(&page, "sizes_count").contains('#'), "{page}");
    assert!(line(&page, "job_total").contains(LABELS), "{page}");
    assert!(!telemetry.render().contains(" # {"), "0.0.4 has no place for them");

    let snapshot = telemetry.snapshot();
    let family = snapshot.family("sizes").expect("it is there");
    let exemplars = family.series().next().expect("a series").exemplars();
    let seen: Vec<_> = exemplars.iter().map(|exemplar| (exemplar.trace, exemplar.value)).collect();
    assert_eq!(seen, [(TRACE, 3.5), (TRACE, 1e9)]);
    let json =
        r#""exemplars":[{"trace_id":"00000000000000000000000000000abc","span_id":"0000000000000def","value":3.5,"#;
    assert!(snapshot.to_json().contains(json), "{}", snapshot.to_json());
}

#[test]
fn a_source_that_panics_costs_nothing_but_its_answer() {
    fn broken() -> Option<TraceContext> {
        panic!("the source fails, as this test wants it to")
    }
    let builder = tachometer::builder().no_listener().exemplars(broken);
    let telemetry = builder.install().expect("nothing else is installed");
    hit();
    hit();
    assert!(line(&telemetry.render_for(OPENMETRICS).1, "hits_total").ends_with(" 2"));
}

#[test]
fn spans_of_tracing_are_found() {
    let telemetry = tachometer::builder().no_listener().install().expect("nothing else is installed");
    for (sampler, is_seen) in [(Sampler::AlwaysOff, false), (Sampler::AlwaysOn, true)] {
        let provider = SdkTracerProvider::builder().with_sampler(sampler).build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        let subscriber = tracing_subscriber::registry().with(layer);
        let trace = tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("checkout");
            let _entered = span.enter();
            hit();
            opentelemetry::Context::current().span().span_context().trace_id()
        });
        let page = telemetry.render_for(OPENMETRICS).1;
        assert_eq!(
            line(&page, "hits_total").contains(&format!("{{trace_id=\"{trace}\",span_id=\"")),
            is_seen,
            "{page}"
        );
    }
    hit();
}

/// Records when its thread ends.
struct Pool;

impl Drop for Pool {
    fn drop(&mut self) {
        hit();
        job();
    }
}

thread_local! {
    static POOL: Cell<Option<Pool>> = const { Cell::new(None) };
}

/// Fails if anything panics, as a program that is linked with `panic = "abort"` would.
fn without_panics(work: impl FnOnce()) {
    static PANICS: AtomicU64 = AtomicU64::new(0);
    std::panic::set_hook(Box::new(|_| {
        PANICS.fetch_add(1, Ordering::Relaxed);
    }));
    work();
    let _ = std::panic::take_hook();
    assert_eq!(PANICS.load(Ordering::Relaxed), 0, "the panic hook was called");
}

#[test]
fn a_thread_that_ends_is_asked_for_no_trace() {
    let telemetry = tachometer::builder().no_listener().install().expect("nothing else is installed");
    let before: fn() = || {
        POOL.set(Some(Pool));
        hit();
    };
    let after: fn() = || {
        hit();
        POOL.set(Some(Pool));
    };
    let spanned: fn() = || {
        POOL.set(Some(Pool));
        let _attached = opentelemetry::Context::new().attach();
        hit();
    };
    let only: fn() = || POOL.set(Some(Pool));
    without_panics(|| {
        for life in [before, after, spanned, only] {
            std::thread::spawn(life).join().expect("its work does not panic");
        }
    });
    let page = telemetry.render_for(OPENMETRICS).1;
    assert!(line(&page, "hits_total").ends_with(" 7"), "{page}");
    assert!(line(&page, "job_total").ends_with(" 4"), "{page}");
}
