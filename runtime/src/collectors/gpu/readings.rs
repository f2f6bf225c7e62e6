//! What one GPU says of itself at one moment. It knows no session, and what it finds is shown only if the GPU was not
//! lost meanwhile.

use nvml_wrapper::{
    Device,
    bitmasks::device::ThrottleReasons,
    enum_wrappers::device::{
        Clock, EccCounter, MemoryError, PcieUtilCounter, PerformancePolicy, TemperatureSensor, TemperatureThreshold,
    },
    enums::device::{SampleValue, UsedGpuMemory},
    error::NvmlError,
    struct_wrappers::device::ProcessInfo,
    structs::device::FieldId,
    sys_exports::field_id,
};

use super::{
    ffi,
    health::{Health, Place},
    metrics,
    outcome::Meaning,
};
use crate::collectors::{Batch, Descriptor, IntoReading, Reading};

/// How often a list of processes is asked for that has grown between its length and itself.
const ATTEMPTS: usize = 3;

/// One GPU, while it is read.
pub(super) struct Readings<'a, 'n> {
    device: &'a Device<'n>,
    place: &'a Place,
    health: &'a Health,
    values: Vec<(&'static Descriptor, Vec<String>, Reading)>,
    complaints: Vec<String>,
    /// From here on it is not asked any more: each call could take its time.
    lost: bool,
    /// Used memory in bytes and utilization from 0 to 1, for the sums over all GPUs.
    pub(super) used: Option<u64>,
    pub(super) utilization: Option<f64>,
}

impl<'a, 'n> Readings<'a, 'n> {
    pub(super) fn new(device: &'a Device<'n>, place: &'a Place, health: &'a Health) -> Self {
        let (values, complaints) = (Vec::new(), Vec::new());
        Self { device, place, health, values, complaints, lost: false, used: None, utilization: None }
    }

    /// Asks for everything.
    pub(super) fn read(&mut self, process: u32, pcie_throughput: bool) {
        self.utilization();
        self.memory();
        self.temperature();
        self.power();
        self.clocks();
        self.throttling();
        self.pcie(pcie_throughput);
        self.ecc();
        self.fields();
        self.fans();
        self.processes(process);
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost
    }

    /// Moves what was found into a batch, if there is anything and the GPU was not lost. Tells whether that is so.
    pub(super) fn show(self, out: &mut Batch) -> bool {
        let is_up = !self.lost && !self.values.is_empty();
        self.complaints.into_iter().for_each(|complaint| out.failed(complaint));
        if is_up {
            for (metric, labels, value) in self.values {
                let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
                out.set(metric, &labels, value);
            }
        }
        is_up
    }

    fn utilization(&mut self) {
        if let Some(rates) = self.ask("nvmlDeviceGetUtilizationRates", Device::utilization_rates) {
            self.utilization = Some(percent(rates.gpu));
            self.set(&metrics::UTILIZATION, &["general"], percent(rates.gpu));
            self.set(&metrics::MEMORY_ACTIVE, &[], percent(rates.memory));
        }
        let encoder = self.ask("nvmlDeviceGetEncoderUtilization", Device::encoder_utilization);
        self.set(&metrics::UTILIZATION, &["encoder"], encoder.map(|info| percent(info.utilization)));
        let decoder = self.ask("nvmlDeviceGetDecoderUtilization", Device::decoder_utilization);
        self.set(&metrics::UTILIZATION, &["decoder"], decoder.map(|info| percent(info.utilization)));
    }

    fn memory(&mut self) {
        let Some(memory) = self.ask("nvmlDeviceGetMemoryInfo", ffi::memory) else { return };
        // A GPU that has no memory of its own, but that of the machine.
        if memory.total == 0 {
            return;
        }
        self.used = Some(memory.used);
        self.set(&metrics::MEMORY_USED, &[], memory.used);
        self.set(&metrics::MEMORY_FREE, &[], memory.free);
        self.set(&metrics::MEMORY_TOTAL, &[], memory.total);
        self.set(&metrics::MEMORY_RESERVED, &[], memory.reserved);
    }

    fn temperature(&mut self) {
        let core = self.ask("nvmlDeviceGetTemperature", |device| device.temperature(TemperatureSensor::Gpu));
        self.set(&metrics::TEMPERATURE, &["core"], core.map(u64::from));
        for (kind, threshold) in
            [("slowdown", TemperatureThreshold::Slowdown), ("shutdown", TemperatureThreshold::Shutdown)]
        {
            let limit = self.ask("nvmlDeviceGetTemperatureThreshold", |device| device.temperature_threshold(threshold));
            self.set(&metrics::TEMPERATURE_LIMIT, &[kind], limit.map(u64::from));
        }
    }

    fn power(&mut self) {
        let power = self.ask("nvmlDeviceGetPowerUsage", Device::power_usage);
        self.set(&metrics::POWER, &[], power.map(|milliwatts| f64::from(milliwatts) / 1e3));
        let limit = self.ask("nvmlDeviceGetEnforcedPowerLimit", Device::enforced_power_limit);
        self.set(&metrics::POWER_LIMIT, &[], limit.map(|milliwatts| f64::from(milliwatts) / 1e3));
        let energy = self.ask("nvmlDeviceGetTotalEnergyConsumption", Device::total_energy_consumption);
        self.set(&metrics::ENERGY, &[], energy.map(|millijoules| millijoules as f64 / 1e3));
    }

