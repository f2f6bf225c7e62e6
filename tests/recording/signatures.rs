//! Functions of every signature: what they take, what they return and what they are called stays as it was, and each
//! call is counted once. What stands in their bodies is in `bodies`.

use std::{
    borrow::Cow,
    cell::Cell,
    fmt::{Debug, Display},
    future::Future,
    iter::{once, repeat_n},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use tachometer::{Snapshot, counted, measured};

use super::{counter, endings, installed};

/// What a future is that waits for nothing.
fn finish<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits for nothing"),
    }
}

fn assert_send<T: Send>(value: T) -> T {
    value
}

fn calls(snapshot: &Snapshot, function: &str, result: &str) -> u64 {
    let labels = [("function", function), ("module", "integration::recording::signatures"), ("result", result)];
    counter(snapshot, "function_calls_total", &labels)
}

/// A call that returns a part of what it borrows cannot be behind a closure that could be called twice.
#[measured]
fn longest<'a>(texts: &'a mut [String], seen: &mut u32) -> Result<&'a mut String, String> {
    *seen += 1;
    texts.iter_mut().max_by_key(|text| text.len()).ok_or_else(|| "no text".to_owned())
}

struct Slots(Vec<u8>, u32);

impl Slots {
    #[measured(name = "slot", labels(index), error_if = Option::is_none)]
    fn slot(&mut self, index: usize) -> Option<&mut u8> {
        self.1 += 1;
        self.0.get_mut(index)
    }

    #[measured(name = "later_slot", labels(index), error_if = Option::is_none)]
    async fn later_slot(&mut self, index: usize) -> Option<&mut u8> {
        self.1 += 1;
        self.0.get_mut(index)
    }

    #[measured(name = "into_slots", labels(used = self.1), result)]
    fn into_slots(self: Box<Self>) -> Result<Vec<u8>, ()> {
        Ok(self.0)
    }
}

#[test]
fn a_part_of_what_was_borrowed_can_be_returned() {
    let telemetry = installed();
    let (mut texts, mut seen) = (vec!["a".to_owned(), "bc".to_owned()], 0);
    longest(&mut texts, &mut seen).expect("there are two").push('d');
    assert!(longest(&mut [], &mut seen).is_err());
    assert_eq!((texts[1].as_str(), seen), ("bcd", 2));
    let mut slots = Slots(vec![1, 2], 0);
    *slots.slot(1).expect("there are two") = 3;
    assert_eq!((slots.slot(2).copied(), finish(slots.later_slot(1)).copied()), (None, Some(3)));
    assert_eq!(Box::new(slots).into_slots(), Ok(vec![1, 3]));

    let snapshot = telemetry.snapshot();
    assert_eq!((calls(&snapshot, "longest", "ok"), calls(&snapshot, "longest", "error")), (1, 1));
    for (name, label) in [("slot_total", ("index", "1")), ("later_slot_total", ("index", "1"))] {
        assert_eq!(counter(&snapshot, name, &[label, ("result", "ok")]), 1, "{name}");
    }
    assert_eq!(counter(&snapshot, "slot_total", &[("index", "2"), ("result", "error")]), 1);
    assert_eq!(counter(&snapshot, "into_slots_total", &[("used", "3"), ("result", "ok")]), 1);
}

trait Source {
    type Item: Debug + PartialEq;

    fn next(&self) -> Option<Self::Item>;
}

impl Source for u8 {
    type Item = u16;

    fn next(&self) -> Option<u16> {
        Some(u16::from(*self))
    }
}

#[measured(name = "projected", result)]
fn projected<S>(source: &S) -> Result<<S as Source>::Item, ()>
where
    S: Source + ?Sized,
    for<'a> &'a S: Copy,
{
    source.next().ok_or(())
}

#[measured(name = "sized", result)]
async fn sized<const N: usize, T: Copy + Default>(fill: T) -> Result<[T; N], [(); N]> {
    if N == 0 { Err([(); N]) } else { Ok([fill; N]) }
}

struct Matrix<const R: usize, const C: usize>;

#[measured(name = "matrix", error_if = Option::is_none)]
impl<const R: usize, const C: usize> Matrix<R, C> {
    fn size(&self) -> Option<usize> {
        R.checked_mul(C).filter(|size| *size > 0)
    }
}

