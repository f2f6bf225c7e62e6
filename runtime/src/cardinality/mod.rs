//! The guard: how many values and series there may be, what becomes of those beyond, and who brought them.
//!
//! A [`policy`] says what is allowed, and [`check`] whether that makes sense; [`rules`] are what it says of one metric. [`axes`] know which values each label of
//! a metric has, and [`within`] those that it has within each value of another one; [`folding`] is one label set on its way in; [`offenders`] remembers what was turned away; [`report`]
//! tells people. Nothing here knows where values live, and but for what [`offenders`] counts it is plain data that the
//! store guards.

pub(crate) mod policy;

pub(crate) mod check;

pub(crate) mod rules;

pub(crate) mod axes;

mod values;

mod within;

pub(crate) mod folding;

pub(crate) mod offenders;

pub(crate) mod report;
