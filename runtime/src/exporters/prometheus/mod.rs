//! The formats that Prometheus reads. Nothing here knows how they travel.

mod buckets;
pub(crate) mod chunks;
#[cfg(any(test, tachometer_fuzzing))]
pub(crate) mod fuzz;
mod labels;
mod names;
pub(crate) mod negotiation;
mod number;
pub(crate) mod openmetrics;
#[cfg(any(test, tachometer_fuzzing))]
mod plan;
mod protobuf;
#[cfg(any(test, tachometer_fuzzing))]
mod strict;
pub(crate) mod text;

use self::{
    chunks::Chunks,
    negotiation::Format,
    openmetrics::Open,
    protobuf::Protobuf,
    text::{Classic, Text},
};
use crate::families::Families;

impl Format {
    /// All of `families` in this format, in pieces that end with a line or a message; with `created`, text has a line for
    /// the beginning of each series too, where it can.
    pub(crate) fn encode(self, families: &dyn Families, created: bool) -> Vec<Vec<u8>> {
        let out = Chunks::new();
        match self {
            Self::Text | Self::Text1(_) => Text::write(Classic, self.escaping(), families, out),
            Self::OpenMetrics0 | Self::OpenMetrics1(_) => {
                Text::write(Open::new(created), self.escaping(), families, out)
            }
            Self::Protobuf(escaping) => Protobuf::write(escaping, families, out),
        }
    }

    /// The same as one piece.
    pub(crate) fn encode_to_vec(self, families: &dyn Families, created: bool) -> Vec<u8> {
        chunks::joined(self.encode(families, created))
    }

    /// The same as one text, for those [that are](Self::TEXTS).
    pub(crate) fn encode_to_string(self, families: &dyn Families, created: bool) -> String {
        text::joined(self.encode(families, created))
    }
}
