//! Without the feature `tokio` there is no such collector.

use crate::collectors::Make;

pub(crate) const TOKIO: Make = None;
