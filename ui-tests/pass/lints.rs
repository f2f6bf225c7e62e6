//! Expansions trip no lint, and hide none that the user's own code deserves.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    unreachable_pub,
    unused,
    unused_qualifications,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    let_underscore_drop,
    unused_lifetimes,
    unused_results,
    rust_2018_idioms,
    keyword_idents_2024,
    tail_expr_drop_order
)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]

use std::{cell::RefCell, future::Future, pin::Pin};

use tachometer::{counted, in_flight, measured, timed};

#[measured]
fn unit() {}

#[measured]
fn statement() {
    unit();
}

#[measured]
fn result(flag: bool) -> Result<u8, String> {
    if flag {
        return Err("flag".to_owned());
    }
    Ok(1)
}

#[counted]
#[timed]
#[in_flight]
async fn asynchronous(flag: bool) -> Result<u8, String> {
    let value = result(flag)?;
    Ok(value)
}

#[measured]
async fn asynchronous_unit() {
    drop(asynchronous(true).await);
}

#[measured(name = "labelled", help = "Help.", labels(flag = *flag, text, length = text.len(), sum = 1_u64 + 2), result)]
fn labelled(flag: &u128, text: &str) -> Option<usize> {
    (*flag > 0).then_some(text.len())
}

#[measured(name = "labelled_future", labels(text, flag = (flag)), result)]
async fn labelled_future(text: &str, flag: bool) -> Option<usize> {
    flag.then_some(text.len())
}

#[timed(name = "native_seconds", buckets = native(schema = 4))]
fn native() {}

#[timed(name = "bounded_seconds", buckets = [0.1, 1.0])]
fn bounded() -> usize {
    RefCell::new(vec![1]).into_inner().len()
}

#[measured]
fn tail(values: &RefCell<Vec<u8>>) -> usize {
    values.borrow().len()
}

#[measured]
#[expect(dead_code)]
fn never_called() {}

#[measured]
#[expect(unused_variables)]
fn unused_argument(argument: u8) {
    #[expect(unused_mut)]
    let mut value = 1_u8;
    assert_eq!(value, 1);
}

#[measured]
#[expect(unused_variables)]
async fn unused_argument_of_future(argument: u8) -> Result<u8, u8> {
    Err(1)
}

#[measured]
async fn for_ever() -> ! {
    core::future::pending().await
}

#[measured]
async fn panics(flag: bool) -> Result<u8, u8> {
    if flag { panic!("on purpose") } else { unreachable!("on purpose") }
}

#[measured]
fn diverges() -> Result<u8, u8> {
    panic!("on purpose")
}

#[measured]
fn boxed(flag: bool) -> Pin<Box<dyn Future<Output = Result<u8, u8>> + Send>> {
    let value = u8::from(flag);
    Box::pin(async move {
        if flag {
            return Err(value);
        }
        asynchronous_unit().await;
        Ok(value)
    })
}

#[measured]
fn boxed_again(flag: bool) -> Pin<Box<dyn Future<Output = Result<u8, u8>> + Send>> {
    if flag {
        return boxed(flag);
    }
    Box::pin(async move { Ok(1) })
}

#[measured(name = "opaque", labels(text), result)]
fn opaque(text: &str) -> impl Future<Output = Option<usize>> + Send {
    let length = text.len();
    async move {
        let value = boxed_again(length > 1).await.ok()?;
        Some(usize::from(value))
    }
}

#[measured(name = "judged", ok_if = |value| *value > 1)]
fn judged(value: u8) -> u8 {
    value
}

#[timed(error_if = Option::is_none, name = "judged_seconds")]
async fn judged_future(value: u8) -> Option<u8> {
    Some(value)
}

struct Failed;

impl tachometer::ErrorKind for Failed {
    const KINDS: &'static [&'static str] = &["failed"];

    fn kind(&self) -> &'static str {
        "failed"
    }
}

#[measured(name = "kinds", error_kind)]
fn kinds(value: u8) -> Result<u8, Failed> {
    value.checked_sub(1).ok_or(Failed)
}

#[counted(name = "kinds_of_futures_total", error_kind)]
async fn kinds_of_futures(value: u8) -> Result<u8, Failed> {
    kinds(value)
}

#[measured(name = "forms", labels(%length, cap(text, 10), long = length > 3.0, cap = cap(%length, 2)), as_is)]
fn forms(text: &str, length: f32) -> usize {
    assert!(length > 0.0);
    tachometer::time!("forms_inner_seconds", text.len())
}

#[counted(name = "known_total", labels(flag, kind = "x", same = kind() == "x"))]
fn known(flag: bool) -> bool {
    flag
}

const fn kind() -> &'static str {
    "x"
}

#[measured(name = "polls", labels(text, length = text.len()), poll, result)]
#[timed(poll)]
async fn polls(text: &str) -> Option<usize> {
    asynchronous_unit().await;
    Some(text.len())
}

/// An error that is large, where a trait leaves no choice.
#[derive(Debug)]
struct Large([u8; 200]);

impl std::str::FromStr for Failed {
    type Err = Large;

    #[measured]
    fn from_str(text: &str) -> Result<Self, Large> {
        if text.len() > 3 { Ok(Self) } else { Err(Large([0; 200])) }
    }
}

/// Has an order and is copied as clippy would have it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Ordered(u8);

#[measured]
impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[measured]
impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

fn main() {
    assert!("text".parse::<Failed>().is_ok() && "no".parse::<Failed>().is_err_and(|large| large.0.len() > 3));
    assert!(Ordered(1) < Ordered(2));
    drop(polls("text"));
    assert_eq!((forms("text", 1.0), known(true)), (4, true));
    drop((judged_future(judged(1)), kinds_of_futures(1)));
    let _: [fn() -> Result<u8, u8>; 1] = [diverges];
    drop((for_ever(), panics(true), unused_argument_of_future(1)));
    drop(opaque("text"));
    statement();
    assert!(result(false).is_ok());
    drop((asynchronous(true), asynchronous_unit(), labelled_future("text", true)));
    native();
    assert_eq!((labelled(&1, "text"), bounded(), tail(&RefCell::default())), (Some(4), 1, 0));
    unused_argument(1);
}
