//! Reads the parts of a frame from bytes that may be anything: it borrows, and allocates nothing.

use std::fmt;

/// Why bytes are no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// They end too early.
    Truncated,
    /// There are more of them than the frame has parts.
    Trailing,
    /// A number has more than 64 bits, or is out of range.
    Number,
    /// A text is not UTF-8.
    Text,
    /// A list is longer than its bytes can be.
    Count,
    /// A frame, an entry or a value of a kind that there is not.
    Kind,
    /// The frame is longer than frames may be.
    Length,
    /// What it is about was never declared, or was declared otherwise.
    Undeclared,
    /// The first frame is no greeting of this protocol.
    Greeting,
    /// A name or label that no metric can have.
    Name,
}

impl Fault {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Truncated => "it ends too early",
            Self::Trailing => "bytes follow its last part",
            Self::Number => "a number is out of range",
            Self::Text => "a text is not UTF-8",
            Self::Count => "a list is longer than its bytes",
            Self::Kind => "a part is of an unknown kind",
            Self::Length => "it is longer than frames may be",
            Self::Undeclared => "it names what was not declared",
            Self::Greeting => "it is no greeting of tachometer's fleet",
            Self::Name => "a name or a label is none",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::error::Error for Fault {}

/// What is left to read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Result<&'a [u8], Fault> {
        let (bytes, rest) = self.rest.split_at_checked(len).ok_or(Fault::Truncated)?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        self.bytes(N).map(|bytes| bytes.try_into().expect("it is as long"))
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Fault> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// A number in groups of seven bits, the lowest first.
    pub(crate) fn number(&mut self) -> Result<u64, Fault> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let group = u64::from(byte & 0x7f);
            if shift == 63 && group > 1 {
                return Err(Fault::Number);
            }
            number |= group << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Fault::Number)
    }

    /// A number that may be negative: 0, -1, 1, -2 are 0, 1, 2, 3.
    pub(crate) fn signed(&mut self) -> Result<i32, Fault> {
        let number = u32::try_from(self.number()?).map_err(|_| Fault::Number)?;
        Ok((number >> 1) as i32 ^ -((number & 1) as i32))
    }

    pub(crate) fn small(&mut self) -> Result<u32, Fault> {
        u32::try_from(self.number()?).map_err(|_| Fault::Number)
    }

    pub(crate) fn float(&mut self) -> Result<f64, Fault> {
        self.array().map(f64::from_le_bytes)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Fault> {
        let len = usize::try_from(self.number()?).map_err(|_| Fault::Count)?;
        if len > self.rest.len() {
            return Err(Fault::Truncated);
        }
        std::str::from_utf8(self.bytes(len)?).map_err(|_| Fault::Text)
    }

    /// A list, all of whose items are read once.
    pub(crate) fn list<T>(&mut self, read: Read<'a, T>) -> Result<List<'a, T>, Fault> {
        let count = usize::try_from(self.number()?).map_err(|_| Fault::Count)?;
        // Each item is a byte at least.
        if count > self.rest.len() {
            return Err(Fault::Count);
        }
        let before = self.rest;
        for _ in 0..count {
            read(self)?;
        }
        Ok(List { bytes: &before[..before.len() - self.rest.len()], count, read })
    }

    pub(crate) fn finish(self) -> Result<(), Fault> {
        if self.is_empty() { Ok(()) } else { Err(Fault::Trailing) }
    }
}

type Read<'a, T> = fn(&mut Reader<'a>) -> Result<T, Fault>;

/// Items that have been checked and are read again as they are asked for.
pub(crate) struct List<'a, T> {
    bytes: &'a [u8],
    count: usize,
    read: Read<'a, T>,
}

impl<'a, T> List<'a, T> {
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = T> + Clone + use<'a, T> {
        let (mut reader, read) = (Reader::new(self.bytes), self.read);
        (0..self.count).map_while(move |_| read(&mut reader).ok())
    }
}

impl<T> Clone for List<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for List<'_, T> {}

impl<T> fmt::Debug for List<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List").field("count", &self.count).finish_non_exhaustive()
    }
}
