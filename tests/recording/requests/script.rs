//! Bodies frame by frame, as a test writes them.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::http::HeaderMap;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// A body of these frames, which says nothing about its size.
#[derive(Default)]
pub(super) struct Script {
    frames: Vec<Result<Frame<Bytes>, &'static str>>,
    tells_end: bool,
    is_endless: bool,
}

impl Script {
    pub(super) fn of(frames: impl Into<Vec<Result<Frame<Bytes>, &'static str>>>) -> Self {
        Self { frames: frames.into(), tells_end: false, is_endless: false }
    }

    /// The same, which says when it is over.
    pub(super) fn telling(self) -> Self {
        Self { tells_end: true, ..self }
    }

    /// The same, after which nothing comes and nothing ends.
    pub(super) fn endless(self) -> Self {
        Self { is_endless: true, ..self }
    }
}

impl Body for Script {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        match self.frames.is_empty() {
            true if self.is_endless => Poll::Pending,
            true => Poll::Ready(None),
            false => Poll::Ready(Some(self.frames.remove(0))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.tells_end && self.frames.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::new()
    }
}

pub(super) fn data(text: &'static str) -> Result<Frame<Bytes>, &'static str> {
    Ok(Frame::data(Bytes::from(text)))
}

pub(super) fn trailers() -> Result<Frame<Bytes>, &'static str> {
    Ok(Frame::trailers(HeaderMap::new()))
}
