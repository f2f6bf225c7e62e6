#![allow(non_camel_case_types)]

use tachometer::Label;

#[derive(Label)]
#[label(rename_all = "snake-case", renam_all = "kebab-case", rename_all = "shouting")]
enum Keys {
    #[label(rename)]
    A,
    #[label(renam = "b")]
    B,
    #[label(rename = "")]
    C,
    #[label = "d"]
    D,
}

#[derive(Label)]
enum Data {
    Unit,
    Tuple(u8),
    Named { field: u8 },
}

#[derive(Label)]
enum Twice {
    NotFound,
    Not_Found,
    #[label(rename = "not_found")]
    Missing,
    #[label(rename = "a", rename = "b")]
    Renamed,
}

#[derive(Label)]
enum Generic<T> {
    A,
    B(T),
}

#[derive(Label)]
enum Empty {}

#[derive(Label)]
struct Pair(u8, u8);

#[derive(Label)]
struct Nothing;

#[derive(Label)]
#[label(rename_all = "kebab-case", dispaly)]
struct Cased(u8);

#[derive(Label)]
#[label(display, rename_all = "kebab-case")]
enum Shown {
    A,
}

#[derive(Label)]
struct Renamed(#[label(rename = "a", display = true)] u8);

#[derive(Label)]
union Union {
    field: u8,
}

fn main() {}
