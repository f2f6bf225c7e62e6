//! Recorders of tests: what is seen in them, what is not, and what a failed assertion says.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use tachometer::{
    Counter, Family, FloatCounter, Gauge, Histogram, Metrics, Snapshot, counted, dynamic,
    families::Value,
    in_flight, measured,
    testing::{self, Recorder},
    timed,
};

use super::installed;

#[measured(name = "bake", labels(cake), result)]
fn bake(cake: &str) -> Result<usize, ()> {
    if cake.is_empty() { Err(()) } else { Ok(cake.len()) }
}

#[measured]
async fn chill() {
    std::future::pending::<()>().await;
}

#[timed(name = "whip_seconds", buckets = [60.0])]
#[in_flight(name = "whip_in_flight")]
fn whip() -> f64 {
    testing::snapshot().gauge("whip_in_flight", &[])
}

#[counted(name = "guests_total", labels(guest = cap(guest, 2)))]
fn greet(guest: &str) {
    let _ = guest;
}

static EGGS: Counter = Counter::new("eggs_total").help("Eggs broken.");
static FLOUR: FloatCounter = FloatCounter::new("flour_grams_total").scale(0.5);
static CRUMBS: Family<Histogram, (String,)> = Family::new("crumbs", &["place"]).buckets(&[3.0, 7.0]);

#[derive(Metrics)]
#[metrics(prefix = "oven")]
struct Oven {
    /// How hot it is.
    heat: Gauge,
}

/// The bounds of a histogram's first series.
fn bounds(snapshot: &Snapshot, name: &str) -> Vec<f64> {
    let series = snapshot.family(name).and_then(|family| family.series().next());
    match series.map(|series| series.value()) {
        Some(Value::Histogram(distribution)) => distribution.bounds.to_vec(),
        other => panic!("{name} is {other:?}"),
    }
}

/// What an assertion says that fails.
fn message(assertion: impl FnOnce()) -> String {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let caught = catch_unwind(AssertUnwindSafe(assertion)).expect_err("it fails");
    std::panic::set_hook(hook);
    *caught.downcast::<String>().expect("it says why")
}

#[test]
fn whatever_records_is_recorded() {
    let before = Oven::default();
    let recorded = testing::record(|| {
        before.heat.set(180);
        Oven::global().heat.increment(20);
        EGGS.increment(3);
        FLOUR.add(0.5);
        CRUMBS.with("floor").record(5);
        dynamic::counter("calls_total", &[("to", "baker")]).expect("its name is good").increment(4);
        metrics::counter!("rings_total", "bell" => "door").increment(2);
        (bake("pie"), bake(""), whip())
    });
    assert_eq!(*recorded.value(), (Ok(3), Err(()), 1.0), "a call in flight is seen from within");
    recorded.assert_gauge("oven_heat", &[], 200);
    recorded.assert_counter("eggs_total", &[], 3);
    recorded.assert_float_counter("flour_grams_total", &[], 0.5);
    recorded.assert_observations("crumbs", &[("place", "floor")], 1);
    recorded.assert_counter("calls_total", &[("to", "baker")], 4);
    recorded.assert_counter("rings_total", &[], 2);
    recorded.assert_counter("bake_total", &[("result", "ok")], 1);
    recorded.assert_counter("bake_total", &[("cake", "")], 1);
    recorded.assert_counter("bake_total", &[], 2);
    recorded.assert_observations("bake_duration_seconds", &[("cake", "pie")], 1);
    recorded.assert_gauge("bake_in_flight", &[("cake", "pie")], 0);
    recorded.assert_gauge("whip_in_flight", &[], 0);
    let text = recorded.recorder().render();
    assert!(text.contains("# HELP eggs_total Eggs broken.\n# TYPE eggs_total counter\neggs_total 3\n"), "{text}");
    assert_eq!([bounds(&recorded, "whip_seconds"), bounds(&recorded, "crumbs")], [vec![60.0], vec![3.0, 7.0]]);
}

