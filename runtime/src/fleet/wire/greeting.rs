//! The first frames of a connection: who the child is, and what the parent says to that.

use super::{
    frame::VERSION,
    reader::{Fault, Reader},
    writer::Write,
};

/// What a greeting begins with.
const MAGIC: [u8; 4] = *b"tach";

/// A number that is drawn once, so that no two have the same.
pub(crate) type Id = [u8; 16];

/// Where a child was a member before, so that its totals are not added twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Membership {
    /// The parent's process.
    pub(crate) parent: Id,
    /// The totals, which outlive the parent's process where it keeps a file.
    pub(crate) lineage: Id,
    /// How often these were saved when the child was welcomed.
    pub(crate) saved: u64,
}

/// Who a child is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hello<'a> {
    /// Drawn by the child, once in its life: a pid that is used again is another child.
    pub(crate) incarnation: Id,
    pub(crate) pid: u32,
    pub(crate) role: &'a str,
    pub(crate) slot: u32,
    /// Its last parent, or zeros.
    pub(crate) before: Membership,
}

/// What a child is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Welcome {
    pub(crate) membership: Membership,
    /// Between two frames, in milliseconds.
    pub(crate) interval: u32,
    /// The longest frame, without its header.
    pub(crate) most: u32,
}

impl Membership {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        Ok(Self { parent: reader.array()?, lineage: reader.array()?, saved: reader.number()? })
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.bytes(&self.parent);
        out.bytes(&self.lineage);
        out.number(self.saved);
    }
}

/// The longest role.
pub(crate) const MAX_ROLE: usize = 128;

impl<'a> Hello<'a> {
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, Fault> {
        let mut reader = Reader::new(body);
        if reader.array().ok() != Some(MAGIC) || reader.number()? != VERSION {
            return Err(Fault::Greeting);
        }
        let hello = Self {
            incarnation: reader.array()?,
            pid: reader.small()?,
            role: reader.text()?,
            slot: reader.small()?,
            before: Membership::read(&mut reader)?,
        };
        reader.finish()?;
        if hello.role.len() > MAX_ROLE || hello.role.contains(char::is_control) {
            return Err(Fault::Name);
        }
        Ok(hello)
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.bytes(&MAGIC);
        out.number(VERSION);
        out.bytes(&self.incarnation);
        out.number(self.pid.into());
        out.text(self.role);
        out.number(self.slot.into());
        self.before.write(out);
    }
}

impl Welcome {
    pub(crate) fn read(body: &[u8]) -> Result<Self, Fault> {
        let mut reader = Reader::new(body);
        let membership = Membership::read(&mut reader)?;
        let welcome = Self { membership, interval: reader.small()?, most: reader.small()? };
        reader.finish().map(|()| welcome)
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        self.membership.write(out);
        out.number(self.interval.into());
        out.number(self.most.into());
    }
}
