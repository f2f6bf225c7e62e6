use tachometer::{counted, in_flight, measured, timed};

#[counted(nmae = "x_total", label(a), results)]
fn misspelt() {}

#[timed(bukets = [0.1, 1.0], hlep = "Help.", krate = tachometer)]
fn more_of_them() {}

#[in_flight(bucket = [0.1])]
fn not_here() {}

#[measured(skip, unit = "bytes", level::debug, name = "x")]
fn foreign_keys() {}

#[measured(, name = "x")]
fn leading_comma() {}

fn main() {
    misspelt();
    more_of_them();
    not_here();
    foreign_keys();
    leading_comma();
}
