//! Without the feature `gpu` there is no such collector.

use crate::collectors::Collector;

/// None.
pub(crate) fn defaults() -> Vec<Box<dyn Collector>> {
    Vec::new()
}
