//! What stands in a body means what it meant: types are inferred as before, names are what they were, values are
//! dropped in their order, and only the body belongs to the call. What functions take and return is in `signatures`.

use std::{cell::RefCell, error::Error, fmt::Display, future::Future, pin::Pin};

use tachometer::{Telemetry, counted, in_flight, measured, timed};

use super::{counter, endings, finish, gauge, histogram, installed, later};

#[measured(name = "inferred", result)]
fn inferred(texts: &[&str]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    let mut numbers = Vec::new();
    for text in texts {
        numbers.push(text.parse()?);
    }
    if numbers.is_empty() {
        return Err("no number".into());
    }
    Ok(numbers)
}

#[measured(name = "later_inferred", result)]
async fn later_inferred(texts: &[&str]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    later().await;
    if texts.is_empty() {
        Err("no number")?;
    }
    texts.iter().map(|text| text.parse().map_err(Into::into)).collect()
}

#[measured]
fn collected<T: FromIterator<u8>>() -> T {
    (0..3).collect()
}

#[measured(name = "coerced", result)]
fn coerced(flag: bool) -> Result<Box<dyn Display>, fn(u8) -> u8> {
    if flag { Ok(Box::new(1)) } else { Err(|number| number + 1) }
}

#[measured(name = "later_coerced", result)]
async fn later_coerced(flag: bool) -> Result<&'static [u8], Box<dyn Fn(u8) -> u8>> {
    later().await;
    match flag {
        true => Ok(&[1, 2]),
        false => Err(Box::new(|number| number + 1)),
    }
}

#[test]
fn values_take_the_type_that_the_signature_gives_them() {
    let telemetry = installed();
    assert_eq!(inferred(&["1", "2"]).expect("they are numbers"), [1, 2]);
    assert!(inferred(&["x"]).is_err() && inferred(&[]).is_err());
    assert_eq!(finish(later_inferred(&["1", "2"])).expect("they are numbers"), [1, 2]);
    assert!(finish(later_inferred(&["x"])).is_err() && finish(later_inferred(&[])).is_err());
    assert_eq!(collected::<Vec<u8>>(), collected::<Box<[u8]>>().into_vec());
    assert_eq!(coerced(true).ok().map(|one| one.to_string()).as_deref(), Some("1"));
    assert_eq!(coerced(false).err().map(|increment| increment(1)), Some(2));
    assert_eq!(finish(later_coerced(true)).ok(), Some([1, 2].as_slice()));
    assert_eq!(finish(later_coerced(false)).err().map(|increment| increment(1)), Some(2));
    let snapshot = telemetry.snapshot();
    for name in ["inferred_total", "later_inferred_total"] {
        assert_eq!(endings(&snapshot, name), [1, 2, 0, 0], "{name}");
    }
    for name in ["coerced_total", "later_coerced_total"] {
        assert_eq!(endings(&snapshot, name), [1, 1, 0, 0], "{name}");
    }
}

#[derive(Debug, PartialEq)]
enum Word {
    Result,
    Vec,
    Option,
}

#[measured(name = "shadowed", result)]
fn shadowed(flag: bool) -> Result<Vec<Word>, Option<Word>> {
    use Word::*;
    if flag { Ok([Vec, Result].into()) } else { Err(Some(Option)) }
}

#[measured(name = "later_shadowed", result)]
async fn later_shadowed(flag: bool) -> Result<Vec<Word>, Option<Word>> {
    use Word::*;
    later().await;
    if flag { Ok([Vec, Result].into()) } else { Err(Some(Option)) }
}

#[measured(name = "inner_attributes", error_if = Option::is_none)]
fn inner_attributes() -> Option<u8> {
    #![expect(unused_variables)]
    //! Documentation inside.
    let unused = 1;
    Some(2)
}

