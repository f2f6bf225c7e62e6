//! What the collectors cost that an installation runs by itself: a round of all of them, a scrape that shows them, and
//! the processor time that an idle program with one async runtime spends on them.

use std::{error::Error, fs, time::Duration};

use serde::{Deserialize, Serialize};
use tachometer::{Telemetry, families::Value};
use tachometer_bench_calls::measure::Plan;

use crate::stores::best;

/// The figures of all collectors together.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Collectors {
    pub(crate) collectors: usize,
    pub(crate) samples: usize,
    /// Milliseconds that one round of all takes, on average.
    pub(crate) round_ms: f64,
    /// Milliseconds of a text with what they have found, and with nothing else but a few counters.
    pub(crate) scrape_ms: f64,
    /// Share of one processor at one round in 5 s, in percent; none where the system does not say.
    pub(crate) processor: Option<f64>,
}

/// The interval at which the cost of a round is looked at.
const OFTEN: Duration = Duration::from_millis(20);

/// Until threads have started, libraries are loaded, and the probe of the runtime has found it calm.
const SETTLING: Duration = Duration::from_secs(7);

/// Measures in an async runtime, so that there is one to be watched.
pub(crate) fn watch(plan: Plan) -> Result<Collectors, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(async {
        let telemetry = install(OFTEN)?;
        let (mut rounds, mut total) = (0, 0.0);
        for _ in 0..plan.collector_rounds {
            tokio::time::sleep(OFTEN).await;
            total += durations(&telemetry).iter().sum::<f64>();
            rounds += 1;
        }
        let (scrape_ms, text) = best(|| Ok(telemetry.render()))?;
        let samples = text.lines().filter(|line| !line.starts_with('#')).count();
        let collectors = durations(&telemetry).len();
        telemetry.shutdown(Duration::from_secs(1))?;

        let _telemetry = install(Duration::from_secs(5))?;
        tokio::time::sleep(SETTLING).await;
        let before = processor_time();
        tokio::time::sleep(plan.idle).await;
        let after = processor_time();
        let spent = before.zip(after).map(|(before, after)| after.saturating_sub(before));
        let processor = spent.map(|spent| spent.as_secs_f64() / plan.idle.as_secs_f64() * 100.0);
        Ok(Collectors { collectors, samples, round_ms: total / f64::from(rounds) * 1e3, scrape_ms, processor })
    })
}

fn install(interval: Duration) -> Result<Telemetry, tachometer::Error> {
    tachometer::builder().listen(([127, 0, 0, 1], 0).into()).collection_interval(interval).install()
}

/// How long the last round of each collector took, in seconds.
fn durations(telemetry: &Telemetry) -> Vec<f64> {
    let snapshot = telemetry.snapshot();
    let family = snapshot.family("tachometer_collector_duration_seconds");
    let seconds = |value| if let Value::Gauge(seconds) = value { seconds } else { 0.0 };
    family.map(|family| family.series().map(|series| seconds(series.value())).collect()).unwrap_or_default()
}

/// The time that all threads have had on processors, to the nanosecond.
pub(crate) fn processor_time() -> Option<Duration> {
    let mut nanos = 0;
    for thread in fs::read_dir("/proc/self/task").ok()? {
        let text = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        nanos += text.split_whitespace().next()?.parse::<u64>().ok()?;
    }
    Some(Duration::from_nanos(nanos))
}
