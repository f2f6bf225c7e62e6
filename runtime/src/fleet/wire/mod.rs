//! What parent and children send each other: frames, each with its length in front. It opens no socket and knows no store.
//!
//! `docs/FLEET.md` describes the bytes, so that another language can speak them. All that is read is checked before
//! anything is made of it: a list is as long as its bytes allow, so that no number in a frame decides how much is allocated.

pub(crate) mod entry;

pub(crate) mod frame;

pub(crate) mod greeting;

pub(crate) mod reader;

pub(crate) mod writer;

#[cfg(test)]
mod tests;
