//! A library that annotates and leaves the rest to programs. It installs nothing and knows no recorder.

use std::{fmt::Display, str::FromStr};

use tachometer::{counted, measured};

/// What expansions in other crates name.
pub use tachometer as telemetry;

pub mod unseen;

/// A function that the program calls.
///
/// # Errors
/// If the text is empty.
#[measured(name = "annotated_scan", result)]
pub fn scan(text: &str) -> Result<usize, String> {
    if text.is_empty() { Err("nothing to scan".to_owned()) } else { Ok(text.len()) }
}

/// A generic function that the program calls with two types.
#[counted(name = "annotated_parse_total", result)]
pub fn parse<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

/// A generic function that nobody calls, so that no instance of it is compiled.
#[counted(name = "annotated_never_total")]
pub fn never_called<T: Display>(value: &T) -> String {
    value.to_string()
}

/// A function that the compiler may copy into other crates.
#[inline]
#[counted(name = "annotated_inline_total")]
pub fn inline() {}

/// A trait with something to inherit.
pub trait Shelf {
    /// A method that every shelf has.
    #[counted(name = "annotated_shelf_total")]
    fn dust(&self) {}
}

/// Something generic.
#[derive(Debug)]
pub struct Store<T, const N: usize>(pub [T; N]);

impl<T, const N: usize> Shelf for Store<T, N> {}

#[measured]
impl<T: Clone, const N: usize> Store<T, N> {
    /// The first thing in it.
    pub async fn first(&self) -> Option<T> {
        self.0.first().cloned()
    }
}

/// Makes an annotated function in the crate that calls it, which need not depend on tachometer.
#[macro_export]
macro_rules! annotated {
    ($name:ident, $metric:literal) => {
        #[$crate::telemetry::counted(name = $metric, crate = $crate::telemetry)]
        fn $name() {}
    };
}
