//! How far a connection is with its request, and until when it may be there. It knows nothing of what is sent.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::time::Instant;

use super::{access::Stream, limits::Limits};

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing has come yet.
    Fresh,
    /// A part of a request's head has come.
    Head,
    /// The answer is being made.
    Working,
    /// The answer is on its way.
    Answering,
    /// All answers have been taken.
    Idle,
}

/// What one connection is doing, as told by its stream, its requests and their answers.
#[derive(Debug)]
pub(super) struct Progress(Mutex<State>);

#[derive(Debug)]
struct State {
    phase: Phase,
    since: Instant,
    is_body_handed_over: bool,
    has_unread_body: bool,
}

impl Default for Progress {
    fn default() -> Self {
        let since = Instant::now();
        Self(Mutex::new(State { phase: Phase::Fresh, since, is_body_handed_over: false, has_unread_body: false }))
    }
}

impl Progress {
    pub(super) fn phase(&self) -> Phase {
        self.lock().phase
    }

    /// Until when the connection may be in its phase.
    pub(super) fn deadline(&self, limits: &Limits, is_refused: bool) -> Option<Instant> {
        let state = self.lock();
        let limit = match state.phase {
            Phase::Fresh | Phase::Head if is_refused => limits.refusal,
            Phase::Fresh | Phase::Head => limits.head,
            Phase::Working => return None,
            Phase::Answering => limits.answer,
            Phase::Idle => limits.idle,
        };
        Some(state.since + limit)
    }

    /// Whether a request came with a body, which nobody reads.
    pub(super) fn has_unread_body(&self) -> bool {
        self.lock().has_unread_body
    }

    pub(super) fn request_came(&self, has_body: bool) {
        let mut state = self.lock();
        state.has_unread_body |= has_body;
        state.enter(Phase::Working);
    }

    pub(super) fn answer_begins(&self) {
        let mut state = self.lock();
        state.is_body_handed_over = false;
        state.enter(Phase::Answering);
    }

    pub(super) fn body_handed_over(&self) {
        self.lock().is_body_handed_over = true;
    }

    fn bytes_came(&self) {
        let mut state = self.lock();
        if matches!(state.phase, Phase::Fresh | Phase::Idle) {
            state.enter(Phase::Head);
        }
    }

    fn all_taken(&self) {
        let mut state = self.lock();
        if state.phase == Phase::Answering && state.is_body_handed_over {
            state.enter(Phase::Idle);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.since = Instant::now();
    }
}

/// A stream that tells a [`Progress`] what it carries.
#[derive(Debug)]
pub(super) struct Watched {
    stream: TokioIo<Stream>,
    progress: Arc<Progress>,
}

impl Watched {
    pub(super) fn new(stream: Stream, progress: Arc<Progress>) -> Self {
        Self { stream: TokioIo::new(stream), progress }
    }

    pub(super) fn into_stream(self) -> Stream {
        self.stream.into_inner()
    }
}

impl Read for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if matches!(read, Poll::Ready(Ok(()))) {
            self.progress.bytes_came();
        }
        read
    }
}

impl Write for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if flushed.is_ready() {
            self.progress.all_taken();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }
}
