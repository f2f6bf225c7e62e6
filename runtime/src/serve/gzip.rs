//! A document packed by gzip. It does not know what the document is.

use std::io::{self, Write};

use flate2::{Compression, write::GzEncoder};

use crate::exporters::prometheus::chunks;

/// Below this size, packing saves no packet.
const SMALLEST: usize = 1400;

/// Above this size, packing would keep a processor busy for seconds.
const LARGEST: usize = 64 * 1024 * 1024;

/// How large the packed pieces are, roughly.
const PIECE: usize = 256 * 1024;

/// Packed bytes in pieces, so that a long document is never copied in order to grow.
#[derive(Default)]
struct Pieces {
    full: Vec<Vec<u8>>,
    last: Vec<u8>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.last.extend_from_slice(bytes);
        if self.last.len() >= PIECE {
            self.full.push(std::mem::take(&mut self.last));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The document packed, or as it was, where that is not worth it.
pub(super) fn pack(pieces: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, Vec<Vec<u8>>> {
    let len: usize = pieces.iter().map(Vec::len).sum();
    if !(SMALLEST..=LARGEST).contains(&len) {
        return Err(pieces);
    }
    // Text shrinks to a tenth at the lowest level, and hardly further at the higher ones, which take far longer.
    let mut encoder = GzEncoder::new(Pieces::default(), Compression::fast());
    let is_packed = pieces.iter().all(|piece| encoder.write_all(piece).is_ok());
    let Some(Pieces { mut full, last }) = encoder.finish().ok().filter(|_| is_packed) else { return Err(pieces) };
    pieces.into_iter().for_each(chunks::keep);
    full.push(last);
    Ok(full)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn unpacked(pieces: &[Vec<u8>]) -> Vec<u8> {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&*pieces.concat()).read_to_end(&mut plain).expect("it is gzip");
        plain
    }

    #[test]
    fn what_is_packed_can_be_unpacked() {
        let line = |n: u32| format!("jobs_total{{queue=\"{}\"}} {n}\n", n.wrapping_mul(2_654_435_761)).into_bytes();
        let pieces: Vec<Vec<u8>> = (0..100_000).map(line).collect();
        let plain = pieces.concat();
        let packed = pack(pieces).expect("it is worth it");
        assert!(packed.len() > 1, "there are several pieces");
        assert!(packed.concat().len() < plain.len() / 2);
        assert_eq!(unpacked(&packed), plain);
    }

    #[test]
    fn what_is_too_small_is_left_alone() {
        assert_eq!(pack(vec![b"up 1\n".to_vec()]), Err(vec![b"up 1\n".to_vec()]));
        assert_eq!(pack(Vec::new()), Err(Vec::new()));
    }
}
