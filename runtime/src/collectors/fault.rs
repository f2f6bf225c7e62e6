//! What can go wrong with a collector, as its errors are counted.

/// Why a collector, or a value of one, was not to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The collection returned an error.
    Error,
    /// The collection panicked.
    Panicked,
    /// The collection took longer than its limit.
    TimedOut,
    /// One reading failed, and others did not.
    Reading,
    /// A value makes no sense.
    Invalid,
    /// A counter fell.
    Decreased,
    /// Somebody else records a metric of this name.
    Conflict,
}

impl Reason {
    pub(crate) const ALL: [Self; 7] =
        [Self::Error, Self::Panicked, Self::TimedOut, Self::Reading, Self::Invalid, Self::Decreased, Self::Conflict];

    /// The reason as a label value.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Panicked => "panicked",
            Self::TimedOut => "timed_out",
            Self::Reading => "reading",
            Self::Invalid => "invalid",
            Self::Decreased => "decreased",
            Self::Conflict => "conflict",
        }
    }
}
