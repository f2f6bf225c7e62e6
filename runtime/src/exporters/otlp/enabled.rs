//! OpenTelemetry's protobuf messages, from families. Nothing here knows how they travel.
//!
//! A series is encoded once, as a *point*; requests are put together from ranges of points, so that one that is too large
//! for its receiver is halved without encoding anything again.

mod messages;
mod names;
mod points;
mod request;
mod totals;

pub(crate) use self::{
    points::{Histograms, Points, Temporality},
    request::{Answer, Request, refusal, resource},
    totals::Totals,
};
#[cfg(test)]
mod agreement;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use self::tests::counted;