#[test]
fn nothing_is_seen_elsewhere() {
    let telemetry = installed();
    let untouched = telemetry.render();
    let recorded = testing::record(|| {
        bake("pie").expect("it has a name");
        EGGS.increment(1);
        FLOUR.add(0.5);
        CRUMBS.with("table").record(5);
        Oven::default().heat.set(180);
        dynamic::gauge("calls", &[("to", "baker")]).expect("its name is good").set(4);
        metrics::gauge!("rings").set(2);
    });
    recorded.assert_gauge("rings", &[], 2);
    let text = telemetry.render();
    // But for the label sets that threads remember, whatever recorder they were for.
    let is_news = |line: &&str| !untouched.contains(*line) && !line.starts_with("tachometer_guard_bytes ");
    let news: Vec<&str> = text.lines().filter(is_news).collect();
    assert!(news.is_empty(), "{news:?}");

    bake("pie").expect("it has a name");
    FLOUR.add(0.5);
    CRUMBS.with("table").record(1);
    dynamic::counter("calls_total", &[]).expect("nobody has called it a gauge").increment(1);
    let snapshot = telemetry.snapshot();
    snapshot.assert_counter("bake_total", &[("cake", "pie")], 1);
    snapshot.assert_float_counter("flour_grams_total", &[], 0.5);
    snapshot.assert_observations("crumbs", &[], 1);
    testing::record(|| FLOUR.add(0.5)).assert_float_counter("flour_grams_total", &[], 0.5);
    recorded.recorder().snapshot().assert_counter("bake_total", &[], 1);
}

#[test]
fn recordings_at_one_time_do_not_meet() {
    let run = |times: u64| {
        move || {
            let recorded = testing::record(|| {
                for n in 0..times {
                    bake(if n % 2 == 0 { "pie" } else { "" }).ok();
                    EGGS.increment(n);
                    CRUMBS.with("floor").record(1);
                    ["ann", "bob", "cid"].iter().for_each(|guest| greet(&format!("{guest}{times}")));
                }
            });
            recorded.assert_counter("bake_total", &[], times);
            recorded.assert_counter("eggs_total", &[], times * (times - 1) / 2);
            recorded.assert_observations("crumbs", &[], times);
            recorded.assert_counter("guests_total", &[("guest", "other")], times);
            recorded.assert_counter("guests_total", &[("guest", &format!("ann{times}"))], times);
        }
    };
    let threads: Vec<_> = (10..18).map(|times| thread::spawn(run(times))).collect();
    threads.into_iter().for_each(|thread| thread.join().expect("each sees what is its own"));
}

#[test]
fn threads_take_the_recorder_along() {
    let recorded = testing::record(|| {
        let own = testing::spawn(|| testing::spawn(|| bake("pie")).join().expect("it does not panic"));
        thread::scope(|scope| {
            scope.spawn(testing::wrap(|| bake("tart")));
            scope.spawn(|| bake("lost"));
        });
        own.join().expect("it does not panic")
    });
    recorded.assert_counter("bake_total", &[], 2);
    recorded.assert_absent("bake_total", &[("cake", "lost")]);
    assert!(Recorder::current().is_none());
}

#[test]
fn a_panic_passes_through() {
    let telemetry = installed();
    let recorder = Recorder::new();
    let panics = message(|| {
        recorder.run(|| {
            testing::record(|| EGGS.increment(1)).assert_counter("eggs_total", &[], 1);
            let _timing = bake("pie");
            panic!("{}", "burnt");
        });
    });
    assert_eq!(panics, "burnt");
    recorder.snapshot().assert_counter("bake_total", &[], 1);
    EGGS.increment(5);
    telemetry.snapshot().assert_counter("eggs_total", &[], 5);
    recorder.snapshot().assert_absent("eggs_total", &[]);
}

#[test]
fn a_recorder_of_somebody_elses_is_respected() {
    let other = metrics_util::debugging::DebuggingRecorder::new();
    let recorded = testing::record(|| {
        metrics::with_local_recorder(&other, || {
            EGGS.increment(7);
            assert!(Recorder::current().is_none());
        });
        EGGS.increment(1);
    });
    recorded.assert_counter("eggs_total", &[], 1);
    assert_eq!(other.snapshotter().snapshot().into_vec().len(), 1);
}

#[tokio::test]
async fn a_future_takes_the_recorder_along() {
    use std::future::Future as _;
    let recorded = testing::record_async(async {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let mut chilling = Box::pin(testing::wrap_future(chill()));
        assert!(chilling.as_mut().poll(&mut context).is_pending());
        let during = testing::snapshot();
        tokio::task::yield_now().await;
        tokio::spawn(testing::wrap_future(async { bake("pie") })).await.expect("it ends").expect("it has a name");
        (chilling, during)
    })
    .await;
    recorded.assert_counter("bake_total", &[], 1);
    let recorder = recorded.recorder();
    let (chilling, during) = recorded.into_value();
    during.assert_gauge("function_calls_concurrent", &[("function", "chill")], 1);
    drop(chilling);
    let labels = [("function", "chill"), ("result", "cancelled")];
    recorder.snapshot().assert_counter("function_calls_total", &labels, 1);
    recorder.snapshot().assert_gauge("function_calls_concurrent", &[], 0);
    assert!(Recorder::current().is_none());
}

