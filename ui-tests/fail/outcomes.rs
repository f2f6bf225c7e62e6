use tachometer::{counted, in_flight, measured, timed};

#[counted(ok_if = is_fine, error_if = |value| *value == 1)]
fn two_judges() -> u8 {
    1
}

#[measured(name = "a", error_kind, ok_if = Result::is_ok)]
fn kind_and_judge() -> Result<(), ()> {
    Ok(())
}

#[counted(error_kind)]
fn kind_without_name() -> Result<(), ()> {
    Ok(())
}

#[timed(ok_if = is_fine)]
fn shared_histogram() -> u8 {
    1
}

#[in_flight(error_kind)]
fn in_flight_kind() -> Result<(), ()> {
    Ok(())
}

#[counted(ok_if = 5, error_if, error_kind = true)]
fn values() -> u8 {
    1
}

#[counted(ok_if = is_fine)]
fn nothing() {}

#[counted(name = "a_total", error_kind)]
fn plain() -> u8 {
    1
}

#[counted(name = "a_total", labels(error = 1), error_kind)]
fn label() -> Result<(), ()> {
    Ok(())
}

fn main() {}
