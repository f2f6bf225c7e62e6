//! How synchronous calls end.

use tachometer::{counted, in_flight, measured, timed};

use super::{catch, counter, endings, gauge, histogram, installed};

/// Halves even numbers.
#[measured(name = "halve", result)]
fn halve(number: u32) -> Result<u32, String> {
    assert!(number < 100, "too large");
    if number == 7 {
        return Err("seven".to_owned());
    }
    let half = number.is_multiple_of(2).then_some(number / 2).ok_or("odd")?;
    Ok(half)
}

#[test]
fn a_call_ends_ok_or_with_an_error_or_in_a_panic() {
    let telemetry = installed();
    assert_eq!(endings(&telemetry.snapshot(), "halve_total"), [0, 0, 0, 0]);
    halve(2).expect("it is even");
    halve(4).expect("it is even");
    halve(3).expect_err("by the question mark");
    halve(7).expect_err("by return");
    catch(|| drop(halve(100)));

    let snapshot = telemetry.snapshot();
    assert_eq!(endings(&snapshot, "halve_total"), [2, 2, 1, 0]);
    assert_eq!(histogram(&snapshot, "halve_duration_seconds", &[]).0, 5);
    assert_eq!(gauge(&snapshot, "halve_in_flight", &[]), 0.0);
    assert!(snapshot.get("halve_total", &[("result", "cancelled")]).is_none(), "no function is cancelled");
    assert_eq!(snapshot.family("halve_total").expect("it is there").help(), "Halves even numbers.");
}

#[counted]
fn plain() {}

#[measured]
fn fallible(fails: bool) -> std::io::Result<()> {
    if fails { Err(std::io::Error::other("asked to")) } else { Ok(()) }
}

struct Index;

impl Index {
    #[measured]
    fn get(&self) -> Option<u32> {
        None
    }
}

#[test]
fn functions_without_a_name_share_metrics() {
    let telemetry = installed();
    let labels =
        |function, result| [("function", function), ("module", "integration::recording::outcomes"), ("result", result)];
    for result in ["ok", "error", "panicked"] {
        assert_eq!(counter(&telemetry.snapshot(), "function_calls_total", &labels("plain", result)), 0);
    }
    plain();
    let _ = fallible(true);
    let _ = fallible(false);
    Index.get();
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "function_calls_total", &labels("plain", "ok")), 1);
    assert_eq!(counter(&snapshot, "function_calls_total", &labels("fallible", "ok")), 1);
    assert_eq!(counter(&snapshot, "function_calls_total", &labels("fallible", "error")), 1);
    assert_eq!(counter(&snapshot, "function_calls_total", &labels("get", "ok")), 1, "only a `Result` can fail");
    assert_eq!(histogram(&snapshot, "function_calls_duration_seconds", &labels("fallible", "")[..2]).0, 2);
    assert_eq!(gauge(&snapshot, "function_calls_concurrent", &labels("fallible", "")[..2]), 0.0);
}

#[in_flight(name = "countdown_in_flight")]
fn countdown(telemetry: &tachometer::Telemetry, from: u32) {
    let now = gauge(&telemetry.snapshot(), "countdown_in_flight", &[]);
    assert_eq!(now, f64::from(4 - from));
    if from > 0 {
        countdown(telemetry, from - 1);
    }
}

#[test]
fn recursion_nests() {
    let telemetry = installed();
    countdown(&telemetry, 3);
    assert_eq!(gauge(&telemetry.snapshot(), "countdown_in_flight", &[]), 0.0);
}

#[counted(name = "cleanups_total", result)]
fn clean_up() -> Result<(), ()> {
    Ok(())
}

#[counted(name = "plain_cleanups_total")]
#[timed(name = "plain_cleanup_seconds", result)]
fn plain_clean_up() -> Result<(), ()> {
    Ok(())
}

#[test]
fn a_call_that_ends_well_while_its_thread_unwinds_has_not_panicked() {
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            let _ = clean_up();
            let _ = plain_clean_up();
        }
    }
    let telemetry = installed();
    catch(|| {
        let _guard = Guard;
        panic!("on purpose");
    });
    let snapshot = telemetry.snapshot();
    assert_eq!(endings(&snapshot, "cleanups_total"), [1, 0, 0, 0]);
    assert_eq!(histogram(&snapshot, "plain_cleanup_seconds", &[("result", "ok")]).0, 1);
    assert_eq!(histogram(&snapshot, "plain_cleanup_seconds", &[("result", "panicked")]).0, 0);
}

#[counted(name = "late_panics_total", result)]
fn panic_late() -> Result<(), ()> {
    panic!("on purpose")
}

#[test]
fn a_call_that_panics_while_its_thread_unwinds_has_panicked() {
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            let _ = std::panic::catch_unwind(panic_late);
        }
    }
    let telemetry = installed();
    catch(|| {
        let _guard = Guard;
        panic!("on purpose");
    });
    assert_eq!(endings(&telemetry.snapshot(), "late_panics_total"), [0, 0, 1, 0]);
}

#[timed(name = "nap_seconds", buckets = [0.001, 0.01, 60.0])]
fn nap() {
    std::thread::sleep(std::time::Duration::from_millis(12));
}

#[test]
fn durations_are_in_seconds_and_in_the_declared_buckets() {
    let telemetry = installed();
    nap();
    let snapshot = telemetry.snapshot();
    let Some(tachometer::families::Value::Histogram(nap)) = snapshot.get("nap_seconds", &[]) else { panic!() };
    assert_eq!(nap.bounds, [0.001, 0.01, 60.0]);
    assert_eq!(nap.counts, [0, 0, 1, 0]);
    assert!((0.012..60.0).contains(&nap.sum), "{} s", nap.sum);
}
