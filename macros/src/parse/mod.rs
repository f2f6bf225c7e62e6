//! First stage: tokens become [`Args`] and an [`Item`], with the spans of everything the user wrote.
//!
//! It knows the shape of each value, not whether values agree with each other or with the function.

mod key;

mod args;
mod block;
mod buckets;
mod case;
mod item;
mod jumps;
mod label;
mod list;
mod place;
mod value;

pub(crate) use self::{
    args::{Entry, Judge},
    block::{Block, BlockKind, Member, parameters},
    buckets::{Buckets, Native},
    case::Case,
    item::{Function, Item, Other},
    key::{Args, Key},
    label::Label,
    place::Place,
    value::Items,
};
