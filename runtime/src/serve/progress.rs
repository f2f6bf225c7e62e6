//! How far a connection is with its request, and until when it may be there. It knows nothing of what is sent.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::{sync::Notify, time::Instant};

use super::{access::Stream, limits::Limits};

/// A client that takes so many bytes a second is not too slow, however long the answer is.
const SPEED: u64 = 16 * 1024;

/// Over how long that is looked at, at least.
const SPELL: Duration = Duration::from_secs(10);

/// How much longer it may take, since clients take by fits and starts.
const SLACK: Duration = Duration::from_secs(2);

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
pub(super) struct Progress {
    state: Mutex<State>,
    /// That the answer has been taken away from its reader.
    cut: Notify,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    since: Instant,
    /// When some of the answer was last taken.
    taken: Instant,
    /// The spell over which bytes are counted now: its begin, and how many were taken in it.
    spell: (Instant, u64),
    is_body_handed_over: bool,
    has_unread_body: bool,
}

impl Default for Progress {
    fn default() -> Self {
        let since = Instant::now();
        let state = State {
            phase: Phase::Fresh,
            since,
            taken: since,
            spell: (since, 0),
            is_body_handed_over: false,
            has_unread_body: false,
        };
        Self { state: Mutex::new(state), cut: Notify::new() }
    }
}

impl Progress {
    pub(super) fn phase(&self) -> Phase {
        self.lock().phase
    }

    /// Until when the connection may be in its phase.
    pub(super) fn deadline(&self, limits: &Limits, is_refused: bool) -> Option<Instant> {
        let mut state = self.lock();
        let limit = match state.phase {
            Phase::Fresh | Phase::Head if is_refused => limits.refusal,
            Phase::Fresh | Phase::Head => limits.head,
            Phase::Working => return None,
            Phase::Answering => return Some(state.answer_deadline(Instant::now(), limits.answer)),
            Phase::Idle => limits.idle,
        };
        Some(state.since + limit)
    }

    /// The answer has been taken away from its reader.
    pub(super) fn cut(&self) {
        self.cut.notify_one();
    }

    /// Ready when that is so.
    pub(super) async fn is_cut(&self) {
        self.cut.notified().await;
    }

    fn bytes_taken(&self, bytes: usize) {
        if bytes > 0 {
            let mut state = self.lock();
            state.taken = Instant::now();
            state.spell.1 += bytes as u64;
        }
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
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.since = Instant::now();
        (self.taken, self.spell) = (self.since, (self.since, 0));
    }

    /// Until when the client may take none of its answer, or too little over a spell.
    fn answer_deadline(&mut self, now: Instant, limit: Duration) -> Instant {
        let spell = limit.max(SPELL);
        let (begin, bytes) = self.spell;
        if now >= begin + spell + SLACK && bytes >= SPEED * spell.as_secs() {
            self.spell = (now, 0);
        }
        (self.taken + limit).min(self.spell.0 + spell + SLACK)
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
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        if let Poll::Ready(Ok(bytes)) = written {
            self.progress.bytes_taken(bytes);
        }
        written
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
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        if let Poll::Ready(Ok(bytes)) = written {
            self.progress.bytes_taken(bytes);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// For how long a client is served that takes so many bytes each time so much time has passed; an hour at most.
    fn served(every: Duration, bytes: u64, limit: Duration) -> Duration {
        let begin = Instant::now();
        let progress = Progress::default();
        let mut state = progress.lock();
        (state.phase, state.since, state.taken, state.spell) = (Phase::Answering, begin, begin, (begin, 0));
        let mut now = begin;
        while now < begin + s(3600) {
            let next = now + every;
            // What a timer does: it rings, and asks again.
            loop {
                let deadline = state.answer_deadline(now, limit);
                if deadline > next {
                    break;
                }
                now = now.max(deadline);
                if state.answer_deadline(now, limit) <= now {
                    return now - begin;
                }
            }
            now = next;
            state.taken = now;
            state.spell.1 += bytes;
        }
        now - begin
    }

    #[test]
    fn a_client_that_takes_enough_is_never_cut_off() {
        for limit in [s(3), s(30)] {
            assert_eq!(served(s(1), SPEED, limit), s(3600), "steadily, {limit:?}");
            assert_eq!(served(Duration::from_millis(50), 200_000, limit), s(3600), "quickly, {limit:?}");
        }
        assert_eq!(served(s(5), 5 * SPEED, s(30)), s(3600), "by fits and starts");
    }

    #[test]
    fn a_client_that_takes_little_or_nothing_is_cut_off() {
        assert_eq!(served(s(7200), 0, s(3)), s(3), "nothing");
        assert_eq!(served(s(7200), 0, s(30)), s(30), "nothing");
        assert_eq!(served(s(1), 1, s(3)), SPELL + SLACK, "a byte a second");
        assert_eq!(served(s(1), SPEED / 2, s(30)), s(30) + SLACK, "half of what is enough");
    }
}
