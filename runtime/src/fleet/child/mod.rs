//! The child's side: what it tells, and when. It knows no parent but by its socket.

pub(crate) mod dictionary;

pub(crate) mod member;

pub(crate) mod sender;

pub(crate) mod signal;
