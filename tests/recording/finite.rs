//! Labels whose values are few: known ones, displayed ones, and those with a limit.

use std::{fmt, net::Ipv4Addr};

use tachometer::{ErrorKind, Label, Snapshot, counted, measured, timed};

use super::{counter, gauge, histogram, installed};

#[derive(Label, Clone, Copy)]
enum Payment {
    Card,
    Cash,
}

#[derive(ErrorKind)]
enum Declined {
    Limit,
}

#[measured(name = "checkout", labels(payment, express = items > 10, stage = "till", version = 2), error_kind)]
async fn checkout(payment: &Payment, items: u32) -> Result<(), Declined> {
    if items == 13 { Err(Declined::Limit) } else { Ok(()) }
}

#[counted(name = "opened_total", labels(open))]
fn open(open: bool) {
    let _ = open;
}

fn poll<T>(future: impl Future<Output = T>) {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(std::pin::pin!(future).poll(&mut context).is_ready());
}

fn checkouts(snapshot: &Snapshot, payment: &str, express: &str, end: (&str, &str)) -> u64 {
    let labels = [
        ("payment", payment),
        ("express", express),
        ("stage", "till"),
        ("version", "2"),
        ("result", end.0),
        ("error", end.1),
    ];
    counter(snapshot, "checkout_total", &labels)
}

#[test]
fn label_sets_of_known_values_begin_at_zero() {
    let telemetry = installed();
    let snapshot = telemetry.snapshot();
    let ends = [("ok", ""), ("error", "limit"), ("panicked", ""), ("cancelled", "")];
    for payment in ["card", "cash"] {
        for express in ["false", "true"] {
            for end in ends {
                assert_eq!(checkouts(&snapshot, payment, express, end), 0);
            }
            let labels = [("payment", payment), ("express", express), ("stage", "till"), ("version", "2")];
            assert_eq!(histogram(&snapshot, "checkout_duration_seconds", &labels), (0, 0.0));
            assert_eq!(gauge(&snapshot, "checkout_in_flight", &labels), 0.0);
        }
    }
    assert_eq!(snapshot.family("checkout_total").expect("it is there").series().len(), 16);
    assert_eq!(counter(&snapshot, "opened_total", &[("open", "false")]), 0);

    poll(checkout(&Payment::Card, 1));
    poll(checkout(&Payment::Card, 11));
    poll(checkout(&Payment::Cash, 13));
    open(true);
    let snapshot = telemetry.snapshot();
    assert_eq!(checkouts(&snapshot, "card", "false", ("ok", "")), 1);
    assert_eq!(checkouts(&snapshot, "card", "true", ("ok", "")), 1);
    assert_eq!(checkouts(&snapshot, "cash", "true", ("error", "limit")), 1);
    assert_eq!(snapshot.family("checkout_total").expect("it is there").series().len(), 16, "all were there before");
    assert_eq!(counter(&snapshot, "opened_total", &[("open", "true")]), 1);
}

#[counted(name = "waiting_total", labels(open), zero = false)]
fn waiting(open: bool) {
    let _ = open;
}

struct Any<T>(T);

impl<T: tachometer::LabelValue> Any<T> {
    /// What the type's parameter will be is not known.
    #[counted(name = "generic_total", labels(value, open))]
    fn count(&self, value: &T, open: bool) {
        let _ = (value, open);
    }

    #[counted(name = "generic_too_total", labels(kind))]
    fn count_too<K: tachometer::LabelValue>(&self, kind: K) {
        drop(kind);
    }
}

struct Texts;

impl Texts {
    /// A type that is none of the finite ones.
    #[counted(name = "texts_total", labels(text, shared = text))]
    fn count(&self, text: &std::sync::Arc<str>) {
        let _ = text;
    }
}

#[test]
fn label_sets_of_other_values_begin_with_a_call() {
    let telemetry = installed();
    let snapshot = telemetry.snapshot();
    for name in ["waiting_total", "generic_total", "generic_too_total", "texts_total"] {
        assert!(snapshot.family(name).is_none(), "{name}");
    }
    waiting(true);
    Any(1).count(&2, false);
    Any(1).count_too("kind");
    Texts.count(&"text".into());
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "waiting_total", &[("open", "true")]), 1);
    assert_eq!(counter(&snapshot, "generic_total", &[("value", "2"), ("open", "false")]), 1);
    assert_eq!(counter(&snapshot, "generic_too_total", &[("kind", "kind")]), 1);
    assert_eq!(counter(&snapshot, "texts_total", &[("text", "text"), ("shared", "text")]), 1);
}

struct Temperature(f64);

impl fmt::Display for Temperature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0} °C", self.0)
    }
}

#[counted(name = "greetings_total", labels(%peer, now = %self.0))]
#[timed(name = "greeting_seconds", labels(%peer, now = %self.0))]
impl Temperature {
    fn greet(&self, peer: Ipv4Addr) {
        assert!(peer.is_loopback() && self.0 > 0.0);
    }
}

#[counted(name = "warm_total", labels(now = %*now, rounded = %now.0.round()))]
fn warm(now: &Temperature) {
    let _ = now;
}

#[test]
fn anything_that_can_be_displayed_is_a_label_by_a_percent_sign() {
    let telemetry = installed();
    Temperature(20.0).greet(Ipv4Addr::LOCALHOST);
    warm(&Temperature(19.7));
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "greetings_total", &[("peer", "127.0.0.1"), ("now", "20")]), 1);
    assert_eq!(histogram(&snapshot, "greeting_seconds", &[("peer", "127.0.0.1"), ("now", "20")]).0, 1);
    assert_eq!(counter(&snapshot, "warm_total", &[("now", "20 °C"), ("rounded", "20")]), 1);
}

const FEW: usize = 3;

#[measured(name = "tenants", labels(cap(tenant, FEW), size = cap(%size, 2)))]
fn tenant(tenant: &str, size: f32) {
    let _ = (tenant, size);
}

#[test]
fn a_label_with_a_limit_counts_further_values_as_other() {
    let telemetry = installed();
    for tenant_name in ["a", "b", "c", "d", "a", "e", "other"] {
        tenant(tenant_name, 1.5);
    }
    for size in [2.5, 3.5, 4.5] {
        tenant("b", size);
    }
    for n in 0..6_000_u16 {
        tenant(&n.to_string(), 1.5);
    }
    let snapshot = telemetry.snapshot();
    let tenants = |tenant, size| counter(&snapshot, "tenants_total", &[("tenant", tenant), ("size", size)]);
    assert_eq!((tenants("a", "1.5"), tenants("b", "1.5"), tenants("c", "1.5")), (2, 1, 1));
    assert_eq!(tenants("other", "1.5"), 3 + 6_000);
    assert_eq!((tenants("b", "2.5"), tenants("b", "other")), (1, 2));
    assert_eq!(snapshot.family("tenants_total").expect("it is there").series().len(), 6);
}

#[test]
fn an_adopted_recorder_shows_known_label_sets_too() {
    let recorder = metrics_util::debugging::DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::set_global_recorder(recorder).expect("it is the first");
    tachometer::adopt_global().expect("it can be adopted");
    let snapshot = snapshotter.snapshot().into_vec();
    let of = |name| snapshot.iter().filter(|(key, ..)| key.key().name() == name).count();
    assert_eq!((of("checkout_total"), of("opened_total"), of("waiting_total"), of("tenants_total")), (16, 2, 0, 0));
}
