use tachometer::Labels;

#[derive(Labels)]
#[label(rename = "a")]
struct Keys {
    #[label(renamed = "b")]
    a: u8,
    #[label(rename = b)]
    b: u8,
}

#[derive(Labels)]
struct Twice {
    a: u8,
    b: u8,
    #[label(rename = "a")]
    c: u8,
    #[label(rename = "b")]
    d: u8,
}

#[derive(Labels)]
struct Names {
    le: u8,
    #[label(rename = "a-b")]
    b: u8,
}

#[derive(Labels)]
struct Reserved<T> {
    #[label(rename = "__name")]
    name: T,
}

#[derive(Labels)]
struct Types {
    float: f64,
    list: Vec<u8>,
    text: String,
}

#[derive(Labels)]
struct Tuple(u8);

#[derive(Labels)]
struct Unit;

#[derive(Labels)]
struct Empty {}

#[derive(Labels)]
enum Enum {
    A,
}

fn main() {}
