//! What the calls of a site are added to besides its metrics. It does not know what that makes of them.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use crate::gate;

/// Something that values are added to.
pub trait Rolls: Send + Sync {
    /// Adds a value so many times.
    fn roll(&self, value: f64, times: u64);
}

/// Finds it by its name.
pub(crate) type Find = fn(&str) -> Arc<dyn Rolls>;

/// What one metric of a site is added to, found at its first call.
pub struct Rolled {
    find: Find,
    found: OnceLock<Arc<dyn Rolls>>,
}

impl Rolled {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(find: fn(&str) -> Arc<dyn Rolls>) -> Self {
        Self { find, found: OnceLock::new() }
    }

    /// Adds a value to what has this name.
    pub(crate) fn add(&self, name: impl FnOnce() -> String, value: f64) {
        let rolls = self.found.get().unwrap_or_else(|| gate::fill(&self.found, (self.find)(&name())));
        rolls.roll(value, 1);
    }
}

impl fmt::Debug for Rolled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rolled").finish_non_exhaustive()
    }
}
