//! The driver from when its library has begun to when it is given up: rounds over all GPUs, and a second thread that
//! waits for XIDs. It does not know who asks for rounds.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    sync::mpsc::Receiver,
    thread,
    time::Instant,
};

use nvml_wrapper::{Device, Nvml, cuda_driver_version_major, cuda_driver_version_minor, error::NvmlError};

use super::{
    events,
    health::Place,
    metrics,
    outcome::{Meaning, State},
    readings::Readings,
    worker::{Answer, Retry, Setup},
};
use crate::collectors::Batch;

/// More GPUs than these are in no machine, whatever the driver says.
const MAX_GPUS: u32 = 256;

/// Why a session has ended.
pub(super) enum Ended {
    /// Nobody asks any more.
    Closed,
    /// The library has to be loaded again before the next round.
    Lost,
    /// The same, and this round is still to be answered.
    Changed(Batch),
}

/// The GPUs of this and earlier sessions.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// By their numbers, for a GPU that cannot say any more who it is.
    numbered: Vec<Option<Identity>>,
    /// Their last numbers by what they are called for ever.
    all: BTreeMap<String, String>,
}

/// What a GPU is; it does not change while there is a session.
#[derive(Debug, Clone)]
struct Identity {
    place: Place,
    name: String,
    pci_bus_id: String,
}

/// One session.
pub(super) struct Session<'a> {
    nvml: &'a Nvml,
    setup: &'a Setup,
    driver: String,
    cuda: String,
    seen: &'a mut Seen,
}

/// What one round has found besides the values of single GPUs.
#[derive(Default)]
struct Round {
    /// Whether a GPU was read.
    has_read: bool,
    /// Whether one of them is lost.
    has_lost: bool,
    /// Which GPUs could be read, by number and UUID.
    up: BTreeMap<Place, bool>,
    used: Option<u64>,
    utilizations: Vec<f64>,
}

impl<'a> Session<'a> {
    pub(super) fn new(nvml: &'a Nvml, setup: &'a Setup, seen: &'a mut Seen) -> Self {
        let cuda = nvml.sys_cuda_driver_version().map_or_else(
            |_| String::new(),
            |version| format!("{}.{}", cuda_driver_version_major(version), cuda_driver_version_minor(version)),
        );
        Self { nvml, setup, driver: nvml.sys_driver_version().unwrap_or_default(), cuda, seen }
    }

    /// Answers rounds, this one first, until the driver is lost or nobody asks any more.
    pub(super) fn run(
        mut self,
        mut batch: Batch,
        retry: &mut Retry,
        asked: &Receiver<Batch>,
        answer: impl Fn(Answer) -> bool,
    ) -> Ended {
        let (stop, setup, nvml) = (AtomicBool::new(false), self.setup, self.nvml);
        thread::scope(|scope| {
            let mut watches = false;
            let ended = loop {
                let started = Instant::now();
                if self.has_changed() {
                    break Ended::Changed(batch);
                }
                let (state, has_lost) = match self.round(&mut batch) {
                    Ok(round) => {
                        setup.health.round(started.elapsed(), round.has_read);
                        self.sums(&round, &mut batch);
                        (if self.seen.numbered.is_empty() { State::NoDevice } else { State::Ok }, round.has_lost)
                    }
                    Err((call, error)) => {
                        setup.health.failed(call, &error);
                        batch.failed(format_args!("{call}: {error}"));
                        (State::of(&error), true)
                    }
                };
                if !has_lost && !watches && !self.seen.numbered.is_empty() {
                    watches = true;
                    let (gpus, stop) = (self.watched(), &stop);
                    let watch = move || events::watch(nvml, gpus, &setup.health, stop);
                    let thread = thread::Builder::new().name("tachometer-xids".to_owned()).spawn_scoped(scope, watch);
                    if let Err(error) = thread {
                        batch.failed(format_args!("the thread that waits for XIDs: {error}"));
                    }
                }
                // Again and again it would not help, and costs power.
                let is_over = if has_lost { retry.is_due() } else { retry.succeeded() };
                if !answer(Answer { batch, state, why: None }) {
                    break Ended::Closed;
                }
                if is_over {
                    break Ended::Lost;
                }
                batch = match asked.recv() {
                    Ok(batch) => batch,
                    Err(_) => break Ended::Closed,
                };
            };
            stop.store(true, Ordering::Relaxed);
            ended
        })
    }

    /// Whether another driver has taken the place of the one that the library was loaded for.
    fn has_changed(&self) -> bool {
        self.nvml.sys_driver_version().is_ok_and(|version| version != self.driver)
    }

