use tachometer::{counted, measured};

struct Plain;

fn is_fine(value: &u8) -> bool {
    *value == 1
}

#[counted(ok_if = is_fine)]
fn other_type() -> u16 {
    1
}

#[counted(ok_if = |value| value.len())]
fn no_truth() -> String {
    String::new()
}

#[counted(name = "a_total", error_kind)]
fn kindless() -> Result<(), Plain> {
    Err(Plain)
}

#[measured(name = "a", error_kind)]
async fn kindless_future() -> Result<(), Plain> {
    Err(Plain)
}

#[counted(name = "a_total", error_kind)]
fn option() -> Option<Plain> {
    None
}

fn main() {}
