//! Every shape of function that the attributes go on.

#![deny(warnings)]

use std::{
    cell::Cell,
    collections::HashMap,
    error::Error,
    fmt,
    future::Future,
    io,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use tachometer::{counted, in_flight, measured, timed};

macro_rules! shape {
    ($(#[$meta:meta])* $vis:vis $name:ident($arg:ident: $ty:ty) -> $ret:ty, $metric:literal, $body:block) => {
        $(#[$meta])*
        #[measured(name = $metric, help = "Made by a macro.", labels(arg = $arg), result)]
        $vis fn $name($arg: $ty) -> $ret $body
    };
}

shape!(
    /// Docs.
    #[must_use]
    pub(crate) by_macro(arg: u64) -> Result<u64, String>, "by_macro", {
        if arg == 0 {
            return Err("zero".to_owned());
        }
        Ok(arg)
    }
);

const NAME: &str = "constant_total";
const BOUNDS: &[f64] = &[0.1, 1.0];
const ARRAY: [f64; 2] = [0.1, 1.0];

mod names {
    pub const SECONDS: &str = "constant_seconds";
}

#[counted(name = NAME)]
#[timed(name = names::SECONDS, buckets = BOUNDS)]
#[in_flight(name = concat!("constant", "_in_flight"))]
fn constants() {}

#[timed(name = "array_seconds", buckets = &ARRAY)]
fn array() {}

#[timed(name = "elements_seconds", buckets = [0.005, BOUNDS[0], 5e1])]
fn elements() {}

#[measured]
fn unit() {}

#[counted]
fn number() -> u64 {
    7
}

#[measured]
fn result(text: &str) -> Result<u64, Box<dyn Error>> {
    let number = text.parse::<u64>()?;
    if number > 10 {
        return Err("too much".into());
    }
    Ok(number)
}

#[measured]
fn alias() -> io::Result<()> {
    Ok(())
}

#[counted(name = "option_total", result)]
fn option(text: &str) -> Option<char> {
    let first = text.chars().next()?;
    Some(first)
}

#[measured]
fn never() -> ! {
    panic!("on purpose")
}

#[measured]
fn generic<T: fmt::Display + ?Sized, const N: usize>(value: &T) -> String
where
    T: fmt::Debug,
{
    let mut text = String::new();
    for _ in 0..N {
        text += &value.to_string();
    }
    text
}

#[measured]
fn arguments(mut count: u64, (a, b): (u8, u8), [first, ..]: [u8; 3], _: bool, r#type: &str) -> u64 {
    count += u64::from(a) + u64::from(b) + u64::from(first) + r#type.len() as u64;
    count
}

#[measured(name = "mutable", result)]
fn mutable(mut text: String, value: &mut Vec<String>) -> Result<&mut String, fmt::Error> {
    text.push('!');
    value.push(text);
    value.last_mut().ok_or(fmt::Error)
}

#[measured]
fn r#match(r#in: u8) -> u8 {
    r#in
}

#[measured(name = "raw", labels(r#type, kind = r#type.len(), r#in = 5_u64))]
fn raw_labels(r#type: &str) -> usize {
    r#type.len()
}

#[measured]
unsafe fn dangerous(pointer: *const u8) -> Result<u8, u8> {
    Ok(unsafe { *pointer })
}

#[measured]
extern "C" fn foreign(number: i32) -> i32 {
    number
}

#[measured]
fn argument_impl(values: impl IntoIterator<Item = u8>) -> Result<u64, u8> {
    Ok(values.into_iter().map(u64::from).sum())
}

#[measured]
fn return_impl<'a>(values: &'a [u8]) -> impl Iterator<Item = u8> + 'a {
    values.iter().copied()
}

#[measured]
fn nested_impl() -> Result<Vec<impl Iterator<Item = Option<u8>>>, (u8, Box<dyn Error>)> {
    Ok(vec![[1].into_iter().map(Some)])
}

#[measured]
fn coerced(flag: bool) -> Result<Box<dyn fmt::Display>, u8> {
    if flag { Ok(Box::new(1)) } else { Err(2) }
}

