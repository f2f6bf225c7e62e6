//! Values of labels that panic, fail, record themselves, or have a type that only the caller knows.

use std::{
    cell::Cell,
    fmt::{Display, Formatter, Result as Written},
};

use tachometer::{Counter, FiniteLabel, counted, measured, testing};

use super::{catch, counter, finish, gauge, histogram, installed};

thread_local! {
    static BODIES: Cell<u32> = const { Cell::new(0) };
}

struct Panics;

impl Display for Panics {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        f.write_str("half of it")?;
        panic!("on purpose")
    }
}

#[measured(name = "panicking", labels(a = "a", %value), result)]
fn panicking(value: &dyn Display) -> Result<(), ()> {
    let _ = value;
    BODIES.set(BODIES.get() + 1);
    Ok(())
}

#[measured(name = "panicking_async", labels(%value))]
async fn panicking_async(value: &dyn Display) {
    let _ = value;
    BODIES.set(BODIES.get() + 1);
}

#[test]
fn a_value_that_panics_does_so_before_the_call() {
    let telemetry = installed();
    catch(|| panicking(&Panics).unwrap_or_default());
    catch(|| finish(panicking_async(&Panics)));
    let snapshot = telemetry.snapshot();
    for metric in ["panicking_total", "panicking_duration_seconds", "panicking_in_flight", "panicking_async_total"] {
        assert!(snapshot.family(metric).is_none_or(|family| family.series().next().is_none()), "{metric}");
    }
    assert_eq!(BODIES.get(), 0);
    // What it had written is no part of the next value.
    assert_eq!((panicking(&1), finish(panicking_async(&2)), BODIES.get()), (Ok(()), (), 2));
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "panicking_total", &[("a", "a"), ("value", "1"), ("result", "ok")]), 1);
    assert_eq!(gauge(&snapshot, "panicking_in_flight", &[("a", "a"), ("value", "1")]), 0.0);
    assert_eq!(histogram(&snapshot, "panicking_async_duration_seconds", &[("value", "2")]).0, 1);
}

struct Fails;

impl Display for Fails {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        f.write_str("half of it")?;
        Err(std::fmt::Error)
    }
}

static FORMATTED: Counter = Counter::new("formatted_total");

struct Records(u8);

impl Display for Records {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        FORMATTED.increment(1);
        if self.0 > 0 {
            panicking(&Records(self.0 - 1)).map_err(|()| std::fmt::Error)?;
        }
        write!(f, "{} deep", self.0)
    }
}

fn fails_and_records() {
    assert_eq!(panicking(&Fails), Ok(()));
    assert_eq!((panicking(&Records(2)), BODIES.get()), (Ok(()), 4));
}

#[test]
fn a_value_that_fails_is_what_it_has_written_and_one_that_records_is_recorded() {
    let telemetry = installed();
    fails_and_records();
    let snapshot = telemetry.snapshot();
    for value in ["half of it", "0 deep", "1 deep", "2 deep"] {
        let labels = [("a", "a"), ("value", value), ("result", "ok")];
        assert_eq!(counter(&snapshot, "panicking_total", &labels), 1, "{value}");
        assert_eq!(gauge(&snapshot, "panicking_in_flight", &labels[..2]), 0.0, "{value}");
    }
    assert_eq!(counter(&snapshot, "formatted_total", &[]), 3);
    BODIES.set(0);
    let recorded = testing::record(fails_and_records);
    recorded.assert_counter("panicking_total", &[("value", "half of it"), ("result", "ok")], 1);
    recorded.assert_counter("panicking_total", &[("value", "0 deep"), ("result", "ok")], 1);
}

trait Service {
    type Op: FiniteLabel;
}

struct Layer<Inner>(Inner);

impl<Inner: Service> Layer<Inner> {
    // What a static cannot name is not known before the first call.
    #[counted(name = "layered_total", labels(operation, other), result)]
    fn call(&self, operation: Inner::Op, other: &<Inner as Service>::Op) -> Result<(), u8> {
        let _ = (operation, other, &self.0);
        Ok(())
    }
}

impl Service for u8 {
    type Op = bool;
}

struct Shop;

#[measured(name = "shop", labels(function))]
impl Shop {
    fn sell(&self) {}

    async fn buy(&self, function: &str) {
        let _ = function;
    }

    fn close(&self) {}
}

#[counted(name = "alone_total", labels(function, "fn" = function))]
fn alone() {}

#[test]
fn types_of_a_parameter_and_names_of_functions_are_values() {
    let telemetry = installed();
    let snapshot = telemetry.snapshot();
    let shop = |function| counter(&telemetry.snapshot(), "shop_total", &[("function", function)]);
    assert_eq!([shop("Shop::sell"), shop("Shop::close")], [0, 0]);
    assert!(snapshot.family("layered_total").is_none_or(|family| family.series().next().is_none()));
    assert_eq!(Layer(5u8).call(true, &false), Ok(()));
    Shop.sell();
    Shop.close();
    finish(Shop.buy("an argument"));
    alone();
    assert_eq!([shop("Shop::sell"), shop("Shop::close"), shop("an argument")], [1, 1, 1]);
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "alone_total", &[("function", "alone"), ("fn", "alone")]), 1);
    let labels = [("operation", "true"), ("other", "false"), ("result", "ok")];
    assert_eq!(counter(&snapshot, "layered_total", &labels), 1);
}
