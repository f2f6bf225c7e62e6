//! Functions that return a future by whatever name: the call is the future, or an error of the compiler, or left alone.

use std::{
    future::{Future, ready},
    pin::{Pin, pin},
    rc::Rc,
    str::FromStr,
    task::{Context, Waker},
};

use tachometer::{counted, measured, timed};

use super::{counter, endings, finish, histogram, installed, later};

fn begin(future: Pin<&mut (impl Future + ?Sized)>) {
    assert!(future.poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

fn calls(snapshot: &tachometer::Snapshot, function: &str) -> [Option<u64>; 4] {
    ["ok", "error", "panicked", "cancelled"].map(|result| {
        let labels = [("function", function), ("module", "integration::recording::followed"), ("result", result)];
        snapshot.get("function_calls_total", &labels)?;
        Some(counter(snapshot, "function_calls_total", &labels))
    })
}

trait Service<R> {
    type Error;
    type Future: Future<Output = Result<u8, Self::Error>>;

    fn call(&mut self, request: R) -> Self::Future;
}

type Answer<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

struct Desk;

struct Till;

#[measured]
impl Service<bool> for Desk {
    type Error = &'static str;
    type Future = Answer<u8, &'static str>;

    fn call(&mut self, closed: bool) -> Self::Future {
        if closed {
            return Box::pin(ready(Err("closed")));
        }
        Box::pin(async {
            later().await;
            Ok(1)
        })
    }
}

impl Service<bool> for Till {
    type Error = &'static str;
    type Future = Answer<u8, Self::Error>;

    #[measured(name = "cash_desk", labels(closed), result, poll)]
    fn call(&mut self, closed: bool) -> Self::Future {
        Box::pin(async move {
            later().await;
            if closed { Err("closed") } else { Ok(1) }
        })
    }
}

#[test]
fn the_future_of_a_service_is_the_call() {
    let telemetry = installed();
    assert_eq!(finish(Desk.call(false)), Ok(1));
    assert_eq!(finish(Desk.call(true)), Err("closed"));
    assert_eq!((finish(Till.call(false)), finish(Till.call(true))), (Ok(1), Err("closed")));
    let mut call = Till.call(false);
    begin(call.as_mut());
    drop(call);
    drop(Till.call(false));

    let snapshot = telemetry.snapshot();
    assert_eq!(calls(&snapshot, "Desk::call"), [Some(1), Some(1), Some(0), Some(0)]);
    let till = |closed, result| counter(&snapshot, "cash_desk_total", &[("closed", closed), ("result", result)]);
    assert_eq!((till("false", "ok"), till("true", "error"), till("false", "cancelled")), (1, 1, 1));
    assert_eq!(counter(&snapshot, "cash_desk_polls_total", &[("closed", "false")]), 3);
}

type Named<T> = Pin<Box<dyn Future<Output = Result<T, u8>> + Send>>;
type BoxFuture<T> = Named<T>;
type Local<T> = Pin<Box<dyn Future<Output = T>>>;
type Movable<'a, T> = Box<dyn Future<Output = T> + Unpin + 'a>;

#[measured(name = "other_parameters", result)]
fn other_parameters(fails: bool) -> BoxFuture<u8> {
    Box::pin(async move { if fails { Err(1) } else { Ok(1) } })
}

#[measured(name = "movable")]
fn movable(text: &str) -> Movable<'_, usize> {
    Box::new(ready(text.len()))
}

#[measured(name = "local_box", result)]
#[expect(clippy::let_and_return, reason = "a box that is not made at the end")]
fn local_box(own: Rc<u8>) -> Local<Option<Result<Rc<u8>, ()>>> {
    let future = async move { Some(Ok(own)) };
    let boxed = Box::pin(future);
    boxed
}

#[measured(name = "held", result)]
fn held(fails: bool) -> Result<Named<u8>, String> {
    if fails {
        return Err("at once".to_owned());
    }
    Ok(Box::pin(async {
        later().await;
        Err(7)
    }))
}

#[test]
fn boxes_are_followed_by_whatever_alias() {
    let telemetry = installed();
    assert_eq!((finish(other_parameters(false)), finish(other_parameters(true))), (Ok(1), Err(1)));
    assert_eq!(finish(movable("four")), 4);
    assert_eq!(finish(local_box(Rc::new(3))), Some(Ok(Rc::new(3))));
    assert_eq!(held(true).err().as_deref(), Some("at once"));
    assert_eq!(finish(held(false).expect("it is asked not to fail")), Err(7));
    drop(held(false));

    let snapshot = telemetry.snapshot();
    assert_eq!(endings(&snapshot, "other_parameters_total"), [1, 1, 0, 0]);
    assert_eq!(counter(&snapshot, "movable_total", &[]), 1);
    assert_eq!(endings(&snapshot, "local_box_total"), [1, 0, 0, 0]);
    assert_eq!(endings(&snapshot, "held_total"), [0, 2, 0, 1]);
}

/// The output need not live as long as the box.
struct Client<U>(Box<dyn Fn() -> Pin<Box<dyn Future<Output = U> + Send>> + Send>);

impl<U> Client<U> {
    #[counted(name = "client_total")]
    fn call(&self) -> Pin<Box<dyn Future<Output = U> + Send>> {
        (self.0)()
    }

    #[counted(name = "parsed_total", error_if = |parsed: &Result<T, T::Err>| parsed.is_err())]
    fn get<'a, T: FromStr>(&self, text: &'a str) -> Pin<Box<dyn Future<Output = Result<T, T::Err>> + Send + 'a>> {
        Box::pin(async move { text.parse() })
    }
}

