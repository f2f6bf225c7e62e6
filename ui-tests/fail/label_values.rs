//! Values that only display themselves, where a label stands, and others that are none.

use std::net::IpAddr;
use tachometer::{Counter, Displayed, Family, Label, Labels, counted};

#[counted(name = "dialled_total", labels(address))]
fn dial(address: IpAddr) {
    drop(address);
}

#[derive(Labels)]
struct By {
    address: IpAddr,
    share: Option<f64>,
}

#[derive(Label)]
struct Peer(IpAddr);

#[derive(Label)]
struct Mute(#[label(display)] ());

#[derive(Label)]
#[label(display)]
struct Silent;

static FROM: Family<Counter, (IpAddr,)> = Family::new("from_total", &["from"]);
static TEXT: Family<Counter, (String,)> = Family::new("text_total", &["text"]);
static SHOWN: Family<Counter, (Displayed<IpAddr>,)> = Family::new("shown_total", &["shown"]);

fn main() {
    TEXT.with(IpAddr::from([127, 0, 0, 1]));
    SHOWN.with(IpAddr::from([127, 0, 0, 1]));
}
