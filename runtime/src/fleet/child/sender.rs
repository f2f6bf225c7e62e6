//! The thread that tells the parent: on its interval, when the parent asks, and when the program does. It reconnects for as
//! long as the program lives, at growing intervals, and tells everything anew then; it never makes the program wait.

use std::{
    io::{self, ErrorKind, Read, Write},
    os::{fd::AsFd, unix::net::UnixStream},
    path::PathBuf,
    process,
    sync::Arc,
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};

use super::{
    member::Member,
    signal::{Asked, Signal, by},
};
use crate::{
    error::{Error, Kind},
    families::Families,
    fleet::wire::{
        frame::{self, MAX_GREETING},
        greeting::{Hello, Welcome},
        reader::Reader,
    },
    push::backoff::{Backoff, Dice},
};

/// Pauses between two attempts to connect.
const PAUSES: Backoff = Backoff { first: Duration::from_millis(50), longest: Duration::from_secs(5) };

/// How long a parent may take to greet, and to take some of a frame.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bounds of what a parent may ask for.
const INTERVALS: [u32; 2] = [20, 3_600_000];
const FRAMES: [u32; 2] = [64 << 10, 64 << 20];

/// Where the parent is, and who the child is to it.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) socket: PathBuf,
    pub(crate) role: String,
    pub(crate) slot: u32,
}

/// A child that tells its parent. It stops when this is dropped.
#[derive(Debug)]
pub(crate) struct Child {
    signal: Arc<Signal>,
    thread: ThreadId,
    process: u32,
}

impl Child {
    /// Starts to tell. That the parent does not answer is no error: it is tried again.
    ///
    /// # Errors
    /// If the operating system has no thread or no socket left.
    pub(crate) fn start(place: Place, families: Arc<dyn Families + Send + Sync>) -> Result<Self, Error> {
        let failed = |what: &str, error: io::Error| {
            let message = format!("cannot make {what} of the fleet; raise the process's limits");
            Error::new(Kind::Environment, message).with_source(error)
        };
        let signal = Arc::new(Signal::new().map_err(|error| failed("a socket", error))?);
        let sender = Sender { place, families, signal: Arc::clone(&signal), dice: Dice::new(), is_failing: false };
        let thread = thread::Builder::new().name("tachometer-fleet".to_owned());
        let thread = thread.spawn(move || sender.work()).map_err(|error| failed("the thread", error))?;
        Ok(Self { signal, thread: thread.thread().id(), process: process::id() })
    }

    /// Tells what there is now.
    ///
    /// # Errors
    /// If it has not been sent within this time.
    pub(crate) fn flush(&self, within: Duration) -> Result<(), Error> {
        self.ask(false, within)
    }

    /// Tells what there is now, and that this was all.
    ///
    /// # Errors
    /// If it has not been sent within this time.
    pub(crate) fn stop(&self, within: Duration) -> Result<(), Error> {
        self.ask(true, within)
    }

    fn ask(&self, stop: bool, within: Duration) -> Result<(), Error> {
        // What was forked off has no thread, and the thread itself would wait for itself.
        if self.process != process::id() || self.thread == thread::current().id() {
            return Ok(());
        }
        let asked = self.signal.ask(stop);
        match self.signal.wait(asked, by(within)) {
            Some(true) => Ok(()),
            Some(false) => {
                let message = "the parent process of the fleet could not be told; the program's log says why";
                Err(Error::new(Kind::Other, message))
            }
            None => {
                let message = format!("the parent process of the fleet took nothing within {within:?}");
                Err(Error::new(Kind::TimedOut, message))
            }
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.process == process::id() {
            self.signal.ask(true);
        }
    }
}

/// The thread.
struct Sender {
    place: Place,
    families: Arc<dyn Families + Send + Sync>,
    signal: Arc<Signal>,
    dice: Dice,
    is_failing: bool,
}

/// Why a connection has ended.
enum End {
    /// The program ends.
    Stopped,
    Lost(io::Error),
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        Self::Lost(error)
    }
}

impl From<Errno> for End {
    fn from(error: Errno) -> Self {
        Self::Lost(error.into())
    }
}

/// A connection whose parent has greeted.
struct Connection {
    stream: UnixStream,
    received: Vec<u8>,
    interval: Duration,
    most: usize,
    /// The latest pull.
    asked: u64,
}

impl Sender {
    fn work(mut self) {
        let mut member = Member::take();
        let mut failures = 0;
        loop {
            let mut was_greeted = false;
            match self.connected(&mut member, &mut was_greeted) {
                End::Stopped => break,
                End::Lost(error) => self.warn(&error),
            }
            failures = if was_greeted { 0 } else { failures + 1 };
            let pause = self.dice.share(PAUSES.pause(failures), 0.5);
            if self.rests(pause) {
                break;
            }
        }
        member.give_back();
        self.signal.end();
    }

    /// Waits, and says to what is asked for meanwhile that it cannot be done. Whether the program ends.
    fn rests(&self, pause: Duration) -> bool {
        let until = by(pause);
        loop {
            match self.signal.asked() {
                Asked::Stop(number) => {
                    self.signal.answer(number, false);
                    return true;
                }
                Asked::Flush(number) => self.signal.answer(number, false),
                Asked::Nothing => {}
            }
            if Instant::now() >= until {
                return false;
            }
            // What is wrong with the sockets is found out by the next attempt.
            let _ = waited(&[PollFd::from_borrowed_fd(self.signal.heard(), PollFlags::IN)], until);
        }
    }

