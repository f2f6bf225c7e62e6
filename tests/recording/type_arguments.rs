//! Types whose arguments a static cannot name, or can with care only: constants of the function, lifetimes of their own.

use std::marker::PhantomData;

use tachometer::{Counter, ErrorKind, Family, Label, LabelValue, Labels, counted};

use super::{counter, installed};

/// An error that has arguments.
struct Failed<T: ?Sized, const N: usize = 1>(PhantomData<T>);

impl<T: ?Sized, const N: usize> Failed<T, N> {
    fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: ?Sized, const N: usize> ErrorKind for Failed<T, N> {
    const KINDS: &'static [&'static str] = &["failed"];

    fn kind(&self) -> &'static str {
        "failed"
    }
}

#[counted(name = "of_braces_total", error_kind)]
fn of_braces<const LEN: usize>() -> Result<(), Failed<u8, { LEN }>> {
    Err(Failed::new())
}

#[counted(name = "of_array_total", error_kind)]
fn of_array<const LEN: usize>() -> Result<(), Failed<[u8; LEN]>> {
    Err(Failed::new())
}

#[expect(clippy::type_complexity, reason = "such types are what is tried here")]
#[counted(name = "of_pointer_total", error_kind)]
fn of_pointer() -> Result<(), Failed<for<'a> fn(&'a u8) -> &'a u8>> {
    Err(Failed::new())
}

#[expect(clippy::type_complexity, reason = "such types are what is tried here")]
#[counted(name = "of_object_total", error_kind)]
fn of_object<'b>(name: &'b str) -> Result<&'b str, Failed<dyn for<'a> Fn(&'a u8) -> &'a u8 + 'b>> {
    if name.is_empty() { Err(Failed::new()) } else { Ok(name) }
}

struct Frame<const LEN: usize>([u8; LEN]);

impl<const LEN: usize> Frame<LEN> {
    #[counted(name = "of_self_total", error_kind)]
    fn checked(&self) -> Result<u8, Failed<[u8; LEN]>> {
        self.0.first().copied().ok_or_else(Failed::new)
    }
}

#[test]
fn errors_may_have_constants_and_lifetimes_of_their_own() {
    let telemetry = installed();
    assert!(of_braces::<2>().is_err() && of_array::<2>().is_err() && of_pointer().is_err());
    assert!(of_object("").is_err() && of_object("name").is_ok());
    assert!(Frame([]).checked().is_err());
    let snapshot = telemetry.snapshot();
    for name in ["of_braces_total", "of_array_total", "of_pointer_total", "of_object_total", "of_self_total"] {
        assert_eq!(counter(&snapshot, name, &[("result", "error"), ("error", "failed")]), 1, "{name}");
    }
}

#[derive(Label)]
enum Way {
    ByTrain,
    ByShip,
}

/// A name for `Way` that has arguments.
type WayOf<T> = <T as Travels>::Way;

trait Travels {
    type Way;
}

impl<const LEN: usize> Travels for [u8; LEN] {
    type Way = Way;
}

impl Travels for for<'a> fn(&'a u8) -> &'a u8 {
    type Way = Way;
}

#[counted(name = "by_array_total", labels(way))]
fn by_array<const LEN: usize>(way: WayOf<[u8; LEN]>) -> bool {
    matches!(way, Way::ByShip)
}

#[expect(clippy::needless_pass_by_value, reason = "the alias hides from the lint that it is a plain enum")]
#[counted(name = "by_pointer_total", labels(way))]
fn by_pointer(way: WayOf<for<'a> fn(&'a u8) -> &'a u8>) -> bool {
    matches!(way, Way::ByShip)
}

#[test]
fn labels_may_have_them_too() {
    let telemetry = installed();
    let snapshot = telemetry.snapshot();
    assert!(snapshot.family("by_array_total").is_none(), "its values depend on a constant of the function");
    assert_eq!(counter(&snapshot, "by_pointer_total", &[("way", "by_ship")]), 0);
    assert!(by_array::<3>(Way::ByShip) && !by_pointer(Way::ByTrain));
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "by_array_total", &[("way", "by_ship")]), 1);
    assert_eq!(counter(&snapshot, "by_pointer_total", &[("way", "by_train")]), 1);
}

/// Labels that borrow something whose type is open.
#[derive(Labels)]
struct Borrowed<'a, T: LabelValue + ?Sized> {
    first: &'a T,
    second: u8,
}

static BORROWED: Family<Counter, Borrowed<'static, str>> = Family::labelled("borrowed_labels_total");

#[test]
fn labels_may_borrow_what_is_open() {
    let telemetry = installed();
    let first = String::from("one");
    BORROWED.with(Borrowed { first: first.as_str(), second: 2 }).increment(3);
    let labels = [("first", "one"), ("second", "2")];
    assert_eq!(counter(&telemetry.snapshot(), "borrowed_labels_total", &labels), 3);
}
