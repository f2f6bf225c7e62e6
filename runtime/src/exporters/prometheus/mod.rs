//! The formats that Prometheus reads. Nothing here knows how they travel.

mod buckets;
pub(crate) mod chunks;
mod labels;
mod names;
pub(crate) mod negotiation;
mod number;
pub(crate) mod openmetrics;
#[cfg(test)]
mod strict;
pub(crate) mod text;

use self::{
    chunks::Chunks,
    negotiation::Format,
    openmetrics::Open,
    text::{Classic, Text},
};
use crate::families::Families;

impl Format {
    /// All of `families` in this format, in pieces that end with a line; with `created`, where the format has a place for
    /// it, also when each series began.
    pub(crate) fn encode(self, families: &dyn Families, created: bool) -> Vec<Vec<u8>> {
        let out = Chunks::new();
        match self {
            Self::Text | Self::Text1(_) => Text::write(Classic, self.escaping(), families, out),
            Self::OpenMetrics0 | Self::OpenMetrics1(_) => {
                Text::write(Open::new(created), self.escaping(), families, out)
            }
        }
    }

    /// The same as one text.
    pub(crate) fn encode_to_string(self, families: &dyn Families, created: bool) -> String {
        text::joined(self.encode(families, created))
    }
}