    fn connected(&mut self, member: &mut Member, was_greeted: &mut bool) -> End {
        match self.greeted(member) {
            Ok(mut connection) => {
                *was_greeted = true;
                if std::mem::take(&mut self.is_failing) {
                    tracing::info!("the parent process of the fleet is told again");
                }
                match self.tells(member, &mut connection) {
                    Ok(()) => End::Stopped,
                    Err(end) => end,
                }
            }
            Err(error) => End::Lost(error),
        }
    }

    /// Connects, and waits for the parent's greeting.
    fn greeted(&self, member: &mut Member) -> io::Result<Connection> {
        let stream = UnixStream::connect(&self.place.socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let hello = Hello {
            incarnation: member.incarnation,
            pid: process::id(),
            role: &self.place.role,
            slot: self.place.slot,
            before: member.before,
        };
        let mut bytes = Vec::new();
        frame::append(&mut bytes, frame::Kind::Hello, |out| hello.write(out));
        (&stream).write_all(&bytes)?;
        let mut received = Vec::new();
        let welcome = loop {
            let first = frame::first(&received, MAX_GREETING).map_err(strange)?;
            match first {
                Some((frame::Kind::Welcome, body, len)) => {
                    let welcome = Welcome::read(body).map_err(strange)?;
                    received.drain(..len);
                    break welcome;
                }
                Some((frame::Kind::Refused, body, _)) => {
                    let why = Reader::new(body).text().unwrap_or("it says not why").to_owned();
                    return Err(io::Error::other(format!("it refuses this process: {why}")));
                }
                Some(_) => return Err(strange("it does not greet")),
                None => read(&stream, &mut received)?,
            }
        };
        member.before = welcome.membership;
        member.dictionary.begin();
        let [[shortest, longest], [least, most]] = [INTERVALS, FRAMES];
        Ok(Connection {
            stream,
            received,
            interval: Duration::from_millis(welcome.interval.clamp(shortest, longest).into()),
            most: welcome.most.clamp(least, most) as usize,
            asked: 0,
        })
    }

    /// Tells until the connection or the program ends.
    fn tells(&mut self, member: &mut Member, connection: &mut Connection) -> Result<(), End> {
        // All that is registered, before the first interval is over.
        self.tell(member, connection, false)?;
        let mut due = by(self.dice.share(connection.interval, 0.0));
        loop {
            let ready = {
                let heard = PollFd::from_borrowed_fd(self.signal.heard(), PollFlags::IN);
                let asked = PollFd::from_borrowed_fd(connection.stream.as_fd(), PollFlags::IN);
                waited(&[heard, asked], due)?
            };
            match self.signal.asked() {
                Asked::Stop(number) => {
                    let told = self.tell(member, connection, true);
                    self.signal.answer(number, told.is_ok());
                    return Ok(());
                }
                Asked::Flush(number) => {
                    let told = self.tell(member, connection, false);
                    self.signal.answer(number, told.is_ok());
                    told?;
                }
                Asked::Nothing => {}
            }
            if ready && hears(connection)? {
                self.tell(member, connection, false)?;
            }
            if Instant::now() >= due {
                self.tell(member, connection, false)?;
                due = by(connection.interval);
            }
        }
    }

    fn tell(&self, member: &mut Member, connection: &mut Connection, is_last: bool) -> io::Result<()> {
        let answers = std::mem::take(&mut connection.asked);
        let bytes = member.dictionary.frames(&*self.families, connection.most, answers, is_last);
        (&connection.stream).write_all(&bytes)
    }

    /// Once, until it is right again.
    fn warn(&mut self, error: &io::Error) {
        if !std::mem::replace(&mut self.is_failing, true) {
            let socket = self.place.socket.display();
            tracing::warn!("the parent process of the fleet at {socket} is not told, and it is tried again: {error}");
        }
    }
}

/// Whether the parent asks for values now.
fn hears(connection: &mut Connection) -> io::Result<bool> {
    let Connection { stream, received, asked, .. } = connection;
    let is_ready = {
        let now = Instant::now();
        waited(&[PollFd::from_borrowed_fd(stream.as_fd(), PollFlags::IN)], now)?
    };
    if !is_ready {
        return Ok(false);
    }
    read(stream, received)?;
    let mut asks = false;
    while let Some((kind, body, len)) = frame::first(received, MAX_GREETING).map_err(strange)? {
        match kind {
            frame::Kind::Pull => {
                *asked = Reader::new(body).number().map_err(strange)?;
                asks = true;
            }
            frame::Kind::Refused => {
                let why = Reader::new(body).text().unwrap_or("it says not why").to_owned();
                return Err(io::Error::other(format!("it has cut off this process: {why}")));
            }
            _ => return Err(strange("it sends what only children send")),
        }
        received.drain(..len);
    }
    Ok(asks)
}

/// Reads what has come.
fn read(mut stream: &UnixStream, into: &mut Vec<u8>) -> io::Result<()> {
    let mut bytes = [0; 4096];
    match stream.read(&mut bytes) {
        Ok(0) => Err(io::Error::new(ErrorKind::UnexpectedEof, "it has closed the connection")),
        Ok(len) => {
            into.extend_from_slice(&bytes[..len]);
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
        Err(error) => Err(error),
    }
}

/// Waits until something is there to be read, or until this time. Whether something is.
pub(crate) fn waited(sockets: &[PollFd<'_>], until: Instant) -> io::Result<bool> {
    let left = until.saturating_duration_since(Instant::now());
    // A little longer than what is left, so that it is over then.
    let left = left + if left.is_zero() { Duration::ZERO } else { Duration::from_micros(100) };
    let timeout = Timespec::try_from(left).map_err(|_| io::Error::from(ErrorKind::InvalidInput))?;
    let mut sockets = sockets.to_vec();
    match poll(&mut sockets, Some(&timeout)) {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn strange(what: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}
