use std::future::Future;

#[tachometer::measured(name = "waits", items)]
async fn waits() -> u8 {
    1
}

#[tachometer::measured(name = "makes", first_item)]
fn makes() -> impl Future<Output = u8> {
    async { 1 }
}

#[tachometer::measured(name = "asked", items)]
fn asked() -> impl Future<Output = Option<u8>> {
    async { Some(1) }
}

fn main() {}
