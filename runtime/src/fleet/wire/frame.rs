//! Frames: a length, a kind, and a body. It does not look into bodies.

use super::{
    reader::{Fault, Reader},
    writer::Write,
};

/// The version of the protocol, which both sides must speak.
pub(crate) const VERSION: u64 = 1;

/// What a frame begins with: the length of the rest, in 32 bits, the lowest byte first.
pub(crate) const HEADER: usize = 4;

/// The longest first frame.
pub(crate) const MAX_GREETING: usize = 16 << 10;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The child's first frame: what it is.
    Hello,
    /// The child's values.
    State,
    /// The parent's answer to a greeting.
    Welcome,
    /// The parent's answer to a greeting that it does not take, after which it closes the connection.
    Refused,
    /// The parent asks for values now.
    Pull,
}

impl Kind {
    const ALL: [(Self, u8); 5] =
        [(Self::Hello, 1), (Self::State, 2), (Self::Welcome, 17), (Self::Refused, 18), (Self::Pull, 19)];

    fn byte(self) -> u8 {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or(0, |(_, byte)| *byte)
    }

    fn of(byte: u8) -> Result<Self, Fault> {
        Self::ALL.iter().find(|(_, other)| *other == byte).map(|(kind, _)| *kind).ok_or(Fault::Kind)
    }
}

/// A frame: its kind, its body, and how many bytes it takes.
pub(crate) type First<'a> = (Kind, &'a [u8], usize);

/// The first frame of some bytes, if all of it is there.
///
/// # Errors
/// As soon as it is known to be longer than `most`, or of no kind: the rest of it is not waited for.
pub(crate) fn first(bytes: &[u8], most: usize) -> Result<Option<First<'_>>, Fault> {
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER>() else { return Ok(None) };
    let len = usize::try_from(u32::from_le_bytes(*header)).map_err(|_| Fault::Length)?;
    if len == 0 {
        return Err(Fault::Truncated);
    }
    if len > most {
        return Err(Fault::Length);
    }
    let kind = rest.first().map(|byte| Kind::of(*byte)).transpose()?;
    let body = rest.get(1..len);
    Ok(kind.zip(body).map(|(kind, body)| (kind, body, HEADER + len)))
}

/// Appends a frame with the body that `write` appends.
pub(crate) fn append(out: &mut Vec<u8>, kind: Kind, write: impl FnOnce(&mut Vec<u8>)) {
    let begin = out.len();
    out.bytes(&[0; HEADER]);
    out.byte(kind.byte());
    write(out);
    close(out, begin);
}

/// Begins a frame that [`close`] ends; where it begins.
pub(crate) fn open(out: &mut Vec<u8>, kind: Kind) -> usize {
    let begin = out.len();
    out.bytes(&[0; HEADER]);
    out.byte(kind.byte());
    begin
}

/// Puts the length in front of the frame that begins here.
pub(crate) fn close(out: &mut [u8], begin: usize) {
    let len = u32::try_from(out.len() - begin - HEADER).unwrap_or(u32::MAX);
    out[begin..begin + HEADER].copy_from_slice(&len.to_le_bytes());
}

/// What stands before the entries of a child's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct StateHead {
    /// Rises by one with each frame of a connection; one that is not above the last one is ignored.
    pub(crate) sequence: u64,
    /// With this frame all is told that the child knew at one moment.
    pub(crate) is_complete: bool,
    /// The child ends, and nothing was left to tell.
    pub(crate) is_last: bool,
    /// The latest pull that this answers; 0 for none.
    pub(crate) answers: u64,
}

const COMPLETE: u8 = 1;
const LAST: u8 = 2;

impl StateHead {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let (sequence, flags, answers) = (reader.number()?, reader.byte()?, reader.number()?);
        if flags & !(COMPLETE | LAST) != 0 {
            return Err(Fault::Kind);
        }
        Ok(Self { sequence, is_complete: flags & COMPLETE != 0, is_last: flags & LAST != 0, answers })
    }

    /// Marks a head that was written before it was known what comes behind it.
    pub(crate) fn mark(head: &mut [u8], is_complete: bool, is_last: bool) {
        // The flags stand behind the sequence, whose last byte is its first without the upper bit.
        if let Some(last) = head.iter().position(|byte| byte & 0x80 == 0)
            && let Some(flags) = head.get_mut(last + 1)
        {
            *flags = if is_complete { COMPLETE } else { 0 } | if is_last { LAST } else { 0 };
        }
    }

    pub(crate) fn write(self, out: &mut Vec<u8>) {
        out.number(self.sequence);
        out.byte(if self.is_complete { COMPLETE } else { 0 } | if self.is_last { LAST } else { 0 });
        out.number(self.answers);
    }
}
