//! A library that passes for NVML, with two GPUs. It does what a script says that lies beside it: `libfake.script` beside
//! `libfake.so`. Without a script its values move, for demonstrations. It knows nothing of who loads it.
//!
//! All functions are called by C's rules, with pointers that their caller vouches for; `put` is the one place that
//! writes to them.

mod processes;
mod script;
mod sets;
mod world;

use std::{
    ffi::{c_char, c_int, c_uint, c_ulonglong, c_void},
    ptr,
};

use world::Gpu;

/// What a function returns.
type Code = c_uint;

/// A GPU: its number, plus one.
type Device = *mut c_void;

const SUCCESS: Code = 0;
const INVALID_ARGUMENT: Code = 2;
const NOT_SUPPORTED: Code = 3;
const INSUFFICIENT_SIZE: Code = 7;
const TIMEOUT: Code = 10;

/// Answers for no GPU, unless the script has another answer.
fn answer(call: &str, write: impl FnOnce() -> Code) -> Code {
    script::interfere(call, None).unwrap_or_else(write)
}

/// Answers for a GPU, unless the script has another answer.
fn about(call: &str, device: Device, write: impl FnOnce(&Gpu) -> Code) -> Code {
    let number = device.addr().wrapping_sub(1);
    match world::gpu(number) {
        Some(gpu) => script::interfere(call, Some(number)).unwrap_or_else(|| write(&gpu)),
        None => INVALID_ARGUMENT,
    }
}

/// Writes to where the caller wants to have it.
fn put<T>(place: *mut T, value: T) -> Code {
    if place.is_null() {
        return INVALID_ARGUMENT;
    }
    // SAFETY: NVML's callers hand in places for what its functions write, by the types of their parameters.
    unsafe { place.write(value) };
    SUCCESS
}

/// Writes a text that ends in a nul.
fn put_text(place: *mut c_char, length: usize, text: &str) -> Code {
    if text.len() >= length {
        return INSUFFICIENT_SIZE;
    }
    for (at, byte) in text.bytes().chain([0]).enumerate() {
        put(place.wrapping_add(at), byte as c_char);
    }
    SUCCESS
}

/// Functions that write one value of one GPU.
macro_rules! values {
    ($($name:ident: $type:ty = $value:expr;)*) => {$(
        #[unsafe(no_mangle)]
        extern "C" fn $name(device: Device, place: *mut $type) -> Code {
            let value: fn(&Gpu) -> $type = $value;
            about(stringify!($name), device, |gpu| put(place, value(gpu)))
        }
    )*};
}

/// The same for one of several values; none of them is not supported.
macro_rules! chosen {
    ($($name:ident: $type:ty = $value:expr;)*) => {$(
        #[unsafe(no_mangle)]
        extern "C" fn $name(device: Device, which: c_uint, place: *mut $type) -> Code {
            let value: fn(&Gpu, c_uint) -> Option<$type> = $value;
            about(stringify!($name), device, |gpu| value(gpu, which).map_or(NOT_SUPPORTED, |value| put(place, value)))
        }
    )*};
}

values! {
    nvmlDeviceGetUtilizationRates: [c_uint; 2] = |gpu| [gpu.busy, gpu.busy / 2];
    nvmlDeviceGetPowerUsage: c_uint = |gpu| gpu.milliwatts;
    nvmlDeviceGetEnforcedPowerLimit: c_uint = |_| 700_000;
    nvmlDeviceGetTotalEnergyConsumption: c_ulonglong = |gpu| gpu.millijoules;
    nvmlDeviceGetPerformanceState: c_uint = |gpu| if gpu.busy > 20 { 0 } else { 8 };
    nvmlDeviceGetCurrentClocksThrottleReasons: c_ulonglong = |gpu| gpu.throttled;
    nvmlDeviceGetPcieReplayCounter: c_uint = |gpu| gpu.number;
    nvmlDeviceGetCurrPcieLinkGeneration: c_uint = |_| 5;
    nvmlDeviceGetCurrPcieLinkWidth: c_uint = |_| 16;
    nvmlDeviceGetNumFans: c_uint = |gpu| gpu.number;
    // Only XIDs.
    nvmlDeviceGetSupportedEventTypes: c_ulonglong = |_| 8;
    nvmlDeviceGetMemoryInfo: [c_ulonglong; 3] = |gpu| [world::MEMORY, gpu.free, gpu.used + world::RESERVED];
}

chosen! {
    nvmlDeviceGetTemperature: c_uint = |gpu, _| Some(gpu.celsius);
    nvmlDeviceGetTemperatureThreshold: c_uint = |_, which| [92, 89].get(which as usize).copied();
    nvmlDeviceGetClockInfo: c_uint = |gpu, which| [gpu.megahertz, gpu.megahertz, 2_619, 1_545].get(which as usize).copied();
    nvmlDeviceGetViolationStatus: [c_ulonglong; 2] = |gpu, which| (which < 2).then_some([0, gpu.throttled_nanos]);
    nvmlDeviceGetPcieThroughput: c_uint = |gpu, which| [gpu.busy * 1_000, gpu.busy * 2_000].get(which as usize).copied();
    nvmlDeviceGetFanSpeed_v2: c_uint = |gpu, _| Some(30 + gpu.busy / 2);
}

