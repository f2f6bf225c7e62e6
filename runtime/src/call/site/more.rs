//! What is said of few functions: which team they belong to, and which of a block are left alone as they are written.

use super::{Declaration, Site};

/// What is said of few functions. Each site has room for one pointer to it.
#[derive(Debug)]
pub struct More {
    #[doc(hidden)]
    pub team: Option<&'static str>,
    #[doc(hidden)]
    pub left: &'static [Left],
}

/// A function in a block that is left alone, for a reason that its declaration shows.
#[derive(Debug)]
pub struct Left {
    #[doc(hidden)]
    pub function: &'static str,
    #[doc(hidden)]
    pub line: u32,
    #[doc(hidden)]
    pub why: &'static str,
}

impl Declaration {
    #[doc(hidden)]
    #[must_use]
    pub const fn more(mut self, more: &'static More) -> Self {
        self.more = Some(more);
        self
    }
}

impl Site {
    /// The team that the function belongs to.
    pub(crate) fn team(&self) -> Option<&'static str> {
        self.more.and_then(|more| more.team)
    }

    /// The functions of the block that are left alone as they are written. Such a site has no metrics.
    pub(crate) fn left(&self) -> &'static [Left] {
        self.more.map_or(&[], |more| more.left)
    }
}
