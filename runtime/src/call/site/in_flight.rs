//! The gauge of a site's calls, as it is declared.

use super::Named;
use crate::metric::name::Name;

/// A gauge of calls that have begun and not ended.
#[derive(Debug, Clone, Copy)]
pub struct InFlight {
    pub(super) name: Named,
    pub(super) help: &'static str,
}

impl InFlight {
    /// The gauge of all functions without a name of their own.
    pub const FUNCTION: Self = Self {
        name: Named::Shared("function_calls_concurrent"),
        help: "Calls of functions that have begun and not ended.",
    };

    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: Name, help: &'static str) -> Self {
        Self { name: Named::Own(name), help }
    }
}
