//! Without the feature `process` there are no such collectors.

use crate::collectors::Collector;

/// None.
pub(crate) fn defaults() -> Vec<Box<dyn Collector>> {
    Vec::new()
}
