use tachometer::time;

const NAME: &str = "wait_ms";

fn main() {
    time!("bad name", ());
    time!(NAME, ());
    time!(5, ());
    let _: u8 = time!("x_seconds", "text");
}
