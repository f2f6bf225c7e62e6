//! Metrics that are recorded by hand: counters, gauges, histograms and summaries as values to keep, alone, in structs and by
//! labels.
//!
//! A handle goes to the recorder that is current when it records, whenever it was made. Under the one that
//! [`install`](crate::install) has set it keeps where its value lives; under any other it goes through the facade.
//! Knows nothing of annotated functions, encoders or endpoints.

pub(crate) mod declared;

pub(crate) mod number;

pub(crate) mod metric;

pub(crate) mod lazy;

pub(crate) mod counter;

pub(crate) mod float_counter;

pub(crate) mod gauge;

pub(crate) mod histogram;

pub(crate) mod summary;

pub(crate) mod label_set;

pub(crate) mod family;

pub(crate) mod members;

pub(crate) mod owned;

pub(crate) mod field;

pub(crate) mod calls;

pub(crate) mod begun;

pub(crate) mod foreign;

pub(crate) mod origin;

pub(crate) mod timing;

pub(crate) mod held;

pub(crate) mod local;

pub(crate) mod backend;
