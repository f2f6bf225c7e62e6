use tachometer::{counted, measured, timed};

struct Response;

#[counted(name = "a_total", result)]
fn nothing() {}

#[counted(name = "a_total", result)]
#[timed(name = "a_seconds", result)]
fn number() -> u64 {
    1
}

#[counted(name = "a_total", result)]
fn reference(text: &str) -> &str {
    text
}

#[counted(name = "a_total", result)]
fn never() -> ! {
    panic!("on purpose")
}

#[measured(name = "a", result)]
fn other_type() -> Response {
    Response
}

#[timed(name = "a_seconds", result)]
async fn other_type_of_future() -> Response {
    Response
}

#[counted(name = "b_total", result)]
fn handed_on<T>(value: T) -> T {
    value
}

fn main() {}