#[unsafe(no_mangle)]
extern "C" fn nvmlInit_v2() -> Code {
    answer("nvmlInit_v2", || SUCCESS)
}

#[unsafe(no_mangle)]
extern "C" fn nvmlShutdown() -> Code {
    answer("nvmlShutdown", || SUCCESS)
}

#[unsafe(no_mangle)]
extern "C" fn nvmlSystemGetDriverVersion(place: *mut c_char, length: c_uint) -> Code {
    answer("nvmlSystemGetDriverVersion", || put_text(place, length as usize, &script::driver()))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlSystemGetCudaDriverVersion_v2(place: *mut c_int) -> Code {
    answer("nvmlSystemGetCudaDriverVersion_v2", || put(place, 13_000))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetCount_v2(place: *mut c_uint) -> Code {
    answer("nvmlDeviceGetCount_v2", || put(place, script::gpus()))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetHandleByIndex_v2(number: c_uint, place: *mut Device) -> Code {
    let device = ptr::without_provenance_mut(number as usize + 1);
    about("nvmlDeviceGetHandleByIndex_v2", device, |_| put(place, device))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetName(device: Device, place: *mut c_char, length: c_uint) -> Code {
    about("nvmlDeviceGetName", device, |_| put_text(place, length as usize, "Fake 80GB"))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetUUID(device: Device, place: *mut c_char, length: c_uint) -> Code {
    about("nvmlDeviceGetUUID", device, |gpu| put_text(place, length as usize, &gpu.uuid()))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetPciInfo_v3(device: Device, place: *mut PciInfo) -> Code {
    about("nvmlDeviceGetPciInfo_v3", device, |gpu| {
        let mut info = PciInfo { legacy: [0; 16], numbers: [0, gpu.number, 0, 0, 0], id: [0; 32] };
        put_text(info.id.as_mut_ptr(), info.id.len(), &format!("00000000:{:02X}:00.0", gpu.number + 1));
        put(place, info)
    })
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetMigMode(device: Device, now: *mut c_uint, then: *mut c_uint) -> Code {
    // The second GPU is too old for it.
    about(
        "nvmlDeviceGetMigMode",
        device,
        |gpu| if gpu.number == 0 { put(now, 0) | put(then, 0) } else { NOT_SUPPORTED },
    )
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetMemoryInfo_v2(device: Device, place: *mut Memory) -> Code {
    about("nvmlDeviceGetMemoryInfo_v2", device, |gpu| {
        let version = 2 << 24 | size_of::<Memory>() as c_uint;
        if let Some(total) = script::number_of("total") {
            return put(place, Memory { version, total, reserved: 0, free: total, used: 0 });
        }
        put(place, Memory { version, total: world::MEMORY, reserved: world::RESERVED, free: gpu.free, used: gpu.used })
    })
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetEncoderUtilization(device: Device, place: *mut c_uint, period: *mut c_uint) -> Code {
    about("nvmlDeviceGetEncoderUtilization", device, |gpu| put(place, gpu.busy / 4) | put(period, 167_000))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetDecoderUtilization(device: Device, place: *mut c_uint, period: *mut c_uint) -> Code {
    about("nvmlDeviceGetDecoderUtilization", device, |gpu| put(place, gpu.busy / 5) | put(period, 167_000))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetTotalEccErrors(
    device: Device,
    kind: c_uint,
    lifetime: c_uint,
    place: *mut c_ulonglong,
) -> Code {
    let errors = if kind == 0 { 3 + c_ulonglong::from(lifetime) } else { 0 };
    about("nvmlDeviceGetTotalEccErrors", device, |_| put(place, errors))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetFieldValues(device: Device, count: c_int, places: *mut Field) -> Code {
    about("nvmlDeviceGetFieldValues", device, |gpu| {
        for at in 0..usize::try_from(count).unwrap_or_default() {
            let place = places.wrapping_add(at);
            // SAFETY: the caller hands in so many fields, each with the number of what it asks for.
            let asked = unsafe { place.read() };
            let (code, value) = gpu.field(asked.id).map_or((NOT_SUPPORTED, 0), |value| (SUCCESS, value));
            // An unsigned number of 64 bits.
            put(place, Field { kind: 3, code, value, ..asked });
        }
        SUCCESS
    })
}

#[repr(C)]
struct PciInfo {
    legacy: [c_char; 16],
    numbers: [c_uint; 5],
    id: [c_char; 32],
}

#[repr(C)]
struct Memory {
    version: c_uint,
    total: c_ulonglong,
    reserved: c_ulonglong,
    free: c_ulonglong,
    used: c_ulonglong,
}

#[repr(C)]
struct Field {
    id: c_uint,
    scope: c_uint,
    timestamp: i64,
    latency: i64,
    kind: c_uint,
    code: Code,
    value: c_ulonglong,
}
