//! The outlet while its receiver is away for an hour, under a clock that is moved by who waits for it.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use super::Otlp;
use crate::{
    Snapshot,
    exporters::{fake, otlp::counted},
    push::{Outlet, Push, PushError, Runner, Told},
    time::{Clock, fake::Fake},
};

/// The outlet in the hands of both its runner and the test.
struct Shared(Arc<Mutex<Otlp>>);

impl Outlet for Shared {
    fn name(&self) -> &str {
        "otlp"
    }

    fn push(&mut self, push: &mut Push<'_>) -> Result<(), PushError> {
        self.0.lock().expect("nothing panics").push(push)
    }
}

/// A runner, and all that can be looked at.
struct Bench {
    runner: Runner,
    otlp: Arc<Mutex<Otlp>>,
    clock: Arc<Fake>,
    told: Arc<Told>,
}

impl Bench {
    /// Pushes a counter that is one more at each push.
    fn new(port: u16, set: impl FnOnce(Otlp) -> Otlp) -> Self {
        let (clock, told, pushes) = (Arc::<Fake>::default(), Arc::<Told>::default(), AtomicU64::new(0));
        let otlp = Otlp::new(&format!("http://127.0.0.1:{port}/")).expect("it is a URL");
        let otlp = Arc::new(Mutex::new(set(otlp)));
        let take = Arc::new(move || {
            let count = pushes.fetch_add(1, Ordering::Relaxed) + 1;
            Snapshot::of(&fake::Fake::new().counter("jobs_total", "Jobs.", &[(&[], count)])).into()
        });
        let outlet = Box::new(Shared(otlp.clone()));
        let runner = Runner::new(outlet, take, clock.clone(), told.clone(), Arc::default());
        Self { runner, otlp, clock, told }
    }

    fn run_until(&mut self, seconds: u64) {
        while self.clock.now() < Duration::from_secs(seconds) {
            assert!(self.runner.turn());
        }
    }

    /// How much the outlet holds on to.
    fn held(&self) -> (usize, usize) {
        let otlp = self.otlp.lock().expect("nothing panics");
        (otlp.waiting.len(), otlp.points.len())
    }
}

/// Takes everything from now on; what it has got.
fn receive(listener: TcpListener) -> Arc<Mutex<Vec<Vec<u8>>>> {
    let bodies: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
    let its = bodies.clone();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (mut read, mut buffer) = (Vec::new(), [0; 4096]);
            let end = |read: &[u8]| read.windows(4).position(|end| end == b"\r\n\r\n").map(|at| at + 4);
            let length = |head: &[u8]| {
                let head = String::from_utf8_lossy(head).to_lowercase();
                head.split("content-length: ").nth(1)?.split("\r\n").next()?.parse::<usize>().ok()
            };
            while end(&read).is_none_or(|end| read.len() < end + length(&read).unwrap_or(0)) {
                let count = stream.read(&mut buffer).expect("the client sends all");
                read.extend_from_slice(&buffer[..count]);
            }
            its.lock().expect("nothing panics").push(read[end(&read).expect("it is there")..].to_vec());
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").expect("the client waits");
        }
    });
    bodies
}

fn free_listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("there is a port")
}

#[test]
fn an_hour_without_a_receiver_costs_no_memory_and_the_next_push_has_all() {
    for is_delta in [false, true] {
        let listener = free_listener();
        let address = listener.local_addr().expect("it is bound");
        drop(listener);
        let mut bench = Bench::new(address.port(), |otlp| if is_delta { otlp.delta() } else { otlp });
        bench.run_until(300);
        let held = bench.held();
        assert!(held.0 <= 1 && held.1 > 0, "{held:?}");
        bench.run_until(3_600);
        assert_eq!(bench.held(), held, "no more after an hour than after five minutes");
        let dropped = bench.told.of("dropped");
        assert!((59.0..=61.0).contains(&dropped), "{dropped}");
        assert!(bench.told.of("failed") >= dropped && bench.told.of("pushed") == 0.0);

        let bodies = receive(TcpListener::bind(address).expect("nobody has taken it"));
        bench.run_until(3_720);
        assert!(bench.told.of("pushed") >= 1.0);
        assert_eq!(bench.held().0, 0);
        let bodies = bodies.lock().expect("nothing panics");
        let counts: Vec<_> = bodies.iter().map(|body| counted(body, "jobs")).collect();
        assert_eq!(counts[0], dropped as i64 + 1, "all that was counted meanwhile");
        let next = if is_delta { 1 } else { counts[0] + 1 };
        assert!(counts.get(1).is_none_or(|count| *count == next), "{counts:?}");
    }
}