    fn clocks(&mut self) {
        for (name, clock) in
            [("sm", Clock::SM), ("memory", Clock::Memory), ("graphics", Clock::Graphics), ("video", Clock::Video)]
        {
            let megahertz = self.ask("nvmlDeviceGetClockInfo", |device| device.clock_info(clock));
            self.set(&metrics::CLOCK, &[name], megahertz.map(|megahertz| u64::from(megahertz) * 1_000_000));
        }
        let state = self.ask("nvmlDeviceGetPerformanceState", Device::performance_state);
        // Its last variant is one that the driver does not know itself.
        let state = state.map(|state| state.as_c()).filter(|&state| state <= 15);
        self.set(&metrics::PERFORMANCE, &[], state.map(u64::from));
    }

    fn throttling(&mut self) {
        let reasons = self.ask("nvmlDeviceGetCurrentClocksThrottleReasons", Device::current_throttle_reasons);
        if let Some(reasons) = reasons {
            for (name, reason) in REASONS {
                self.set(&metrics::THROTTLED, &[name], u64::from(reasons.contains(reason)));
            }
        }
        for (name, policy) in POLICIES {
            let violation = self.ask("nvmlDeviceGetViolationStatus", |device| device.violation_status(policy));
            self.set(&metrics::THROTTLE, &[name], violation.map(|it| it.violation_time as f64 / 1e9));
        }
    }

    fn pcie(&mut self, throughput: bool) {
        let replays = self.ask("nvmlDeviceGetPcieReplayCounter", Device::pcie_replay_counter);
        self.set(&metrics::PCIE_REPLAYS, &[], replays.map(u64::from));
        let generation = self.ask("nvmlDeviceGetCurrPcieLinkGeneration", Device::current_pcie_link_gen);
        self.set(&metrics::PCIE_GENERATION, &[], generation.map(u64::from));
        let width = self.ask("nvmlDeviceGetCurrPcieLinkWidth", Device::current_pcie_link_width);
        self.set(&metrics::PCIE_WIDTH, &[], width.map(u64::from));
        if throughput {
            for (direction, counter) in [("tx", PcieUtilCounter::Send), ("rx", PcieUtilCounter::Receive)] {
                let kilobytes = self.ask("nvmlDeviceGetPcieThroughput", |device| device.pcie_throughput(counter));
                let bytes = kilobytes.map(|kilobytes| u64::from(kilobytes) * 1000);
                self.set(&metrics::PCIE_THROUGHPUT, &[direction], bytes);
            }
        }
    }

    fn ecc(&mut self) {
        for (error, kind) in [("corrected", MemoryError::Corrected), ("uncorrected", MemoryError::Uncorrected)] {
            for (lifetime, counter) in [("volatile", EccCounter::Volatile), ("aggregate", EccCounter::Aggregate)] {
                let errors = self.ask("nvmlDeviceGetTotalEccErrors", |device| device.total_ecc_errors(kind, counter));
                self.set(&metrics::ECC, &[error, lifetime], errors);
            }
        }
    }

    /// What has no function of its own, in one call.
    fn fields(&mut self) {
        let ids = FIELDS.map(|(id, _, _)| FieldId(id));
        let Some(samples) = self.ask("nvmlDeviceGetFieldValues", |device| device.field_values_for(&ids)) else {
            return;
        };
        for ((_, metric, labels), sample) in FIELDS.into_iter().zip(samples) {
            let value = self.ask("nvmlDeviceGetFieldValues", |_| sample.and_then(|sample| sample.value));
            match value {
                // A counter that is negative, or a fraction, is complained of by the batch.
                Some(SampleValue::U64(value)) => self.set(metric, labels, value),
                Some(SampleValue::U32(value)) => self.set(metric, labels, u64::from(value)),
                Some(SampleValue::I64(value)) => self.set(metric, labels, value as f64),
                Some(SampleValue::F64(value)) => self.set(metric, labels, value),
                None => {}
            }
        }
    }

    fn fans(&mut self) {
        let fans = self.ask("nvmlDeviceGetNumFans", Device::num_fans);
        for fan in 0..fans.unwrap_or_default() {
            let speed = self.ask("nvmlDeviceGetFanSpeed_v2", |device| device.fan_speed(fan));
            self.set(&metrics::FAN, &[&fan.to_string()], speed.map(percent));
        }
    }

    fn processes(&mut self, process: u32) {
        let compute =
            self.ask("nvmlDeviceGetComputeRunningProcesses", |device| patiently(|| device.running_compute_processes()));
        let graphics = self
            .ask("nvmlDeviceGetGraphicsRunningProcesses", |device| patiently(|| device.running_graphics_processes()));
        self.set(&metrics::PROCESSES, &["compute"], compute.as_ref().map(Vec::len));
        self.set(&metrics::PROCESSES, &["graphics"], graphics.as_ref().map(Vec::len));
        // A process that does both is in both lists, with all of its memory in each.
        let lists = compute.into_iter().chain(graphics);
        self.set(&metrics::PROCESS_MEMORY, &[], lists.filter_map(|list| memory_of(process, &list)).max());
    }

