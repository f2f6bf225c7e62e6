//! Pressure stall information: for how long tasks had to wait for a resource. It does not know whose tasks.

use std::{path::Path, time::Duration};

use super::files::Files;
use crate::collectors::{Batch, Descriptor};

/// The resources of which the kernel knows the pressure; `irq` is time that interrupts took.
const RESOURCES: [&str; 4] = ["cpu", "memory", "io", "irq"];

/// Whose tasks they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// Those of the whole machine. All of them cannot wait for a processor at once, and what the kernel writes there is a
    /// 0 that it has not measured.
    Machine,
    /// Those of a group, all of which may wait while another group has the processors.
    Group,
}

/// Reads the files that `path` names for each resource into a counter with the labels `resource` and `kind`.
pub(super) fn collect(
    files: &Files,
    whose: Whose,
    path: impl Fn(&str) -> String,
    metric: &Descriptor,
    out: &mut Batch,
) {
    for resource in RESOURCES {
        let path = path(resource);
        let Some(text) = files.optional(Path::new(&path), out) else { continue };
        for kind in ["some", "full"] {
            if (whose, resource, kind) == (Whose::Machine, "cpu", "full") {
                continue;
            }
            // Old kernels have no `full` of the processor, and none have `some` of interrupts.
            let Some(line) = text.as_str().lines().find_map(|line| line.strip_prefix(kind)) else { continue };
            let total = line.split_whitespace().find_map(|word| word.strip_prefix("total="));
            let micros = text.number(&format!("`total` of `{kind}`"), total, out);
            out.set(metric, &[resource, kind], micros.map(Duration::from_micros));
        }
    }
}
