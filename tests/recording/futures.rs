//! Functions that return futures: the future is the call, whatever form it has.

use std::{
    cell::Cell,
    future::{Future, ready},
    pin::Pin,
    rc::Rc,
    task::{Context, Waker},
};

use async_trait::async_trait;
use tachometer::{counted, measured};

use super::{counter, endings, finish, gauge, histogram, installed, later};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type LocalBoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

fn assert_send<T: Send>(value: T) -> T {
    value
}

struct Shop<'a> {
    prepared: &'a Cell<u32>,
}

impl Shop<'_> {
    /// The statements before the box belong to whoever calls the function.
    #[measured(name = "boxed", result)]
    fn boxed(&self, fails: bool) -> Pin<Box<dyn Future<Output = Result<u8, String>> + '_>> {
        use std::boxed::Box as Container;
        let reason = "asked to".to_owned();
        self.prepared.set(self.prepared.get() + 1);
        let _ = Container::new(1);
        Box::pin(async move {
            later().await;
            if fails {
                return Err(reason);
            }
            Ok(1)
        })
    }

    #[measured(name = "local", labels(fails), error_if = Option::is_none)]
    fn local(&self, fails: bool) -> LocalBoxFuture<'_, Option<u8>> {
        if fails {
            return Box::pin(ready(None));
        }
        self.prepared.set(self.prepared.get() + 1);
        Box::pin(async { Some(1) })
    }
}

#[test]
fn a_boxed_future_is_the_call_and_its_making_is_not() {
    let telemetry = installed();
    let prepared = Cell::new(0);
    let shop = Shop { prepared: &prepared };
    let call = shop.boxed(false);
    assert_eq!(prepared.get(), 1, "what stands before the future runs at once");
    drop(call);
    assert_eq!(endings(&telemetry.snapshot(), "boxed_total"), [0, 0, 0, 0], "it was never polled");

    assert_eq!(finish(shop.boxed(false)), Ok(1));
    assert_eq!(finish(shop.boxed(true)), Err("asked to".to_owned()));
    let mut call = shop.boxed(false);
    assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert_eq!(gauge(&telemetry.snapshot(), "boxed_in_flight", &[]), 1.0);
    drop(call);
    let snapshot = telemetry.snapshot();
    assert_eq!(endings(&snapshot, "boxed_total"), [1, 1, 0, 1]);
    assert_eq!(histogram(&snapshot, "boxed_duration_seconds", &[]).0, 3);
}

#[test]
fn an_early_return_of_a_boxed_future_is_watched_too() {
    let telemetry = installed();
    let prepared = Cell::new(0);
    let shop = Shop { prepared: &prepared };
    assert_eq!((finish(shop.local(false)), finish(shop.local(true))), (Some(1), None));
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "local_total", &[("fails", "false"), ("result", "ok")]), 1);
    assert_eq!(counter(&snapshot, "local_total", &[("fails", "true"), ("result", "error")]), 1);
}

#[measured]
fn sendable(text: &str) -> BoxFuture<'_, std::io::Result<Box<dyn std::fmt::Display>>> {
    Box::pin(async move {
        later().await;
        let number: u8 = text.parse().map_err(std::io::Error::other)?;
        Ok(Box::new(number))
    })
}

#[measured(name = "opaque", labels(length = text.len()), result)]
fn opaque(text: String) -> impl Future<Output = Result<u8, std::num::ParseIntError>> + Send {
    let copy = text.clone();
    async move {
        drop(text);
        later().await;
        let number = copy.parse()?;
        Ok(number)
    }
}

#[measured(name = "chosen", error_if = Option::is_none)]
fn chosen(early: bool) -> impl Future<Output = Option<u8>> {
    if early {
        return ready(None);
    }
    ready(Some(2))
}

#[test]
fn futures_stay_send_and_an_opaque_one_is_the_call() {
    let telemetry = installed();
    assert_eq!(finish(assert_send(sendable("7"))).expect("a number").to_string(), "7");
    assert!(finish(assert_send(sendable("x"))).is_err());
    assert_eq!(finish(assert_send(opaque("12".to_owned()))), Ok(12));
    assert!(finish(opaque("x".to_owned())).is_err());
    assert_eq!((finish(chosen(true)), finish(chosen(false))), (None, Some(2)));

    let snapshot = telemetry.snapshot();
    let labels = |result| [("function", "sendable"), ("module", "integration::recording::futures"), ("result", result)];
    assert_eq!(counter(&snapshot, "function_calls_total", &labels("ok")), 1);
    assert_eq!(counter(&snapshot, "function_calls_total", &labels("error")), 1);
    assert_eq!(counter(&snapshot, "opaque_total", &[("length", "2"), ("result", "ok")]), 1);
    assert_eq!(counter(&snapshot, "opaque_total", &[("length", "1"), ("result", "error")]), 1);
    assert_eq!(endings(&snapshot, "chosen_total"), [1, 1, 0, 0]);
}

/// What is in stock.
#[async_trait]
trait Stock {
    async fn take(&mut self, count: u32) -> Result<u32, String>;

