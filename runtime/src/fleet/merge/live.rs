//! What the parent knows of one child: where each of its series goes, and what it has told of it last. It stays while the
//! child's process does, whatever becomes of its connection, so that nothing is added twice.

use std::{collections::HashMap, sync::Arc};

use super::value::Last;

/// One incarnation of a child.
#[derive(Debug)]
pub(crate) struct Live {
    /// No other one's.
    pub(crate) number: u32,
    pub(crate) role: Box<str>,
    pub(crate) slot: u32,
    /// By the numbers that the child gives them; none for one that was refused.
    pub(super) families: HashMap<u64, Option<usize>>,
    pub(super) layouts: HashMap<u64, Arc<[f64]>>,
    pub(super) series: HashMap<u64, Held>,
    /// Its totals are counted already, though it is not known how far: what it tells first is where it goes on from.
    pub(crate) is_counted: bool,
    /// The last frame of its connection.
    pub(super) sequence: u64,
}

/// One of its series.
#[derive(Debug)]
pub(super) struct Held {
    /// Where its values go: a metric, and a series of it; nowhere where it was refused.
    pub(super) place: Option<(usize, usize)>,
    pub(super) started: u64,
    pub(super) last: Last,
    /// The first value is counted already.
    pub(super) is_counted: bool,
}

impl Live {
    pub(crate) fn new(number: u32, role: &str, slot: u32) -> Self {
        Self {
            number,
            role: role.into(),
            slot,
            families: HashMap::new(),
            layouts: HashMap::new(),
            series: HashMap::new(),
            is_counted: false,
            sequence: 0,
        }
    }

    /// Another connection, whose frames begin anew.
    pub(crate) fn connect(&mut self) {
        self.sequence = 0;
    }
}
