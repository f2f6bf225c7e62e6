//! Attributes on whole blocks.

use tachometer::{Snapshot, counted, measured};

use super::{counter, gauge, histogram, installed};

struct Index<T>(T);

/// Everything about the index.
#[measured]
impl<T: Clone> Index<T> {
    const SIZE: usize = [{ 1 }][0];

    const fn new(value: T) -> Self {
        Self(value)
    }

    fn get(&self) -> Result<T, String> {
        assert_eq!(Self::SIZE, 1);
        Ok(self.0.clone())
    }

    async fn fetch(&mut self) -> Result<T, String> {
        Err("gone".to_owned())
    }

    fn peek(&self) -> Option<T> {
        None
    }

    #[tachometer::skip]
    fn skipped(&self) {}

    #[counted(name = "own_total", error_if = Option::is_none)]
    fn own(&self) -> Option<T> {
        None
    }

    #[counted]
    fn counted_only(&self) {}

    #[counted(function = "renamed")]
    fn named(&self) {}

    #[cfg_attr(all(), inline, tachometer::skip)]
    fn skipped_here(&self) {}

    #[cfg_attr(any(), tachometer::skip)]
    fn not_skipped_here(&self) {}

    #[cfg_attr(all(), counted(name = "conditional_total"))]
    fn conditional(&self) {}
}

#[counted(function = "display")]
impl<T> std::fmt::Display for Index<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an index")
    }
}

#[measured]
impl<T: Clone> From<&[T]> for Index<T> {
    fn from(values: &[T]) -> Self {
        Self(values[0].clone())
    }
}

fn calls(snapshot: &Snapshot, module: &str, function: &str, result: &str) -> Option<u64> {
    let module = format!("integration::recording::blocks{module}");
    let labels = [("function", function), ("module", module.as_str()), ("result", result)];
    snapshot.get("function_calls_total", &labels)?;
    Some(counter(snapshot, "function_calls_total", &labels))
}

#[test]
fn each_method_of_a_block_is_measured() {
    let telemetry = installed();
    let mut index = Index::new(vec![1_u8]);
    assert!(index.get().is_ok() && index.peek().is_none() && index.own().is_none());
    let mut fetch = Box::pin(index.fetch());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(fetch.as_mut().poll(&mut context).is_ready());
    drop(fetch);
    index.skipped();
    index.skipped_here();
    index.not_skipped_here();
    index.conditional();
    index.counted_only();
    index.named();
    assert_eq!(Index::from([1_u8].as_slice()).to_string(), "an index");

    let snapshot = telemetry.snapshot();
    let calls = |function: &str, result: &str| calls(&snapshot, "", function, result);
    assert_eq!(calls("Index::get", "ok"), Some(1));
    assert_eq!(calls("Index::fetch", "error"), Some(1));
    assert_eq!(calls("Index::peek", "ok"), Some(1));
    assert_eq!(calls("Index::not_skipped_here", "ok"), Some(1));
    assert_eq!(calls("Index::counted_only", "ok"), Some(1));
    assert_eq!(calls("renamed", "ok"), Some(1));
    assert_eq!(calls("display", "ok"), Some(1));
    assert_eq!(calls("Index::from", "ok"), Some(1));
    for left_out in ["new", "skipped", "own", "skipped_here", "conditional", "named", "fmt"] {
        assert_eq!(calls(&format!("Index::{left_out}"), "ok"), None, "{left_out}");
    }
    assert_eq!(counter(&snapshot, "own_total", &[("result", "error")]), 1);
    assert_eq!(counter(&snapshot, "conditional_total", &[]), 1);
    let labels = [("function", "Index::get"), ("module", "integration::recording::blocks")];
    assert_eq!(histogram(&snapshot, "function_calls_duration_seconds", &labels).0, 1);
}

struct Till;

/// What happens at the till.
#[measured(name = "till", labels(amount), result)]
impl Till {
    fn pay(&self, amount: u32) -> Result<u32, u32> {
        if amount > 9 { Err(amount) } else { Ok(amount) }
    }

    fn find(&self, amount: u32) -> Option<u32> {
        amount.checked_sub(5)
    }

