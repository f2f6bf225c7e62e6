//! Where something that lasts has begun, and so where it is recorded at its end, whatever recorder is current then.

use crate::{
    call::target::{self, Target},
    handle::{
        foreign::{self, Foreign},
        local::{self, Test},
        metric::Series,
    },
};

/// The recorder that was current at the beginning.
pub(crate) enum Origin {
    /// None: nothing is recorded.
    Nobody,
    /// The one that `install` has set.
    Store,
    /// A test's.
    Test(Test),
    /// Any other, of which the series' handle is kept.
    Facade(Foreign),
}

impl Origin {
    /// What begins now begins here.
    pub(crate) fn of(series: &Series) -> Self {
        match (target::current(), local::current()) {
            (Target::Nobody, _) => Self::Nobody,
            (Target::Ours, _) => Self::Store,
            (_, Some(test)) => Self::Test(test),
            (target, None) => Self::Facade(foreign::handle(series, target)),
        }
    }
}
