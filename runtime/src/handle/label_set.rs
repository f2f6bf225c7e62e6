//! What the labels of a family may be: a tuple of label types, or a struct with a label in each field.

use std::{borrow::Cow, fmt, rc::Rc, sync::Arc};

use crate::{
    call::{
        displayed::Displayed,
        value::{KnownValues, LabelValue},
    },
    handle::declared::{Arity, EachLabel},
};

/// A struct whose fields are the labels of a [`Family`](crate::Family); derived.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no set of labels",
    label = "not a set of labels",
    note = "label sets are tuples of 1 to 8 label types, and structs with `#[derive(Labels)]`"
)]
pub trait Labels {
    /// The same struct with `'static` for each of its lifetimes, which is what a family names.
    type Kept;

    /// The names of the labels.
    const NAMES: &'static [&'static str];

    /// Calls `visit` with the values, in the order of the names.
    #[doc(hidden)]
    fn visit<R>(&self, visit: impl FnOnce(&[&dyn LabelValue]) -> R) -> R;

    /// Tells the values of each label, as far as they are known, in the order of the names.
    #[doc(hidden)]
    fn values(each: &mut dyn FnMut(KnownValues));
}

impl<L: Labels> Labels for &L {
    type Kept = L::Kept;

    const NAMES: &'static [&'static str] = L::NAMES;

    fn visit<R>(&self, visit: impl FnOnce(&[&dyn LabelValue]) -> R) -> R {
        (**self).visit(visit)
    }

    fn values(each: &mut dyn FnMut(KnownValues)) {
        L::values(each);
    }
}

/// What a [`Family`](crate::Family) takes as its second parameter: a tuple of one to eight label types, or a struct
/// with `#[derive(Labels)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no set of labels",
    label = "not a set of labels",
    note = "label sets are tuples of 1 to 8 label types, such as `(Codec,)`, and structs with `#[derive(Labels)]`",
    note = "label types are texts, `bool`, `char`, integers, an `Option` of these, and types with `#[derive(Label)]`",
    note = "`tachometer::Displayed` is one for any type that displays itself, and `LabelValue` can be implemented"
)]
pub trait LabelSet {
    #[doc(hidden)]
    const ARITY: Arity;

    #[doc(hidden)]
    const VALUES: EachLabel;
}

impl<L: Labels> LabelSet for L {
    const ARITY: Arity = Arity::Struct(L::NAMES);

    const VALUES: EachLabel = L::values;
}

macro_rules! tuples {
    ($($count:literal: $($label:ident)*;)*) => {
        $(impl<$($label: LabelValue),*> LabelSet for ($($label,)*) {
            const ARITY: Arity = Arity::Tuple($count);

            const VALUES: EachLabel = |each| { $(each($label::values());)* };
        })*
    };
}

tuples! {
    1: A;
    2: A B;
    3: A B C;
    4: A B C D;
    5: A B C D E;
    6: A B C D E F;
    7: A B C D E F G;
    8: A B C D E F G H;
}

/// A value that can be given where a family has the label type `T`: a `T`, a reference to one, or a `&str` for a
/// `String` and other texts that own theirs. A `String` takes what is [`Displayed`], and an `Option` one of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value of the label type `{T}`",
    label = "expected `{T}`, or a reference to it",
    note = "the label types of a family stand in its type, in the order of its labels",
    note = "`tachometer::Displayed` makes any value that displays itself one of the label types `String` and `Displayed`"
)]
pub trait LabelArg<T>: LabelValue {}

impl<T: LabelValue> LabelArg<T> for T {}

impl<T: LabelValue> LabelArg<T> for &T {}

impl<T: LabelValue> LabelArg<Option<T>> for Option<&T> {}

impl<T: fmt::Display> LabelArg<String> for Displayed<T> {}

impl<T: fmt::Display> LabelArg<Displayed<T>> for Displayed<&T> {}

macro_rules! texts {
    ($($text:ty),*) => {
        $(
            impl LabelArg<$text> for &str {}

            impl LabelArg<Option<$text>> for Option<&str> {}
        )*
    };
}

texts!(String, Box<str>, Rc<str>, Arc<str>, Cow<'static, str>);
