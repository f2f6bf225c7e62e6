//! Kinds of errors whose types are not the program's own, and of generic functions.

use std::{fs::File, future::Future, io, pin::Pin};

use tachometer::{ErrorKind, counted, measured};

use super::{counter, finish, installed};

#[counted(name = "opens_total", error_kind)]
fn open(path: &str) -> io::Result<File> {
    File::open(path)
}

#[derive(Debug, ErrorKind)]
enum LoadError {
    Empty,
    #[error_kind(nested)]
    Read(io::Error),
}

/// Loads a page.
#[measured(name = "load", error_kind)]
async fn load(page: &str) -> Result<String, LoadError> {
    if page.is_empty() { Err(LoadError::Empty) } else { std::fs::read_to_string(page).map_err(LoadError::Read) }
}

#[test]
fn errors_of_the_operating_system_have_kinds_of_their_own() {
    let telemetry = installed();
    let kind = |metric, error| counter(&telemetry.snapshot(), metric, &[("result", "error"), ("error", error)]);
    assert_eq!(
        [kind("opens_total", "not_found"), kind("opens_total", "other"), kind("load_total", "timed_out")],
        [0; 3]
    );
    assert_eq!(open("/no/such/file").map_err(|error| error.kind()).err(), Some(io::ErrorKind::NotFound));
    for page in ["", "/no/such/file", "/"] {
        assert!(finish(load(page)).is_err());
    }
    assert_eq!([kind("opens_total", "not_found"), kind("opens_total", "other")], [1, 0]);
    assert_eq!(["empty", "not_found", "is_a_directory"].map(|error| kind("load_total", error)), [1; 3]);
}

type Loaded<T> = Result<T, LoadError>;

#[counted(name = "first_total", error_kind)]
fn first() -> Option<Loaded<u8>> {
    Some(Err(LoadError::Empty))
}

#[counted(name = "aliased_total", error_kind)]
fn aliased() -> Loaded<u8> {
    Err(LoadError::Empty)
}

#[derive(Debug, ErrorKind)]
enum RetryError {
    GaveUp,
}

#[counted(name = "retried_total", error_kind)]
fn retry<T>(tries: u8, mut attempt: impl FnMut() -> Option<T>) -> Result<T, RetryError> {
    (0..tries).find_map(|_| attempt()).ok_or(RetryError::GaveUp)
}

struct Client<T>(T);

impl<T: Clone> Client<T> {
    #[counted(name = "fetched_total", error_kind)]
    async fn fetch<K>(&self, key: K) -> Result<(T, K), RetryError> {
        Ok((self.0.clone(), key))
    }
}

#[test]
fn kinds_are_at_zero_whatever_the_value_is() {
    let telemetry = installed();
    let gave_up = |metric| counter(&telemetry.snapshot(), metric, &[("result", "error"), ("error", "gave_up")]);
    assert_eq!([gave_up("retried_total"), gave_up("fetched_total")], [0, 0]);
    assert!(retry(2, || None::<u8>).is_err());
    assert!(finish(Client(1).fetch("key")).is_ok());
    assert_eq!([gave_up("retried_total"), gave_up("fetched_total")], [1, 0]);
    let empty = |metric| counter(&telemetry.snapshot(), metric, &[("result", "error"), ("error", "empty")]);
    assert_eq!([empty("first_total"), empty("aliased_total")], [0, 0]);
    assert!(first().is_some_and(|loaded| loaded.is_err()) && aliased().is_err());
    assert_eq!([empty("first_total"), empty("aliased_total")], [1, 1]);
}

