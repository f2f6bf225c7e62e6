//! What an outlet is to the schedule, and what the schedule tells it. It knows no outlet.

use std::{error::Error as StdError, fmt, time::Duration};

use super::runner::Taken;
use crate::{Snapshot, exporters::prometheus::text::Text};

/// Somewhere that snapshots are sent to; see the [module](crate::push).
///
/// All of it is called on a thread of its own, so that it may block: on a socket, a file, a runtime of its own.
pub trait Outlet: Send + 'static {
    /// The value of the label `outlet`, and what the outlet is called in messages; no other outlet of the program has it.
    fn name(&self) -> &str;

    /// How often it is pushed; `None` for by [`Telemetry::flush`](crate::Telemetry::flush) and at the end only. It is
    /// asked once. One minute unless the outlet says otherwise.
    fn interval(&self) -> Option<Duration> {
        Some(Duration::from_mins(1))
    }

    /// How long a push may take, with everything that is tried again; an interval bounds it as well. Ten seconds unless the
    /// outlet says otherwise.
    ///
    /// An attempt that takes longer is not stopped: it looks at [`Push::time_left`] itself. It delays no other outlet.
    fn timeout(&self) -> Duration {
        Duration::from_secs(10)
    }

    /// Whether it sends [`Push::text`] and looks at no value, so that it can be pushed to in the mode of
    /// `Builder::with_prometheus`, where there are none.
    fn is_of_text(&self) -> bool {
        false
    }

    /// Sends a snapshot.
    ///
    /// # Errors
    /// That it was not sent, and whether it is worth another attempt. A panic is an error that is not.
    fn push(&mut self, push: &mut Push<'_>) -> Result<(), PushError>;
}

/// One attempt to push a snapshot: what there is to send, until when, and what to say of it.
pub struct Push<'a> {
    pub(super) taken: &'a Taken,
    pub(super) attempt: u32,
    pub(super) time_left: &'a dyn Fn() -> Duration,
    pub(super) now: Duration,
    pub(super) is_asked_for: bool,
    pub(super) is_last: bool,
    pub(super) said: Said,
}

/// What an outlet has said of an attempt.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) pushed: Option<u64>,
    pub(super) dropped: u64,
    pub(super) points: [u64; DroppedPoints::ALL.len()],
    pub(super) buffered: Option<usize>,
}

/// Why values within a snapshot did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DroppedPoints {
    /// They are NaN or infinite, for which receivers refuse all of a request.
    NotFinite,
    /// The other side took the rest and said so.
    Rejected,
}

impl DroppedPoints {
    pub(super) const ALL: [Self; 2] = [Self::NotFinite, Self::Rejected];

    /// The value of the label `reason`.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::NotFinite => "not_finite",
            Self::Rejected => "rejected",
        }
    }
}

impl Push<'_> {
    /// What to send: the same one at each attempt of a push.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.taken.snapshot
    }

    /// The same in Prometheus' text format 0.0.4, written anew each time.
    #[must_use]
    pub fn text(&self) -> String {
        self.taken.text.clone().unwrap_or_else(|| Text::encode_to_string(self.snapshot()))
    }

    /// How often this push was tried before: 0 at first.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// How long this push may still take.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        (self.time_left)()
    }

    /// Time since some moment, the same for all pushes of a program, by the clock that pushes go by.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.now
    }

    /// Whether it is asked for by [`Telemetry::flush`](crate::Telemetry::flush) or because the program ends, so that nothing
    /// should wait in a buffer.
    #[must_use]
    pub fn is_asked_for(&self) -> bool {
        self.is_asked_for
    }

    /// Whether the program ends, so that nothing is pushed after this one.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.is_last
    }

    /// Says that so many snapshots have arrived, where that is not the one: those that waited in a buffer, or none yet, which
    /// is no success.
    pub fn pushed(&mut self, snapshots: u64) {
        *self.said.pushed.get_or_insert_default() += snapshots;
    }

    /// Says that so many snapshots of a buffer were given up.
    pub fn dropped(&mut self, snapshots: u64) {
        self.said.dropped += snapshots;
    }

    /// Says that so many values of a snapshot did not arrive.
    pub fn dropped_points(&mut self, why: DroppedPoints, points: u64) {
        self.said.points[why as usize] += points;
    }

    /// Says how many bytes wait in a buffer from now on.
    pub fn buffered(&mut self, bytes: usize) {
        self.said.buffered = Some(bytes);
    }
}

impl fmt::Debug for Push<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Push")
            .field("attempt", &self.attempt)
            .field("time_left", &self.time_left())
            .field("is_last", &self.is_last)
            .finish_non_exhaustive()
    }
}

/// Why a push did not succeed, and what becomes of it.
///
/// Any error becomes one by `?`, and is then tried again.
#[derive(Debug)]
#[must_use = "it is what `push` returns"]
pub struct PushError {
    pub(super) error: Box<dyn StdError + Send + Sync>,
    pub(super) retries: bool,
    pub(super) after: Option<Duration>,
    pub(super) is_kept: bool,
    pub(super) is_tried: bool,
}

impl PushError {
    /// It may succeed when it is tried again.
    pub fn retry(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { error: error.into(), retries: true, after: None, is_kept: false, is_tried: true }
    }

    /// It would fail again: this snapshot is given up. The next one is pushed when it is due.
    pub fn give_up(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { retries: false, ..Self::retry(error) }
    }

    /// It was not tried, because an earlier failure is too recent: it is no failure of its own. The next attempt is after
    /// this pause, and the outlet keeps the snapshot until then.
    pub fn not_yet(pause: Duration) -> Self {
        Self { is_tried: false, ..Self::retry("an earlier failure is too recent").after(pause).kept() }
    }

    /// The next attempt is no sooner than this, be it of this snapshot or, unless it is [`kept`](Self::kept), of a later one.
    pub fn after(mut self, pause: Duration) -> Self {
        self.after = Some(pause);
        self
    }

    /// The outlet keeps the snapshot for a later push, so that it does not count as dropped, and is handed the next one when
    /// that is due.
    pub fn kept(mut self) -> Self {
        self.is_kept = true;
        self
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for PushError {
    fn from(error: E) -> Self {
        Self::retry(error)
    }
}
