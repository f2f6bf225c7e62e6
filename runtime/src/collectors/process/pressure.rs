//! Pressure stall information: for how long tasks had to wait for a resource. It does not know whose tasks.

use std::{path::Path, time::Duration};

use super::files::Files;
use crate::collectors::{Batch, Descriptor};

/// The resources of which the kernel knows the pressure.
const RESOURCES: [&str; 3] = ["cpu", "memory", "io"];

/// Reads the files that `path` names for each resource into a counter with the labels `resource` and `kind`.
pub(super) fn collect(files: &Files, path: impl Fn(&str) -> String, metric: &Descriptor, out: &mut Batch) {
    for resource in RESOURCES {
        let path = path(resource);
        let Some(text) = files.optional(Path::new(&path), out) else { continue };
        for kind in ["some", "full"] {
            // Old kernels have no `full` of the processor.
            let Some(line) = text.as_str().lines().find_map(|line| line.strip_prefix(kind)) else { continue };
            let total = line.split_whitespace().find_map(|word| word.strip_prefix("total="));
            let micros = text.number(&format!("`total` of `{kind}`"), total, out);
            out.set(metric, &[resource, kind], micros.map(Duration::from_micros));
        }
    }
}
