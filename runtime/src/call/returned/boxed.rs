//! Futures and streams that are followed into a box of the same type.

use std::{future::Future, mem, pin::Pin};

use futures_core::Stream;

use super::{Item, onward::Going};
use crate::call::{extras::Extras, labels::Scope, verdict::Judge};

/// A box that another one of its type can take the place of.
#[doc(hidden)]
pub trait Followed: Sized {
    /// What is judged.
    type End;

    /// What `End` stands for.
    type Value;

    fn follow<L, J, X>(self, going: Going<L, J, X>) -> Self
    where
        L: Scope + Send + Sync + 'static,
        J: Judge<Self::Value> + Send + Sync + 'static,
        X: Extras<L> + Send + Sync + 'static;
}

macro_rules! boxes {
    ($($pointer:ident $trait:ident $(+ $auto:ident)*;)*) => {
        $(boxes! { @ $pointer $trait ($(+ $auto)*) })*
    };
    (@ Pinned Future ($($autos:tt)*)) => {
        boxes! { # Future Output, V, V, (Pin<Box<dyn Future<Output = V> $($autos)* + 'a>>),
            (Pin<Box<dyn Future<Output = V> $($autos)* + '_>>), Box::pin, future }
    };
    (@ Movable Future ($($autos:tt)*)) => {
        boxes! { # Future Output, V, V, (Box<dyn Future<Output = V> + Unpin $($autos)* + 'a>),
            (Box<dyn Future<Output = V> + Unpin $($autos)* + '_>), Box::new, future }
    };
    (@ Pinned Stream ($($autos:tt)*)) => {
        boxes! { # Stream Item, V, Item<V>, (Pin<Box<dyn Stream<Item = V> $($autos)* + 'a>>),
            (Pin<Box<dyn Stream<Item = V> $($autos)* + '_>>), Box::pin, stream }
    };
    (@ Movable Stream ($($autos:tt)*)) => {
        boxes! { # Stream Item, V, Item<V>, (Box<dyn Stream<Item = V> + Unpin $($autos)* + 'a>),
            (Box<dyn Stream<Item = V> + Unpin $($autos)* + '_>), Box::new, stream }
    };
    (= future $make:path, $going:ident, $value:ident) => {{
        let mut going = $going;
        match going.extras.polls() {
            Some(polls) => $make(going.polled(polls, $value)),
            None => $make(going.unpolled($value)),
        }
    }};
    (= stream $make:path, $going:ident, $value:ident) => {
        $make($going.stream($value))
    };
    (# $trait:ident $associated:ident, $value:ident, $end:ty, ($boxed:ty), ($local:ty), $make:path, $watch:ident) => {
        impl<'a, $value> Followed for $boxed {
            type End = $end;

            type Value = $value;

            fn follow<L, J, X>(self, going: Going<L, J, X>) -> Self
            where
                L: Scope + Send + Sync + 'static,
                J: Judge<$value> + Send + Sync + 'static,
                X: Extras<L> + Send + Sync + 'static,
            {
                if going.is_unrecorded() {
                    return self;
                }
                let boxed: $local = boxes!(= $watch $make, going, self);
                // SAFETY: the types differ in a lifetime alone. What is in the new box is the old one, which lives for `'a`,
                // and labels, a judge and the like, which live for ever. The compiler cannot be told: to live for `'a`, it
                // wants the output to, which stands in the type of a box and need not.
                unsafe { mem::transmute::<$local, Self>(boxed) }
            }
        }
    };
}

boxes! {
    Pinned Future;
    Pinned Future + Send;
    Pinned Future + Sync;
    Pinned Future + Send + Sync;
    Pinned Future + Unpin;
    Pinned Future + Send + Unpin;
    Movable Future;
    Movable Future + Send;
    Movable Future + Send + Sync;
    Pinned Stream;
    Pinned Stream + Send;
    Pinned Stream + Sync;
    Pinned Stream + Send + Sync;
    Pinned Stream + Unpin;
    Pinned Stream + Send + Unpin;
    Movable Stream;
    Movable Stream + Send;
    Movable Stream + Send + Sync;
}
