use tachometer::{Counter, Family, counted};

#[counted(name = "a_total", labels("" = a))]
fn empty(a: bool) -> bool {
    a
}

#[counted(name = "a_total", labels("__a.b" = a))]
fn reserved(a: bool) -> bool {
    a
}

#[counted(name = "a_total", labels("a\nb" = a))]
fn control(a: bool) -> bool {
    a
}

#[counted(name = "a_total", labels("le" = a))]
fn buckets(a: bool) -> bool {
    a
}

#[counted(name = "a_total", labels("a" = a, a = a, "b.c" = a, "b.c" = a, "d.e" =, "f"))]
fn twice(a: bool) -> bool {
    a
}

static FAMILY: Family<Counter, (bool, bool)> = Family::new("b_total", &["a.b", ""]);

fn main() {
    empty(true);
    reserved(true);
    control(true);
    buckets(true);
    twice(true);
    FAMILY.with(true, true);
}