    fn round(&mut self, out: &mut Batch) -> Result<Round, (&'static str, NvmlError)> {
        let gpus = self.nvml.device_count().map_err(|error| ("nvmlDeviceGetCount_v2", error))?;
        let gpus = gpus.min(MAX_GPUS);
        self.seen.numbered.resize(gpus as usize, None);
        let mut round = Round::default();
        for gpu in 0..gpus {
            self.gpu(gpu, &mut round, out);
        }
        self.missing(&mut round);
        for (place, is_up) in &round.up {
            out.set(&metrics::UP, &[&place.gpu, &place.uuid], u64::from(*is_up));
        }
        out.set(&metrics::EXPECTED, &[], self.seen.all.len());
        Ok(round)
    }

    /// Adds those that were seen and that the driver does not know any more.
    fn missing(&self, round: &mut Round) {
        let found: Vec<String> = round.up.keys().map(|place| place.uuid.clone()).collect();
        for (uuid, gpu) in self.seen.all.iter().filter(|(uuid, _)| !found.contains(uuid)) {
            round.up.insert(Place { gpu: gpu.clone(), uuid: uuid.clone() }, false);
        }
    }

    fn gpu(&mut self, number: u32, round: &mut Round, out: &mut Batch) {
        let health = &self.setup.health;
        let device = match self.identify(number) {
            Ok(device) => device,
            Err((call, error)) => {
                let known = self.seen.numbered[number as usize].as_ref().map(|known| known.place.clone());
                let is_elsewhere = |uuid: &str| round.up.keys().any(|place| place.uuid == uuid);
                // Another GPU may have had this number before.
                let known = known.filter(|place| !is_elsewhere(&place.uuid));
                let place = known.unwrap_or_else(|| Place { gpu: number.to_string(), uuid: String::new() });
                let is_new = match Meaning::of(&error) {
                    Meaning::Forbidden => health.forbids(call, &place, &error),
                    _ => {
                        health.failed(call, &error);
                        true
                    }
                };
                if is_new {
                    out.failed(format_args!("{call} of GPU {number}: {error}"));
                }
                round.has_lost |= Meaning::of(&error) == Meaning::Lost;
                round.up.insert(place, false);
                return;
            }
        };
        let Some(identity) = &self.seen.numbered[number as usize] else { return };
        let mut readings = Readings::new(&device, &identity.place, health);
        readings.read(self.setup.process, self.setup.pcie_throughput);
        round.has_lost |= readings.is_lost();
        let (used, utilization) = (readings.used, readings.utilization);
        let is_up = readings.show(out);
        round.up.insert(identity.place.clone(), is_up);
        if is_up {
            round.has_read = true;
            round.used = round.used.into_iter().chain(used).reduce(u64::saturating_add);
            round.utilizations.extend(utilization);
            let mig = match device.mig_mode() {
                Ok(mode) if mode.current == 0 => "disabled",
                Ok(_) => "enabled",
                Err(_) => "",
            };
            let Identity { place, name, pci_bus_id } = identity;
            let labels = [&place.gpu, &place.uuid, name, &self.driver, &self.cuda, pci_bus_id, mig];
            out.set(&metrics::INFO, &labels, 1_u64);
        }
    }

    /// The GPU with this number, and who it is now.
    fn identify(&mut self, number: u32) -> Result<Device<'a>, (&'static str, NvmlError)> {
        let device = self.nvml.device_by_index(number).map_err(|error| ("nvmlDeviceGetHandleByIndex_v2", error))?;
        // Another GPU may have this number now.
        let uuid = device.uuid().map_err(|error| ("nvmlDeviceGetUUID", error))?;
        let known = &mut self.seen.numbered[number as usize];
        if known.as_ref().is_none_or(|known| known.place.uuid != uuid) {
            let place = Place { gpu: number.to_string(), uuid: uuid.clone() };
            let pci_bus_id = device.pci_info().map(|pci| pci.bus_id).unwrap_or_default();
            *known = Some(Identity { place, name: device.name().unwrap_or_default(), pci_bus_id });
        }
        if self.seen.all.len() < MAX_GPUS as usize || self.seen.all.contains_key(&uuid) {
            self.seen.all.insert(uuid, number.to_string());
        }
        Ok(device)
    }

    /// Of all GPUs together.
    fn sums(&self, round: &Round, out: &mut Batch) {
        if !self.setup.aliases {
            return;
        }
        const MEBIBYTE: f64 = 1024.0 * 1024.0;
        out.set(&metrics::MEMORY_MB, &[], round.used.map(|bytes| bytes as f64 / MEBIBYTE));
        let gpus = round.utilizations.len();
        let average = (gpus > 0).then(|| round.utilizations.iter().sum::<f64>() / gpus as f64);
        out.set(&metrics::UTILIZATION_PCT, &[], average.map(|ratio| ratio * 100.0));
    }

    fn watched(&self) -> Vec<events::Watched<'a>> {
        let numbers = 0_u32..;
        let known = numbers.zip(&self.seen.numbered).filter_map(|(number, known)| Some((number, known.as_ref()?)));
        known
            .filter_map(|(number, known)| Some((self.nvml.device_by_index(number).ok()?, known.place.clone())))
            .collect()
    }
}
