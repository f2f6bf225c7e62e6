//! Expansions name everything from the root.

#![no_implicit_prelude]
#![deny(warnings)]

use ::tachometer::{counted, in_flight, measured, timed};

#[measured]
fn unit() {}

#[counted]
#[timed]
#[in_flight]
fn result(flag: bool) -> ::std::result::Result<bool, ()> {
    if flag { ::std::result::Result::Ok(flag) } else { ::std::result::Result::Err(()) }
}

#[measured(name = "labelled", help = "Help.", labels(flag, text = "x"), result, buckets = [0.1, 1.0])]
async fn labelled(flag: bool) -> ::std::option::Option<bool> {
    ::std::option::Option::Some(flag)
}

#[counted(name = "outer_total", labels(flag), result)]
#[timed(name = "inner_seconds", labels(kind = "x"), crate = ::tachometer)]
async fn nested(flag: bool) -> ::std::result::Result<bool, ()> {
    ::std::result::Result::Ok(flag)
}

#[measured]
fn boxed(early: bool) -> ::std::pin::Pin<::std::boxed::Box<dyn ::std::future::Future<Output = ()>>> {
    if early {
        return ::std::boxed::Box::pin(async {});
    }
    ::std::boxed::Box::pin(async { unit() })
}

#[measured]
fn opaque() -> impl ::std::future::Future<Output = ::std::option::Option<bool>> {
    async { ::std::option::Option::None }
}

struct Failed;

impl ::tachometer::ErrorKind for Failed {
    const KINDS: &'static [&'static str] = &["failed"];

    fn kind(&self) -> &'static str {
        "failed"
    }
}

#[measured(name = "kinds", error_kind)]
fn kinds() -> ::std::result::Result<(), Failed> {
    ::std::result::Result::Err(Failed)
}

#[measured(name = "judged", ok_if = ::std::option::Option::is_some)]
fn judged() -> ::std::option::Option<u8> {
    ::std::option::Option::None
}

#[measured(name = "forms", labels(%a, cap(b, 10), c = cap(%a, 5)))]
fn forms(a: u8, b: &str) {
    let _ = (a, b);
}

#[measured(name = "known", labels(a, b = "x", c = (a)))]
fn known(a: bool) {
    let _ = a;
}

fn main() {
    forms(1, "");
    known(true);
    ::tachometer::time!("block_seconds", unit());
    unit();
    ::std::mem::drop((kinds(), judged()));
    ::std::mem::drop((boxed(true), boxed(false), opaque()));
    ::std::mem::drop((result(true), labelled(true), nested(true)));
}
