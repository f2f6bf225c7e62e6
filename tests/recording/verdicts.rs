//! Outcomes that keys of the attributes decide.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use tachometer::{ErrorKind, Snapshot, counted, measured, timed};

use super::{catch, counter, endings, gauge, histogram, installed};

fn finish<T>(future: impl Future<Output = T>) -> T {
    match Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits for nothing"),
    }
}

#[measured(name = "status", ok_if = |status| *status < 500)]
fn status(status: u16) -> u16 {
    assert_ne!(status, 999);
    status
}

#[allow(clippy::ptr_arg)]
fn is_short(text: &String) -> bool {
    text.len() < 3
}

#[counted(name = "text_total", error_if = is_short)]
#[timed(name = "text_seconds", error_if = is_short)]
async fn text(text: &str) -> String {
    text.to_owned()
}

#[counted(ok_if = Option::is_none)]
fn shared() -> Option<u8> {
    None
}

#[counted(name = "boxed_limit_total", error_if = move |value| *value > limit)]
fn boxed(limit: u8) -> Pin<Box<dyn Future<Output = u8> + Send>> {
    Box::pin(async { 5 })
}

#[test]
fn a_function_of_the_value_decides() {
    let telemetry = installed();
    for value in [200, 404, 503] {
        status(value);
    }
    catch(|| assert_eq!(status(999), 0));
    assert_eq!((finish(text("ab")), finish(text("abc")), shared()), ("ab".to_owned(), "abc".to_owned(), None));
    assert_eq!((finish(boxed(4)), finish(boxed(5))), (5, 5));
    let snapshot = telemetry.snapshot();
    assert_eq!(endings(&snapshot, "status_total"), [2, 1, 1, 0]);
    assert_eq!(histogram(&snapshot, "status_duration_seconds", &[]).0, 4);
    assert_eq!(endings(&snapshot, "text_total"), [1, 1, 0, 0]);
    assert_eq!(histogram(&snapshot, "text_seconds", &[("result", "error")]).0, 1);
    assert_eq!(endings(&snapshot, "boxed_limit_total"), [1, 1, 0, 0]);
    let labels = [("function", "shared"), ("module", "integration::recording::verdicts"), ("result", "ok")];
    assert_eq!(counter(&snapshot, "function_calls_total", &labels), 1);
}

#[derive(Debug)]
enum Refused {
    Empty,
    TooLong,
    NotModified,
}

impl ErrorKind for Refused {
    const KINDS: &'static [&'static str] = &["empty", "too_long"];

    fn kind(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::NotModified => "not_modified",
        }
    }

    fn is_ok(&self) -> bool {
        matches!(self, Self::NotModified)
    }
}

#[measured(name = "post", error_kind)]
fn post(letter: &str) -> Result<usize, Refused> {
    match letter.len() {
        0 => Err(Refused::Empty),
        1 => Err(Refused::NotModified),
        5.. => Err(Refused::TooLong),
        len => Ok(len),
    }
}

fn ends(snapshot: &Snapshot, name: &str, labels: &[(&str, &str)]) -> Vec<Option<u64>> {
    let ends = [("ok", ""), ("error", "empty"), ("error", "too_long"), ("error", ""), ("panicked", "")];
    let end = |(result, error)| {
        let labels = [labels, &[("result", result), ("error", error)]].concat();
        snapshot.get(name, &labels).map(|_| counter(snapshot, name, &labels))
    };
    ends.map(end).to_vec()
}

#[test]
fn errors_are_counted_by_their_kinds() {
    let telemetry = installed();
    assert_eq!(ends(&telemetry.snapshot(), "post_total", &[]), [Some(0), Some(0), Some(0), None, Some(0)]);
    for letter in ["", "", "a", "abc", "abcdef"] {
        let _ = post(letter);
    }
    let snapshot = telemetry.snapshot();
    assert_eq!(ends(&snapshot, "post_total", &[]), [Some(2), Some(2), Some(1), None, Some(0)]);
    assert_eq!(histogram(&snapshot, "post_duration_seconds", &[]).0, 5);
    assert_eq!(gauge(&snapshot, "post_in_flight", &[]), 0.0);
}

type Posted<T> = Result<T, Refused>;

mod alias {
    pub(super) type Result<T> = super::Posted<T>;
}

#[counted(name = "send_total", labels(country), error_kind)]
#[timed(name = "send_seconds", labels(country), error_kind)]
async fn send(country: &str, letter: &str) -> alias::Result<usize> {
    post(letter)
}

struct Office<T>(T);

impl<T: ErrorKind> Office<T> {
    /// Which kinds there are is not known before it is called.
    #[counted(name = "office_total", error_kind)]
    fn refuse(self) -> Result<(), T> {
        Err(self.0)
    }
}

#[test]
fn kinds_appear_with_each_label_set() {
    let telemetry = installed();
    assert!(telemetry.snapshot().family("send_total").is_none());
    for letter in ["", "", "abc"] {
        let _ = finish(send("nz", letter));
    }
    let _ = finish(send("is", "abcdef"));
    drop(send("xx", ""));
    assert!(Office(Refused::TooLong).refuse().is_err());
    let snapshot = telemetry.snapshot();
    let nz = [("country", "nz")];
    assert_eq!(ends(&snapshot, "send_total", &nz), [Some(1), Some(2), Some(0), None, None]);
    assert_eq!(ends(&snapshot, "send_total", &[("country", "is")]), [Some(0), Some(0), Some(1), None, None]);
    let labels = [nz[0], ("result", "error"), ("error", "empty")];
    assert_eq!(histogram(&snapshot, "send_seconds", &labels).0, 2);
    assert_eq!(ends(&snapshot, "office_total", &[]), [Some(0), None, Some(1), None, Some(0)]);
}

#[test]
fn kinds_reach_other_recorders() {
    let recorder = metrics_util::debugging::DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        let _ = post("");
        let _ = post("abc");
    });
    let mut seen: Vec<String> = (snapshotter.snapshot().into_vec().iter())
        .filter(|(key, ..)| key.key().name() == "post_total")
        .map(|(key, ..)| key.key().labels().map(|label| format!("{}={} ", label.key(), label.value())).collect())
        .collect();
    seen.sort();
    assert_eq!(seen, ["result=error error=empty ", "result=ok error= "]);
}

/// The desk.
#[counted(name = "desk_total", error_kind)]
impl Office<u8> {
    fn pay(&self) -> Result<u8, Refused> {
        if self.0 == 0 { Err(Refused::Empty) } else { Ok(self.0) }
    }

    fn close(self) {}
}

#[test]
fn a_block_may_have_functions_without_errors() {
    let telemetry = installed();
    assert!(Office(0).pay().is_err() && Office(1).pay().is_ok());
    Office(1).close();
    assert_eq!(ends(&telemetry.snapshot(), "desk_total", &[]), [Some(2), Some(1), Some(0), None, Some(0)]);
}
