//! The figures of a run, merged from all of its processes.

use std::collections::BTreeMap;

use serde::Serialize;
use tachometer_bench_calls::{measure::Timing, references::EMPTY};

use crate::{
    bars::Bar,
    child::Found,
    collectors::Collectors,
    flood::Flood,
    lost::Lost,
    machine::Machine,
    pushes::Pushed,
    setup::Setup,
    stores::{Kind, Stored},
    threads::Threads,
};

/// Everything that a run has found.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    /// In the order of the first pass; the best of all passes.
    pub(crate) calls: BTreeMap<Setup, Vec<Timing>>,
    pub(crate) stores: BTreeMap<Setup, Vec<Stored>>,
    pub(crate) lost: BTreeMap<Setup, Vec<Lost>>,
    pub(crate) floods: BTreeMap<Setup, Flood>,
    pub(crate) threads: Option<Threads>,
    pub(crate) collectors: Option<Collectors>,
    pub(crate) pushes: BTreeMap<Setup, Pushed>,
    pub(crate) bars: Vec<Bar>,
}

impl Report {
    pub(crate) fn new(machine: Machine) -> Self {
        Self {
            machine,
            calls: BTreeMap::new(),
            stores: BTreeMap::new(),
            lost: BTreeMap::new(),
            floods: BTreeMap::new(),
            threads: None,
            collectors: None,
            pushes: BTreeMap::new(),
            bars: Vec::new(),
        }
    }

    /// Adds what a process under this recorder has found.
    pub(crate) fn add(&mut self, setup: Setup, found: Found) {
        match found {
            Found::Calls(timings) => merge(self.calls.entry(setup).or_default(), timings),
            Found::Store(stored) => self.stores.entry(setup).or_default().push(stored),
            Found::Lost(lost) => self.lost.entry(setup).or_default().extend(lost),
            Found::Flood(flood) => drop(self.floods.insert(setup, flood)),
            Found::Threads(threads) => self.threads = Some(threads),
            Found::Collectors(collectors) => self.collectors = Some(collectors),
            Found::Pushed(pushed) => drop(self.pushes.insert(setup, pushed)),
        }
    }

    /// What a call costs, under this recorder.
    pub(crate) fn call(&self, setup: Setup, name: &str) -> Option<&Timing> {
        self.calls.get(&setup)?.iter().find(|timing| timing.name == name)
    }

    /// What a call costs more than an empty one of the same processes, in nanoseconds.
    pub(crate) fn above_empty(&self, setup: Setup, name: &str, threads: usize) -> Option<f64> {
        let best = |name| Some(self.call(setup, name)?.threads[threads - 1].best);
        Some(best(name)? - best(EMPTY)?)
    }

    /// The stores of this kind, smallest first.
    pub(crate) fn stores(&self, setup: Setup, kind: Kind) -> impl Iterator<Item = &Stored> {
        self.stores.get(&setup).into_iter().flatten().filter(move |stored| stored.kind == kind)
    }
}

fn merge(known: &mut Vec<Timing>, new: Vec<Timing>) {
    if known.is_empty() {
        *known = new;
        return;
    }
    for (known, new) in known.iter_mut().zip(new) {
        for (known, new) in known.threads.iter_mut().zip(new.threads) {
            *known = known.merged(new);
        }
        known.allocations = known.allocations.max(new.allocations);
    }
}
