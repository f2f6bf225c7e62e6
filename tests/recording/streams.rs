//! Functions that return streams: the call lasts until the stream ends or is dropped.

use std::{
    convert::Infallible,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};

use ::futures::{
    Stream, StreamExt as _,
    executor::block_on,
    stream::{self, BoxStream, LocalBoxStream},
};
use tachometer::{counted, measured, timed};

use super::{counter, endings, histogram, installed};

type Row = Result<u8, &'static str>;

const LATE: Row = Err("late");

/// Takes some time before each row.
fn slow(rows: Vec<Row>) -> impl Stream<Item = Row> + Send {
    stream::iter(rows).map(|row| {
        std::thread::sleep(Duration::from_millis(2));
        row
    })
}

#[measured(name = "opaque_rows", result, items, first_item)]
fn opaque(rows: Vec<Row>) -> impl Stream<Item = Row> + Send {
    slow(rows)
}

#[measured(name = "boxed_rows", labels(table), result, items, first_item)]
fn boxed(table: &str, rows: Vec<Row>) -> BoxStream<'static, Row> {
    let _ = table;
    slow(rows).boxed()
}

#[measured(name = "local_rows", result)]
fn local(rows: &[Row]) -> LocalBoxStream<'_, &Row> {
    Box::pin(stream::iter(rows))
}

#[measured(name = "pinned_rows", result)]
fn pinned(rows: Vec<Row>) -> Pin<Box<dyn Stream<Item = Row>>> {
    if rows.is_empty() {
        return Box::pin(stream::empty());
    }
    Box::pin(slow(rows))
}

#[measured(name = "later_rows", result)]
async fn later(rows: Row) -> Result<impl Stream<Item = Row>, &'static str> {
    let row = rows?;
    Ok(slow(vec![Ok(row), Ok(row)]))
}

#[measured(name = "later_boxed_rows", result)]
async fn later_boxed(rows: Vec<Row>) -> Result<BoxStream<'static, Row>, Infallible> {
    Ok(slow(rows).boxed())
}

#[measured(name = "found_rows", result)]
fn found(rows: Option<Vec<Row>>) -> Option<impl Stream<Item = Row>> {
    rows.map(slow)
}

#[test]
fn a_stream_is_the_call_until_it_ends_and_one_error_makes_it_one() {
    let telemetry = installed();
    let good = || vec![Ok(1), Ok(2)];
    let bad = || vec![Ok(1), LATE, Ok(2)];
    assert_eq!(block_on(opaque(good()).count()), 2);
    assert_eq!(block_on(opaque(bad()).count()), 3);
    assert_eq!(block_on(boxed("a", good()).count()), 2);
    assert_eq!(block_on(local(&bad()).count()), 3);
    assert_eq!((block_on(pinned(bad()).count()), block_on(pinned(Vec::new()).count())), (3, 0));
    block_on(async {
        assert_eq!(later(Ok(1)).await.expect("it is fine").count().await, 2);
        assert!(later(LATE).await.is_err());
        let Ok(rows) = later_boxed(bad()).await;
        assert_eq!(rows.count().await, 3);
    });
    assert!(found(None).is_none());
    assert_eq!(block_on(found(Some(good())).expect("it is there").count()), 2);

    let snapshot = telemetry.snapshot();
    assert_eq!(endings(&snapshot, "opaque_rows_total"), [1, 1, 0, 0]);
    let boxed = [("table", "a"), ("result", "ok")];
    assert_eq!(counter(&snapshot, "boxed_rows_total", &boxed), 1);
    assert_eq!(endings(&snapshot, "local_rows_total"), [1, 0, 0, 0], "an item that is borrowed tells nothing");
    assert_eq!(endings(&snapshot, "pinned_rows_total"), [1, 1, 0, 0]);
    assert_eq!(endings(&snapshot, "later_rows_total"), [1, 1, 0, 0]);
    assert_eq!(endings(&snapshot, "later_boxed_rows_total"), [0, 1, 0, 0]);
    assert_eq!(endings(&snapshot, "found_rows_total"), [2, 0, 0, 0]);
    let (count, sum) = histogram(&snapshot, "opaque_rows_duration_seconds", &[]);
    assert!(count == 2 && sum >= 0.01, "{count} calls with five rows of 2 ms took {sum} s");
}

