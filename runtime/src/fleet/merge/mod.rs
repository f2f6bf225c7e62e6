//! What all children that ever were have told, as one: `total = what the ended had + what the living have`, in memory that
//! depends on the number of series and of living children, and not on how many there were. It knows no socket.

mod bins;

pub(crate) mod exact;

pub(crate) mod family;

pub(crate) mod gauge;

pub(crate) mod modes;

pub(crate) mod native;

pub(crate) mod value;

pub(crate) mod whole;

pub(crate) mod window;

pub(crate) mod live;

mod health;

mod restored;

#[cfg(test)]
mod tests;

/// A child, by the number that the parent gives it, and one of its series.
pub(crate) type Contributor = (u32, u64);
