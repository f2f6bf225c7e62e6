//! How calls of `async fn` end.

use std::{
    future::{Future, pending, ready},
    pin::pin,
    task::{Context, Poll, Waker},
};

use tachometer::{Telemetry, measured};

use super::{catch, endings, gauge, histogram, installed};

#[measured(name = "fetch", result)]
async fn fetch(wait: impl Future<Output = Result<u8, String>>) -> Result<u8, String> {
    let byte = wait.await?;
    assert_ne!(byte, 13, "unlucky");
    Ok(byte)
}

fn poll<T>(future: impl Future<Output = T>) -> Poll<T> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn in_flight(telemetry: &Telemetry) -> f64 {
    gauge(&telemetry.snapshot(), "fetch_in_flight", &[])
}

#[test]
fn every_ending_of_a_future_is_counted_once() {
    let telemetry = installed();
    assert_eq!(poll(fetch(ready(Ok(1)))), Poll::Ready(Ok(1)));
    assert_eq!(poll(fetch(ready(Err("gone".to_owned())))), Poll::Ready(Err("gone".to_owned())));
    catch(|| drop(poll(fetch(ready(Ok(13))))));
    assert_eq!(poll(fetch(pending())), Poll::Pending, "and dropped after that");
    drop(fetch(ready(Ok(1))));

    let snapshot = telemetry.snapshot();
    assert_eq!(endings(&snapshot, "fetch_total"), [1, 1, 1, 1], "a future that was never polled is no call");
    assert_eq!(histogram(&snapshot, "fetch_duration_seconds", &[]).0, 4);
    assert_eq!(in_flight(&telemetry), 0.0);
}

#[test]
fn a_call_is_in_flight_from_its_first_poll_to_its_end() {
    let telemetry = installed();
    let mut call = Box::pin(fetch(pending()));
    assert_eq!(in_flight(&telemetry), 0.0);
    assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert_eq!(in_flight(&telemetry), 1.0);
    drop(call);
    assert_eq!(in_flight(&telemetry), 0.0);
}

#[test]
fn a_future_dropped_by_a_foreign_panic_is_cancelled() {
    let telemetry = installed();
    catch(|| {
        let mut call = Box::pin(fetch(pending()));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        panic!("on purpose");
    });
    assert_eq!(endings(&telemetry.snapshot(), "fetch_total"), [0, 0, 0, 1]);
}

#[test]
fn a_future_that_moves_between_threads_is_counted_once() {
    let telemetry = installed();
    let mut polls = 0;
    let mut call = Box::pin(fetch(std::future::poll_fn(move |_| {
        polls += 1;
        if polls < 4 { Poll::Pending } else { Poll::Ready(Ok(2)) }
    })));
    for _ in 0..3 {
        call = std::thread::spawn(move || {
            assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            call
        })
        .join()
        .expect("it does not panic");
    }
    assert_eq!(in_flight(&telemetry), 1.0);
    assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    assert_eq!(endings(&telemetry.snapshot(), "fetch_total"), [1, 0, 0, 0]);
    assert_eq!(in_flight(&telemetry), 0.0);
}

#[test]
fn a_future_grows_by_at_most_64_bytes() {
    #[measured(name = "bare", result)]
    async fn measured_call() -> Result<u8, String> {
        ready(()).await;
        Ok(1)
    }
    async fn plain_call() -> Result<u8, String> {
        ready(()).await;
        Ok(1)
    }
    let growth = size_of_val(&measured_call()) - size_of_val(&plain_call());
    assert!(growth <= 64, "it grew by {growth} bytes");
}
