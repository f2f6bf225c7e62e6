use tachometer::{counted, measured};

#[derive(Debug)]
struct Foreign;

#[counted(name = "a_total", error_kind)]
fn names_the_key() -> Result<(), Foreign> {
    Err(Foreign)
}

#[counted(name = "a_total", error_kind = "kind")]
fn text() -> Result<(), Foreign> {
    Err(Foreign)
}

#[counted(error_kind = kind)]
fn no_name() -> Result<(), Foreign> {
    Err(Foreign)
}

fn kind(_: &Foreign) -> &'static str {
    "foreign"
}

#[counted(name = "a_total", error_kind = kind)]
fn no_result() -> u8 {
    5
}

#[counted(name = "a_total", error_kind = kind)]
fn another_error() -> Result<(), u8> {
    Err(5)
}

fn number(_: &Foreign) -> u8 {
    5
}

#[measured(name = "a", error_kind = number)]
async fn no_kind() -> Result<(), Foreign> {
    Err(Foreign)
}

#[counted(name = "a_total", error_kind = |_| "a".to_owned())]
fn closure() -> Result<(), Foreign> {
    Err(Foreign)
}

#[counted(name = "a_total", error_kind = kind, error_if = Result::is_err)]
fn two() -> Result<(), Foreign> {
    Err(Foreign)
}

fn main() {
    let _ = (names_the_key(), text(), no_name(), no_result(), another_error(), closure(), two());
    drop(no_kind());
}
