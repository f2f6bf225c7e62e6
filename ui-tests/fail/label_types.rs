use tachometer::{measured, timed};

struct Opaque;

#[measured(name = "a", labels(text, opaque, float = 1.5, reference = &opaque))]
fn synchronous(text: &str, opaque: Opaque) -> usize {
    drop(opaque);
    text.len()
}

#[timed(name = "a_seconds", labels(list = values.iter()))]
async fn asynchronous(values: Vec<u8>) -> usize {
    values.len()
}

fn main() {}
