#![allow(non_camel_case_types)]

use tachometer::ErrorKind;

#[derive(ErrorKind)]
#[error_kind(rename = "a", rename_all = "Snake")]
enum Keys {
    #[error_kind(nestd)]
    A(Inner),
    #[error_kind(result)]
    B,
    #[error_kind(result(error))]
    C,
    #[result(okay)]
    D,
    #[result]
    E,
    #[error_kind(result(ok))]
    #[result(ok)]
    F,
}

#[derive(ErrorKind)]
enum Nested {
    #[error_kind(nested)]
    Unit,
    #[error_kind(nested)]
    Two(Inner, Inner),
    #[error_kind(nested, rename = "a", result(ok))]
    Decided(Inner),
    #[error_kind(nested = true)]
    Valued(Inner),
}

#[derive(ErrorKind)]
enum Inner {
    TimedOut,
    #[error_kind(rename = "timed_out")]
    Slow,
    Timed_out,
}

#[derive(ErrorKind)]
enum Foreign {
    #[error_kind(nested)]
    Io(std::fmt::Error),
}

#[derive(ErrorKind)]
struct Struct;

fn main() {}
