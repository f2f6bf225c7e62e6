//! What a function returns, by its type: whatever it is called, and as far as it is known where the function is written.

use std::{fmt, io, ops::ControlFlow, task::Poll};

use tachometer::{ErrorKind, Snapshot, counted, measured};

use super::{counter, installed};

fn calls(snapshot: &Snapshot, function: &str) -> (u64, u64) {
    let of = |result| {
        let labels = [("function", function), ("module", "integration::recording::returned"), ("result", result)];
        counter(snapshot, "function_calls_total", &labels)
    };
    (of("ok"), of("error"))
}

type AppResult<T> = Result<T, String>;
type Parsed<'a, T> = Result<(&'a str, T), u8>;
type QueryResult<T> = Result<T, fmt::Error>;

#[counted]
fn aliased(fails: bool) -> AppResult<u8> {
    if fails { Err("asked to".to_owned()) } else { Ok(1) }
}

#[counted]
fn aliased_with_a_lifetime(text: &str) -> Parsed<'_, u8> {
    if text.is_empty() { Err(0) } else { Ok((text, 1)) }
}

#[counted]
fn queried(fails: bool) -> QueryResult<impl Iterator<Item = u8>> {
    if fails { Err(fmt::Error) } else { Ok(0..3) }
}

#[counted]
async fn read(fails: bool) -> io::Result<()> {
    if fails { Err(io::ErrorKind::NotFound.into()) } else { Ok(()) }
}

#[test]
fn an_alias_of_a_result_is_one_whatever_it_is_called() {
    let telemetry = installed();
    for fails in [false, true] {
        let _ = aliased(fails);
        let _ = aliased_with_a_lifetime(if fails { "" } else { "a" });
        let _ = queried(fails).map(Iterator::count);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(Box::pin(read(fails)).as_mut().poll(&mut context).is_ready());
    }
    let snapshot = telemetry.snapshot();
    for function in ["aliased", "aliased_with_a_lifetime", "queried", "read"] {
        assert_eq!(calls(&snapshot, function), (1, 1), "{function}");
    }
}

mod own {
    pub(super) struct Result {
        pub(super) rows: u8,
    }

    pub(super) struct Option;

    #[tachometer::counted(function = "own result")]
    pub(super) fn query() -> Result {
        Result { rows: 1 }
    }

    #[tachometer::counted(name = "own_option", as_is, result)]
    mod block {
        pub(super) fn find() -> super::Option {
            super::Option
        }
    }

    pub(super) fn find() -> Option {
        block::find()
    }
}

#[test]
fn own_types_called_result_or_option_are_values() {
    let telemetry = installed();
    assert_eq!(own::query().rows, 1);
    let own::Option = own::find();
    let snapshot = telemetry.snapshot();
    let labels = [("function", "own result"), ("module", "integration::recording::returned::own"), ("result", "ok")];
    assert_eq!(counter(&snapshot, "function_calls_total", &labels), 1);
    assert_eq!(counter(&snapshot, "own_option", &[("result", "ok")]), 1);
}

trait Handler {
    type Result;

    fn handle(&mut self) -> Self::Result;
}

struct Fails;

struct Numbers;

impl Handler for Fails {
    type Result = AppResult<u8>;

    #[counted(function = "fails")]
    fn handle(&mut self) -> Self::Result {
        Err("as always".to_owned())
    }
}

#[measured]
impl Handler for Numbers {
    type Result = u8;

    fn handle(&mut self) -> Self::Result {
        42
    }
}

#[counted]
fn driven<H: Handler>(mut handler: H) -> H::Result {
    handler.handle()
}

#[counted]
fn handed_on<T>(value: T) -> T {
    value
}

#[test]
fn an_associated_type_is_asked_where_it_is_known_and_a_value_elsewhere() {
    let telemetry = installed();
    assert_eq!((driven(Numbers), driven(Fails)), (42, Err("as always".to_owned())));
    assert_eq!(handed_on(AppResult::<u8>::Err(String::new())), Err(String::new()));
    let snapshot = telemetry.snapshot();
    assert_eq!(calls(&snapshot, "fails"), (0, 1));
    assert_eq!(calls(&snapshot, "Numbers::handle"), (1, 0));
    assert_eq!(calls(&snapshot, "driven"), (2, 0), "its caller makes it a result");
    assert_eq!(calls(&snapshot, "handed_on"), (1, 0), "the same");
}

