use tachometer::{counted, measured};

#[counted(crate = ::missing)]
fn no_such_crate() {}

#[measured(name = "a", labels(kind), result, crate = nowhere)]
async fn no_such_module(kind: u8) -> Result<u8, u8> {
    Ok(kind)
}

#[measured(crate = tachometer::metric)]
fn another_module() -> u8 {
    1
}

struct Index;

#[measured(crate = missing::tachometer)]
impl Index {
    fn find(&self) {}
}

fn main() {}
