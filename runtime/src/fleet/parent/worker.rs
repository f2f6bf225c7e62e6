//! The parent's thread: one loop over all sockets, in which no child has a turn for long, and nothing waits for a child.

use std::{
    collections::BTreeMap,
    io::{self, Read},
    os::{
        fd::AsFd,
        unix::net::{UnixListener, UnixStream},
    },
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{
    Limits,
    connection::{Connection, Cut, Turn},
    roster::{self, Refused, Roster},
};
use crate::{
    Policy,
    fleet::{
        merge::whole::Whole,
        shared::Shared,
        state::{file::Saver, kept},
        wire::{
            frame::{self, Kind},
            greeting::{Hello, Id, Welcome},
            reader::Fault,
            writer::Write as _,
        },
    },
};

/// How often children are looked at that send nothing.
const TICK: Duration = Duration::from_millis(250);

/// How long a connection may take to greet.
const GREETING: Duration = Duration::from_secs(5);

/// Connections that are taken together.
const ACCEPTED: usize = 64;

/// How long no connection is taken after the process had no file descriptor left for one.
const REST: Duration = Duration::from_secs(1);

/// Connections that have not greeted yet, beside those of children.
const STRANGERS: usize = 256;

/// What the thread has.
pub(crate) struct Worker {
    pub(crate) shared: Arc<Shared>,
    pub(crate) listener: UnixListener,
    pub(crate) wake: UnixStream,
    pub(crate) stop: Arc<AtomicBool>,
    pub(crate) limits: Limits,
    pub(crate) roster: Roster,
    /// Asked now and then, as it may change.
    pub(crate) policy: Box<dyn Fn() -> Policy + Send>,
    pub(crate) connections: BTreeMap<u64, Open>,
    pub(crate) last: u64,
    /// The question that is open, and until when it is.
    pub(crate) pull: Option<(u64, Duration)>,
    /// The latest question that was handed on.
    pub(crate) pulled: u64,
    pub(crate) rests_until: Duration,
    /// Where the state is saved, if it is.
    pub(crate) saver: Option<Saver>,
    pub(crate) saved_at: Duration,
}

/// A connection, and whose it is.
pub(crate) struct Open {
    connection: Connection,
    since: Duration,
    pid: u32,
    who: Option<Id>,
}

impl Worker {
    pub(crate) fn work(mut self) {
        self.shared.look(|whole, _| roster::expect(whole));
        let mut due = Duration::ZERO;
        while !self.stop.load(Ordering::Acquire) {
            let now = self.shared.now();
            if now >= due {
                self.tick(now);
                due = now + TICK;
            }
            let until = self.pull.map_or(due, |(_, until)| until.min(due));
            let ready = self.wait(until.saturating_sub(now));
            self.take_turns(&ready);
            self.pull();
        }
        self.shared.set_patience(None);
        self.save();
    }

    /// Waits for sockets: whether a question has come, whether there is a new connection, and which ones are readable.
    fn wait(&self, at_most: Duration) -> (bool, bool, Vec<u64>) {
        let mut sockets = vec![PollFd::new(&self.wake, PollFlags::IN)];
        let rests = self.shared.now() < self.rests_until;
        if !rests {
            sockets.push(PollFd::new(&self.listener, PollFlags::IN));
        }
        let first = sockets.len();
        for open in self.connections.values() {
            sockets.push(PollFd::from_borrowed_fd(open.connection.stream().as_fd(), PollFlags::IN));
        }
        let timeout = Timespec::try_from(at_most + Duration::from_micros(100)).ok();
        if poll(&mut sockets, timeout.as_ref()).is_err() {
            return (false, false, Vec::new());
        }
        let is_ready = |socket: &PollFd<'_>| !socket.revents().is_empty();
        let readable = self.connections.keys().zip(&sockets[first..]).filter(|(_, socket)| is_ready(socket));
        let readable = readable.map(|(key, _)| *key).collect();
        (is_ready(&sockets[0]), !rests && is_ready(&sockets[1]), readable)
    }

    fn take_turns(&mut self, (is_woken, is_called, readable): &(bool, bool, Vec<u64>)) {
        if *is_woken {
            let mut heard = [0; 256];
            while (&self.wake).read(&mut heard).is_ok_and(|read| read > 0) {}
        }
        for key in readable {
            self.take_turn(*key);
        }
        if *is_called {
            self.accept();
        }
    }

    fn accept(&mut self) {
        for _ in 0..ACCEPTED {
            let now = self.shared.now();
            match self.listener.accept() {
                Ok((stream, _)) => {
                    let own = rustix::process::geteuid();
                    let refused = match rustix::net::sockopt::socket_peercred(&stream) {
                        Ok(peer) if peer.uid == own => match self.take_in(stream, peer.pid.as_raw_pid(), now) {
                            Ok(()) => continue,
                            Err(refused) => refused,
                        },
                        _ => Refused::User,
                    };
                    self.shared.look(|whole, _| roster::refused(whole, refused));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    // It stays in the queue: to ask again at once would be a busy loop.
                    self.rests_until = now + REST;
                    return self.shared.look(|whole, _| roster::refused(whole, Refused::Files));
                }
            }
        }
    }

    fn take_in(&mut self, stream: UnixStream, pid: i32, now: Duration) -> Result<(), Refused> {
        let strangers = self.connections.values().filter(|open| open.who.is_none()).count();
        if strangers >= STRANGERS + self.limits.children {
            return Err(Refused::Children);
        }
        let connection = Connection::new(stream, &self.limits, now).map_err(|_| Refused::Files)?;
        self.last += 1;
        let pid = u32::try_from(pid).unwrap_or_default();
        self.connections.insert(self.last, Open { connection, since: now, pid, who: None });
        Ok(())
    }

    /// Reads what one connection has sent.
    fn take_turn(&mut self, key: u64) {
        let now = self.shared.now();
        let Some(open) = self.connections.get_mut(&key) else { return };
        match open.connection.read(now) {
            Turn::Open => {}
            // What came before the end is read.
            Turn::Closed => {
                let _ = self.read_frames(key, now);
                return self.close(key, now);
            }
            Turn::Cut(cut) => return self.cut_off(key, cut, now),
        }
        if let Err(cut) = self.read_frames(key, now) {
            self.cut_off(key, cut, now);
        }
    }

    fn read_frames(&mut self, key: u64, now: Duration) -> Result<(), Cut> {
        loop {
            let Some(open) = self.connections.get_mut(&key) else { return Ok(()) };
            let who = open.who;
            let Some((kind, body)) = open.connection.next(now)? else { return Ok(()) };
            match (kind, who) {
                (Kind::Hello, None) => {
                    let hello = Hello::read(body);
                    let greeted = hello
                        .map_err(Refused::Greeting)
                        .and_then(|hello| self.roster.greet(&hello, open.pid, now).map(|()| hello.incarnation));
                    match greeted {
                        Ok(id) => self.welcome(key, id, now),
                        Err(refused) => {
                            self.refuse(key, refused);
                            return Ok(());
                        }
                    }
                }
                (Kind::State, Some(id)) => {
                    let Some(member) = self.roster.get_mut(&id) else { return Ok(()) };
                    let received = self.shared.look(|whole, now| whole.receive(&mut member.live, body, now));
                    if let Some(head) = received.map_err(Cut::Garbage)?.filter(|head| head.is_complete) {
                        self.roster.heard(&id, head.is_last, head.answers, now);
                    }
                }
                _ => return Err(Cut::Garbage(Fault::Kind)),
            }
        }
    }

    fn welcome(&mut self, key: u64, id: Id, now: Duration) {
        // A child has one connection: the parent has not heard yet that the other one has ended.
        let others: Vec<u64> =
            self.connections.iter().filter(|(_, open)| open.who == Some(id)).map(|(other, _)| *other).collect();
        others.iter().for_each(|other| drop(self.connections.remove(other)));
        if !others.is_empty()
            && let Some(member) = self.roster.get_mut(&id)
        {
            self.shared.look(|whole, _| whole.leave(&member.live, now));
        }
        let Some(open) = self.connections.get_mut(&key) else { return };
        open.who = Some(id);
        let welcome = Welcome {
            membership: self.roster.own,
            interval: u32::try_from(self.limits.interval.as_millis()).unwrap_or(u32::MAX),
            most: u32::try_from(self.limits.frame_bytes).unwrap_or(u32::MAX),
        };
        let mut bytes = Vec::new();
        frame::append(&mut bytes, Kind::Welcome, |out| welcome.write(out));
        open.connection.send(&bytes);
    }

    fn refuse(&mut self, key: u64, refused: Refused) {
        self.shared.look(|whole, _| roster::refused(whole, refused));
        self.say_why(key, &refused.message());
        self.connections.remove(&key);
    }

    fn cut_off(&mut self, key: u64, cut: Cut, now: Duration) {
        let why = match cut {
            Cut::Garbage(fault) => format!("what it sent is no frame: {fault}"),
            Cut::TooMuch | Cut::TooOften | Cut::Silent => cut.as_str().replace('_', " "),
        };
        self.say_why(key, &why);
        self.shared.look(|whole, _| roster::cut_off(whole, cut));
        let who = self.connections.get(&key).and_then(|open| open.who);
        self.close(key, now);
        if let Some(id) = who {
            self.roster.ban(&id, now);
            tracing::warn!("a child process of the fleet is cut off: {why}");
        }
    }

    fn say_why(&mut self, key: u64, why: &str) {
        if let Some(open) = self.connections.get_mut(&key) {
            let mut bytes = Vec::new();
            frame::append(&mut bytes, Kind::Refused, |out| out.text(why));
            open.connection.send(&bytes);
        }
    }

    fn close(&mut self, key: u64, now: Duration) {
        let Some(open) = self.connections.remove(&key) else { return };
        if let Some(id) = open.who {
            let roster = &mut self.roster;
            self.shared.look(|whole, _| roster.leave(&id, whole, now));
        }
    }

    /// Asks the children what readers have asked, and says when all have answered that are not late.
    fn pull(&mut self) {
        let (asked, now) = (self.shared.asked(), self.shared.now());
        if asked > self.pulled {
            self.pulled = asked;
            let mut bytes = Vec::new();
            frame::append(&mut bytes, Kind::Pull, |out| out.number(asked));
            for connection in self.connections.values_mut() {
                let Some(member) = connection.who.and_then(|id| self.roster.get_mut(&id)) else { continue };
                if !member.is_late {
                    connection.connection.expect_answer();
                    member.is_late = !connection.connection.send(&bytes);
                }
            }
            self.pull = Some((asked, now + self.limits.pull_timeout));
        }
        let Some((number, until)) = self.pull else { return };
        let mut waits = false;
        for (_, member) in self.roster.all_mut() {
            let is_open = member.away_since.is_none() && !member.is_late && member.answered < number;
            // It is not waited for again before it has said something.
            member.is_late |= is_open && now >= until;
            waits |= is_open && now < until;
        }
        if !waits {
            self.pull = None;
            self.shared.answer(number);
        }
    }

    /// Has the state be saved, once an interval.
    fn save(&mut self) {
        let Some(saver) = &self.saver else { return };
        let roster = &mut self.roster;
        let failures = saver.failures();
        saver.save(self.shared.look(|whole, _| {
            roster::unsaved(whole, failures);
            kept::write(whole, roster)
        }));
    }

    /// Looks at what says nothing.
    fn tick(&mut self, now: Duration) {
        let is_silent = |open: &Open| open.who.is_none() && now.saturating_sub(open.since) > GREETING;
        let silent: Vec<u64> =
            self.connections.iter().filter(|(_, open)| is_silent(open)).map(|(key, _)| *key).collect();
        silent.into_iter().for_each(|key| self.cut_off(key, Cut::Silent, now));
        let policy = (self.policy)();
        let (roster, interval) = (&mut self.roster, self.limits.interval);
        let ended = self.shared.look(|whole: &mut Whole, _| {
            whole.follow(&policy);
            roster::count_odd(whole);
            roster.look(whole, interval, now)
        });
        self.connections.retain(|_, open| open.who.is_none_or(|id| !ended.contains(&id)));
        if now.saturating_sub(self.saved_at) >= self.limits.interval {
            self.saved_at = now;
            self.save();
        }
    }
}