    #[measured(name = "default_method", error_if = Option::is_none)]
    async fn default_method(&self) -> Option<u8> {
        later().await;
        None
    }
}

/// The attribute above `async_trait` sees `async fn`.
struct Above(u32);

/// The attribute on the method below it sees a boxed future.
struct Below(u32);

#[async_trait]
impl Stock for Above {
    #[measured(name = "take", labels(left = self.0, count), result)]
    async fn take(&mut self, count: u32) -> Result<u32, String> {
        later().await;
        self.0 = self.0.checked_sub(count).ok_or("too few")?;
        Ok(self.0)
    }
}

#[async_trait]
impl Stock for Below {
    #[counted(name = "below_total", labels(left = self.0), result)]
    async fn take(&mut self, count: u32) -> Result<u32, String> {
        if count > self.0 {
            return Err("too few".to_owned());
        }
        self.0 -= count;
        Ok(self.0)
    }
}

/// Nothing of it is `Send`.
#[async_trait(?Send)]
trait LocalStock {
    async fn count(&self, own: Rc<u8>) -> Option<u8>;
}

#[async_trait(?Send)]
impl LocalStock for Above {
    #[measured(name = "count", error_if = Option::is_none)]
    async fn count(&self, own: Rc<u8>) -> Option<u8> {
        later().await;
        Some(*own)
    }
}

#[test]
fn methods_of_async_traits_are_calls() {
    let telemetry = installed();
    let mut above = Above(3);
    assert_eq!(finish(assert_send(above.take(2))), Ok(1));
    assert_eq!(finish(above.take(2)), Err("too few".to_owned()));
    assert_eq!(finish(Below(1).take(1)), Ok(0));
    assert_eq!(finish(Below(1).take(2)), Err("too few".to_owned()));
    assert_eq!(finish(above.default_method()), None);
    assert_eq!(finish(above.count(Rc::new(4))), Some(4));

    let snapshot = telemetry.snapshot();
    let labels = |left, result| [("left", left), ("count", "2"), ("result", result)];
    assert_eq!(counter(&snapshot, "take_total", &labels("3", "ok")), 1);
    assert_eq!(counter(&snapshot, "take_total", &labels("1", "error")), 1);
    assert_eq!(counter(&snapshot, "below_total", &[("left", "1"), ("result", "ok")]), 1);
    assert_eq!(counter(&snapshot, "below_total", &[("left", "1"), ("result", "error")]), 1);
    assert_eq!(endings(&snapshot, "default_method_total"), [0, 1, 0, 0]);
    assert_eq!(endings(&snapshot, "count_total"), [1, 0, 0, 0]);
}

/// What `async_trait` up to 0.1.43 made of a method: an `async fn` inside, called in the box.
#[measured(name = "inner", result)]
fn inner<'life, 'async_trait>(
    text: &'life str,
) -> Pin<Box<dyn Future<Output = Result<u8, String>> + Send + 'async_trait>>
where
    'life: 'async_trait,
{
    async fn __inner(text: &str) -> Result<u8, String> {
        later().await;
        if text.is_empty() {
            return Err("empty".to_owned());
        }
        Ok(1)
    }
    Box::pin(__inner(text))
}

/// Methods of traits without any help.
trait Fetch {
    fn opaque(&self) -> impl Future<Output = Result<u8, ()>> + Send;

    async fn native(&self) -> Result<u8, ()>;
}

impl Fetch for u8 {
    #[measured(name = "opaque_method", result)]
    fn opaque(&self) -> impl Future<Output = Result<u8, ()>> + Send {
        async move { Ok(*self) }
    }

    #[measured(name = "native_method", result)]
    async fn native(&self) -> Result<u8, ()> {
        Err(())
    }
}

#[test]
fn methods_that_other_macros_or_the_language_make_futures_of_are_calls() {
    let telemetry = installed();
    assert_eq!(finish(assert_send(inner("x"))), Ok(1));
    assert_eq!(finish(inner("")), Err("empty".to_owned()));
    assert_eq!(finish(assert_send(5_u8.opaque())), Ok(5));
    assert_eq!(finish(5_u8.native()), Err(()));
    let snapshot = telemetry.snapshot();
    assert_eq!(endings(&snapshot, "inner_total"), [1, 1, 0, 0]);
    assert_eq!(endings(&snapshot, "opaque_method_total"), [1, 0, 0, 0]);
    assert_eq!(endings(&snapshot, "native_method_total"), [0, 1, 0, 0]);
}

#[test]
fn a_boxed_future_grows_by_at_most_64_bytes() {
    #[measured(name = "grown", result)]
    fn grown() -> impl Future<Output = Result<u8, String>> {
        async {
            ready(()).await;
            Ok(1)
        }
    }
    async fn plain() -> Result<u8, String> {
        ready(()).await;
        Ok(1)
    }
    let growth = size_of_val(&grown()) - size_of_val(&plain());
    assert!(growth <= 64, "it grew by {growth} bytes");
}
