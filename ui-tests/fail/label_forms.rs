use tachometer::counted;

#[counted(name = "a_total", labels(cap(a), b = cap(), c = cap(a, 1, 2), %a.len(), cap(a.len(), 5), d = %))]
fn forms(_a: &str) {}

fn main() {}
