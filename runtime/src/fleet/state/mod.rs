//! The totals of a fleet in a file, so that they outlive the parent: what all children have told, and how far each living one
//! had come, so that what it tells next is not added twice. It knows no socket.

pub(crate) mod file;

pub(crate) mod kept;

mod parts;

#[cfg(test)]
mod tests;
