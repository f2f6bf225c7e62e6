//! The outlets that the crate brings, against what they push to.

mod otlp;
mod pushgateway;
pub(crate) mod receiver;
mod redis;
pub(crate) mod redis_server;
mod settings;
mod wire;

use std::{
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

use tachometer::{Builder, Snapshot, Telemetry, families::Value, push::Outlet};

/// More than any test takes.
const LONG: Duration = Duration::from_secs(60);

/// An installation with nothing but this outlet.
fn with(outlet: impl Outlet) -> Telemetry {
    quiet().push(outlet).install().expect("it is the only one of its process")
}

fn quiet() -> Builder {
    tachometer::builder().no_listener().no_default_collectors()
}

/// What an outlet has counted.
fn told(snapshot: &Snapshot, outlet: &str, what: &str) -> u64 {
    match snapshot.get(&format!("tachometer_outlet_{what}_total"), &[("outlet", outlet)]) {
        Some(Value::Counter(count)) => count,
        other => panic!("{what} is {other:?}"),
    }
}

/// Waits until it is so.
pub(crate) fn until(what: &str, is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < LONG, "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A port that nothing listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("there is one").port()
}
