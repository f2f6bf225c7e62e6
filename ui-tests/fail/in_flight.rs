use tachometer::in_flight;

#[in_flight(name = "a_in_flight", result, buckets = [0.1])]
fn refused() -> Option<u8> {
    Some(1)
}

#[in_flight(help = "Help.", labels(a))]
fn needs_name(a: u8) -> u8 {
    a
}

#[in_flight(name = b"bytes")]
fn bytes() {}

fn main() {
    refused();
    needs_name(1);
    bytes();
}
