//! Measures tachometer beside its peers and prints a table, with the bars that it must not miss.
//!
//! A process has one global recorder, so that each scenario runs in a child: this program started again. The parent
//! merges what the children print, and measures nothing itself.

mod args;
mod bars;
mod calls;
mod child;
mod collectors;
mod docs;
mod flood;
mod http;
mod lost;
mod machine;
mod pushes;
mod report;
mod setup;
mod stores;
mod table;
mod threads;

use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
};

use tachometer_bench_calls::alloc;

use crate::{
    args::{Args, Group, Task},
    child::{Figures, Scenario},
    machine::Machine,
    report::Report,
    setup::Setup,
    stores::Kind,
};

#[global_allocator]
static ALLOCATOR: alloc::Counting = alloc::Counting;

/// How often the children that time calls are run, one after the other, so that a busy minute spoils no comparison.
const PASSES: usize = 4;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    match args::task() {
        Task::Child(scenario, plan) => {
            let figures = scenario.run(plan)?;
            writeln!(io::stdout(), "{}", serde_json::to_string(&figures)?)?;
            Ok(ExitCode::SUCCESS)
        }
        Task::Parent(args) => compare(&args),
    }
}

/// Runs what was asked for and reports it.
fn compare(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let mut report = Report::new(Machine::look());
    for scenario in scenarios(args) {
        writeln!(io::stderr(), "tachometer-bench: {scenario}")?;
        report.add(scenario.setup, child::run(&scenario, args.quick)?);
    }
    report.bars = bars::of(&report);
    report.machine.look_again();

    let text = table::text(&report);
    if args.json {
        writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        write!(io::stdout(), "{text}")?;
    }
    if args.write {
        docs::refresh(&text)?;
    }
    let is_missed = report.bars.iter().any(|bar| !bar.is_met());
    Ok(if args.check && is_missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The scenarios of a run, in order.
fn scenarios(args: &Args) -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    if args.wants(Group::Calls) {
        for _ in 0..if args.quick { 1 } else { PASSES } {
            scenarios.extend(Setup::ALL.map(|setup| Scenario::new(setup, Figures::Calls)));
        }
        scenarios.push(Scenario::new(Setup::Debug, Figures::Calls));
    }
    if args.wants(Group::Stores) {
        for setup in [Setup::Ours, Setup::Peer] {
            for (kind, sizes) in
                [(Kind::Counter, &[10_000, 100_000, 1_000_000][..]), (Kind::Histogram, &[10_000, 100_000])]
            {
                let sizes = sizes.iter().filter(|size| !args.quick || **size <= 10_000);
                scenarios.extend(sizes.map(|size| Scenario::new(setup, Figures::Store(kind, *size))));
            }
        }
    }
    if args.wants(Group::Pushes) {
        let series = if args.quick { 10_000 } else { 100_000 };
        scenarios.extend([Setup::Ours, Setup::Others].map(|setup| Scenario::new(setup, Figures::Pushes(series))));
    }
    if args.wants(Group::Lost) {
        scenarios.extend([Setup::Ours, Setup::Peer].map(|setup| Scenario::new(setup, Figures::Lost)));
    }
    if args.wants(Group::Guard) {
        scenarios.extend([Setup::Ours, Setup::Others, Setup::Peer].map(|setup| Scenario::new(setup, Figures::Flood)));
    }
    if args.wants(Group::Threads) {
        scenarios.push(Scenario::new(Setup::Ours, Figures::Threads));
    }
    if args.wants(Group::Collectors) {
        scenarios.push(Scenario::new(Setup::Ours, Figures::Collectors));
    }
    scenarios
}