    fn count(&self, amount: u32) -> u32 {
        amount
    }

    fn close(self, amount: u32) {
        assert_eq!((size_of_val(&self), amount), (0, 5));
    }
}

#[test]
fn functions_of_a_named_block_share_its_metrics() {
    let telemetry = installed();
    let _ = Till.pay(5);
    let _ = Till.pay(10);
    assert_eq!((Till.find(5), Till.find(1), Till.count(5)), (Some(0), None, 5));
    Till.close(5);
    let snapshot = telemetry.snapshot();
    let till = |amount, result| counter(&snapshot, "till_total", &[("amount", amount), ("result", result)]);
    assert_eq!((till("5", "ok"), till("10", "error"), till("1", "ok")), (4, 1, 1));
    assert_eq!(gauge(&snapshot, "till_in_flight", &[("amount", "5")]), 0.0);
    assert_eq!(snapshot.family("till_total").expect("it is there").help(), "What happens at the till.");
}

#[measured]
mod shop {
    #![allow(clippy::needless_pass_by_value)]

    pub(super) const LIMIT: usize = 3;

    pub(super) struct Shelf<const N: usize>;

    pub(super) fn open() {}

    pub(super) mod back {
        pub(crate) fn open() -> Result<(), ()> {
            super::Shelf::<{ super::LIMIT }>.fill();
            Err(())
        }

        #[tachometer::skip]
        pub(crate) fn clean() {}
    }

    impl Shelf<{ LIMIT }> {
        fn fill(&self) {}
    }

    #[tachometer::counted]
    impl<const N: usize> Drop for Shelf<N> {
        fn drop(&mut self) {}
    }

    #[tachometer::skip]
    pub(super) mod unseen {
        pub(crate) fn open() {}
    }
}

#[test]
fn a_module_is_measured_with_all_that_it_holds() {
    let telemetry = installed();
    shop::open();
    let _ = shop::back::open();
    shop::back::clean();
    shop::unseen::open();
    let snapshot = telemetry.snapshot();
    assert_eq!(calls(&snapshot, "::shop", "open", "ok"), Some(1));
    assert_eq!(calls(&snapshot, "::shop::back", "open", "error"), Some(1));
    assert_eq!(calls(&snapshot, "::shop", "Shelf::fill", "ok"), Some(1));
    assert_eq!(calls(&snapshot, "::shop", "Shelf::drop", "ok"), Some(1));
    assert_eq!(calls(&snapshot, "::shop::back", "clean", "ok"), None);
    assert_eq!(calls(&snapshot, "::shop::unseen", "open", "ok"), None);
}

/// A trait that another macro rewrites, above our attribute and below it.
#[async_trait::async_trait]
trait Stock {
    async fn take(&self, fails: bool) -> Result<(), ()>;
}

struct Above;

struct Below;

#[measured]
#[async_trait::async_trait]
impl Stock for Above {
    async fn take(&self, fails: bool) -> Result<(), ()> {
        if fails { Err(()) } else { Ok(()) }
    }
}

#[async_trait::async_trait]
#[measured]
impl Stock for Below {
    async fn take(&self, fails: bool) -> Result<(), ()> {
        if fails { Err(()) } else { Ok(()) }
    }
}

#[tachometer::skip]
fn skipped_for_nothing() -> u8 {
    1
}

#[test]
fn a_block_under_async_trait_is_measured_in_either_order() {
    let telemetry = installed();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for fails in [true, false] {
        assert!(Above.take(fails).as_mut().poll(&mut context).is_ready());
        assert!(Below.take(fails).as_mut().poll(&mut context).is_ready());
    }
    let snapshot = telemetry.snapshot();
    for function in ["Above::take", "Below::take"] {
        assert_eq!(calls(&snapshot, "", function, "ok"), Some(1), "{function}");
        assert_eq!(calls(&snapshot, "", function, "error"), Some(1), "{function}");
        assert_eq!(calls(&snapshot, "", function, "cancelled"), Some(0), "{function}");
    }
    assert_eq!(skipped_for_nothing(), 1);
}
