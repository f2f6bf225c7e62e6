//! Without the feature `process` there are no such collectors.

use crate::collectors::Make;

pub(crate) const PROCESS: Make = None;
pub(crate) const CGROUP: Make = None;
pub(crate) const SYSTEM: Make = None;