#[test]
fn an_output_need_not_outlive_its_box() {
    let telemetry = installed();
    let client = Client(Box::new(|| Box::pin(ready(5_u8))));
    assert_eq!(finish(client.call()), 5);
    assert_eq!(finish(client.get::<u8>("7")), Ok(7));
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "client_total", &[]), 1);
    assert_eq!(counter(&snapshot, "parsed_total", &[("result", "ok")]), 1);
}

#[measured]
mod block {
    use std::future::{Ready, ready};

    pub(super) fn named() -> Ready<u8> {
        ready(1)
    }

    pub(super) fn within() -> Option<Ready<u8>> {
        Some(ready(1))
    }

    pub(super) async fn later() -> Ready<u8> {
        ready(1)
    }

    pub(super) fn cloned() -> impl Future<Output = u8> + Clone {
        ready(1)
    }

    pub(super) fn borrowed(future: &mut Option<Ready<u8>>) -> Option<&mut Ready<u8>> {
        future.as_mut()
    }

    pub(super) fn paired() -> (Ready<u8>, u8) {
        (ready(1), 1)
    }

    pub(super) struct Wrapper<S>(pub(super) S);

    impl<S: super::Service<bool>> super::Service<bool> for Wrapper<S> {
        type Error = S::Error;
        type Future = S::Future;

        fn call(&mut self, request: bool) -> Self::Future {
            self.0.call(request)
        }
    }
}

#[test]
fn in_a_block_what_cannot_be_followed_is_left_alone() {
    let telemetry = installed();
    assert_eq!(finish(block::named()), 1);
    assert_eq!(finish(block::within().expect("it is there")), 1);
    assert_eq!(finish(finish(block::later())), 1);
    assert_eq!(finish(block::cloned().clone()), 1);
    assert_eq!(finish(block::Wrapper(Desk).call(false)), Ok(1));
    assert!(block::borrowed(&mut Some(ready(1))).is_some());
    assert_eq!(block::paired().1, 1);
    let text = telemetry.render();
    for left in ["named", "within", "later", "cloned", "Wrapper::call"] {
        assert!(
            !text.contains(&format!("function=\"{left}\",module=\"integration::recording::followed::block\"")),
            "{left}"
        );
    }
    for value in ["borrowed", "paired"] {
        assert!(
            text.contains(&format!("function=\"{value}\",module=\"integration::recording::followed::block\"")),
            "{value}"
        );
    }
}

#[timed(name = "made_late_seconds", making)]
fn making() -> std::future::Ready<u8> {
    ready(1)
}

#[counted(name = "made_late_total", making, result)]
fn making_fails(fails: bool) -> Result<std::future::Ready<u8>, ()> {
    if fails { Err(()) } else { Ok(ready(1)) }
}

#[test]
fn how_things_are_made_is_measured_where_that_is_said() {
    let telemetry = installed();
    drop(making());
    assert!(making_fails(true).is_err() && making_fails(false).is_ok());
    let snapshot = telemetry.snapshot();
    assert_eq!(histogram(&snapshot, "made_late_seconds", &[]).0, 1);
    let of = |result| counter(&snapshot, "made_late_total", &[("result", result)]);
    assert_eq!((of("ok"), of("error")), (1, 1));
}

#[measured(name = "tried")]
fn tried(fails: bool) -> impl ::futures::TryFuture<Ok = u8, Error = u8> {
    ready(if fails { Err(1) } else { Ok(1) })
}

#[counted]
fn fused() -> impl ::futures::future::FusedFuture<Output = u8> + Send {
    use ::futures::FutureExt as _;
    later().map(|()| 1).fuse()
}

