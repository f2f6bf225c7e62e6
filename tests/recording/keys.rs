//! Keys about names and first values, and blocks of code.

use std::{
    future::{Future, pending},
    pin::pin,
    task::{Context, Poll, Waker},
};

use tachometer::{ErrorKind, counted, measured, time, timed};

use super::{catch, counter, endings, gauge, histogram, installed};

#[counted(name = "legacy:jobs", as_is, error_if = Option::is_none)]
#[timed(name = "legacy_job_millis", as_is)]
fn legacy() -> Option<u8> {
    None
}

#[measured(name = "legacy_wait_ms", as_is)]
fn legacy_stem() {}

#[test]
fn a_name_can_be_taken_as_it_is() {
    let telemetry = installed();
    legacy();
    legacy_stem();
    let snapshot = telemetry.snapshot();
    assert_eq!(endings(&snapshot, "legacy:jobs"), [0, 1, 0, 0]);
    assert_eq!(histogram(&snapshot, "legacy_job_millis", &[]).0, 1);
    assert_eq!(counter(&snapshot, "legacy_wait_ms_total", &[]), 1);
    assert_eq!(gauge(&snapshot, "legacy_wait_ms_in_flight", &[]), 0.0);
}

#[derive(ErrorKind)]
enum Rare {
    Once,
}

#[measured(name = "rare", zero = false, error_kind)]
fn rare() -> Result<(), Rare> {
    Err(Rare::Once)
}

#[counted(zero = false)]
fn rare_and_shared() {}

#[test]
fn series_can_wait_for_the_first_call() {
    let telemetry = installed();
    let labels = [("function", "rare_and_shared"), ("module", "integration::recording::keys"), ("result", "ok")];
    let snapshot = telemetry.snapshot();
    assert!(snapshot.family("rare_total").is_none() && snapshot.family("rare_in_flight").is_none());
    assert!(snapshot.get("function_calls_total", &labels).is_none());
    assert!(rare().is_err());
    rare_and_shared();
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "rare_total", &[("result", "error"), ("error", "once")]), 1);
    assert_eq!(histogram(&snapshot, "rare_duration_seconds", &[]).0, 1);
    assert_eq!(counter(&snapshot, "function_calls_total", &labels), 1);
}

const SECONDS: &str = "block_seconds";

fn parse(text: &str) -> Result<u8, std::num::ParseIntError> {
    let number: u8 = time!(SECONDS, text.parse()?);
    Ok(time!("inner_block_seconds", time!("innermost_block_seconds", number + 1)))
}

async fn wait(future: impl Future<Output = u8>) -> u8 {
    time!("awaited_block_seconds", {
        let value = future.await;
        value + 1
    },)
}

fn assert_send<T: Send>(value: T) -> T {
    value
}

#[test]
fn blocks_of_code_are_timed_and_their_values_pass_through() {
    let telemetry = installed();
    assert_eq!(histogram(&telemetry.snapshot(), "block_seconds", &[]), (0, 0.0));
    assert_eq!(parse("1"), Ok(2));
    assert!(parse("x").is_err());
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(pin!(assert_send(wait(std::future::ready(1)))).poll(&mut context), Poll::Ready(2));
    assert_eq!(pin!(wait(pending())).poll(&mut context), Poll::Pending, "and dropped after that");
    catch(|| time!("panicking_block_seconds", panic!("on purpose")));
    let snapshot = telemetry.snapshot();
    assert_eq!(histogram(&snapshot, "block_seconds", &[]).0, 2, "the one that was left by `?` as well");
    assert_eq!(histogram(&snapshot, "inner_block_seconds", &[]).0, 1);
    assert_eq!(histogram(&snapshot, "innermost_block_seconds", &[]).0, 1);
    assert_eq!(histogram(&snapshot, "awaited_block_seconds", &[]).0, 2);
    assert_eq!(histogram(&snapshot, "panicking_block_seconds", &[]).0, 1);
}
