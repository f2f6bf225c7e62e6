//! One connection of a child: bytes that have come, and how many and how often they may.

use std::{
    io::{self, ErrorKind, Read, Write},
    os::unix::net::UnixStream,
    time::Duration,
};

use super::Limits;
use crate::fleet::wire::{
    frame::{self, HEADER, Kind},
    reader::Fault,
};

/// Bytes that are read at a time, so that no child has the thread for long.
const TURN: usize = 64 << 10;

/// Frames that may come together, and how many a second beside those that were asked for.
const BURST: f64 = 200.0;
const FRAMES_PER_SECOND: f64 = 20.0;

/// A connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: UnixStream,
    received: Vec<u8>,
    /// What has been taken of it.
    taken: usize,
    bytes: Budget,
    frames: Budget,
    most: usize,
}

/// Something that fills up with time.
#[derive(Debug)]
struct Budget {
    left: f64,
    most: f64,
    per_second: f64,
    at: Duration,
}

impl Budget {
    fn new(most: f64, per_second: f64, at: Duration) -> Self {
        Self { left: most, most, per_second, at }
    }

    /// Whether so much is left.
    fn spend(&mut self, amount: f64, now: Duration) -> bool {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.at = now;
        self.left = (self.left + passed * self.per_second).min(self.most) - amount;
        self.left >= 0.0
    }
}

/// Why a child is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    Garbage(Fault),
    TooMuch,
    TooOften,
    /// It has not greeted in time.
    Silent,
}

impl Cut {
    pub(crate) const REASONS: [&str; 4] = ["garbage", "too_much", "too_often", "silent"];

    /// The reason as a label value.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Garbage(_) => "garbage",
            Self::TooMuch => "too_much",
            Self::TooOften => "too_often",
            Self::Silent => "silent",
        }
    }
}

/// What a turn at a connection has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Open,
    Closed,
    Cut(Cut),
}

impl Connection {
    pub(crate) fn new(stream: UnixStream, limits: &Limits, now: Duration) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        let most = limits.frame_bytes as f64;
        Ok(Self {
            stream,
            received: Vec::new(),
            taken: 0,
            // A full state may be many frames; after it there is what changes.
            bytes: Budget::new(most * 16.0, most * 2.0, now),
            frames: Budget::new(BURST, FRAMES_PER_SECOND, now),
            most: limits.frame_bytes,
        })
    }

    pub(crate) fn stream(&self) -> &UnixStream {
        &self.stream
    }

    /// Reads what has come.
    pub(crate) fn read(&mut self, now: Duration) -> Turn {
        self.received.drain(..std::mem::take(&mut self.taken));
        let before = self.received.len();
        if before < TURN && self.received.capacity() > 4 * TURN {
            // A long frame is seldom followed by another one.
            self.received.shrink_to(2 * TURN);
        }
        self.received.resize(before + TURN, 0);
        let read = self.stream.read(&mut self.received[before..]);
        self.received.truncate(before + read.as_ref().copied().unwrap_or_default());
        match read {
            Ok(0) => Turn::Closed,
            Ok(len) if self.bytes.spend(len as f64, now) => Turn::Open,
            Ok(_) => Turn::Cut(Cut::TooMuch),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Turn::Open,
            Err(_) => Turn::Closed,
        }
    }

    /// The next whole frame of what has come.
    pub(crate) fn next(&mut self, now: Duration) -> Result<Option<(Kind, &[u8])>, Cut> {
        let rest = &self.received[self.taken..];
        match frame::first(rest, self.most + HEADER) {
            Ok(Some((kind, body, len))) => {
                self.taken += len;
                if self.frames.spend(1.0, now) { Ok(Some((kind, body))) } else { Err(Cut::TooOften) }
            }
            Ok(None) => Ok(None),
            Err(fault) => Err(Cut::Garbage(fault)),
        }
    }

    /// Sends a small frame. A child that takes none is told nothing, and whatever depends on it finds it late.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write(bytes).is_ok_and(|sent| sent == bytes.len())
    }

    /// A frame that was asked for is free.
    pub(crate) fn expect_answer(&mut self) {
        self.frames.left = (self.frames.left + 2.0).min(self.frames.most);
    }
}
