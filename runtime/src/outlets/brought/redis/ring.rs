//! Documents that wait, the oldest first: so many and so many bytes at most.

use std::collections::VecDeque;

pub(super) struct Ring {
    documents: VecDeque<Vec<u8>>,
    bytes: usize,
    most: usize,
    most_bytes: usize,
}

impl Ring {
    pub(super) fn new(most: usize, most_bytes: usize) -> Self {
        Self { documents: VecDeque::new(), bytes: 0, most: most.max(1), most_bytes }
    }

    /// Adds a document; how many had to go for it, or did not fit.
    pub(super) fn push(&mut self, document: Vec<u8>) -> u64 {
        if document.len() > self.most_bytes {
            return 1;
        }
        self.bytes += document.len();
        self.documents.push_back(document);
        let mut dropped = 0;
        while self.documents.len() > self.most || self.bytes > self.most_bytes {
            self.forget(1);
            dropped += 1;
        }
        dropped
    }

    /// The oldest documents, so many at most.
    pub(super) fn first(&self, most: usize) -> Vec<&[u8]> {
        self.documents.iter().take(most).map(Vec::as_slice).collect()
    }

    /// Takes the oldest ones away.
    pub(super) fn forget(&mut self, documents: usize) {
        let gone = self.documents.drain(..documents.min(self.documents.len()));
        self.bytes -= gone.map(|document| document.len()).sum::<usize>();
        if self.documents.is_empty() {
            // What an outage has made of it is not kept.
            self.documents = VecDeque::new();
        }
    }

    pub(super) fn len(&self) -> usize {
        self.documents.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::Ring;

    #[test]
    fn the_oldest_go_first_by_count_and_by_bytes() {
        let mut ring = Ring::new(3, 10);
        assert_eq!([b"1", b"2", b"3", b"4"].map(|document| ring.push(document.to_vec())), [0, 0, 0, 1]);
        assert_eq!((ring.first(2), ring.len(), ring.bytes()), (vec![&b"2"[..], b"3"], 3, 3));
        assert_eq!(ring.push(b"12345678".to_vec()), 1);
        assert_eq!(ring.push(b"1234567890".to_vec()), 3);
        assert_eq!(ring.push(b"12345678901".to_vec()), 1);
        assert_eq!((ring.len(), ring.bytes()), (1, 10));
        ring.forget(1);
        assert!(ring.is_empty() && ring.bytes() == 0);
    }
}
