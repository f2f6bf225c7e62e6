//! Scenarios, and processes of their own for them: this program, told which one to run.

use std::{
    env,
    error::Error,
    fmt,
    process::{Command, Stdio},
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use tachometer::Policy;
use tachometer_bench_calls::measure::{Plan, Timing};

use crate::{
    calls,
    collectors::{self, Collectors},
    flood::{self, Flood},
    lost::{self, Lost},
    pushes::{self, Pushed},
    setup::Setup,
    stores::{self, Kind, Stored},
    threads::{self, Threads},
};

/// Limits that no store here reaches.
const WIDE: u64 = 10_000_000;

/// What one process measures, under which recorder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scenario {
    pub(crate) setup: Setup,
    figures: Figures,
}

/// The variable that names the program of [`Setup::Debug`].
const DEBUG: &str = "TACHOMETER_BENCH_DEBUG";

/// Which figures a process is to find.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Figures {
    Calls,
    Store(Kind, usize),
    Lost,
    Threads,
    Flood,
    Collectors,
    Pushes(usize),
}

/// The figures of one process.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Found {
    Calls(Vec<Timing>),
    Store(Stored),
    Lost(Vec<Lost>),
    Threads(Threads),
    Flood(Flood),
    Collectors(Collectors),
    Pushed(Pushed),
}

impl Scenario {
    pub(crate) fn new(setup: Setup, figures: Figures) -> Self {
        Self { setup, figures }
    }

    /// Finds the figures, in this process.
    pub(crate) fn run(self, plan: Plan) -> Result<Found, Box<dyn Error>> {
        if self.figures == Figures::Collectors {
            // They are installed in a runtime, and more than once.
            return Ok(Found::Collectors(collectors::watch(plan)?));
        }
        // More series than the guard admits unless it is told to, and it keeps books of them.
        let wide = Policy::unlimited().values(WIDE).series_per_metric(WIDE).series(WIDE);
        if let Figures::Pushes(series) = self.figures {
            return Ok(Found::Pushed(pushes::push(self.setup, wide, series)?));
        }
        let policy = if let Figures::Store(..) = self.figures { wide } else { Policy::default() };
        let installed = self.setup.install(policy)?;
        Ok(match self.figures {
            Figures::Calls => Found::Calls(calls::time(self.setup, plan)),
            Figures::Store(kind, series) => Found::Store(stores::fill(&installed, kind, series)?),
            Figures::Lost => Found::Lost(lost::record(&installed, plan.lost_samples)),
            Figures::Flood => Found::Flood(flood::flood(self.setup, &installed, plan.flood)?),
            Figures::Threads => Found::Threads(threads::start(&installed, plan.short_threads)),
            Figures::Collectors | Figures::Pushes(_) => unreachable!("they have been measured above"),
        })
    }
}

/// Runs a scenario in a process of its own.
pub(crate) fn run(scenario: &Scenario, quick: bool) -> Result<Found, Box<dyn Error>> {
    let mut command = match scenario.setup {
        Setup::Debug => {
            Command::new(env::var_os(DEBUG).ok_or("the debug build is made by ./scripts/bench; start that")?)
        }
        _ => {
            let mut command = Command::new(env::current_exe()?);
            command.args(["--child", &scenario.to_string()]);
            command
        }
    };
    command.args(quick.then_some("--quick")).stderr(Stdio::inherit());
    // The settings of tachometer come from here alone.
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("METRICS_")) {
        command.env_remove(name);
    }
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("the scenario `{scenario}` failed: {}", output.status).into());
    }
    Ok(match scenario.setup {
        Setup::Debug => Found::Calls(serde_json::from_slice(&output.stdout)?),
        _ => serde_json::from_slice(&output.stdout)?,
    })
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.setup.as_str())?;
        match self.figures {
            Figures::Calls => f.write_str("calls"),
            Figures::Store(kind, series) => write!(f, "{}s/{series}", kind.as_str()),
            Figures::Lost => f.write_str("lost"),
            Figures::Threads => f.write_str("threads"),
            Figures::Flood => f.write_str("flood"),
            Figures::Collectors => f.write_str("collectors"),
            Figures::Pushes(series) => write!(f, "pushes/{series}"),
        }
    }
}

impl FromStr for Scenario {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("no scenario `{text}`");
        let words: Vec<&str> = text.split('/').collect();
        let [setup, figures, size @ ..] = &words[..] else { return Err(unknown()) };
        let setup = Setup::ALL.into_iter().find(|known| known.as_str() == *setup).ok_or_else(unknown)?;
        let figures = match (*figures, size) {
            ("calls", []) => Figures::Calls,
            ("lost", []) => Figures::Lost,
            ("threads", []) => Figures::Threads,
            ("flood", []) => Figures::Flood,
            ("collectors", []) => Figures::Collectors,
            ("pushes", [series]) => Figures::Pushes(series.parse().map_err(|_| unknown())?),
            ("counters", [series]) => Figures::Store(Kind::Counter, series.parse().map_err(|_| unknown())?),
            ("histograms", [series]) => Figures::Store(Kind::Histogram, series.parse().map_err(|_| unknown())?),
            _ => return Err(unknown()),
        };
        Ok(Self { setup, figures })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_understands_its_parent() {
        let store = Figures::Store(Kind::Histogram, 1000);
        for figures in [
            Figures::Calls,
            store,
            Figures::Lost,
            Figures::Threads,
            Figures::Flood,
            Figures::Collectors,
            Figures::Pushes(7),
        ] {
            let scenario = Scenario::new(Setup::Peer, figures);
            assert_eq!(scenario.to_string().parse(), Ok(scenario));
        }
        assert_eq!("ours/speed".parse::<Scenario>(), Err("no scenario `ours/speed`".to_owned()));
    }
}
