//! Without the feature `runtime` there is no store: handles only ever go through the facade.

use metrics::Label;

use crate::{
    Error,
    handle::{
        foreign::Dropped,
        metric::{Metric, Series},
    },
};

/// Nothing to keep.
pub(crate) struct Home;

/// Nothing to keep.
pub(crate) struct Slot;

impl Home {
    pub(crate) fn new() -> Self {
        Self
    }
}

impl Slot {
    pub(crate) fn new() -> Self {
        Self
    }
}

pub(crate) fn join(_: &Series) {}

pub(crate) fn is_folded(_: &Series) -> bool {
    false
}

pub(crate) fn end(_: &Metric, _: &[Label]) -> bool {
    false
}

pub(crate) fn retain(_: &Metric, _: impl FnMut(&[(&str, &str)]) -> bool) {}

pub(crate) fn own(_: &Metric, _: &[Label]) {}

pub(crate) fn disown(_: &Metric, _: &[Label]) -> bool {
    false
}

pub(crate) fn let_go() {}

pub(crate) fn epoch() -> u32 {
    0
}

pub(crate) fn leave(_: &mut Series) {}

pub(crate) fn settle(_: &Metric, _: bool) -> Result<(), Error> {
    Ok(())
}

pub(crate) fn count(_: &Series, _: u64) {}

pub(crate) fn set(_: &Series, _: f64) {}

pub(crate) fn shift(_: &Series, _: f64) {}

/// Nothing is held.
pub(crate) struct Hold;

pub(crate) fn hold(_: &Series, _: f64) -> Option<Hold> {
    None
}

pub(crate) fn release(_: &Hold, _: f64) {}

pub(crate) fn observe(_: &Series, _: f64, _: u64) {}

pub(crate) fn observe_nanos(_: &Series, _: u64) {}

pub(crate) fn adopted(_: &Metric) {}

pub(crate) fn unknown(_: &Metric) {}

pub(crate) fn dropped(_: Dropped) {}
