//! Functions of every shape leave what they should. Those that return futures are in `futures`, blocks in `blocks`;
//! that all of them compile, and in which words, is tested in `ui-tests/pass`.

use std::{
    future::{Future, pending},
    panic::Location,
    pin::pin,
    task::{Context, Waker},
};

use tachometer::{Snapshot, counted, in_flight, measured};

use super::{catch, counter, endings, gauge, installed};

fn calls(snapshot: &Snapshot, function: &str, result: &str) -> u64 {
    let labels = [("function", function), ("module", "integration::recording::shapes"), ("result", result)];
    counter(snapshot, "function_calls_total", &labels)
}

#[measured]
fn never() -> ! {
    panic!("on purpose")
}

#[measured]
async fn never_ready() -> ! {
    pending().await
}

#[test]
fn functions_that_never_return_end_in_a_panic_or_are_cancelled() {
    let telemetry = installed();
    catch(|| never());
    assert!(pin!(never_ready()).poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let snapshot = telemetry.snapshot();
    assert_eq!((calls(&snapshot, "never", "panicked"), calls(&snapshot, "never", "ok")), (1, 0));
    assert_eq!(calls(&snapshot, "never_ready", "cancelled"), 1);
}

#[counted]
#[track_caller]
fn caller() -> &'static Location<'static> {
    Location::caller()
}

#[counted(name = "caller_by_value_total", error_if = Option::is_none)]
#[track_caller]
fn caller_by_value() -> Option<u32> {
    Some(Location::caller().line())
}

#[test]
fn the_caller_of_a_function_that_is_not_asked_for_its_outcome_is_seen() {
    let telemetry = installed();
    assert_eq!((caller().file(), caller().line()), (file!(), line!()));
    assert!(caller_by_value().is_some(), "whichever line it is");
    assert_eq!(calls(&telemetry.snapshot(), "caller", "ok"), 2);
}

#[measured]
fn r#match((first, [second, ..]): (u8, [u8; 2]), mut third: u8, _: bool, r#type: &str) -> usize {
    third += first + second;
    usize::from(third) + r#type.len()
}

macro_rules! functions {
    ($($name:ident = $metric:literal),*) => {
        $(
            #[counted(name = $metric, labels(made = stringify!($name)))]
            fn $name<T: Default, const N: usize>() -> [T; N] {
                std::array::from_fn(|_| T::default())
            }
        )*
    };
}

functions!(one = "made_one_total", two = "made_two_total");

#[measured]
unsafe extern "C" fn foreign(number: &i32) -> i32 {
    *number
}

#[test]
fn names_patterns_parameters_and_macros_make_no_difference() {
    let telemetry = installed();
    assert_eq!(r#match((1, [2, 3]), 4, true, "five"), 11);
    assert_eq!((one::<u8, 2>(), one::<i8, 3>(), two::<bool, 1>()), ([0; 2], [0; 3], [false]));
    // SAFETY: there is nothing unsafe about it.
    assert_eq!(unsafe { foreign(&5) }, 5);
    let snapshot = telemetry.snapshot();
    assert_eq!(calls(&snapshot, "match", "ok"), 1);
    assert_eq!(calls(&snapshot, "foreign", "ok"), 1);
    assert_eq!(counter(&snapshot, "made_one_total", &[("made", "one")]), 2, "all instances are one site");
    assert_eq!(counter(&snapshot, "made_two_total", &[("made", "two")]), 1);
}

#[measured(name = "descent", result)]
async fn descend(from: u32) -> Result<u32, String> {
    if from == 0 {
        return Err("bottom".to_owned());
    }
    Box::pin(descend(from - 1)).await
}

/// Arguments that are used are dropped while the call lasts, as its body is what uses them.
#[in_flight(name = "consumers_in_flight")]
async fn consume(seen: Seen<'_>) {
    let _ = &seen;
}

struct Seen<'a>(&'a tachometer::Telemetry, &'a std::cell::Cell<f64>);

impl Drop for Seen<'_> {
    fn drop(&mut self) {
        self.1.set(gauge(&self.0.snapshot(), "consumers_in_flight", &[]));
    }
}

#[test]
fn calls_within_calls_are_counted_each_and_arguments_belong_to_them() {
    let telemetry = installed();
    let mut context = Context::from_waker(Waker::noop());
    assert!(pin!(descend(3)).poll(&mut context).is_ready());
    let in_flight = std::cell::Cell::new(f64::NAN);
    assert!(pin!(consume(Seen(&telemetry, &in_flight))).poll(&mut context).is_ready());
    let snapshot = telemetry.snapshot();
    assert_eq!(endings(&snapshot, "descent_total"), [0, 4, 0, 0]);
    assert_eq!(gauge(&snapshot, "descent_in_flight", &[]), 0.0);
    assert_eq!(in_flight.get(), 1.0);
}
