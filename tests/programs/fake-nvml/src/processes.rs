//! The processes that have a GPU open: the one that asks, if the script says so or there is none, and another one.

use std::{
    ffi::{c_uint, c_ulonglong},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use crate::{Code, Device, INSUFFICIENT_SIZE, SUCCESS, about, put, script};

/// What it has without a script.
const DEMO: u64 = 6 << 30;

#[repr(C)]
struct Process {
    pid: c_uint,
    bytes: c_ulonglong,
    instances: [c_uint; 2],
}

/// Calls for whole lists, which have failed or not.
static LISTS: AtomicU64 = AtomicU64::new(0);

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetComputeRunningProcesses_v3(
    device: Device,
    count: *mut c_uint,
    places: *mut Process,
) -> Code {
    about("nvmlDeviceGetComputeRunningProcesses_v3", device, |_| list(&processes(), count, places))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetGraphicsRunningProcesses_v3(
    device: Device,
    count: *mut c_uint,
    places: *mut Process,
) -> Code {
    about("nvmlDeviceGetGraphicsRunningProcesses_v3", device, |_| list(&[], count, places))
}

/// Process numbers and bytes. No process has the first number.
fn processes() -> Vec<(u32, u64)> {
    let own = if script::is_there() { script::number_of("memory") } else { Some(DEMO) };
    [(u32::MAX, 1 << 30)].into_iter().chain(own.map(|bytes| (process::id(), bytes))).collect()
}

fn list(processes: &[(u32, u64)], count: *mut c_uint, places: *mut Process) -> Code {
    let length = processes.len() as c_uint;
    if length == 0 {
        return put(count, 0);
    }
    let failures = script::number_of("processes").unwrap_or_default();
    let asks_for_length = places.is_null();
    if asks_for_length || LISTS.fetch_add(1, Ordering::Relaxed) % (failures + 1) < failures {
        put(count, length);
        return INSUFFICIENT_SIZE;
    }
    for (at, &(pid, bytes)) in processes.iter().enumerate() {
        put(places.wrapping_add(at), Process { pid, bytes, instances: [c_uint::MAX; 2] });
    }
    put(count, length);
    SUCCESS
}
