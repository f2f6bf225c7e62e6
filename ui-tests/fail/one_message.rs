//! Arguments that only a label uses are no second message beside a mistake.
#![deny(warnings)]

use tachometer::{counted, measured};

#[counted(name = "a_total", nmae = "b", labels(tenant, model = self::name(model), %peer))]
fn one(tenant: &str, model: u8, (peer, _): (u8, ())) {}

fn name(model: u8) -> u8 {
    model
}

#[counted(name = "a_total", labels(tenant model))]
fn unread(tenant: &str, model: &str) {}

#[measured(name = "a", labels(tenant), zoro = false)]
async fn awaited(tenant: String) {}

pub struct Shop;

#[measured(name = "a", labels(tenant), zoro = false)]
impl Shop {
    pub fn sell(&self, tenant: &str) {}
}

fn main() {
    one("", 1, (2, ()));
    unread("", "");
    drop(awaited(String::new()));
    Shop.sell("");
}
