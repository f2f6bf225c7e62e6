//! A trait of the user's that is implemented for everything takes no call of ours for its own.

#![deny(warnings)]

use std::future::{Future, ready};

use tachometer::{Counter, ErrorKind, Label, Labels, Metrics, counted, measured};

/// By value, which comes before any method that borrows.
#[allow(unused)]
trait Everything: Sized {
    fn live(self) -> bool {
        unreachable!()
    }

    fn resolve<A, B, C>(self, _: A, _: B, _: C) {
        unreachable!()
    }

    fn resolve_both<A, B, C, D, E>(self, _: A, _: B, _: C, _: D, _: E) {
        unreachable!()
    }

    fn get_or_init<A>(self, _: A) -> &'static Group {
        unreachable!()
    }

    fn within(self, _: &str) -> Self {
        unreachable!()
    }

    fn as_slice(self) -> &'static [&'static str] {
        unreachable!()
    }
}

impl<T> Everything for T {}

#[derive(Label, Clone, Copy)]
enum Way {
    ByTrain,
}

#[derive(Labels)]
struct Ticket {
    way: Way,
}

#[derive(ErrorKind)]
enum Failed {
    #[error_kind(nested)]
    Inside(Inner),
}

#[derive(ErrorKind)]
enum Inner {
    Lost,
}

#[derive(Metrics)]
struct Group {
    /// Tickets.
    tickets: tachometer::Family<Counter, Ticket>,
    #[metrics(flatten)]
    rest: Rest,
}

#[derive(Metrics)]
#[metrics(prefix = "rest")]
struct Rest {
    /// Seats.
    seats: Counter,
}

#[counted(name = "taken_total", labels(way), error_kind)]
fn take(way: Way) -> Result<(), Failed> {
    Group::global().tickets.with(Ticket { way }).increment(1);
    Group::global().rest.seats.increment(1);
    Err(Failed::Inside(Inner::Lost))
}

#[measured(name = "later", labels(way), result, poll)]
async fn take_later(way: Way) -> Result<(), Failed> {
    take(way)
}

#[measured(name = "made", labels(way), poll)]
fn take_made(way: Way) -> impl Future<Output = bool> {
    ready(take(way).is_ok())
}

fn main() {
    assert!(take(Way::ByTrain).is_err());
    drop((take_later(Way::ByTrain), take_made(Way::ByTrain)));
}
