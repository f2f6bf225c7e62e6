//! Without the feature `gpu` there is no such collector.

use crate::collectors::Make;

pub(crate) const GPU: Make = None;
