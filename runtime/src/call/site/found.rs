//! What calls have found out about their site, and what they keep there.

use std::fmt;

use super::late::Late;
use crate::call::{backend::Slots, facade::Adopted};

/// What calls have found out about their site, and what they keep there.
pub struct Found {
    /// What only a call can tell, because a static cannot name the types that decide it.
    pub(super) late: Late,
    pub(crate) slots: Slots,
    pub(crate) adopted: Adopted,
}

impl Found {
    /// Before the first call.
    #[expect(clippy::declare_interior_mutable_const, reason = "each site begins with its own")]
    pub const NOTHING: Self = Self { late: Late::new(), slots: Slots::new(), adopted: Adopted::new() };
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found").finish_non_exhaustive()
    }
}
