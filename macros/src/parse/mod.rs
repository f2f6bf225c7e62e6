//! First stage: tokens become [`Args`] and an [`Item`], with the spans of everything the user wrote.
//!
//! It knows the shape of each value, not whether values agree with each other or with the function.

mod args;
mod block;
mod buckets;
mod item;
mod key;
pub(crate) mod list;
mod value;

pub(crate) use self::{
    args::{Args, Entry, Judge},
    block::{Block, BlockKind, Member, parameters},
    buckets::{Buckets, Native},
    item::{Function, Item, Other},
    key::Key,
    value::Label,
};
