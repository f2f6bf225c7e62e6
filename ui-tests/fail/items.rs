use tachometer::{counted, in_flight, measured, timed};

#[counted]
#[timed]
struct Struct {
    field: u8,
}

#[timed]
enum Enum {
    Variant,
}

impl Struct {
    fn method(&self) -> u8 {
        self.field
    }
}

#[in_flight]
mod module {
    pub use std::process::id as function;
}

#[counted(nmae = "x")]
pub trait Trait {
    #[counted]
    fn required(&self);

    #[measured]
    #[timed]
    fn provided(&self) {}
}

#[timed]
const CONSTANT: u8 = 1;

#[counted]
#[in_flight]
const fn constant(number: u8) -> u8 {
    number
}

unsafe extern "C" {
    #[counted]
    fn foreign();
}

impl Trait for Struct {
    #[counted]
    fn required(&self) {}
}

fn main() {
    let value = Struct { field: CONSTANT };
    value.method();
    value.required();
    module::function();
    let _ = (Enum::Variant, const { constant(1) });
    unsafe { foreign() };
}