#[measured(name = "items", error_if = Option::is_none)]
fn items(depth: u8) -> Option<u8> {
    /// A site within a site.
    #[measured(name = "inner_items", error_if = Option::is_none)]
    fn items(depth: u8) -> Option<u8> {
        macro_rules! result {
            () => {
                depth.checked_sub(2)
            };
        }
        result!()
    }
    const DEPTH: u8 = 1;
    items(depth)?.checked_add(DEPTH)
}

#[test]
fn names_in_a_body_shadow_nothing_outside_and_attributes_stay_in_front() {
    let telemetry = installed();
    assert_eq!(shadowed(true), Ok(vec![Word::Vec, Word::Result]));
    assert_eq!(finish(later_shadowed(false)), Err(Some(Word::Option)));
    assert_eq!((inner_attributes(), items(2), items(1)), (Some(2), Some(1), None));
    let snapshot = telemetry.snapshot();
    assert_eq!(endings(&snapshot, "shadowed_total"), [1, 0, 0, 0]);
    assert_eq!(endings(&snapshot, "later_shadowed_total"), [0, 1, 0, 0]);
    assert_eq!(endings(&snapshot, "inner_attributes_total"), [1, 0, 0, 0]);
    assert_eq!(endings(&snapshot, "items_total"), [1, 1, 0, 0]);
    assert_eq!(endings(&snapshot, "inner_items_total"), [1, 1, 0, 0]);
}

#[measured(name = "moved", labels(text, length = text.len(), own = &own[..1]), result)]
fn moved(text: String, own: Box<str>) -> Result<Box<str>, String> {
    let consume = move || text;
    if own.len() > 1 { Ok(own) } else { Err(consume()) }
}

#[measured(name = "later_moved", labels(text, own = &own[..1]), result)]
async fn later_moved(text: String, own: Box<str>) -> Result<Box<str>, String> {
    drop(text);
    later().await;
    Ok(own)
}

#[measured(name = "boxed_moved", labels(text), result)]
fn boxed_moved(text: String) -> Pin<Box<dyn Future<Output = Result<String, ()>> + Send>> {
    let mut text = text;
    text.push('!');
    Box::pin(async move {
        later().await;
        Ok(text)
    })
}

#[test]
fn labels_are_read_before_the_body_can_move_what_they_are_of() {
    let telemetry = installed();
    assert!(moved("ab".to_owned(), "cd".into()).is_ok() && moved("ab".to_owned(), "e".into()).is_err());
    assert_eq!(finish(later_moved("ab".to_owned(), "cd".into())), Ok("cd".into()));
    assert_eq!(finish(boxed_moved("ab".to_owned())), Ok("ab!".to_owned()));
    let snapshot = telemetry.snapshot();
    let moved = |own, result| [("text", "ab"), ("length", "2"), ("own", own), ("result", result)];
    assert_eq!(counter(&snapshot, "moved_total", &moved("c", "ok")), 1);
    assert_eq!(counter(&snapshot, "moved_total", &moved("e", "error")), 1);
    assert_eq!(counter(&snapshot, "later_moved_total", &[("text", "ab"), ("own", "c"), ("result", "ok")]), 1);
    assert_eq!(counter(&snapshot, "boxed_moved_total", &[("text", "ab"), ("result", "ok")]), 1);
}

/// Notes when it is dropped, and how many calls of `dropping` there are then.
struct Logged<'a>(&'a RefCell<Vec<(&'static str, f64)>>, &'a Telemetry, &'static str);

impl Drop for Logged<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().push((self.2, gauge(&self.1.snapshot(), "dropping_in_flight", &[])));
    }
}

#[in_flight(name = "dropping_in_flight")]
#[allow(clippy::needless_pass_by_value, reason = "it is here to drop them")]
fn dropping<'a>(first: Logged<'a>, second: Logged<'a>, _unused: Logged<'a>, _: Logged<'a>) {
    let _local = Logged(first.0, second.1, "local");
    let _other = Logged(second.0, first.1, "other");
}