#[measured]
fn collected() -> Result<Vec<u8>, u8> {
    ["1"].into_iter().map(|text| text.parse().map_err(|_| 0)).collect()
}

#[measured]
fn recursive(depth: u64) -> u64 {
    if depth == 0 { 0 } else { recursive(depth - 1) + 1 }
}

#[measured]
#[track_caller]
fn caller() -> u32 {
    std::panic::Location::caller().line()
}

#[measured]
fn inner_attributes() -> u8 {
    #![allow(unused_variables, clippy::let_unit_value)]
    //! Inner documentation.
    let unused = 1;
    2
}

#[derive(Debug, PartialEq)]
enum Shadow {
    Result,
    Vec,
}

#[measured]
fn shadowing(flag: bool) -> Result<Vec<Shadow>, Shadow> {
    use Shadow::*;
    #[allow(non_local_definitions, dead_code)]
    struct String;
    if flag { Ok([Vec, Result].into()) } else { Err(Result) }
}

#[cfg_attr(all(), measured)]
#[cfg_attr(all(), doc = "Conditional.")]
fn conditional(#[cfg(all())] present: u8, #[cfg(any())] absent: u8) -> u8 {
    present
}

#[cfg(any())]
#[measured]
fn removed() {
    no_such_function()
}

#[counted(name = "outer_total", labels(flag), result)]
#[timed(name = "middle_seconds", labels(kind = "x"))]
#[in_flight]
#[counted(name = "second_total", result)]
fn stacked(flag: bool) -> Result<u8, u8> {
    if flag { Ok(1) } else { Err(1) }
}

#[counted]
#[doc = "Between."]
#[inline]
#[tachometer::timed]
#[tachometer::in_flight]
fn merged() {}

#[derive(Default)]
struct Index<T> {
    entries: HashMap<String, T>,
    model: String,
    reads: Cell<u64>,
}

impl<T: Clone + Default> Index<T> {
    #[measured]
    fn new() -> Self {
        Self { entries: HashMap::new(), model: "m".into(), reads: Cell::new(0) }
    }

    #[measured(name = "index_get", labels(model = self.model, tenant, deep = self.entries.len()), result)]
    fn get(&self, tenant: &str) -> Option<&T> {
        self.reads.set(self.reads.get() + 1);
        self.entries.get(tenant)
    }

    #[measured(name = "index_slot", result)]
    fn slot(&mut self, tenant: &str) -> Result<&mut T, Self>
    where
        Self: Sized,
    {
        Ok(self.entries.entry(tenant.to_owned()).or_default())
    }

    #[measured]
    fn into_model(self) -> Result<String, ()> {
        Ok(self.model)
    }

    #[measured]
    fn boxed(self: Box<Self>) -> u64 {
        self.reads.get()
    }

    #[measured(name = "index_fetch", labels(tenant, model = self.model), result)]
    async fn fetch(&mut self, tenant: String) -> Result<&mut T, Box<dyn Error>> {
        ready().await;
        drop(tenant);
        self.entries.get_mut("x").ok_or_else(|| "absent".into())
    }
}

trait Store {
    #[measured]
    fn put(&mut self, value: u8) -> Result<(), u8> {
        self.keep(value);
        Ok(())
    }

    fn keep(&mut self, value: u8);

    #[measured]
    #[allow(async_fn_in_trait)]
    async fn flush(&mut self) -> Result<(), u8> {
        ready().await;
        self.put(1)
    }
}

impl Store for Vec<u8> {
    #[counted]
    fn keep(&mut self, value: u8) {
        self.push(value);
    }
}

async fn ready() {}

#[measured]
async fn future() {
    ready().await;
}

#[measured]
async fn future_result(number: u8) -> Result<u8, Box<dyn Error + Send + Sync>> {
    ready().await;
    if number == 0 {
        return Err("zero".into());
    }
    Ok(number)
}

#[measured]
async fn future_never() -> ! {
    ready().await;
    panic!("on purpose")
}

