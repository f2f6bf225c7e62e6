//! The values of a call's labels: what they may be, and what they become at the start of a call.

use std::{borrow::Cow, fmt};

use metrics::Label;

use crate::call::{
    backend::{self, Group},
    finite::Values,
    site::Site,
    target::{self, Target},
};

/// A value that can stand in a label.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a label's value",
    label = "not a label value",
    note = "label values are texts, `bool`, `char`, integers and enums with `#[derive(tachometer::Label)]`",
    note = "turn any other into a text with few different values"
)]
pub trait LabelValue {
    /// The value as text, which may be put together in `room`.
    #[doc(hidden)]
    fn text<'a>(&'a self, room: &'a mut Room) -> &'a str;

    /// All values of the type, where they are known.
    #[doc(hidden)]
    fn values() -> Values
    where
        Self: Sized,
    {
        None
    }
}

/// Where a value that is not a text becomes one.
#[doc(hidden)]
pub struct Room {
    digits: itoa::Buffer,
    character: [u8; 4],
}

impl Room {
    #[inline]
    pub(crate) fn new() -> Self {
        Self { digits: itoa::Buffer::new(), character: [0; 4] }
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room").finish_non_exhaustive()
    }
}

/// A label type all of whose values are known: `bool`, and enums with [`#[derive(Label)]`](derive@crate::Label).
pub trait FiniteLabel: LabelValue {
    /// The values, as they stand in the label.
    const VALUES: &'static [&'static str];
}

impl FiniteLabel for bool {
    const VALUES: &'static [&'static str] = &["false", "true"];
}

impl LabelValue for str {
    #[inline]
    fn text<'a>(&'a self, _: &'a mut Room) -> &'a str {
        self
    }
}

impl LabelValue for String {
    #[inline]
    fn text<'a>(&'a self, _: &'a mut Room) -> &'a str {
        self
    }
}

impl LabelValue for char {
    #[inline]
    fn text<'a>(&'a self, room: &'a mut Room) -> &'a str {
        self.encode_utf8(&mut room.character)
    }
}

impl LabelValue for bool {
    #[inline]
    fn text<'a>(&'a self, _: &'a mut Room) -> &'a str {
        if *self { "true" } else { "false" }
    }

    fn values() -> Values {
        Some(Self::VALUES)
    }
}

impl<T: LabelValue + ToOwned + ?Sized> LabelValue for Cow<'_, T> {
    #[inline]
    fn text<'a>(&'a self, room: &'a mut Room) -> &'a str {
        (**self).text(room)
    }
}

macro_rules! pointers {
    ($($pointer:ty),*) => {
        $(impl<T: LabelValue + ?Sized> LabelValue for $pointer {
            #[inline]
            fn text<'a>(&'a self, room: &'a mut Room) -> &'a str {
                (**self).text(room)
            }
        })*
    };
}

pointers!(&T, &mut T, Box<T>, std::rc::Rc<T>, std::sync::Arc<T>);

macro_rules! integers {
    ($($integer:ty),*) => {
        $(impl LabelValue for $integer {
            #[inline]
            fn text<'a>(&'a self, room: &'a mut Room) -> &'a str {
                room.digits.format(*self)
            }
        })*
    };
}

integers!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize);

/// The labels of one call, resolved.
#[derive(Debug)]
pub struct Labels(pub(crate) Resolved);

#[derive(Debug)]
pub(crate) enum Resolved {
    /// The call is not recorded.
    Nowhere,
    /// The call's series in the store.
    Group(Group),
    /// The labels, for the facade.
    Facade(Vec<Label>),
}

impl Labels {
    /// For a call that is not recorded.
    #[inline]
    #[must_use]
    pub const fn none() -> Self {
        Self(Resolved::Nowhere)
    }
}

impl Default for Labels {
    #[inline]
    fn default() -> Self {
        Self::none()
    }
}

/// Resolves the values of a site's labels, given in the order of the site's names.
#[doc(hidden)]
#[inline]
#[must_use]
pub fn labels<const N: usize>(site: &'static Site, values: &[&dyn LabelValue; N]) -> Labels {
    // In the function itself, where the types behind `dyn` are still known.
    let mut rooms: [Room; N] = std::array::from_fn(|_| Room::new());
    let mut texts = [""; N];
    for ((text, value), room) in texts.iter_mut().zip(values).zip(&mut rooms) {
        *text = value.text(room);
    }
    Labels(match target::current() {
        Target::Nobody => Resolved::Nowhere,
        Target::Ours => Resolved::Group(backend::group(site, &texts)),
        Target::Adopted | Target::Unknown => Resolved::Facade(named(site, &texts)),
    })
}

/// The labels of a site with these values.
pub(crate) fn named(site: &Site, values: &[&str]) -> Vec<Label> {
    site.labels.iter().zip(values).map(|(name, value)| Label::new(*name, (*value).to_owned())).collect()
}

/// A label's value as text.
pub(crate) fn text(value: &dyn LabelValue) -> String {
    value.text(&mut Room::new()).to_owned()
}

/// What a call knows of its labels: `()` where its site has none, or else [`Labels`].
pub trait Scope: private::Scope {}

impl Scope for () {}

impl Scope for Labels {}

pub(crate) mod private {
    use super::{Group, Label, Labels, Resolved, Target, target};

    pub trait Scope: Default {
        /// Whom a call that begins now goes to.
        fn target(&self) -> Target;
        fn group(&self) -> Option<&Group>;
        fn labels(&self) -> &[Label];
    }

    impl Scope for () {
        #[inline]
        fn target(&self) -> Target {
            target::current()
        }

        #[inline]
        fn group(&self) -> Option<&Group> {
            None
        }

        fn labels(&self) -> &[Label] {
            &[]
        }
    }

    /// What the labels were resolved for decides.
    impl Scope for Labels {
        #[inline]
        fn target(&self) -> Target {
            match &self.0 {
                Resolved::Nowhere => Target::Nobody,
                Resolved::Group(_) => Target::Ours,
                Resolved::Facade(_) => Target::Unknown,
            }
        }

        #[inline]
        fn group(&self) -> Option<&Group> {
            match &self.0 {
                Resolved::Group(group) => Some(group),
                Resolved::Nowhere | Resolved::Facade(_) => None,
            }
        }

        fn labels(&self) -> &[Label] {
            match &self.0 {
                Resolved::Facade(labels) => labels,
                Resolved::Nowhere | Resolved::Group(_) => &[],
            }
        }
    }
}