#[counted]
fn next(value: Option<AppResult<u8>>) -> Option<AppResult<u8>> {
    value
}

#[counted]
fn polled(value: Poll<AppResult<u8>>) -> Poll<AppResult<u8>> {
    value
}

#[counted]
fn polled_next(value: Poll<Option<AppResult<u8>>>) -> Poll<Option<AppResult<u8>>> {
    value
}

#[counted]
fn found(value: Option<u8>) -> Option<u8> {
    value
}

#[counted]
fn broken() -> ControlFlow<AppResult<()>> {
    ControlFlow::Break(Err(String::new()))
}

#[counted]
fn deep() -> Option<Option<AppResult<u8>>> {
    Some(Some(Err(String::new())))
}

#[counted(name = "asked_for_total", result)]
fn asked() -> Option<u8> {
    None
}

#[test]
fn an_error_may_lie_in_an_option_or_a_poll_and_no_deeper() {
    let telemetry = installed();
    let fail = || AppResult::<u8>::Err(String::new());
    for value in [None, Some(Ok(1)), Some(fail())] {
        next(value);
    }
    for value in [Poll::Pending, Poll::Ready(Ok(1)), Poll::Ready(fail())] {
        let _ = polled(value);
    }
    for value in [Poll::Pending, Poll::Ready(None), Poll::Ready(Some(Ok(1))), Poll::Ready(Some(fail()))] {
        let _ = polled_next(value);
    }
    assert_eq!(
        (found(None), found(Some(1)), broken().is_break(), deep().is_some(), asked()),
        (None, Some(1), true, true, None)
    );
    let snapshot = telemetry.snapshot();
    assert_eq!(calls(&snapshot, "next"), (2, 1));
    assert_eq!(calls(&snapshot, "polled"), (2, 1));
    assert_eq!(calls(&snapshot, "polled_next"), (3, 1));
    assert_eq!(calls(&snapshot, "found"), (2, 0), "`None` is no error");
    assert_eq!(calls(&snapshot, "broken"), (1, 0));
    assert_eq!(calls(&snapshot, "deep"), (1, 0));
    assert_eq!(counter(&snapshot, "asked_for_total", &[("result", "ok")]), 1);
}

#[derive(ErrorKind)]
enum Lookup {
    #[result(ok)]
    Missing,
    Broken,
}

#[counted]
fn look_up(error: Option<Lookup>) -> Result<(), Lookup> {
    error.map_or(Ok(()), Err)
}

#[counted(name = "looked_up_total", result)]
fn looked_up(error: Option<Lookup>) -> Option<Result<(), Box<Lookup>>> {
    error.map(|error| Err(Box::new(error)))
}

#[counted(name = "looked_up_later_total", result)]
async fn look_up_later(error: Lookup) -> Result<(), Lookup> {
    Err(error)
}

#[counted(name = "lookup_kinds_total", error_kind)]
fn of_kinds(error: Option<Lookup>) -> Poll<Option<Result<(), Lookup>>> {
    Poll::Ready(error.map(Err))
}

#[test]
fn an_error_that_is_no_failure_is_ok_wherever_it_is_judged() {
    let telemetry = installed();
    for error in [|| None, || Some(Lookup::Missing), || Some(Lookup::Broken)] {
        let _ = look_up(error());
        looked_up(error());
        let _ = of_kinds(error());
    }
    for error in [Lookup::Missing, Lookup::Broken] {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(Box::pin(look_up_later(error)).as_mut().poll(&mut context).is_ready());
    }
    let snapshot = telemetry.snapshot();
    assert_eq!(calls(&snapshot, "look_up"), (2, 1));
    let of = |name: &str| ["ok", "error"].map(|result| counter(&snapshot, name, &[("result", result)]));
    assert_eq!(of("looked_up_total"), [2, 1]);
    assert_eq!(of("looked_up_later_total"), [1, 1]);
    let of_kinds = |result, error| counter(&snapshot, "lookup_kinds_total", &[("result", result), ("error", error)]);
    assert_eq!((of_kinds("ok", ""), of_kinds("error", "broken")), (2, 1));
}
