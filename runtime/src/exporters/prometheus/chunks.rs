//! Output in pieces, so that a long one is never copied in order to grow. It does not know what it holds.

use std::sync::Mutex;

/// How many bytes a piece has room for: far more than a line, few enough to be handed on piece by piece.
const PIECE: usize = 256 * 1024;

/// How many pieces are kept for the next text: 64 MiB.
const SPARE: usize = 256;

/// Pieces that have been read and are free again. Fresh memory would cost more than writing the text does: the operating
/// system hands it out page by page. Nobody waits for it, least of all in a forked child, where the thread that has it
/// may not exist.
static SPARES: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// Takes a piece back that nobody reads any more.
pub(crate) fn keep(mut piece: Vec<u8>) {
    if piece.capacity() != PIECE {
        return;
    }
    if let Ok(mut spares) = SPARES.try_lock()
        && spares.len() < SPARE
    {
        piece.clear();
        spares.push(piece);
    }
}

/// All pieces as one; they are used again.
pub(super) fn joined(pieces: Vec<Vec<u8>>) -> Vec<u8> {
    let whole = pieces.concat();
    pieces.into_iter().for_each(keep);
    whole
}

/// An empty piece.
fn piece() -> Vec<u8> {
    let spare = SPARES.try_lock().ok().and_then(|mut spares| spares.pop());
    spare.unwrap_or_else(|| Vec::with_capacity(PIECE))
}

/// Bytes in pieces, each of which ends at the end of a line or a message.
#[derive(Debug)]
pub(crate) struct Chunks {
    full: Vec<Vec<u8>>,
    last: Vec<u8>,
    piece: usize,
}

/// Bytes that are known only once what stands behind them has been written.
#[derive(Debug)]
pub(super) struct Gap {
    piece: usize,
    from: usize,
    to: usize,
}

impl Chunks {
    pub(super) fn new() -> Self {
        Self::with_piece(PIECE)
    }

    pub(super) fn with_piece(piece: usize) -> Self {
        Self { full: Vec::new(), last: Vec::new(), piece }
    }

    /// Appends the parts of one line.
    #[inline(always)] // The parts that are constants are then no calls.
    pub(super) fn line<const N: usize>(&mut self, parts: [&[u8]; N]) {
        let len = parts.iter().map(|part| part.len()).sum::<usize>();
        if self.last.capacity() - self.last.len() < len {
            self.make_room(len);
        }
        for part in parts {
            self.last.extend_from_slice(part);
        }
    }

    /// A piece with room for so many bytes, to be filled with no more than these.
    pub(super) fn room(&mut self, len: usize) -> &mut Vec<u8> {
        if self.last.capacity() - self.last.len() < len {
            self.make_room(len);
        }
        &mut self.last
    }

    /// Leaves so many bytes free.
    pub(super) fn gap(&mut self, len: usize) -> Gap {
        let piece = self.room(len);
        let from = piece.len();
        piece.resize(from + len, 0);
        Gap { piece: self.full.len(), from, to: from + len }
    }

    /// Puts what belongs there into a gap, once, and closes what is left of it.
    pub(super) fn fill(&mut self, gap: &Gap, bytes: &[u8]) {
        let piece = self.full.get_mut(gap.piece).unwrap_or(&mut self.last);
        piece.splice(gap.from..gap.to, bytes.iter().copied());
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
        let room = self.piece.max(len);
        let empty = if room == PIECE { piece() } else { Vec::with_capacity(room) };
        let full = std::mem::replace(&mut self.last, empty);
        if !full.is_empty() {
            self.full.push(full);
        }
    }
}
