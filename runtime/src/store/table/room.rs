//! How much memory a table takes.

use super::{ARENA_CHUNK, CHUNK, Record, Table};

impl Table {
    /// Bytes of all that is here.
    pub(crate) fn bytes(&self) -> usize {
        let lists = self.vacant.capacity() + 2 * self.unlinked.len();
        self.index.allocation_size() + self.chunks + lists * size_of::<u32>()
    }

    /// How many of them another series adds whose block has so many.
    pub(crate) fn growth(&self, block: usize) -> usize {
        let is_full = self.index.len() == self.index.capacity();
        let index = if is_full { self.index.allocation_size().max(64) } else { 0 };
        let records = match self.records.last() {
            _ if !self.vacant.is_empty() => 0,
            Some(chunk) if chunk.len() < chunk.capacity() => 0,
            Some(chunk) if chunk.len() < CHUNK => chunk.capacity().max(4),
            _ => self.room(),
        };
        let arena = if self.fits(block) { 0 } else { self.next_chunk(block) };
        index + records * size_of::<Record>() + arena
    }

    /// Whether the last chunk of the arena has room for a text.
    pub(super) fn fits(&self, bytes: usize) -> bool {
        self.arena.last().is_some_and(|chunk| chunk.capacity() - chunk.len() >= bytes)
    }

    /// How large the next chunk of the arena is, for a text that does not fit the last one.
    pub(super) fn next_chunk(&self, bytes: usize) -> usize {
        (512 << self.arena.len().min(7)).max(bytes.next_power_of_two()).min(ARENA_CHUNK)
    }
}