#[test]
fn parameters_of_types_lifetimes_and_numbers_make_no_difference() {
    let telemetry = installed();
    assert_eq!(projected(&5_u8), Ok(5));
    assert_eq!((finish(sized::<2, _>('x')), finish(sized::<0, u8>(1))), (Ok(['x'; 2]), Err([])));
    assert_eq!((Matrix::<2, 3>.size(), Matrix::<0, 1>.size()), (Some(6), None));
    let snapshot = telemetry.snapshot();
    assert_eq!(endings(&snapshot, "projected_total"), [1, 0, 0, 0]);
    assert_eq!(endings(&snapshot, "sized_total"), [1, 1, 0, 0], "all instances are one site");
    assert_eq!(endings(&snapshot, "matrix_total"), [1, 1, 0, 0]);
}

#[measured(name = "opaque_argument", error_if = Option::is_none)]
fn opaque_argument(values: impl IntoIterator<Item = impl Into<u32>>, plus: &dyn Fn(u32) -> u32) -> Option<u32> {
    values.into_iter().map(Into::into).map(plus).reduce(|sum, value| sum + value)
}

#[measured(name = "nested", result)]
fn nested<'a>(text: &'a str) -> Result<Vec<Option<impl Iterator<Item = char> + Clone + 'a>>, Cow<'a, str>> {
    if text.is_empty() { Err(text.into()) } else { Ok(vec![Some(text.chars()), None]) }
}

#[measured(name = "paired", error_if = Option::is_none)]
#[allow(clippy::type_complexity, reason = "that is what it is here for")]
fn paired() -> Option<(impl Display, [impl Fn(u8) -> u8; 1], Box<dyn Fn() -> u8>)> {
    Some((1.5, [|n| n + 1], Box::new(|| 3)))
}

#[measured(name = "later_nested", result)]
async fn later_nested(count: usize) -> Result<(Vec<impl Iterator<Item = u8>>, impl Send), ()> {
    Ok((vec![repeat_n(1, count)], once(2)))
}

#[test]
fn types_without_a_name_stay_unnamed_however_deep_they_are() {
    let telemetry = installed();
    assert_eq!(opaque_argument([1_u8, 2], &|n| n * 2), Some(6));
    assert_eq!(opaque_argument([0_u8; 0], &|n| n), None);
    let chars = nested("ab").expect("it is not empty").remove(0).expect("the first one is there");
    assert_eq!((chars.clone().count(), chars.count()), (2, 2));
    assert!(nested("").is_err());
    let (number, [increment], three) = paired().expect("there always is one");
    assert_eq!((number.to_string().as_str(), increment(1), three()), ("1.5", 2, 3));
    assert_eq!(finish(assert_send(later_nested(3))).expect("it is fine").0.remove(0).count(), 3);
    let snapshot = telemetry.snapshot();
    assert_eq!(endings(&snapshot, "opaque_argument_total"), [1, 1, 0, 0]);
    assert_eq!(endings(&snapshot, "nested_total"), [1, 1, 0, 0]);
    assert_eq!(endings(&snapshot, "paired_total"), [1, 0, 0, 0]);
    assert_eq!(endings(&snapshot, "later_nested_total"), [1, 0, 0, 0]);
}

#[measured(name = "mutable", labels(first, %third, was = count), error_if = Option::is_none)]
fn mutable(mut count: u8, (first, mut second): (u8, u8), [.., third]: [u8; 3], _: &str) -> Option<u8> {
    count += first;
    second = second.checked_sub(count)?;
    Some(second + third)
}

