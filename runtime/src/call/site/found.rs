//! What calls have found out about their site, and what they keep there.

use std::{cell::UnsafeCell, fmt, mem::ManuallyDrop};

use super::late::Late;
use crate::call::{backend::Slots, facade::Adopted};

/// What calls have found out about their site, and what they keep there.
///
/// A static is never dropped, and what it keeps says so: the compiler would ask of each site whether it has to be.
pub struct Found {
    /// What only a call can tell, because a static cannot name the types that decide it.
    pub(super) late: Late,
    pub(crate) slots: ManuallyDrop<Slots>,
    pub(crate) adopted: ManuallyDrop<Adopted>,
}

impl Found {
    /// Before the first call.
    #[expect(clippy::declare_interior_mutable_const, reason = "each site begins with its own")]
    pub const NOTHING: UnsafeCell<Self> = UnsafeCell::new(Self {
        late: Late::new(),
        slots: ManuallyDrop::new(Slots::new()),
        adopted: ManuallyDrop::new(Adopted::new()),
    });
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found").finish_non_exhaustive()
    }
}
