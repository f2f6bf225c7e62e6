//! What twins are made of, and how they are run: each says all that happens to it, and the two traces are compared.
//!
//! The programs that `main.rs` writes depend on this crate. It knows nothing of how a twin is written.

mod compare;
mod futures;
mod trace;
mod values;

pub use self::{
    compare::{Run, Twin, compare, later, now},
    futures::{give, lend, pause, pause_for},
    trace::{at, called, log, odd},
    values::{
        Bits, D, E, Guard, Like, Maybe, Packed, Pair, Shape, Show, Tx, eat, eat_text, fail, fail_with, optional,
        optional_number, sum,
    },
};

/// A `Result` that is not called so.
pub type Checked<T> = Result<T, E>;