/// The kinds of errors that may be anything.
#[derive(ErrorKind)]
enum Known {
    #[error_kind(nested)]
    Io(io::ErrorKind),
    #[result(ok)]
    Cancelled,
    Unknown,
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

fn known(error: &AnyError) -> Known {
    match error.downcast_ref::<io::Error>() {
        Some(error) => Known::Io(error.kind()),
        None if error.to_string() == "cancelled" => Known::Cancelled,
        None => Known::Unknown,
    }
}

#[counted(name = "sync_any_total", error_kind = known)]
fn any<T: Default>(error: Option<AnyError>) -> Result<T, AnyError> {
    error.map_or_else(|| Ok(T::default()), Err)
}

#[measured(name = "async_any", error_kind = |error| if error.is::<io::Error>() { known(error) } else { Known::Unknown })]
async fn any_async(error: Option<AnyError>) -> Result<(), AnyError> {
    any(error)
}

#[counted(name = "boxed_any_total", error_kind = io::Error::kind)]
fn any_boxed<'a>(page: &'a str) -> Pin<Box<dyn Future<Output = io::Result<String>> + Send + 'a>> {
    Box::pin(async move { std::fs::read_to_string(page) })
}

// Its texts are not known before they come.
#[counted(name = "textual_total", error_kind = |error: &u8| if *error > 7 { "great" } else { "small" })]
fn textual(error: u8) -> Result<(), u8> {
    Err(error)
}

struct Service<E>(Option<E>);

#[counted(name = "service_total", error_kind = known)]
impl<E: Into<AnyError> + Clone> Service<E> {
    fn serve(&self) -> Result<(), AnyError> {
        self.0.clone().map_or(Ok(()), |error| Err(error.into()))
    }

    fn is_well(&self) -> bool {
        self.0.is_none()
    }

    /// Neither is a call that gives a value of a type of its own.
    fn error(&self) -> Vec<E> {
        self.0.clone().into_iter().collect()
    }
}

#[test]
fn a_function_tells_the_kind_of_an_error_that_is_not_ones_own() {
    let telemetry = installed();
    let kind = |metric, error| counter(&telemetry.snapshot(), metric, &[("result", "error"), ("error", error)]);
    let metrics = ["sync_any_total", "async_any_total", "boxed_any_total", "service_total"];
    assert_eq!(metrics.map(|metric| kind(metric, "timed_out")), [0; 4]);
    assert_eq!(metrics.map(|metric| kind(metric, "not_found")), [0; 4]);
    let not_found = || AnyError::from(io::Error::from(io::ErrorKind::NotFound));
    for error in [None, Some(not_found()), Some("cancelled".into()), Some("else".into())] {
        let _ = any::<u8>(error);
    }
    for error in [None, Some(not_found()), Some("cancelled".into())] {
        let _ = finish(any_async(error));
    }
    assert!(finish(any_boxed("/no/such/file")).is_err());
    let ok = |metric| counter(&telemetry.snapshot(), metric, &[("result", "ok"), ("error", "")]);
    assert_eq!(
        [kind("sync_any_total", "not_found"), kind("sync_any_total", "unknown"), ok("sync_any_total")],
        [2, 1, 4]
    );
    assert_eq!(
        [kind("async_any_total", "not_found"), kind("async_any_total", "unknown"), ok("async_any_total")],
        [1, 1, 1]
    );
    assert_eq!(kind("boxed_any_total", "not_found"), 1);
    assert!(telemetry.snapshot().get("textual_total", &[("result", "error"), ("error", "great")]).is_none());
    assert!(textual(9).is_err() && textual(1).is_err());
    assert_eq!([kind("textual_total", "great"), kind("textual_total", "small")], [1, 1]);
    assert!(Service(Some("cancelled")).serve().is_err() && Service(Some("else")).serve().is_err());
    assert!(!Service(Some("else")).is_well() && Service(Some("else")).error() == ["else"]);
    assert_eq!([kind("service_total", "unknown"), ok("service_total")], [1, 3]);
}

struct Unjudged;

impl ErrorKind for Unjudged {
    const KINDS: &'static [&'static str] = &[];

    fn kind(&self) -> &'static str {
        panic!("on purpose")
    }

    fn is_ok(&self) -> bool {
        panic!("on purpose")
    }
}

/// A call that would go on in what it returns.
#[measured(name = "unjudged")]
fn unjudged() -> Result<Pin<Box<dyn Future<Output = u8> + Send>>, Unjudged> {
    Err(Unjudged)
}

#[test]
fn a_panic_of_what_judges_is_a_panic_and_no_more() {
    let telemetry = installed();
    std::panic::catch_unwind(|| unjudged().is_err()).expect_err("it panics, and the process goes on");
    drop(telemetry);
}
