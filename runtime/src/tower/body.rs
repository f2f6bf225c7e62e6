//! A response's body whose end is the end of the exchange.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use hyper::{
    body::{Body, Buf, Frame, SizeHint},
    header::{CONTENT_LENGTH, HeaderMap},
};
use pin_project_lite::pin_project;

use super::exchange::{Exchange, Failure};

pin_project! {
    /// The body of a response that [`HttpMetrics`](super::HttpMetrics) measures.
    #[derive(Debug)]
    pub struct MeasuredBody<B: Body> {
        #[pin]
        body: B,
        exchange: Option<Exchange>,
        // Bytes that the head has announced and that have not been taken yet.
        left: Option<u64>,
    }

    impl<B: Body> PinnedDrop for MeasuredBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            // A server that has sent as much as it announced does not ask whether there is more.
            if let Some(exchange) = this.exchange.take() && (*this.left == Some(0) || this.body.is_end_stream()) {
                exchange.succeed();
            }
        }
    }
}

impl<B: Body> MeasuredBody<B> {
    pub(super) fn new(body: B, headers: &HeaderMap, exchange: Exchange) -> Self {
        let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let left = announced.or_else(|| body.size_hint().exact());
        if exchange.is_only_head() || body.is_end_stream() {
            exchange.succeed();
            return Self { body, exchange: None, left };
        }
        Self { body, exchange: Some(exchange), left }
    }
}

impl<B: Body> Body for MeasuredBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        // Held here, so that it ends while a panic passes by.
        let Some(exchange) = this.exchange.take() else { return this.body.poll_frame(cx) };
        let frame = this.body.poll_frame(cx);
        match &frame {
            Poll::Ready(None) => exchange.succeed(),
            Poll::Ready(Some(Err(_))) => exchange.fail(Failure::Error),
            Poll::Ready(Some(Ok(frame))) => {
                let sent = frame.data_ref().map_or(0, |data| data.remaining() as u64);
                *this.left = this.left.map(|left| left.saturating_sub(sent));
                *this.exchange = Some(exchange);
            }
            Poll::Pending => *this.exchange = Some(exchange),
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
