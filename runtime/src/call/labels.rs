//! The labels of a call: what their values become at its start.

use std::mem::{self, ManuallyDrop};

use metrics::Label;

use crate::{
    call::{
        backend::{self, Group, Held},
        outcome::Ending,
        site::Site,
        target::{self, Target},
        value::{LabelBuffer, LabelValue},
    },
    reentry,
};

/// The most labels that a series has.
const MOST: usize = 32;

/// The labels of one call, resolved.
#[derive(Debug)]
pub struct Labels {
    /// The call's series in the store, if the call goes there.
    group: Option<Group>,
    /// The labels, if it goes through the facade. Let go by our own `drop`, which looks whether there are any before it
    /// calls anything.
    named: ManuallyDrop<Option<Box<[Label]>>>,
    /// Whether the series are kept from ending before the call, where series end.
    held: Option<Held>,
}

impl Labels {
    /// For a call that is not recorded.
    #[inline]
    #[must_use]
    pub const fn none() -> Self {
        Self { group: None, named: ManuallyDrop::new(None), held: None }
    }

    /// These labels, for a call that goes on; none are left.
    #[inline]
    pub(crate) fn take(&mut self) -> Self {
        mem::replace(self, Self::none())
    }

    /// Resolves the values of a site's labels, given in the order of the site's names.
    #[doc(hidden)]
    #[inline]
    pub fn resolve<const N: usize>(&mut self, target: Target, site: &'static Site, values: &[&dyn LabelValue; N]) {
        // In the function itself, where the types behind `dyn` are still known.
        let mut buffers: [LabelBuffer; N] = std::array::from_fn(|_| LabelBuffer::new());
        let mut texts = [""; N];
        for ((text, value), buffer) in texts.iter_mut().zip(values).zip(&mut buffers) {
            *text = value.text(buffer);
        }
        self.find(target, site, &texts);
    }

    /// The same for values of which there are as many as a struct has.
    pub(crate) fn resolve_each(&mut self, target: Target, site: &'static Site, values: &[&dyn LabelValue]) {
        let mut buffers: [LabelBuffer; MOST] = std::array::from_fn(|_| LabelBuffer::new());
        let mut texts = [""; MOST];
        for ((text, value), buffer) in texts.iter_mut().zip(values).zip(&mut buffers) {
            *text = value.text(buffer);
        }
        self.find(target, site, &texts[..values.len().min(MOST)]);
    }

    #[inline]
    fn find(&mut self, target: Target, site: &'static Site, texts: &[&str]) {
        match target {
            Target::Nobody => {}
            Target::Ours => {
                backend::group(site, texts, &mut self.group);
                if self.group.as_ref().is_some_and(Group::expires) {
                    self.hold(site, texts);
                }
            }
            Target::Adopted | Target::Unknown => self.name(site, texts),
        }
    }

    /// Resolves the same values for a call and for what is recorded beside it.
    #[doc(hidden)]
    pub fn resolve_all<const N: usize>(
        target: Target,
        values: &[&dyn LabelValue; N],
        all: &mut [(&mut Self, &'static Site)],
    ) {
        for (labels, site) in all {
            labels.resolve(target, site, values);
        }
    }

    #[cold]
    #[inline(never)]
    fn let_go(&mut self) {
        self.named.take();
        if let (Some(held), Some(group)) = (self.held.take(), &self.group) {
            held.release(group);
        }
    }

    #[cold]
    #[inline(never)]
    fn hold(&mut self, site: &'static Site, values: &[&str]) {
        self.held = Group::hold(site, values, &mut self.group);
    }

    #[cold]
    #[inline(never)]
    fn name(&mut self, site: &Site, values: &[&str]) {
        *self.named = reentry::alone(|| named(site, values).into());
    }
}

impl Drop for Labels {
    /// Small enough to be inlined where a call ends.
    #[inline]
    fn drop(&mut self) {
        if self.named.is_some() || self.held.is_some() {
            self.let_go();
        }
    }
}

/// The labels of a site with these values.
pub(crate) fn named(site: &Site, values: &[&str]) -> Vec<Label> {
    site.labels.iter().zip(values).map(|(name, value)| Label::new(*name, (*value).to_owned())).collect()
}

/// What a call knows of its labels: `()` where its site has none, or else [`Labels`], which it may borrow.
pub trait Scope: private::Scope {}

impl Scope for () {}

impl Scope for Labels {}

impl Scope for &Labels {}

pub(crate) mod private {
    use super::{Ending, Group, Label, Labels, Site, Target, backend, target};

    pub trait Scope {
        /// The same, borrowed. It is handed on where the call itself must not be, which would have to stand in memory.
        type Borrowed<'a>: super::Scope + Copy
        where
            Self: 'a;

        fn borrowed(&self) -> Self::Borrowed<'_>;

        /// Whom a call that begins now goes to.
        fn target(&self) -> Target;

        fn group(&self) -> Option<&Group>;

        /// Ends a quick call; says whether that is all there was to do.
        fn count(&self, site: &'static Site, ending: Ending) -> bool;

        fn labels(&self) -> &[Label];
    }

    impl Scope for () {
        type Borrowed<'a> = ();

        #[inline]
        fn borrowed(&self) -> Self::Borrowed<'_> {}

        #[inline]
        fn target(&self) -> Target {
            target::current()
        }

        #[inline]
        fn group(&self) -> Option<&Group> {
            None
        }

        #[inline]
        fn count(&self, site: &'static Site, ending: Ending) -> bool {
            backend::count(site, ending)
        }

        fn labels(&self) -> &[Label] {
            &[]
        }
    }

    /// What the labels were resolved for decides.
    impl Scope for Labels {
        type Borrowed<'a> = &'a Self;

        #[inline]
        fn borrowed(&self) -> Self::Borrowed<'_> {
            self
        }

        #[inline]
        fn target(&self) -> Target {
            match (&self.group, &*self.named) {
                (Some(_), _) => Target::Ours,
                (None, Some(_)) => Target::Unknown,
                (None, None) => Target::Nobody,
            }
        }

        #[inline]
        fn group(&self) -> Option<&Group> {
            self.group.as_ref()
        }

        #[inline]
        fn count(&self, site: &'static Site, ending: Ending) -> bool {
            self.group.as_ref().is_some_and(|group| backend::count_in(site, group, ending))
        }

        fn labels(&self) -> &[Label] {
            self.named.as_deref().unwrap_or_default()
        }
    }

    impl Scope for &Labels {
        type Borrowed<'a>
            = &'a Labels
        where
            Self: 'a;

        #[inline]
        fn borrowed(&self) -> Self::Borrowed<'_> {
            self
        }

        #[inline]
        fn target(&self) -> Target {
            (**self).target()
        }

        #[inline]
        fn group(&self) -> Option<&Group> {
            (**self).group()
        }

        #[inline]
        fn count(&self, site: &'static Site, ending: Ending) -> bool {
            (**self).count(site, ending)
        }

        fn labels(&self) -> &[Label] {
            (**self).labels()
        }
    }
}