#[test]
fn items_are_counted_and_the_first_one_is_timed() {
    let telemetry = installed();
    block_on(async {
        opaque(vec![Ok(1), Ok(2), LATE]).count().await;
        opaque(Vec::new()).count().await;
        boxed("b", vec![Ok(1)]).count().await;
        boxed("c", vec![Ok(1), Ok(2)]).count().await;
    });
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "opaque_rows_items_total", &[]), 3);
    let (count, sum) = histogram(&snapshot, "opaque_rows_first_item_seconds", &[]);
    assert!(count == 1 && sum >= 0.002, "{count} first items after {sum} s");
    assert_eq!(counter(&snapshot, "boxed_rows_items_total", &[("table", "b")]), 1);
    assert_eq!(counter(&snapshot, "boxed_rows_items_total", &[("table", "c")]), 2);
    assert_eq!(histogram(&snapshot, "boxed_rows_first_item_seconds", &[("table", "c")]).0, 1);
}

#[test]
fn a_stream_that_is_dropped_early_is_cancelled_unless_it_has_failed() {
    let telemetry = installed();
    block_on(async {
        drop(opaque(vec![Ok(1)]));
        let mut rows = pin!(opaque(vec![Ok(1), Ok(2)]));
        assert_eq!(rows.next().await, Some(Ok(1)));
        let mut failed = opaque(vec![LATE, Ok(2)]).boxed();
        assert_eq!(failed.next().await, Some(LATE));
        drop(failed);
        drop(later(Ok(1)).await);
    });
    let snapshot = telemetry.snapshot();
    assert_eq!(endings(&snapshot, "opaque_rows_total"), [0, 1, 0, 1], "one was never polled");
    assert_eq!(endings(&snapshot, "later_rows_total"), [0, 0, 0, 1], "the call had begun");
}

#[counted(name = "last_total", items = last, result)]
fn last(rows: Vec<Row>) -> BoxStream<'static, Row> {
    slow(rows).boxed()
}

#[counted(name = "ignored_total", items = ignore, result)]
fn ignored(rows: Vec<Row>) -> impl Stream<Item = Row> {
    slow(rows)
}

#[counted(name = "judged_items_total", error_if = |row: &u8| *row > 9)]
fn judged(rows: Vec<u8>) -> impl Stream<Item = u8> {
    stream::iter(rows)
}

#[test]
fn which_items_decide_can_be_said() {
    let telemetry = installed();
    block_on(async {
        last(vec![LATE, Ok(1)]).count().await;
        last(vec![Ok(1), LATE]).count().await;
        ignored(vec![Ok(1), LATE]).count().await;
        judged(vec![1, 10]).count().await;
        judged(vec![1]).count().await;
    });
    let snapshot = telemetry.snapshot();
    assert_eq!(endings(&snapshot, "last_total"), [1, 1, 0, 0]);
    assert_eq!(counter(&snapshot, "last_items_total", &[]), 4);
    assert_eq!(endings(&snapshot, "ignored_total"), [1, 0, 0, 0]);
    assert_eq!(endings(&snapshot, "judged_items_total"), [1, 1, 0, 0]);
}

#[timed(name = "vec_of_streams_seconds")]
fn many() -> Vec<BoxStream<'static, Row>> {
    vec![slow(vec![Ok(1)]).boxed()]
}

#[timed(name = "pair_with_a_stream_seconds")]
fn pair() -> (u8, impl Stream<Item = Row>) {
    (1, slow(vec![Ok(1)]))
}

#[test]
fn a_stream_in_a_value_is_a_value() {
    let telemetry = installed();
    drop((many(), pair()));
    let snapshot = telemetry.snapshot();
    assert_eq!(histogram(&snapshot, "vec_of_streams_seconds", &[]).0, 1);
    assert_eq!(histogram(&snapshot, "pair_with_a_stream_seconds", &[]).0, 1);
}

#[counted(name = "fused_rows_total")]
fn fused() -> impl stream::FusedStream<Item = u8> + Unpin {
    stream::iter([1, 2]).fuse()
}

#[test]
fn a_stream_stays_what_it_was() {
    use ::futures::stream::FusedStream as _;
    let telemetry = installed();
    let mut rows = fused();
    assert_eq!((rows.size_hint(), rows.is_terminated()), ((2, Some(2)), false));
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(_)) = Pin::new(&mut rows).poll_next(&mut context) {}
    assert!(rows.is_terminated());
    assert_eq!(counter(&telemetry.snapshot(), "fused_rows_total", &[]), 1);
}
