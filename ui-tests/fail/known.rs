use tachometer::{KnownLabels, counted, measured, timed};

static PAIRS: KnownLabels<2> = KnownLabels::new();

#[counted(name = "a_total", known = PAIRS)]
fn no_labels() {}

#[counted(known = PAIRS)]
fn no_name() {}

#[counted(name = "a_total", labels(a), known = PAIRS)]
fn one_label(a: bool) {
    let _ = a;
}

#[measured(name = "a", labels(a, b = cap(a, 5)), known = PAIRS)]
fn limited(a: u8) {
    let _ = a;
}

#[timed(name = "a_seconds", labels(a, b = a), known)]
fn no_value(a: u8) {
    let _ = a;
}

#[timed(name = "a_seconds", labels(a, b = a), known = "PAIRS")]
fn a_text(a: u8) {
    let _ = a;
}

fn main() {
    PAIRS.show([&1]);
    PAIRS.show([&1, &0.5]);
    no_labels();
    no_name();
    one_label(true);
    limited(1);
    no_value(1);
    a_text(1);
}