#[measured]
async fn future_pinned() -> Result<Pin<Box<dyn Future<Output = u8> + Send>>, u8> {
    Ok(Box::pin(async { 1 }))
}

#[measured]
async fn future_impl(values: &[u8]) -> Result<Vec<impl Iterator<Item = u8> + use<'_>>, u8> {
    ready().await;
    Ok(vec![values.iter().copied()])
}

#[measured]
async fn future_of_future() -> impl Future<Output = u8> {
    async { 1 }
}

#[measured]
async unsafe fn future_unsafe(pointer: *const u8) -> u8 {
    unsafe { *pointer }
}

#[measured(name = "recursion", labels(depth), result)]
async fn future_recursive(depth: u64) -> Result<u64, String> {
    if depth == 0 {
        return Ok(0);
    }
    Ok(Box::pin(future_recursive(depth - 1)).await? + 1)
}

#[counted(name = "future_outer_total", labels(name), result)]
#[timed(name = "future_inner_seconds", labels(len = name.len()))]
#[in_flight]
async fn future_stacked<'a, T: AsRef<str>>(name: &'a str, other: T, cell: Cell<u8>) -> Option<&'a str> {
    ready().await;
    cell.set(1);
    (other.as_ref() == name).then_some(name)
}

fn assert_send<T: Send>(value: T) -> T {
    value
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

fn main() {
    assert_eq!(by_macro(3), Ok(3));
    (constants(), array(), elements(), unit(), merged());
    assert_eq!((number(), result("5").unwrap(), option("x")), (7, 5, Some('x')));
    assert!(result("x").is_err() && result("11").is_err() && alias().is_ok());
    assert_eq!(generic::<str, 2>("a"), "aa");
    assert_eq!(arguments(1, (2, 3), [4, 0, 0], true, "five"), 14);
    assert_eq!(mutable("a".into(), &mut Vec::new()).unwrap(), "a!");
    assert_eq!((r#match(1), raw_labels("ab"), foreign(3), recursive(4)), (1, 2, 3, 4));
    assert_eq!(unsafe { dangerous(&5) }, Ok(5));
    assert_eq!(argument_impl([1, 2]), Ok(3));
    assert_eq!(return_impl(&[1, 2]).count(), 2);
    assert_eq!((nested_impl().ok().unwrap().len(), collected()), (1, Ok(vec![1])));
    assert!(coerced(true).is_ok() && coerced(false).is_err());
    assert_eq!(caller(), line!());
    assert_eq!(inner_attributes(), 2);
    assert_eq!(shadowing(true), Ok(vec![Shadow::Vec, Shadow::Result]));
    assert!(shadowing(false).is_err());
    assert_eq!((conditional(1), stacked(true), stacked(false)), (1, Ok(1), Err(1)));
    assert!(std::panic::catch_unwind(|| never()).is_err());

    let mut index = Index::<u8>::new();
    assert_eq!(index.get("a"), None);
    *index.slot("a").ok().unwrap() = 3;
    assert!(block_on(assert_send(index.fetch("t".into()))).is_err());
    assert_eq!(index.into_model(), Ok("m".to_owned()));
    assert_eq!(Box::new(Index::<u8>::default()).boxed(), 0);
    assert_eq!(block_on(Vec::new().flush()), Ok(()));

    block_on(assert_send(future()));
    assert_eq!(block_on(assert_send(future_result(1))).unwrap(), 1);
    assert!(block_on(future_result(0)).is_err());
    assert!(std::panic::catch_unwind(|| block_on(future_never())).is_err());
    assert_eq!(block_on(block_on(assert_send(future_pinned())).unwrap()), 1);
    assert_eq!(block_on(assert_send(future_impl(&[1]))).unwrap().len(), 1);
    assert_eq!(block_on(block_on(future_of_future())), 1);
    assert_eq!(block_on(unsafe { future_unsafe(&5) }), 5);
    assert_eq!(block_on(assert_send(future_recursive(3))), Ok(3));
    assert_eq!(block_on(assert_send(future_stacked("a", "a", Cell::new(0)))), Some("a"));
}
