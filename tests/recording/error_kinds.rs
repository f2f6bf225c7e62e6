//! Kinds of errors whose types are not the program's own, and of generic functions.

use std::{
    fs::File,
    future::Future,
    io,
    pin::pin,
    task::{Context, Poll, Waker},
};

use tachometer::{ErrorKind, counted, measured};

use super::{counter, installed};

pub(super) fn finish<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits for nothing"),
    }
}

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
}