    fn ask<T>(&mut self, call: &'static str, ask: impl FnOnce(&Device<'n>) -> Result<T, NvmlError>) -> Option<T> {
        if self.lost {
            return None;
        }
        let error = match ask(self.device) {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        match Meaning::of(&error) {
            Meaning::Unsupported => {}
            Meaning::Unknown => self.health.lacks(call, &error),
            Meaning::Forbidden => {
                if self.health.forbids(call, self.place, &error) {
                    self.complaints.push(format!("{call} of GPU {}: {error}", self.place.gpu));
                }
            }
            Meaning::Failed | Meaning::Lost => {
                self.lost |= Meaning::of(&error) == Meaning::Lost;
                self.health.failed(call, &error);
                self.complaints.push(format!("{call} of GPU {}: {error}", self.place.gpu));
            }
        }
        None
    }

    fn set(&mut self, metric: &'static Descriptor, labels: &[&str], value: impl IntoReading) {
        if let Some(value) = value.into_reading() {
            let place = [self.place.gpu.as_str(), &self.place.uuid];
            let labels = place.iter().chain(labels).map(|&label| label.to_owned()).collect();
            self.values.push((metric, labels, value));
        }
    }
}

/// The reasons as label values.
const REASONS: [(&str, ThrottleReasons); 9] = [
    ("idle", ThrottleReasons::GPU_IDLE),
    ("application_clocks", ThrottleReasons::APPLICATIONS_CLOCKS_SETTING),
    ("sw_power_cap", ThrottleReasons::SW_POWER_CAP),
    ("hw_slowdown", ThrottleReasons::HW_SLOWDOWN),
    ("sync_boost", ThrottleReasons::SYNC_BOOST),
    ("sw_thermal", ThrottleReasons::SW_THERMAL_SLOWDOWN),
    ("hw_thermal", ThrottleReasons::HW_THERMAL_SLOWDOWN),
    ("hw_power_brake", ThrottleReasons::HW_POWER_BRAKE_SLOWDOWN),
    ("display_clocks", ThrottleReasons::DISPLAY_CLOCK_SETTING),
];

/// What the driver adds up the time of. These overlap with the reasons, but are not the same.
const POLICIES: [(&str, PerformancePolicy); 8] = [
    ("power", PerformancePolicy::Power),
    ("thermal", PerformancePolicy::Thermal),
    ("sync_boost", PerformancePolicy::SyncBoost),
    ("board_limit", PerformancePolicy::BoardLimit),
    ("low_utilization", PerformancePolicy::LowUtilization),
    ("reliability", PerformancePolicy::Reliability),
    ("application_clocks", PerformancePolicy::TotalAppClocks),
    ("base_clocks", PerformancePolicy::TotalBaseClocks),
];

/// A field's number, and the series that it is.
type Field = (u32, &'static Descriptor, &'static [&'static str]);

const FIELDS: [Field; 8] = [
    (field_id::NVML_FI_DEV_MEMORY_TEMP, &metrics::TEMPERATURE, &["memory"]),
    (field_id::NVML_FI_DEV_PCIE_COUNT_TX_BYTES, &metrics::PCIE_BYTES, &["tx"]),
    (field_id::NVML_FI_DEV_PCIE_COUNT_RX_BYTES, &metrics::PCIE_BYTES, &["rx"]),
    (field_id::NVML_FI_DEV_REMAPPED_COR, &metrics::REMAPPED, &["corrected"]),
    (field_id::NVML_FI_DEV_REMAPPED_UNC, &metrics::REMAPPED, &["uncorrected"]),
    (field_id::NVML_FI_DEV_REMAPPED_PENDING, &metrics::REMAP_PENDING, &[]),
    (field_id::NVML_FI_DEV_REMAPPED_FAILURE, &metrics::REMAP_FAILED, &[]),
    (field_id::NVML_FI_DEV_GET_GPU_RECOVERY_ACTION, &metrics::RECOVERY, &[]),
];

/// A list that may have grown since its length was asked for.
fn patiently(ask: impl Fn() -> Result<Vec<ProcessInfo>, NvmlError>) -> Result<Vec<ProcessInfo>, NvmlError> {
    for _ in 1..ATTEMPTS {
        match ask() {
            Err(NvmlError::InsufficientSize(_)) => {}
            answer => return answer,
        }
    }
    ask()
}

/// The memory of one process, in all parts of the GPU; none if it is not listed.
fn memory_of(process: u32, list: &[ProcessInfo]) -> Option<u64> {
    let own = list.iter().filter(|info| info.pid == process).filter_map(|info| match info.used_gpu_memory {
        UsedGpuMemory::Used(bytes) => Some(bytes),
        UsedGpuMemory::Unavailable => None,
    });
    own.reduce(u64::saturating_add)
}

fn percent(percent: u32) -> f64 {
    f64::from(percent) / 100.0
}
