//! How long the calls of a site last, which its static may not know: types decide it, and a static cannot name all of them.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Declaration, Site};
use crate::call::backend;

/// What a return type says of how long a call lasts.
#[derive(Debug, Clone, Copy)]
pub struct Lasting {
    /// Whether the call goes on in what can be followed.
    pub is_followed: bool,
    /// Whether what is returned is a borrow, which is not the call's.
    pub is_borrowed: bool,
    /// Whether it is a future or a stream, or holds one.
    pub lasts: bool,
}

/// What a site learns from its first call.
pub(super) struct Late {
    lasts: AtomicBool,
    left: AtomicBool,
}

impl Late {
    pub(super) const fn new() -> Self {
        Self { lasts: AtomicBool::new(false), left: AtomicBool::new(false) }
    }
}

/// Why a function is left alone whose calls cannot be followed.
const ENDLESS: &str = "it returns a future or a stream that cannot be followed to its end";

impl Declaration {
    /// For a function of this return type, which a static can name.
    #[must_use]
    pub const fn lasting(mut self, Lasting { is_followed, is_borrowed, lasts }: Lasting) -> Self {
        self.asynchronous |= is_followed;
        if lasts && !is_followed && !is_borrowed {
            self.skipped = Some(ENDLESS);
            self.zero = false;
        }
        self
    }

    /// For a function that is left alone whatever its types are.
    #[must_use]
    pub const fn left(self) -> Self {
        self.lasting(Lasting { is_followed: false, is_borrowed: false, lasts: true })
    }
}

impl Site {
    /// A call of the function goes on after it has returned, which the static may not have known.
    #[inline]
    pub(in crate::call) fn lasts(&self) {
        if !self.asynchronous && !self.found().late.lasts.swap(true, Ordering::Relaxed) {
            backend::lasts(self);
        }
    }

    /// The function is left alone, which the static may not have known.
    pub(in crate::call) fn leave(&self) {
        self.found().late.left.store(true, Ordering::Relaxed);
    }

    /// Whether a call can be dropped before its end, as far as that is known.
    pub(crate) fn can_be_cancelled(&self) -> bool {
        self.asynchronous || self.found().late.lasts.load(Ordering::Relaxed)
    }

    /// Why calls of the function are not recorded, if they are not.
    pub(crate) fn skipped(&self) -> Option<&'static str> {
        self.skipped.or_else(|| self.found().late.left.load(Ordering::Relaxed).then_some(ENDLESS))
    }
}

#[cfg(test)]
mod tests {
    use super::{ENDLESS, Lasting};
    use crate::call::site::{Declaration, Site, Source};

    const SOURCE: Source = Source::new("shop", "shop::desk", "src/desk.rs", 1, "call");

    #[test]
    fn a_site_says_why_it_is_left_alone() {
        let of = |is_followed, is_borrowed, lasts| {
            let site = Site::made(SOURCE, Declaration::new().lasting(Lasting { is_followed, is_borrowed, lasts }));
            (site.skipped(), site.zero, site.can_be_cancelled())
        };
        assert_eq!(of(false, false, false), (None, true, false));
        assert_eq!(of(true, false, true), (None, true, true));
        assert_eq!(of(false, true, true), (None, true, false));
        assert_eq!(of(false, false, true), (Some(ENDLESS), false, false));
    }

    #[test]
    fn what_a_static_does_not_know_a_call_tells() {
        let site = Site::made(SOURCE, Declaration::new());
        site.lasts();
        assert!(site.can_be_cancelled());
        site.leave();
        assert_eq!(site.skipped(), Some(ENDLESS));
    }
}
