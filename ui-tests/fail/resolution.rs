use tachometer::{counted, measured};

struct Index;

impl Index {
    const NAME: &str = "index";

    #[measured(name = Self::NAME)]
    fn constant_of_self(&self) -> &str {
        Self::NAME
    }
}

#[measured(name = missing::NAME)]
fn no_such_constant() {}

#[counted(name = "a_total", labels(absent, kind = missing.kind()))]
fn no_such_argument() {}

#[measured]
fn body() -> Result<u8, u8> {
    missing()
}

fn main() {}
