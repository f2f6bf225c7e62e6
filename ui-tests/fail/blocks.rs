use tachometer::{counted, measured, skip};

struct Index;

#[measured(labels(key), nmae = "index", function = "x", result = true)]
#[counted]
impl Index {
    fn get(&self, key: u8) -> u8 {
        key
    }

    fn put(&mut self, key: u8) -> u8 {
        key
    }

    #[counted(function = "x", name = "own_total")]
    fn own(&self) {}
}

#[measured]
impl Index {
    #[counted(buckets = [1.0])]
    const fn constant(&self) {}

    #[skip]
    #[counted(nmae = "x")]
    fn skipped(&self) {}
}

#[measured]
unsafe impl Send for Index {}

#[skip(always)]
fn skip_with_arguments() {}

fn main() {
    let mut index = Index;
    index.put(1);
    index.get(1);
    index.own();
    index.constant();
    index.skipped();
    skip_with_arguments();
}
