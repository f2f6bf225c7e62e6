use tachometer::{Label, counted, measured};

#[derive(Label)]
enum Many {
    A,
    B,
    C,
    D,
    E,
    F,
    G,
}

#[counted(name = "a_total", labels(a, b, c = "x", d))]
fn too_many(a: Many, b: Many, d: &Many) {}

#[counted(name = "b_total", labels(a, b, d), zero = false)]
fn allowed(a: Many, b: Many, d: Many) {}

#[measured(name = "c", labels(cap(a, 0)))]
fn no_value(a: &str) {}

#[counted(name = "d_total", labels(%a, b = cap(b, "x")))]
fn no_display(a: Many, b: f64) {}

fn main() {}
