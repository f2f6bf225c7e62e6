//! Which children there are, and what is counted of them. It knows no connection.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use super::{connection::Cut, process::Process};
use crate::fleet::{
    merge::{
        live::Live,
        whole::{Odd, ROLE, WORKER, Whole},
    },
    wire::{
        greeting::{Hello, Id, Membership},
        reader::Fault,
    },
};

/// A child that sends nothing for so many intervals is late.
const LATE: u32 = 3;

/// How long a cut-off child is not let in again.
const BANNED: Duration = Duration::from_secs(30);

/// How long a child stays known whose process cannot be looked at.
const FORGOTTEN: Duration = Duration::from_secs(60);

/// One incarnation of a child.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) live: Live,
    pub(crate) process: Process,
    /// When its connection ended, if it has none.
    pub(crate) away_since: Option<Duration>,
    pub(crate) last_frame: Duration,
    /// It has missed a question, or several intervals.
    pub(crate) is_late: bool,
    /// Up to which question it has answered.
    pub(crate) answered: u64,
    /// It has said that nothing is left to tell.
    has_told_all: bool,
    banned_until: Duration,
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Roster {
    members: HashMap<Id, Member>,
    /// This parent, and its totals.
    pub(crate) own: Membership,
    /// How often the totals had been saved when they were read from a file.
    pub(crate) loaded: u64,
    last: u32,
    most: usize,
}

/// Why a child is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There are as many as there may be.
    Children,
    /// It is another user's process.
    User,
    /// Its greeting is none.
    Greeting(Fault),
    /// It was cut off lately.
    Banned,
    /// The process has no file descriptor left.
    Files,
}

impl Refused {
    pub(crate) const REASONS: [&str; 5] = ["children", "user", "greeting", "banned", "files"];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Children => "children",
            Self::User => "user",
            Self::Greeting(_) => "greeting",
            Self::Banned => "banned",
            Self::Files => "files",
        }
    }

    /// What the child is told.
    pub(crate) fn message(self) -> String {
        match self {
            Self::Children => "there are as many children as METRICS_FLEET_CHILDREN allows".to_owned(),
            Self::User => "it is another user's process".to_owned(),
            Self::Greeting(fault) => format!("its greeting is none: {fault}"),
            Self::Banned => "it sent too much, too often or what is no frame, and is let in again later".to_owned(),
            Self::Files => "the parent has no file descriptor left".to_owned(),
        }
    }
}

impl Roster {
    pub(crate) fn new(own: Membership, most: usize) -> Self {
        Self { members: HashMap::new(), own, loaded: 0, last: 0, most }
    }

