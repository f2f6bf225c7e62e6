//! Output in pieces, so that a long one is never copied in order to grow. It does not know what it holds.

/// How many bytes a piece has room for: far more than a line, few enough to be handed on piece by piece.
const PIECE: usize = 256 * 1024;

/// Bytes in pieces, each of which ends at the end of a line.
#[derive(Debug)]
pub(super) struct Chunks {
    full: Vec<Vec<u8>>,
    last: Vec<u8>,
    piece: usize,
}

impl Chunks {
    pub(super) fn new() -> Self {
        Self::with_piece(PIECE)
    }

    pub(super) fn with_piece(piece: usize) -> Self {
        Self { full: Vec::new(), last: Vec::new(), piece }
    }

    /// Appends the parts of one line.
    #[inline]
    pub(super) fn line<const N: usize>(&mut self, parts: [&[u8]; N]) {
        let len = parts.iter().map(|part| part.len()).sum::<usize>();
        if self.last.capacity() - self.last.len() < len {
            self.make_room(len);
        }
        for part in parts {
            self.last.extend_from_slice(part);
        }
    }

    /// The pieces, none of them empty.
    pub(super) fn finish(mut self) -> Vec<Vec<u8>> {
        if !self.last.is_empty() {
            self.full.push(self.last);
        }
        self.full
    }

    #[cold]
    fn make_room(&mut self, len: usize) {
        let full = std::mem::replace(&mut self.last, Vec::with_capacity(self.piece.max(len)));
        if !full.is_empty() {
            self.full.push(full);
        }
    }
}
