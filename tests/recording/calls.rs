//! Calls that are measured where they are made.

use std::{
    future::{self, Future},
    pin::pin,
    task::{Context, Poll, Waker},
};

use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use tachometer::{Calls, ErrorKind, Label, Labels, Measure, Policy, families::Value, testing};

use super::{allocations::allocated, catch, counter, endings, gauge, histogram, installed};

#[derive(Label)]
enum Route {
    Search,
    Lookup,
}

#[derive(Debug, ErrorKind)]
enum StoreError {
    Full,
    Offline,
    #[result(ok)]
    Missing,
}

static UPSTREAM: Calls<(&'static str,)> = Calls::new("upstream", &["route"]).help("Calls of the search service.");
static ROUTES: Calls<(Route, bool)> = Calls::new("upstream_routes", &["upstream.route", "cached"]);
static STORE: Calls<(), StoreError> = Calls::new("upstream_store", &[]).buckets(&[60.0]);
static TENANTS: Calls<(String,)> = Calls::new("upstream_tenants", &["tenant"]);

/// What another crate's client does, which takes a turn.
async fn get(answer: Result<u16, ()>) -> Result<u16, ()> {
    let mut polled = false;
    future::poll_fn(|context| {
        if std::mem::replace(&mut polled, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
    answer
}

fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

fn assert_send<T: Send + 'static>(value: T) -> T {
    value
}

#[test]
fn closures_end_as_they_return() {
    let telemetry = installed();
    let parsed = UPSTREAM.with("parse").measure(|| "7".parse::<u8>());
    assert_eq!(parsed, Ok(7));
    UPSTREAM.with("parse").measure(|| "x".parse::<u8>()).expect_err("it is no number");
    catch(|| UPSTREAM.with("parse").as_ok().measure(|| panic!("the client panics")));
    let snapshot = telemetry.snapshot();
    let calls = |result| counter(&snapshot, "upstream_total", &[("route", "parse"), ("result", result)]);
    assert_eq!(["ok", "error", "panicked"].map(calls), [1, 1, 1]);
    assert_eq!(histogram(&snapshot, "upstream_duration_seconds", &[("route", "parse")]).0, 3);
    assert_eq!(gauge(&snapshot, "upstream_in_flight", &[("route", "parse")]), 0.0);
    assert!(telemetry.render().contains("# HELP upstream_total Calls of the search service.\n"));
}

#[test]
fn futures_are_calls_from_their_first_poll_to_their_end() {
    let telemetry = installed();
    let in_flight = || match telemetry.snapshot().get("upstream_in_flight", &[("route", "get")]) {
        Some(Value::Gauge(value)) => value,
        _ => 0.0,
    };
    assert_eq!(run(assert_send(UPSTREAM.with("get").measure_future(get(Ok(200))))), Ok(200));
    assert_eq!(run(UPSTREAM.with("get").measure_future(get(Err(())))), Err(()));
    let unavailable = |answer: &Result<u16, ()>| *answer == Ok(503);
    assert_eq!(run(UPSTREAM.with("get").error_if(unavailable).measure_future(get(Ok(503)))), Ok(503));
    drop(UPSTREAM.with("get").measure_future(get(Ok(200))));
    {
        let mut waiting = pin!(UPSTREAM.with("get").measure_future(get(Ok(200))));
        assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(in_flight(), 1.0);
    }
    assert_eq!(in_flight(), 0.0);
    let snapshot = telemetry.snapshot();
    let calls = |result| counter(&snapshot, "upstream_total", &[("route", "get"), ("result", result)]);
    assert_eq!(["ok", "error", "cancelled"].map(calls), [1, 2, 1]);
}

#[test]
fn what_is_known_is_at_zero_from_the_first_use_on() {
    let telemetry = installed();
    ROUTES.with(Route::Search, true).as_ok().measure(|| ());
    UPSTREAM.with("once").as_ok().measure(|| ());
    let snapshot = telemetry.snapshot();
    let labels = |route, cached, result| [("upstream.route", route), ("cached", cached), ("result", result)];
    for (route, cached) in [("search", "false"), ("lookup", "true"), ("lookup", "false")] {
        for result in ["ok", "error", "panicked", "cancelled"] {
            assert_eq!(counter(&snapshot, "upstream_routes_total", &labels(route, cached, result)), 0);
        }
    }
    assert_eq!(counter(&snapshot, "upstream_routes_total", &labels("search", "true", "ok")), 1);
    assert_eq!(counter(&snapshot, "upstream_total", &[("route", "once"), ("result", "error")]), 0);
    let _ = Route::Lookup;
}

#[test]
fn what_was_used_before_the_installation_is_at_zero_after_it() {
    STORE.with().measure(|| Err::<(), _>(StoreError::Full)).expect_err("it is full");
    let telemetry = installed();
    let snapshot = telemetry.snapshot();
    for kind in ["full", "offline"] {
        assert_eq!(counter(&snapshot, "upstream_store_total", &[("result", "error"), ("error", kind)]), 0);
    }
    assert_eq!(counter(&snapshot, "upstream_store_total", &[("result", "ok"), ("error", "")]), 0);
}

#[test]
fn errors_are_told_apart_by_their_kinds() {
    let telemetry = installed();
    for error in [StoreError::Full, StoreError::Offline, StoreError::Offline, StoreError::Missing] {
        STORE.with().measure(|| Err::<u8, _>(error)).expect_err("it has failed");
    }
    let offline = run(STORE.with().measure_future(async { Err::<u8, _>(StoreError::Offline) }));
    offline.expect_err("it is offline");
    let snapshot = telemetry.snapshot();
    let errors = |kind| counter(&snapshot, "upstream_store_total", &[("result", "error"), ("error", kind)]);
    assert_eq!(["full", "offline"].map(errors), [1, 3]);
    assert_eq!(counter(&snapshot, "upstream_store_total", &[("result", "ok"), ("error", "")]), 1);
    assert_eq!(histogram(&snapshot, "upstream_store_duration_seconds", &[]).0, 5);
}

#[test]
fn a_call_whose_labels_were_seen_before_allocates_nothing() {
    let telemetry = installed();
    let call = || {
        UPSTREAM.with("often").measure(|| Ok::<_, ()>(1)).expect("it is well");
        STORE.with().measure(|| Err::<u8, _>(StoreError::Full)).expect_err("it is full");
        run(UPSTREAM.with("often").measure_future(future::ready(Err::<u8, _>(1)))).expect_err("it has failed");
    };
    (0..3).for_each(|_| call());
    assert_eq!(allocated(|| (0..100).for_each(|_| call())), 0);
    assert_eq!(counter(&telemetry.snapshot(), "upstream_total", &[("route", "often"), ("result", "ok")]), 103);
}

#[test]
fn where_nothing_is_installed_nothing_is_asked_of_the_allocator() {
    UPSTREAM.with("first").as_ok().measure(|| ());
    assert_eq!(allocated(|| (0..100).for_each(|_| UPSTREAM.with("more").as_ok().measure(|| ()))), 0);
}

#[test]
fn labels_are_under_the_guard() {
    let policy = Policy::default().values(2);
    let telemetry = tachometer::builder().no_listener().guard(policy).install().expect("it is the only one");
    for tenant in ["a", "b", "c", "d"] {
        TENANTS.with(tenant).as_ok().measure(|| ());
    }
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "upstream_tenants_total", &[("tenant", "other"), ("result", "ok")]), 2);
}

#[test]
fn a_test_sees_its_own_calls_only() {
    let telemetry = installed();
    let recorded = testing::record(|| {
        UPSTREAM.with("test").measure(|| Err::<(), _>(1)).expect_err("it fails");
        run(STORE.with().measure_future(async { Ok::<_, StoreError>(1) })).expect("it is well")
    });
    recorded.assert_counter("upstream_total", &[("route", "test"), ("result", "error")], 1);
    recorded.assert_gauge("upstream_in_flight", &[], 0);
    recorded.assert_counter("upstream_store_total", &[("result", "ok")], 1);
    recorded.assert_counter("upstream_store_total", &[("error", "full")], 0);
    recorded.assert_observations("upstream_store_duration_seconds", &[], 1);
    assert_eq!(endings(&telemetry.snapshot(), "upstream_store_total"), [0; 4]);
}

#[test]
fn another_crates_recorder_gets_them_through_the_facade() {
    let foreign = DebuggingRecorder::new();
    let by = foreign.snapshotter();
    foreign.install().expect("it is the first");
    tachometer::adopt_global().expect("there is one");
    UPSTREAM.with("get").as_ok().measure(|| ());
    STORE.with().measure(|| Ok::<_, StoreError>(1)).expect("it is well");
    let count = |name: &str| -> u64 {
        let all = by.snapshot().into_vec().into_iter().filter(|(key, ..)| key.key().name() == name);
        all.map(|(.., value)| if let DebugValue::Counter(count) = value { count } else { 0 }).sum()
    };
    assert_eq!(count("upstream_total"), 1);
    STORE.with().measure(|| Ok::<_, StoreError>(1)).expect("it is well");
    assert_eq!(count("upstream_store_total"), 1);
}

fn all<S: futures::Stream>(stream: S) -> Vec<S::Item> {
    run(futures::StreamExt::collect(stream))
}

#[test]
fn streams_are_calls_until_they_end() {
    let telemetry = installed();
    let items = |items: Vec<Result<u8, ()>>| futures::stream::iter(items);
    assert_eq!(all(assert_send(UPSTREAM.with("rows").measure_stream(items(vec![Ok(1), Ok(2)])))), [Ok(1), Ok(2)]);
    assert_eq!(all(items(vec![Ok(1), Err(()), Ok(2)]).measured_stream(UPSTREAM.with("rows"))).len(), 3);
    let mut dropped = Box::pin(UPSTREAM.with("rows").measure_stream(items(vec![Ok(1), Ok(2)])));
    assert_eq!(run(futures::StreamExt::next(&mut dropped)), Some(Ok(1)));
    drop(dropped);
    drop(UPSTREAM.with("rows").measure_stream(items(vec![Ok(1)])));
    let snapshot = telemetry.snapshot();
    let calls = |result| counter(&snapshot, "upstream_total", &[("route", "rows"), ("result", result)]);
    assert_eq!(["ok", "error", "cancelled"].map(calls), [1, 1, 1]);
    assert_eq!(gauge(&snapshot, "upstream_in_flight", &[("route", "rows")]), 0.0);
}

#[test]
fn a_future_is_measured_at_the_end_of_its_chain() {
    let telemetry = installed();
    assert_eq!(run(assert_send(get(Ok(200)).measured(UPSTREAM.with("chain")))), Ok(200));
    assert_eq!(run(get(Ok(503)).measured(UPSTREAM.with("chain").error_if(|answer| *answer == Ok(503)))), Ok(503));
    let snapshot = telemetry.snapshot();
    let calls = |result| counter(&snapshot, "upstream_total", &[("route", "chain"), ("result", result)]);
    assert_eq!(["ok", "error"].map(calls), [1, 1]);
}

#[test]
fn an_error_that_calls_itself_none_is_ok_without_a_label_for_its_kind() {
    let telemetry = installed();
    for error in [StoreError::Missing, StoreError::Full, StoreError::Offline] {
        UPSTREAM.with("store").by_error().measure(|| Err::<u8, _>(error)).expect_err("it has failed");
    }
    run(UPSTREAM.with("store").by_error().measure_future(async { Ok::<_, StoreError>(1) })).expect("it is well");
    let snapshot = telemetry.snapshot();
    let calls = |result| counter(&snapshot, "upstream_total", &[("route", "store"), ("result", result)]);
    assert_eq!(["ok", "error"].map(calls), [2, 2]);
}

#[derive(Labels)]
struct Request<'a> {
    tenant: &'a str,
    #[label(rename = "upstream.route")]
    route: Route,
}

static REQUESTS: Calls<Request<'static>, StoreError> = Calls::labelled("upstream_requests");

#[test]
fn the_labels_may_be_a_struct() {
    let telemetry = installed();
    let call = |tenant: &str, route| {
        let call = REQUESTS.with(Request { tenant, route }).measure(|| Err::<u8, _>(StoreError::Full));
        call.expect_err("it is full");
    };
    let tenant = String::from("acme");
    call(&tenant, Route::Search);
    call(&tenant, Route::Lookup);
    call(&tenant, Route::Lookup);
    let snapshot = telemetry.snapshot();
    for (route, count) in [("search", 1), ("lookup", 2)] {
        let labels = [("tenant", "acme"), ("upstream.route", route), ("result", "error"), ("error", "full")];
        assert_eq!(counter(&snapshot, "upstream_requests_total", &labels), count, "{route}");
    }
    assert_eq!(allocated(|| (0..100).for_each(|_| call("acme", Route::Search))), 0);
}
