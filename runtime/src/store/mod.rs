//! Live values: which series exist and what they add up to.
//!
//! The only place with atomics that carry values, and with locks. Nothing here knows of call sites, of encoders, or of
//! how an installation begins and ends.
//!
//! A [`Store`](registry::Store) holds families by name ([`directory`]); a [`family`] holds its series: a look-up
//! [`table`] over compact records and label blocks, and the series' values. Values live in one of two places:
//!
//! - *Words* of [`slab`]s, for series that are known before their first call: each thread adds to a slab of its own
//!   with a plain load and store, and a reader sums the slabs.
//! - Shared [`cells`], for all other series: plain atomics, in chunks that never move. Those of a summary have a
//!   [`sketch`] beside them, those of a native histogram [`native`] buckets.

pub(crate) mod registry;

pub(crate) mod ground;

pub(crate) mod family;

pub(crate) mod directory;

pub(crate) mod table;

pub(crate) mod pairs;

pub(crate) mod value;

pub(crate) mod cells;

mod sketch;

mod native;

mod scale;

mod segments;

mod steady;

pub(crate) mod ledger;

pub(crate) mod guard;

pub(crate) mod slab;

pub(crate) mod exemplars;

pub(crate) mod health;

mod repeated;

mod unmatched;

pub(crate) mod owned;

pub(crate) mod view;

pub(crate) mod fork;

#[cfg(all(test, tachometer_loom))]
mod models;
