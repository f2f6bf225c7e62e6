//! Waits for XIDs, the driver's reports of what went wrong, on a thread of its own. It reads nothing else.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use nvml_wrapper::{Device, EventSet, Nvml, bitmasks::event::EventTypes, enums::event::XidError, error::NvmlError};

use super::{
    ffi,
    health::{Health, Place},
};

/// How long one wait takes, and so the end of this thread at most: nothing but time ends a wait of the driver's. Each is a
/// wake, and most of what this thread costs.
const TICK: Duration = Duration::from_secs(1);

/// How many ticks pass before the driver is asked again after an error.
const PAUSE: u32 = 5;

/// A GPU and where its series are.
pub(super) type Watched<'n> = (Device<'n>, Place);

/// Counts XIDs until it is to stop.
pub(super) fn watch<'n>(nvml: &'n Nvml, mut gpus: Vec<Watched<'n>>, health: &Health, stop: &AtomicBool) {
    // Without these, the wrapper panics when it gives a set back.
    let lib = nvml.lib();
    if lib.nvmlEventSetFree.is_err() || lib.nvmlEventSetWait_v2.is_err() {
        return;
    }
    gpus.retain(|(device, _)| {
        device.supported_event_types().is_ok_and(|types| types.contains(EventTypes::CRITICAL_XID_ERROR))
    });
    let Some(set) = registered(nvml, &mut gpus, health) else { return };
    gpus.iter().for_each(|(_, place)| health.awaits(place));
    while !stop.load(Ordering::Relaxed) {
        match set.wait(u32::try_from(TICK.as_millis()).unwrap_or(u32::MAX)) {
            Ok(event) => {
                let known = gpus.iter().find(|(device, _)| ffi::same(device, &event.device));
                let place = known.map_or_else(|| place_of(&event.device), |(_, place)| place.clone());
                if let Some(xid) = event.event_data {
                    health.xid(&place, text_of(&xid));
                }
            }
            Err(NvmlError::Timeout) => {}
            Err(error) => {
                health.failed("nvmlEventSetWait_v2", &error);
                for _ in 0..PAUSE {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    thread::sleep(TICK);
                }
            }
        }
    }
}

/// A set with these GPUs, less those that the driver does not watch.
fn registered<'n>(nvml: &'n Nvml, gpus: &mut Vec<Watched<'n>>, health: &Health) -> Option<EventSet<'n>> {
    'anew: while !gpus.is_empty() {
        let mut set = match nvml.create_event_set() {
            Ok(set) => set,
            Err(error) => {
                health.failed("nvmlEventSetCreate", &error);
                return None;
            }
        };
        for at in 0..gpus.len() {
            // A set is gone with the first GPU that it does not take.
            match gpus[at].0.register_events(EventTypes::CRITICAL_XID_ERROR, set) {
                Ok(registered) => set = registered,
                Err(refused) => {
                    health.failed("nvmlDeviceRegisterEvents", &refused.error);
                    gpus.remove(at);
                    continue 'anew;
                }
            }
        }
        return Some(set);
    }
    None
}

/// Where the series of a GPU are that came later, or that the driver knows by another handle by now. What it does not tell
/// is empty: an error is counted whosever it is.
fn place_of(device: &Device<'_>) -> Place {
    let gpu = device.index().map(|number| number.to_string()).unwrap_or_default();
    Place { gpu, uuid: device.uuid().unwrap_or_default() }
}

fn text_of(xid: &XidError) -> String {
    match xid {
        XidError::Value(xid) => xid.to_string(),
        XidError::Unknown => "unknown".to_owned(),
    }
}
