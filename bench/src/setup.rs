//! What records: nothing, tachometer, metrics-exporter-prometheus, or libraries that need no recorder, each set up as its
//! users do it.

use std::{error::Error, fmt, thread, time::Duration};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde::{Deserialize, Serialize};
use tachometer::{Policy, Telemetry};

/// The bounds of every histogram: 11, which are also tachometer's own for seconds.
pub(crate) const BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// How often the peer's `install` has its histograms drained.
const UPKEEP: Duration = Duration::from_secs(5);

/// The global recorder of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Setup {
    NotInstalled,
    Ours,
    Peer,
    /// Libraries with registries of their own, which look at no recorder.
    Others,
    /// Nothing, in another program: one that is built without optimisation.
    Debug,
}

/// What a process has set up.
pub(crate) enum Installed {
    Nothing,
    Ours(Box<Telemetry>),
    Peer(PrometheusHandle),
}

impl Setup {
    pub(crate) const ALL: [Self; 4] = [Self::NotInstalled, Self::Ours, Self::Peer, Self::Others];

    /// The name on the command line of a child.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NotInstalled => "not-installed",
            Self::Ours => "ours",
            Self::Peer => "peer",
            Self::Others => "others",
            Self::Debug => "debug",
        }
    }

    /// Sets the recorder; the process keeps it until it ends.
    pub(crate) fn install(self, policy: Policy) -> Result<Installed, Box<dyn Error>> {
        Ok(match self {
            Self::NotInstalled | Self::Others | Self::Debug => Installed::Nothing,
            Self::Ours => {
                // What they cost is measured apart.
                let builder = tachometer::builder().no_default_collectors().guard(policy);
                Installed::Ours(Box::new(builder.listen(([127, 0, 0, 1], 0).into()).install()?))
            }
            Self::Peer => {
                let recorder = PrometheusBuilder::new().set_buckets(&BOUNDS)?.build_recorder();
                let handle = recorder.handle();
                metrics::set_global_recorder(recorder)?;
                let upkeep = handle.clone();
                thread::spawn(move || {
                    loop {
                        thread::sleep(UPKEEP);
                        upkeep.run_upkeep();
                    }
                });
                Installed::Peer(handle)
            }
        })
    }
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotInstalled => "nothing installed",
            Self::Ours => "tachometer",
            Self::Peer => "metrics-exporter-prometheus",
            Self::Others => "other libraries",
            Self::Debug => "nothing installed, debug build",
        })
    }
}

impl Installed {
    /// Everything as text.
    pub(crate) fn render(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Ours(telemetry) => telemetry.render(),
            Self::Peer(handle) => handle.render(),
        }
    }

    /// Does what the recorder does now and then by itself.
    pub(crate) fn upkeep(&self) {
        if let Self::Peer(handle) = self {
            handle.run_upkeep();
        }
    }

    /// The value of the first sample of this name.
    pub(crate) fn value(&self, name: &str) -> Option<f64> {
        let text = self.render();
        let line =
            text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])))?;
        line.rsplit(' ').next()?.parse().ok()
    }
}
