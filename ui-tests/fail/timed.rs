use tachometer::timed;

#[timed(name = 0.5, help = 1)]
fn numbers() {}

#[timed(labels(a), buckets = [0.1])]
fn needs_name(a: u8) -> u8 {
    a
}

#[timed(name = "a_seconds", result)]
fn no_value() {}

#[timed(result)]
async fn plain() -> (u8, u8) {
    (1, 2)
}

fn main() {
    numbers();
    needs_name(1);
    no_value();
    drop(plain());
}
