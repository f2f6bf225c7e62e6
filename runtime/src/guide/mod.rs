//! Pages that are longer than the documentation of one item. They hold no code but examples, and know nothing.

#[doc = include_str!("library.md")]
pub mod library {}
