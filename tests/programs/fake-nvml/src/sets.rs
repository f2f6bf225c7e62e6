//! Sets of events, of which there is one. It tells of XIDs: those of the script, each once, or without one of an error
//! now and then.

use std::{
    ffi::{c_uint, c_ulonglong, c_void},
    ptr,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::{Code, Device, SUCCESS, TIMEOUT, about, answer, put, script, world};

type Set = *mut c_void;

/// How often a wait looks whether there is an event.
const GLANCE: Duration = Duration::from_millis(5);

/// Seconds from one event to the next, without a script.
const DEMO: f64 = 45.0;

#[repr(C)]
struct Event {
    device: Device,
    kind: c_ulonglong,
    data: c_ulonglong,
    instances: [c_uint; 2],
}

/// Events that were told of.
static TOLD: AtomicUsize = AtomicUsize::new(0);

#[unsafe(no_mangle)]
extern "C" fn nvmlEventSetCreate(place: *mut Set) -> Code {
    answer("nvmlEventSetCreate", || put(place, ptr::without_provenance_mut(1)))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlEventSetFree(_set: Set) -> Code {
    answer("nvmlEventSetFree", || SUCCESS)
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceRegisterEvents(device: Device, _kinds: c_ulonglong, _set: Set) -> Code {
    about("nvmlDeviceRegisterEvents", device, |_| SUCCESS)
}

#[unsafe(no_mangle)]
extern "C" fn nvmlEventSetWait_v2(_set: Set, place: *mut Event, millis: c_uint) -> Code {
    answer("nvmlEventSetWait_v2", || {
        let deadline = Instant::now() + Duration::from_millis(millis.into());
        loop {
            if let Some((gpu, data)) = next() {
                TOLD.fetch_add(1, Ordering::Relaxed);
                let device = ptr::without_provenance_mut(gpu as usize + 1);
                return put(place, Event { device, kind: 8, data, instances: [c_uint::MAX; 2] });
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return TIMEOUT;
            }
            thread::sleep(if script::is_there() { left.min(GLANCE) } else { left });
        }
    })
}

fn next() -> Option<(u64, u64)> {
    let told = TOLD.load(Ordering::Relaxed);
    if script::is_there() {
        return script::xids().get(told).copied();
    }
    (world::seconds() > DEMO * (told + 1) as f64).then_some((1, 31))
}
