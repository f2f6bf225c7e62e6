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
    pub(in crate::fleet) families: HashMap<u64, Option<usize>>,
    pub(in crate::fleet) layouts: HashMap<u64, Arc<[f64]>>,
    pub(in crate::fleet) series: HashMap<u64, Held>,
    /// Its totals are counted already, though it is not known how far: what it tells first is where it goes on from.
    pub(crate) is_counted: bool,
    /// The last frame of its connection.
    pub(super) sequence: u64,
}

/// One of its series.
#[derive(Debug)]
pub(in crate::fleet) struct Held {
    /// Where its values go: a metric, and a series of it; nowhere where it was refused.
    pub(in crate::fleet) place: Option<(usize, usize)>,
    pub(in crate::fleet) started: u64,
    pub(in crate::fleet) last: Last,
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

    /// Holds a series that a file tells of.
    pub(in crate::fleet) fn hold(&mut self, id: u64, place: Option<(usize, usize)>, started: u64, last: Last) {
        self.series.insert(id, Held { place, started, last, is_counted: false });
    }

    /// Another connection, whose frames begin anew.
    pub(crate) fn connect(&mut self) {
        self.sequence = 0;
    }
}
