//! An attack on one label, to watch: somebody makes up tenants, and the guard keeps the metrics small and complete.

use std::{
    error::Error,
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use tachometer::{Snapshot, Telemetry, families::Value, measured};

/// How often the customer logs in who was there before the attack.
const PAUSE: Duration = Duration::from_millis(50);

/// An attack under way.
pub(crate) struct Attack {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    telemetry: Arc<Telemetry>,
}

#[derive(Default)]
struct Shared {
    over: AtomicBool,
    /// Logins by this program's own count.
    logins: AtomicU64,
}

/// Somebody logs in. The tenant is what they say it is.
#[measured(name = "login", labels(tenant), result)]
fn login(tenant: &str) -> Result<(), &'static str> {
    if tenant == "acme" { Ok(()) } else { Err("no such tenant") }
}

impl Attack {
    /// Begins it, on threads of its own.
    pub(crate) fn begin(telemetry: Arc<Telemetry>) -> Self {
        let shared = Arc::<Shared>::default();
        let (customer, attacker) = (Arc::clone(&shared), Arc::clone(&shared));
        let threads = vec![
            thread::spawn(move || {
                while !customer.over.load(Ordering::Relaxed) {
                    customer.logs_in("acme");
                    thread::sleep(PAUSE);
                }
            }),
            thread::spawn(move || {
                let tenants = (0_u64..).map(|n| format!("tenant-{n}"));
                for tenant in tenants.take_while(|_| !attacker.over.load(Ordering::Relaxed)) {
                    attacker.logs_in(&tenant);
                }
            }),
        ];
        Self { shared, threads, telemetry }
    }

    /// Prints what the metrics make of it.
    pub(crate) fn show(&self) -> io::Result<()> {
        // In this order, as logins go on: what is exported is never less than what was counted before.
        let logins = self.shared.logins.load(Ordering::Relaxed);
        let (snapshot, report) = (self.telemetry.snapshot(), self.telemetry.cardinality());
        let tenant = report.metric("login_total").and_then(|metric| metric.label("tenant"));
        let Some(tenant) = tenant else { return Ok(()) };
        let folded: u64 = tenant.folded.values().sum();
        let mut out = io::stdout().lock();
        writeln!(
            out,
            "{logins} logins, {} exported in {} series; tenants: {} of {} values, about {} seen, {folded} logins folded",
            exported(&snapshot),
            snapshot.family("login_total").map_or(0, |family| family.series().len()),
            tenant.values,
            tenant.limit.unwrap_or_default(),
            tenant.distinct_estimate,
        )?;
        out.flush()
    }

    /// Ends it, and prints what has become of each login.
    pub(crate) fn end(self) -> Result<(), Box<dyn Error>> {
        self.shared.over.store(true, Ordering::Relaxed);
        let Self { shared, threads, telemetry } = self;
        for thread in threads {
            thread.join().map_err(|_| "a thread of the attack has panicked")?;
        }
        let (logins, snapshot) = (shared.logins.load(Ordering::Relaxed), telemetry.snapshot());
        let of_acme = snapshot.get("login_total", &[("tenant", "acme"), ("result", "ok")]);
        let mut out = io::stdout().lock();
        // It is over where nobody reads so, too.
        let _ = writeln!(
            out,
            "the attack is over: {logins} logins, {} exported, acme has {of_acme:?}",
            exported(&snapshot)
        );
        Ok(())
    }
}

impl Shared {
    fn logs_in(&self, tenant: &str) {
        // Whether somebody may is not what this is about.
        let _ = login(tenant);
        self.logins.fetch_add(1, Ordering::Relaxed);
    }
}

/// All logins that the metrics know of.
fn exported(snapshot: &Snapshot) -> u64 {
    let count = |value| if let Value::Counter(count) = value { count } else { 0 };
    snapshot.family("login_total").map_or(0, |family| family.series().map(|series| count(series.value())).sum())
}