    pub(crate) fn get_mut(&mut self, id: &Id) -> Option<&mut Member> {
        self.members.get_mut(id)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (&Id, &Member)> {
        self.members.iter()
    }

    pub(crate) fn all_mut(&mut self) -> impl Iterator<Item = (&Id, &mut Member)> {
        self.members.iter_mut()
    }

    /// Another connection of a child.
    pub(crate) fn greet(&mut self, hello: &Hello<'_>, pid: u32, now: Duration) -> Result<(), Refused> {
        if let Some(member) = self.members.get_mut(&hello.incarnation) {
            if now < member.banned_until {
                return Err(Refused::Banned);
            }
            member.live.connect();
            (member.away_since, member.is_late, member.last_frame) = (None, false, now);
            return Ok(());
        }
        if self.members.values().filter(|member| member.away_since.is_none()).count() >= self.most {
            return Err(Refused::Children);
        }
        self.last += 1;
        let mut live = Live::new(self.last, hello.role, hello.slot);
        live.is_counted = self.has_counted(&hello.before);
        self.insert(hello.incarnation, live, Process::new(pid), now);
        Ok(())
    }

    pub(crate) fn insert(&mut self, id: Id, live: Live, process: Process, now: Duration) -> &mut Member {
        self.last = self.last.max(live.number);
        let member = Member {
            live,
            process,
            away_since: None,
            last_frame: now,
            is_late: false,
            answered: 0,
            has_told_all: false,
            banned_until: Duration::ZERO,
        };
        self.members.entry(id).insert_entry(member).into_mut()
    }

    /// Whether the totals have what a child has told, though nothing more is known of it: it was forgotten.
    fn has_counted(&self, before: &Membership) -> bool {
        before.parent == self.own.parent || (before.lineage == self.own.lineage && before.saved < self.loaded)
    }

    /// A child's values have come.
    pub(crate) fn heard(&mut self, id: &Id, is_last: bool, answers: u64, now: Duration) {
        let Some(member) = self.members.get_mut(id) else { return };
        (member.last_frame, member.is_late, member.has_told_all) = (now, false, is_last);
        member.answered = member.answered.max(answers);
    }

    /// A child's connection has ended.
    pub(crate) fn leave(&mut self, id: &Id, whole: &mut Whole, now: Duration) {
        let Some(member) = self.members.get_mut(id) else { return };
        if member.away_since.is_none() {
            member.away_since = Some(now);
            whole.leave(&member.live, now);
            whole.set_health(&STALE, &worker(&member.live), member.live.number, None);
        }
    }

    /// A child is not let in for a while.
    pub(crate) fn ban(&mut self, id: &Id, now: Duration) {
        if let Some(member) = self.members.get_mut(id) {
            member.banned_until = now + BANNED;
        }
    }

    /// Notes who is late, and who has ended. The children whose connections are to be closed: their processes have ended,
    /// and something that they forked off holds the socket.
    pub(crate) fn look(&mut self, whole: &mut Whole, interval: Duration, now: Duration) -> Vec<Id> {
        let mut ended = Vec::new();
        for (id, member) in &mut self.members {
            let silent = now.saturating_sub(member.last_frame);
            if member.away_since.is_none() {
                member.is_late |= silent > interval * LATE;
                let stale = silent.as_secs_f64();
                whole.set_health(&STALE, &worker(&member.live), member.live.number, Some(stale));
            }
            let since = member.away_since.map(|since| now.saturating_sub(since));
            let has_ended = match member.process.is_known() {
                true => (since.is_some() || member.is_late) && !member.process.lives(),
                false => since.is_some_and(|since| since > FORGOTTEN),
            };
            if has_ended {
                ended.push(*id);
            }
        }
        for id in &ended {
            self.leave(id, whole, now);
            self.end(id, whole, now);
        }
        self.show(whole);
        ended
    }

    /// Forgets a child that has ended. Its totals stay.
    fn end(&mut self, id: &Id, whole: &mut Whole, now: Duration) {
        let Some(member) = self.members.remove(id) else { return };
        whole.count_health(&ENDED, &[], 1.0);
        if !member.has_told_all {
            let until = member.away_since.unwrap_or(now);
            whole.count_health(&UNREPORTED, &[], until.saturating_sub(member.last_frame).as_secs_f64());
        }
    }

    /// Shows how many children there are.
    fn show(&self, whole: &mut Whole) {
        let mut states = [("live", 0_u32), ("late", 0), ("away", 0)];
        for member in self.members.values() {
            let at = match (member.away_since, member.is_late) {
                (Some(_), _) => 2,
                (None, true) => 1,
                (None, false) => 0,
            };
            states[at].1 += 1;
        }
        for (state, count) in states {
            whole.set_health(&CHILDREN, &[("state", state)], 0, Some(count.into()));
        }
    }
}

fn worker(live: &Live) -> [(&'static str, String); 2] {
    [(ROLE, live.role.to_string()), (WORKER, live.slot.to_string())]
}

/// A metric that the parent has of its fleet.
#[derive(Debug)]
pub(crate) struct Health {
    pub(crate) name: &'static str,
    pub(crate) is_counter: bool,
    pub(crate) help: &'static str,
}

const fn counter(name: &'static str, help: &'static str) -> Health {
    Health { name, is_counter: true, help }
}

const fn gauge(name: &'static str, help: &'static str) -> Health {
    Health { name, is_counter: false, help }
}

const CHILDREN: Health = gauge(
    "tachometer_fleet_children",
    "Child processes by state: `live`; `late`, whose last values are shown; `away`, whose connection has ended and whose process has not.",
);
const STALE: Health =
    gauge("tachometer_fleet_child_stale_seconds", "Time since a child's last values came, by its slot.");
const ENDED: Health = counter("tachometer_fleet_ended_total", "Child processes that have ended; their totals stay.");
const UNREPORTED: Health = counter(
    "tachometer_fleet_unreported_seconds_total",
    "Time from the last values of children to their end, where they did not say that these were all: what they recorded in it is lost.",
);
const CUT: Health = counter(
    "tachometer_fleet_cut_off_total",
    "Connections of children that were closed, since they sent what is no frame, too much, too often, or nothing at all.",
);
const REFUSED: Health = counter("tachometer_fleet_refused_total", "Processes that were not let in.");
const CONFLICTS: Health = counter(
    "tachometer_fleet_conflicts_total",
    "What children told and what was not taken as it was told: other kinds or buckets than those before, totals that fell, series or metrics beyond the limit.",
);
const FOLDED: Health = counter(
    "tachometer_fleet_folded_total",
    "Series of children of which the guard over the whole fleet has changed a label.",
);

const UNSAVED: Health =
    counter("tachometer_fleet_state_failures_total", "Times that the fleet's state could not be saved.");

/// Counts what could not be saved; shown where there is a file.
pub(crate) fn unsaved(whole: &mut Whole, times: u64) {
    whole.count_health(&UNSAVED, &[], times as f64);
}

/// Shows from the start what can go wrong.
pub(crate) fn expect(whole: &mut Whole) {
    whole.count_health(&ENDED, &[], 0.0);
    whole.count_health(&UNREPORTED, &[], 0.0);
    Cut::REASONS.iter().for_each(|reason| whole.count_health(&CUT, &[("reason", *reason)], 0.0));
    Refused::REASONS.iter().for_each(|reason| whole.count_health(&REFUSED, &[("reason", *reason)], 0.0));
    for reason in ["kind", "buckets", "went_back", "series", "metrics"] {
        whole.count_health(&CONFLICTS, &[("reason", reason)], 0.0);
    }
    for state in ["live", "late", "away"] {
        whole.set_health(&CHILDREN, &[("state", state)], 0, Some(0.0));
    }
}

pub(crate) fn cut_off(whole: &mut Whole, cut: Cut) {
    whole.count_health(&CUT, &[("reason", cut.as_str())], 1.0);
}

pub(crate) fn refused(whole: &mut Whole, refused: Refused) {
    whole.count_health(&REFUSED, &[("reason", refused.as_str())], 1.0);
}

/// Counts what was odd since it was last asked.
pub(crate) fn count_odd(whole: &mut Whole) {
    let odd: BTreeMap<Odd, u64> = whole.take_odd();
    for (odd, count) in odd {
        let reason = match odd {
            Odd::Kind => "kind",
            Odd::Buckets => "buckets",
            Odd::WentBack => "went_back",
            Odd::Series => "series",
            Odd::Metrics => "metrics",
            Odd::Folded(reason) => {
                whole.count_health(&FOLDED, &[("reason", reason)], count as f64);
                continue;
            }
        };
        whole.count_health(&CONFLICTS, &[("reason", reason)], count as f64);
    }
}
