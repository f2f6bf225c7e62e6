//! What gRPC says of a call: that it is one, its method, and how it has ended. Knows no routers.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{Mutex, PoisonError},
};

use hyper::{
    StatusCode,
    header::{CONTENT_TYPE, HeaderMap},
};

use crate::{gate, known::Known};

/// A gRPC call that has not ended.
#[derive(Debug)]
pub(super) struct Call {
    /// The path, if it can be a method's.
    method: Option<Box<str>>,
    /// Whether its status comes within the body, where it is not looked for.
    web: bool,
    /// Whether the response is gRPC's.
    pub(super) answered: bool,
    /// Whether a message has gone out, which only a method of the service sends.
    pub(super) has_message: bool,
    pub(super) status: Option<Status>,
}

/// A status code of gRPC, as its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Status(usize);

/// The methods of a service that are known to exist, because each has answered.
pub(super) struct Methods {
    known: Known<Box<str>>,
    hasher: RandomState,
    /// How many there are; keeps two from adding at once.
    count: Mutex<usize>,
}

const CODES: [&str; 17] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16"];

/// What a call has ended with that says nothing.
const UNKNOWN: Status = Status(2);

/// The codes that say that a server has failed, and not its caller, by OpenTelemetry: `UNKNOWN`, `DEADLINE_EXCEEDED`,
/// `UNIMPLEMENTED`, `INTERNAL`, `UNAVAILABLE`, `DATA_LOSS`.
const OF_SERVER: [usize; 6] = [2, 4, 12, 13, 14, 15];

/// The codes that also come from what stands before a service, whatever the method is called: `CANCELLED`,
/// `DEADLINE_EXCEEDED`, `PERMISSION_DENIED`, `RESOURCE_EXHAUSTED`, `UNIMPLEMENTED`, `UNAVAILABLE`, `UNAUTHENTICATED`.
const OF_ANY_PATH: [usize; 7] = [1, 4, 7, 8, 12, 14, 16];

/// How many methods are remembered, and how long a method's path may be.
const MOST_METHODS: usize = 1_000;
const LONGEST: usize = 256;

impl Call {
    /// The call that a request is, if it is one.
    pub(super) fn of(headers: &HeaderMap, path: &str) -> Option<Self> {
        let rest = content_type(headers)?.strip_prefix("application/grpc")?;
        let method = is_method(path).then(|| path.into());
        Some(Self { method, web: rest.starts_with("-web"), answered: false, has_message: false, status: None })
    }

    /// Takes what the head of the response says.
    pub(super) fn head(&mut self, status: StatusCode, headers: &HeaderMap) {
        let is_grpc = content_type(headers).is_none_or(|kind| kind.starts_with("application/grpc"));
        self.answered = status == StatusCode::OK && is_grpc;
        if self.answered {
            self.status = Status::of(headers);
        }
    }

    /// Takes what the trailers say.
    pub(super) fn trailers(&mut self, trailers: &HeaderMap) {
        if self.answered {
            self.status = self.status.or_else(|| Status::of(trailers));
        }
    }

    /// Whether the response's body is whole without trailers.
    pub(super) fn needs_no_trailers(&self) -> bool {
        !self.answered || self.web || self.status.is_some()
    }

    /// The response is over; one without a status has an unknown one.
    pub(super) fn complete(&mut self) {
        if !self.needs_no_trailers() {
            self.status = Some(UNKNOWN);
        }
    }

    /// The path that a client's call goes to.
    pub(super) fn into_path(self) -> Option<String> {
        self.method.map(String::from)
    }

    /// The method, if the answer shows that there is one, or earlier answers have shown it. Never any other path, of
    /// which clients can make up any number.
    pub(super) fn into_method(self, methods: &Methods) -> Option<String> {
        let method = self.method?;
        let is_shown = self.has_message || self.status.is_some_and(|status| !OF_ANY_PATH.contains(&status.0));
        let is_refused = self.status.is_some_and(|status| status.0 == 12);
        let is_method = if is_shown { methods.learn(&method) } else { !is_refused && methods.has(&method) };
        is_method.then(|| method.into())
    }
}

impl Status {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let code = headers.get("grpc-status")?.to_str().ok().and_then(|code| code.parse::<usize>().ok());
        Some(code.filter(|code| *code < CODES.len()).map_or(UNKNOWN, Self))
    }

    pub(super) fn as_str(self) -> &'static str {
        CODES[self.0]
    }

    pub(super) fn is_error_of_server(self) -> bool {
        OF_SERVER.contains(&self.0)
    }

    pub(super) fn is_ok(self) -> bool {
        self.0 == 0
    }
}

impl Methods {
    pub(super) fn new() -> Self {
        Self { known: Known::new(64), hasher: RandomState::new(), count: Mutex::new(0) }
    }

    fn has(&self, method: &str) -> bool {
        self.known.find(self.hasher.hash_one(method), |known| **known == *method).is_some()
    }

    /// Remembers a method; says whether there is room for it.
    fn learn(&self, method: &str) -> bool {
        if self.has(method) {
            return true;
        }
        let (hash, owned) = (self.hasher.hash_one(method), method.into());
        gate::within(|| {
            let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
            if *count < MOST_METHODS && !self.has(method) {
                self.known.insert(hash, owned);
                *count += 1;
            }
        });
        self.has(method)
    }
}

fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE)?.to_str().ok()
}

/// Whether a path can be a method's: that of a service and a name, perhaps below another path.
fn is_method(path: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    path.len() <= LONGEST
        && path.matches('/').count() >= 2
        && path.chars().all(is_plain)
        && path.split('/').skip(1).all(|part| !part.is_empty())
}