#[measured(name = "later_mutable", labels(r#fn, was = text), result)]
async fn later_mutable(mut text: String, Wrapped { r#fn, .. }: Wrapped, _: u8) -> Result<String, ()> {
    text.push_str(r#fn);
    Ok(text)
}

struct Wrapped {
    r#fn: &'static str,
    _rest: u8,
}

#[test]
fn patterns_and_mutable_arguments_can_be_labels_as_they_were_at_the_beginning() {
    let telemetry = installed();
    assert_eq!((mutable(1, (2, 9), [0, 0, 4], "x"), mutable(1, (2, 0), [0; 3], "y")), (Some(10), None));
    assert_eq!(finish(later_mutable("a".to_owned(), Wrapped { r#fn: "b", _rest: 1 }, 2)), Ok("ab".to_owned()));
    let snapshot = telemetry.snapshot();
    let labels = |third, result| [("first", "2"), ("third", third), ("was", "1"), ("result", result)];
    assert_eq!(counter(&snapshot, "mutable_total", &labels("4", "ok")), 1);
    assert_eq!(counter(&snapshot, "mutable_total", &labels("0", "error")), 1);
    assert_eq!(counter(&snapshot, "later_mutable_total", &[("fn", "b"), ("was", "a"), ("result", "ok")]), 1);
}

#[measured(name = "dangerous", labels(r#unsafe = number.is_null()), error_if = Option::is_none)]
unsafe fn dangerous(number: *const u8) -> Option<u8> {
    // SAFETY: whoever calls it has promised that the number is null or can be read.
    unsafe { number.as_ref() }.copied()
}

#[measured(name = "later_dangerous", error_if = Option::is_none)]
async unsafe fn later_dangerous(number: *const u8) -> Option<u8> {
    // SAFETY: whoever calls it has promised that the number is null or can be read.
    unsafe { number.as_ref() }.copied()
}

#[measured(name = "foreign", error_if = Option::is_none)]
extern "C" fn foreign(number: Option<&u8>) -> Option<&u8> {
    number.filter(|number| **number > 0)
}

#[must_use]
#[inline(always)]
#[counted(name = "inlined_total", labels(r#in))]
fn r#type(r#in: u8) -> u8 {
    r#in
}

static NUMBER: u8 = 1;

#[test]
fn qualifiers_attributes_and_keywords_stay() {
    let telemetry = installed();
    let (one, none) = (&raw const NUMBER, std::ptr::null());
    // SAFETY: one of them can be read, and the other one is null.
    assert_eq!(unsafe { (dangerous(one), dangerous(none)) }, (Some(1), None));
    // SAFETY: as above.
    assert_eq!(unsafe { (finish(later_dangerous(one)), finish(later_dangerous(none))) }, (Some(1), None));
    let foreign: extern "C" fn(Option<&u8>) -> Option<&u8> = foreign;
    assert_eq!((foreign(Some(&1)), foreign(Some(&0)), r#type(3)), (Some(&1), None, 3));
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "dangerous_total", &[("unsafe", "false"), ("result", "ok")]), 1);
    assert_eq!(counter(&snapshot, "dangerous_total", &[("unsafe", "true"), ("result", "error")]), 1);
    assert_eq!(endings(&snapshot, "later_dangerous_total"), [1, 1, 0, 0]);
    assert_eq!(endings(&snapshot, "foreign_total"), [1, 1, 0, 0]);
    assert_eq!(counter(&snapshot, "inlined_total", &[("in", "3")]), 1);
}

/// A type that hides that it is a future.
type Later<T> = Pin<Box<dyn Future<Output = T>>>;

#[counted(name = "hidden_total")]
fn hidden(now: &Cell<bool>) -> Later<u8> {
    now.set(true);
    Box::pin(async { 1 })
}

#[measured(name = "of_future", result)]
async fn of_future(fails: bool) -> Result<Pin<Box<dyn Future<Output = u8> + Send>>, ()> {
    if fails {
        return Err(());
    }
    Ok(Box::pin(async { 2 }))
}

#[test]
fn a_future_behind_an_alias_or_in_a_result_is_the_call() {
    let telemetry = installed();
    let now = Cell::new(false);
    let future = hidden(&now);
    assert_eq!((now.get(), counter(&telemetry.snapshot(), "hidden_total", &[])), (true, 0));
    let inner = finish(assert_send(of_future(false))).expect("it is told not to fail");
    assert_eq!((finish(future), finish(inner)), (1, 2));
    assert!(finish(of_future(true)).is_err());
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "hidden_total", &[]), 1);
    assert_eq!(endings(&snapshot, "of_future_total"), [1, 1, 0, 0]);
}
