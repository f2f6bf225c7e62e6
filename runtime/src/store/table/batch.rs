//! Series copied out of a table. It knows no table.

use super::Record;
use crate::metric::block::LabelBlock;

/// Series copied out of a table, so that their values can be read and printed without its lock.
#[derive(Default)]
pub(crate) struct Batch {
    /// The blocks of all series, one behind the other.
    pub(super) text: String,
    pub(super) records: Vec<Record>,
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Record, LabelBlock<'_>)> {
        let mut rest = self.text.as_str();
        self.records.iter().map(move |record| {
            let (block, behind) = rest.split_at(usize::from(record.len));
            rest = behind;
            (record, LabelBlock::new(block, record.classic))
        })
    }
}
