//! The bodies of exchanges: the response's, whose end is the exchange's, and the request's, whose bytes are counted.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use hyper::{
    body::{Body, Buf, Frame, SizeHint},
    header::{CONTENT_LENGTH, HeaderMap},
};
use pin_project_lite::pin_project;

use super::exchange::{Exchange, Failure};

pin_project! {
    /// The body of a response that is measured to its end.
    ///
    /// Its default is the default body, unmeasured: what `TimeoutLayer`, `CorsLayer` and others of tower-http answer
    /// with where they answer themselves.
    #[derive(Debug)]
    pub struct MeasuredBody<B: Body> {
        #[pin]
        body: B,
        exchange: Option<Box<Exchange>>,
        // Bytes that the head has announced and that have not been taken yet.
        left: Option<u64>,
    }

    impl<B: Body> PinnedDrop for MeasuredBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            let Some(exchange) = this.exchange.take() else { return };
            // A server that has sent as much as it announced does not ask whether there is more.
            if this.body.is_end_stream() || *this.left == Some(0) && exchange.needs_no_trailers() {
                exchange.succeed();
            }
        }
    }
}

pin_project! {
    /// The body of a request whose bytes are counted where they are taken; see
    /// [`HttpMetrics::body_sizes`](super::HttpMetrics::body_sizes).
    #[derive(Debug, Clone, Default)]
    pub struct CountedBody<B> {
        #[pin]
        body: B,
        passed: Option<Arc<AtomicU64>>,
    }
}

impl<B: Body> MeasuredBody<B> {
    pub(super) fn new(body: B, headers: &HeaderMap, exchange: Box<Exchange>) -> Self {
        let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let left = announced.or_else(|| body.size_hint().exact());
        if exchange.is_only_head() || body.is_end_stream() {
            exchange.succeed();
            return Self { body, exchange: None, left };
        }
        Self { body, exchange: Some(exchange), left }
    }

    /// A body that is not measured.
    pub(super) fn unmeasured(body: B) -> Self {
        Self { body, exchange: None, left: None }
    }
}

impl<B: Body + Default> Default for MeasuredBody<B> {
    fn default() -> Self {
        Self::unmeasured(B::default())
    }
}

impl<B: Body> Body for MeasuredBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        // Held here, so that it ends while a panic passes by.
        let Some(mut exchange) = this.exchange.take() else { return this.body.poll_frame(cx) };
        let frame = this.body.poll_frame(cx);
        match &frame {
            Poll::Pending => *this.exchange = Some(exchange),
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    exchange.trailed(trailers);
                    exchange.succeed();
                } else {
                    let bytes = frame.data_ref().map_or(0, |data| data.remaining() as u64);
                    exchange.passed(bytes);
                    *this.left = this.left.map(|left| left.saturating_sub(bytes));
                    *this.exchange = Some(exchange);
                }
            }
            Poll::Ready(Some(Err(_))) => exchange.fail(Failure::Error),
            // Less has come than was announced, which breaks the connection.
            Poll::Ready(None) if this.left.is_some_and(|left| left > 0) => exchange.fail(Failure::Error),
            Poll::Ready(None) => exchange.succeed(),
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> CountedBody<B> {
    pub(super) fn new(body: B, passed: Option<Arc<AtomicU64>>) -> Self {
        Self { body, passed }
    }
}

impl<B: Body> Body for CountedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let frame = this.body.poll_frame(cx);
        if let (Poll::Ready(Some(Ok(frame))), Some(passed)) = (&frame, this.passed) {
            let bytes = frame.data_ref().map_or(0, |data| data.remaining() as u64);
            // Relaxed: the number guards nothing else.
            passed.fetch_add(bytes, Ordering::Relaxed);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