#[test]
fn values_are_dropped_in_the_order_of_the_language_and_arguments_after_the_call() {
    let telemetry = installed();
    let log = RefCell::new(Vec::new());
    let logged = |name| Logged(&log, &telemetry, name);
    dropping(logged("first"), logged("second"), logged("unused"), logged("ignored"));
    let order = [("other", 1.0), ("local", 1.0), ("ignored", 0.0), ("unused", 0.0), ("second", 0.0), ("first", 0.0)];
    assert_eq!(log.take(), order);
}

fn used<'a>(logged: &Logged<'a>, name: &'static str) -> Logged<'a> {
    Logged(logged.0, logged.1, name)
}

#[in_flight(name = "dropping_in_flight")]
#[counted(name = "judged_total", error_if = Option::is_none)]
fn judged<'a>(first: Logged<'a>, second: Logged<'a>, _unused: Logged<'a>) -> Option<()> {
    let _local = used(&first, "local");
    used(&second, "other").0.borrow().is_empty().then_some(())
}

#[in_flight(name = "dropping_in_flight")]
async fn later_dropping<'a>(first: Logged<'a>, second: Logged<'a>, _unused: Logged<'a>) {
    let _local = used(&first, "local");
    later().await;
    let _other = used(&second, "other");
}

#[test]
fn arguments_that_a_watched_body_uses_go_with_it_in_the_order_of_the_language() {
    let telemetry = installed();
    let log = RefCell::new(Vec::new());
    let logged = |name| Logged(&log, &telemetry, name);
    let order = [("other", 1.0), ("local", 1.0), ("unused", 1.0), ("second", 1.0), ("first", 1.0)];
    assert_eq!(judged(logged("first"), logged("second"), logged("unused")), Some(()));
    assert_eq!(log.take(), order);
    finish(later_dropping(logged("first"), logged("second"), logged("unused")));
    assert_eq!(log.take(), order);
}

/// How many calls of `making` there are while its future is made, and while it runs.
#[measured(name = "making")]
fn making(telemetry: &Telemetry, before: &mut f64) -> impl Future<Output = f64> {
    *before = gauge(&telemetry.snapshot(), "making_in_flight", &[]);
    async { gauge(&telemetry.snapshot(), "making_in_flight", &[]) }
}

#[timed(name = "never_polled_seconds")]
async fn never_polled() {}

#[test]
fn a_call_is_its_body_and_never_the_making_of_a_future() {
    let telemetry = installed();
    let mut before = f64::NAN;
    let during = finish(making(&telemetry, &mut before));
    assert_eq!((before, during), (0.0, 1.0));
    drop(never_polled());
    let snapshot = telemetry.snapshot();
    assert_eq!(histogram(&snapshot, "making_duration_seconds", &[]).0, 1);
    assert_eq!(histogram(&snapshot, "never_polled_seconds", &[]), (0, 0.0));
}

/// A chain of functions, each of which calls the one before.
macro_rules! chain {
    ($first:ident <- $second:ident $(<- $more:ident)*) => {
        #[measured(name = "chain", result)]
        async fn $second(depth: u32) -> Result<u32, String> {
            let depth = $first(depth + 1).await?;
            later().await;
            Ok(depth)
        }
        chain!($second $(<- $more)*);
    };
    ($last:ident) => {
        #[counted(name = "chain_end_total", result)]
        fn chain_end() -> Result<u32, String> {
            fn assert_send<T: Send>(value: T) -> T {
                value
            }
            finish(assert_send($last(0)))
        }
    };
}

async fn c0(depth: u32) -> Result<u32, String> {
    Ok(depth)
}

chain!(c0 <- c1 <- c2 <- c3 <- c4 <- c5 <- c6 <- c7 <- c8 <- c9 <- c10 <- c11 <- c12 <- c13 <- c14 <- c15 <- c16);

#[test]
fn futures_within_futures_stay_within_the_limits_of_the_compiler() {
    let telemetry = installed();
    assert_eq!(chain_end(), Ok(16));
    assert_eq!(endings(&telemetry.snapshot(), "chain_total"), [16, 0, 0, 0]);
}