#[test]
fn futures_are_known_by_more_than_one_trait() {
    use ::futures::{TryFutureExt, future::FusedFuture as _};
    let telemetry = installed();
    assert_eq!(finish(TryFutureExt::into_future(tried(true))), Err(1));
    let mut future = pin!(fused());
    begin(future.as_mut());
    assert!(!future.is_terminated());
    assert_eq!(finish(future.as_mut()), 1);
    assert!(future.is_terminated());
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "tried_total", &[]), 1);
    assert_eq!(calls(&snapshot, "fused"), [Some(1), Some(0), Some(0), Some(0)]);
}

#[measured(name = "told_by_the_signature")]
fn told_by_the_signature(text: &str) -> impl Future<Output = Result<u8, String>> {
    let parsed = text.parse::<u8>().map_err(|error| error.to_string());
    let future = async move { Ok(parsed? + 1) };
    future
}

#[measured(name = "left_early")]
fn left_early(text: &str) -> impl Future<Output = Result<u8, String>> {
    let parsed = text.parse::<u8>().map_err(|error| error.to_string());
    let future = async move { Ok(parsed? + 1) };
    if !text.is_empty() {
        return future;
    }
    future
}

#[test]
fn the_signature_tells_what_a_future_ends_with_where_its_body_does_not() {
    let telemetry = installed();
    for text in ["7", "x"] {
        assert_eq!(finish(told_by_the_signature(text)).is_ok(), finish(left_early(text)).is_ok());
    }
    let snapshot = telemetry.snapshot();
    for name in ["told_by_the_signature_total", "left_early_total"] {
        assert_eq!(counter(&snapshot, name, &[]), 2, "{name}");
    }
}

type Row = Result<u8, &'static str>;

type Rows = Pin<Box<dyn ::futures::Stream<Item = Row> + Send>>;

fn rows() -> Rows {
    Box::pin(::futures::stream::unfold(0, async |row| {
        later().await;
        (row < 2).then(|| (if row == 0 { Ok(row) } else { Err("torn") }, row + 1))
    }))
}

#[measured(name = "opaque_then_rows", result, items)]
fn opaque_then_rows(fails: bool) -> impl Future<Output = Result<Rows, &'static str>> + Send {
    async move {
        later().await;
        if fails { Err("closed") } else { Ok(rows()) }
    }
}

#[measured(name = "made_then_rows", result)]
fn made_then_rows(early: bool) -> impl Future<Output = Rows> {
    let rows: Pin<Box<dyn Future<Output = Rows>>> = Box::pin(async { rows() });
    if early {
        return rows;
    }
    rows
}

#[measured(name = "opaque_then_opaque", result)]
#[expect(clippy::async_yields_async, reason = "the call goes on in what the future ends with")]
fn opaque_then_opaque() -> impl Future<Output = impl Future<Output = Row>> {
    async {
        async {
            later().await;
            Err("late")
        }
    }
}

#[measured(name = "opaque_then_stream", result)]
fn opaque_then_stream() -> impl Future<Output = Option<impl ::futures::Stream<Item = Row>>> {
    async { Some(rows()) }
}

#[test]
fn a_call_goes_on_in_what_an_opaque_future_ends_with() {
    use ::futures::StreamExt;

    let telemetry = installed();
    let mut found = finish(opaque_then_rows(false)).expect("it is open");
    assert_eq!(finish(found.next()), Some(Ok(0)));
    assert_eq!(endings(&telemetry.snapshot(), "opaque_then_rows_total"), [0, 0, 0, 0], "it goes on");
    assert_eq!(finish(found.next()), Some(Err("torn")));
    assert_eq!(finish(found.next()), None);
    assert!(finish(opaque_then_rows(true)).is_err());
    assert_eq!(finish(finish(made_then_rows(true)).count()), 2);
    drop(finish(made_then_rows(false)));
    assert_eq!(finish(finish(opaque_then_opaque())), Err("late"));
    assert_eq!(finish(finish(opaque_then_stream()).expect("there are rows").count()), 2);

    let snapshot = telemetry.snapshot();
    assert_eq!(endings(&snapshot, "opaque_then_rows_total"), [0, 2, 0, 0]);
    assert_eq!(counter(&snapshot, "opaque_then_rows_items_total", &[]), 2);
    assert_eq!(endings(&snapshot, "made_then_rows_total"), [0, 1, 0, 1]);
    assert_eq!(endings(&snapshot, "opaque_then_opaque_total"), [0, 1, 0, 0]);
    assert_eq!(endings(&snapshot, "opaque_then_stream_total"), [0, 1, 0, 0]);
}

#[measured(name = "alias_then_rows", result)]
fn alias_then_rows() -> BoxFuture<Rows> {
    Box::pin(async { Ok(rows()) })
}

#[test]
fn a_box_behind_an_alias_is_followed_to_its_output() {
    let telemetry = installed();
    drop(finish(alias_then_rows()));
    assert_eq!(endings(&telemetry.snapshot(), "alias_then_rows_total"), [1, 0, 0, 0]);
}
