//! Call sites of a library are known to the program that links it, whoever calls them. `scripts/test` builds this a
//! second time with LTO over all crates, after which only what somebody uses is left.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Waker},
};

use tachometer::{Snapshot, families::Value};
use tachometer_annotated::{Shelf as _, Store};

/// All counters of the library that have no labels.
const COUNTERS: [&str; 6] = [
    "annotated_inline_total",
    "annotated_never_total",
    "annotated_private_total",
    "annotated_shelf_total",
    "annotated_unseen_total",
    "made_here_total",
];

tachometer_annotated::annotated!(made_here, "made_here_total");

fn installed() -> tachometer::Telemetry {
    tachometer::builder().no_listener().install().expect("it is the only one of its process")
}

fn counter(snapshot: &Snapshot, name: &str, labels: &[(&str, &str)]) -> Option<u64> {
    match snapshot.get(name, labels)? {
        Value::Counter(value) => Some(value),
        other => panic!("{name}{labels:?} is {other:?}"),
    }
}

fn first(result: &str) -> [(&str, &str); 3] {
    [("function", "Store::first"), ("module", "tachometer_annotated"), ("result", result)]
}

#[test]
fn functions_of_a_library_are_at_zero_before_their_first_call() {
    let telemetry = installed();
    let snapshot = telemetry.snapshot();
    for name in COUNTERS {
        assert_eq!(counter(&snapshot, name, &[]), Some(0), "{name}");
    }
    for result in ["ok", "error", "panicked"] {
        assert_eq!(counter(&snapshot, "annotated_scan_total", &[("result", result)]), Some(0), "scan, {result}");
    }
    for result in ["ok", "panicked"] {
        assert_eq!(counter(&snapshot, "annotated_parse_total", &[("result", result)]), Some(0), "parse, {result}");
        // Whether what a block's function returns is followed is not known before a call where the block is generic.
        assert_eq!(counter(&snapshot, "function_calls_total", &first(result)), None, "first, {result}");
    }
    assert!(snapshot.get("annotated_scan_duration_seconds", &[]).is_some());
    assert!(snapshot.get("annotated_scan_in_flight", &[]).is_some());
}

#[test]
fn calls_of_a_library_are_counted_whatever_types_they_have() {
    let telemetry = installed();
    assert_eq!((tachometer_annotated::scan("two").ok(), tachometer_annotated::scan("").ok()), (Some(3), None));
    assert_eq!(tachometer_annotated::parse::<u8>("1"), Some(1));
    assert_eq!(tachometer_annotated::parse::<bool>("1"), None);
    tachometer_annotated::inline();
    made_here();
    let (few, many) = (Store([1_u8]), Store(["a", "b"]));
    few.dust();
    many.dust();
    let mut context = Context::from_waker(Waker::noop());
    assert!(pin!(few.first()).poll(&mut context).is_ready() && pin!(many.first()).poll(&mut context).is_ready());

    let snapshot = telemetry.snapshot();
    let by_result = |name, result| counter(&snapshot, name, &[("result", result)]);
    assert_eq!(by_result("annotated_scan_total", "ok"), Some(1));
    assert_eq!(by_result("annotated_scan_total", "error"), Some(1));
    assert_eq!(by_result("annotated_parse_total", "ok"), Some(2), "`None` is no error");
    assert_eq!(counter(&snapshot, "annotated_inline_total", &[]), Some(1));
    assert_eq!(counter(&snapshot, "annotated_shelf_total", &[]), Some(2), "all instances are one site");
    assert_eq!(counter(&snapshot, "made_here_total", &[]), Some(1));
    assert_eq!(counter(&snapshot, "function_calls_total", &first("ok")), Some(2));
}