#[test]
fn functions_that_were_not_called_are_at_zero() {
    let recorded = testing::record(|| ());
    recorded.assert_counter("bake_total", &[("result", "error")], 0);
    recorded.assert_observations("whip_seconds", &[], 0);
    recorded.assert_gauge("whip_in_flight", &[], 0);
    recorded.assert_absent("bake_total", &[]);
    testing::record(|| bake("pie")).assert_counter("bake_total", &[("result", "error")], 0);
}

#[test]
fn handles_that_were_not_used_are_at_zero_and_slips_are_told() {
    let recorded = testing::record(|| {
        FLOUR.add(1);
        Oven::default().heat.set(180);
    });
    recorded.assert_counter("eggs_total", &[], 0);
    recorded.assert_float_counter("sugar_grams_total", &[], 0);
    recorded.assert_gauge("oven_door_open", &[("oven", "1")], 0);
    recorded.assert_observations("crumbs", &[("place", "table")], 0);
    for slip in ["flour_gram_total", "fluor_grams_total", "flour_grams"] {
        let message = message(|| recorded.assert_float_counter(slip, &[], 0));
        assert!(message.contains("; did you mean `flour_grams_total`?"), "{message}");
    }
    let more = message(|| recorded.assert_counter("eggs_total", &[], 1));
    assert!(more.starts_with("nothing was recorded as `eggs_total`"), "{more}");
}

#[counted(name = "stirs_total")]
async fn stir() {}

async fn stir_elsewhere() {
    let _ = tokio::spawn(stir()).await;
}

#[test]
fn tasks_that_are_spawned_are_recorded_by_a_runtime_of_the_recording() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("it needs nothing");
    testing::record(|| runtime.block_on(stir_elsewhere())).assert_counter("stirs_total", &[], 1);
    let recorded = runtime.block_on(testing::record_async(stir_elsewhere()));
    let message = message(|| recorded.assert_counter("stirs_total", &[], 1));
    assert!(
        message.contains("nothing at all was recorded (a thread or task that is spawned records here by"),
        "{message}"
    );
    assert!(message.contains("`testing::record(|| runtime.block_on(..))`"), "{message}");
}

#[test]
fn what_fails_says_what_was_recorded() {
    let recorded = testing::record(|| {
        bake("pie").expect("it has a name");
        Oven::default().heat.set(180);
    });
    assert_eq!(
        message(|| recorded.assert_counter("bake_total", &[("result", "ok")], 2)),
        "`bake_total{result=\"ok\"}` is 1, and not 2; recorded was\n    \
         bake_total{cake=\"pie\",result=\"ok\"} 1\n"
    );
    let unknown = message(|| recorded.assert_counter("bakes_total", &[], 0));
    assert!(unknown.starts_with("nothing was recorded as `bakes_total`; did you mean `bake_total`?"), "{unknown}");
    assert!(unknown.ends_with("\n    oven_heat 180\n"), "{unknown}");
    let unlike = message(|| recorded.assert_counter("doors_total", &[], 1));
    assert!(unlike.starts_with("nothing was recorded as `doors_total`; if that is right, write `assert_absent("));
    assert!(unlike.contains("a thread or task that is spawned records here by `testing::spawn`"), "{unlike}");
    let label = message(|| recorded.assert_counter("bake_total", &[("resutl", "ok")], 0));
    assert!(label.starts_with("no series of `bake_total` has a label `resutl`; did you mean `result`?"), "{label}");
    let kind = message(|| recorded.assert_counter("oven_heat", &[], 180));
    assert!(kind.starts_with("`oven_heat` is no counter; recorded was\n    oven_heat 180\n"), "{kind}");
    let there = message(|| recorded.assert_absent("oven_heat", &[]));
    assert!(there.starts_with("`oven_heat` should not be there, and is; "), "{there}");
    assert!(
        message(|| drop(testing::snapshot())).starts_with("there is no recording on this thread; call this within")
    );
}
