use tachometer::measured;

#[measured(help = "Help.", labels(a), result, buckets = [0.1])]
fn needs_name(a: u8) -> Option<u8> {
    Some(a)
}

#[measured(name = "a", crate = 1)]
fn wrong_crate() {}

#[measured(name = 1, labels(a))]
fn not_also_without_name(a: u8) -> u8 {
    a
}

#[measured(name = NUMBER)]
fn number_by_path() {}

const NUMBER: u32 = 1;

// The body is the user's; its errors stand where they would without the attribute.
#[measured]
fn wrong_statement() -> u32 {
    let number: u32 = "text";
    number
}

#[measured]
fn no_tail() -> u32 {
    NUMBER;
}

#[measured]
fn wrong_tail() -> Result<u32, String> {
    1
}

#[measured]
async fn wrong_tail_of_future() -> Result<u32, String> {
    1
}

fn main() {}
