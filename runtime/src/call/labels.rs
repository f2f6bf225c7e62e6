//! The values of a call's labels: what they may be, and what they become at the start of a call.

use std::borrow::Cow;

use metrics::Label;

use crate::call::{
    backend::{self, Group},
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
    /// Appends the value as UTF-8 text.
    #[doc(hidden)]
    fn append_to(&self, text: &mut Vec<u8>);

    /// Appends the value as it is recorded, which is another one where a limit is reached.
    #[doc(hidden)]
    fn append_admitted_to(&self, text: &mut Vec<u8>) {
        self.append_to(text);
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
    fn append_to(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(self.as_bytes());
    }
}

impl LabelValue for char {
    fn append_to(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(self.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

impl LabelValue for bool {
    fn append_to(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(if *self { b"true" } else { b"false" });
    }
}

impl<T: LabelValue + ?Sized> LabelValue for &T {
    #[inline]
    fn append_to(&self, text: &mut Vec<u8>) {
        (**self).append_to(text);
    }
}

macro_rules! pointers {
    ($($pointer:ty),*) => {
        $(impl<T: LabelValue + ?Sized> LabelValue for $pointer {
            #[inline]
            fn append_to(&self, text: &mut Vec<u8>) {
                (**self).append_to(text);
            }
        })*
    };
}

pointers!(&mut T, Box<T>, std::rc::Rc<T>, std::sync::Arc<T>);

impl LabelValue for String {
    #[inline]
    fn append_to(&self, text: &mut Vec<u8>) {
        self.as_str().append_to(text);
    }
}

impl<T: LabelValue + ToOwned + ?Sized> LabelValue for Cow<'_, T> {
    fn append_to(&self, text: &mut Vec<u8>) {
        (**self).append_to(text);
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {
        $(impl LabelValue for $integer {
            #[inline]
            fn append_to(&self, text: &mut Vec<u8>) {
                text.extend_from_slice(itoa::Buffer::new().format(*self).as_bytes());
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

/// Resolves the values of a site's labels, given in the order of the site's names.
#[doc(hidden)]
#[inline]
#[must_use]
pub fn labels(site: &'static Site, values: &[&dyn LabelValue]) -> Labels {
    Labels(match target::current() {
        Target::Nobody => Resolved::Nowhere,
        Target::Ours => Resolved::Group(backend::group(site, values)),
        Target::Adopted | Target::Unknown => Resolved::Facade(named(site, values)),
    })
}

/// The labels of a site with these values.
pub(crate) fn named(site: &Site, values: &[&dyn LabelValue]) -> Vec<Label> {
    let label = |(name, value): (&&'static str, &&dyn LabelValue)| Label::new(*name, text(*value));
    site.labels.iter().zip(values).map(label).collect()
}

/// A label's value as text.
pub(crate) fn text(value: &dyn LabelValue) -> String {
    let mut text = Vec::new();
    value.append_admitted_to(&mut text);
    // Values append whole texts, so nothing is lost here.
    String::from_utf8_lossy(&text).into_owned()
}

/// What a label's value is appended to.
pub type Text = Vec<u8>;

/// Appends a text to another one.
#[doc(hidden)]
pub fn append(text: &mut Text, value: &str) {
    text.extend_from_slice(value.as_bytes());
}

/// What a call knows of its labels: `()` where its site has none, or else [`Labels`].
pub trait Scope: private::Scope {}

impl Scope for () {}

impl Scope for Labels {}

pub(crate) mod private {
    use super::{Group, Label, Labels, Resolved, Target, target};

    pub trait Scope {
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
