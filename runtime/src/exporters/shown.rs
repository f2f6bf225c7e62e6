//! What there is to show: families, or a text that somebody else writes. It does not know how either comes about.

use std::sync::Arc;

use crate::{exporters::prometheus::text::Text, families::Families};

/// What outlets show, shared by all of them.
#[derive(Clone)]
pub(crate) enum Shown {
    /// Values, for encoders.
    Families(Arc<dyn Families + Send + Sync>),
    /// A text in the format 0.0.4, written anew each time. There is nothing else to be had.
    Text(Arc<dyn Fn() -> String + Send + Sync>),
}

impl Shown {
    /// The values; none where there is only a text.
    pub(crate) fn families(&self) -> Option<&(dyn Families + Send + Sync)> {
        match self {
            Self::Families(families) => Some(&**families),
            Self::Text(_) => None,
        }
    }

    /// All of it as text.
    pub(crate) fn render(&self) -> String {
        match self {
            Self::Families(families) => Text::encode_to_string(&**families),
            Self::Text(write) => write(),
        }
    }
}
