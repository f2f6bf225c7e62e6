//! All metrics of all children. What a child tells is taken over entry by entry; what it may not tell is counted.

use std::{
    collections::{BTreeMap, HashSet, btree_map::Entry as Slot},
    sync::Arc,
    time::Duration,
};

use super::{
    family::{About, Family, Refusal, Shape},
    live::{Held, Live},
    modes::Modes,
    value::{Last, Taken, Told},
};
use crate::{
    cardinality::{
        policy::{Limit, Policy},
        rules::Rules,
    },
    families::Exemplar,
    fleet::{
        merge::gauge::GaugeMode,
        wire::{
            entry::{self, Entry, Sent},
            frame::StateHead,
            reader::{Fault, List, Reader},
        },
    },
    metric::{bounds, kind::Kind, label, name, unit::Unit},
};

/// Different bucket layouts of one child.
const MOST_LAYOUTS: usize = 1024;

/// The longest name of a metric or a label, and the longest HELP.
const LONGEST_NAME: usize = 1024;
const LONGEST_HELP: usize = 16 << 10;

/// What was told and not taken, or not as it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Odd {
    /// Two processes have one name for metrics of different kinds.
    Kind,
    /// Two processes have different buckets for one histogram.
    Buckets,
    /// A total fell within one child's life.
    WentBack,
    /// A child has more series than it may.
    Series,
    /// There are as many metrics as there may be.
    Metrics,
    /// A label became `other`, for this reason.
    Folded(&'static str),
}

/// All metrics.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(super) families: Vec<Family>,
    pub(super) by_name: BTreeMap<Box<str>, usize>,
    pub(super) modes: Modes,
    pub(super) policy: Policy,
    /// Labels that stand on all series of the parent, and so are left out of a child's.
    common: Vec<(String, String)>,
    /// Series that the guard counts.
    pub(super) series: u64,
    pub(super) most_of_child: usize,
    stamp: u64,
    /// What was odd since it was last asked.
    odd: BTreeMap<Odd, u64>,
}

impl Whole {
    pub(crate) fn new(modes: Modes, most_of_child: usize) -> Self {
        Self {
            families: Vec::new(),
            by_name: BTreeMap::new(),
            modes,
            policy: Policy::default(),
            common: Vec::new(),
            series: 0,
            most_of_child,
            stamp: 0,
            odd: BTreeMap::new(),
        }
    }

    /// Leaves these labels out of all series from now on.
    pub(crate) fn set_common(&mut self, labels: &[(String, String)]) {
        self.common = labels.to_vec();
    }

    /// Holds all metrics to another policy from now on.
    pub(crate) fn follow(&mut self, policy: &Policy) {
        if self.policy == *policy {
            return;
        }
        self.policy = policy.clone();
        for family in &mut self.families {
            family.follow(rules(policy, &family.original_name, family.kind));
        }
    }

    /// The names of all metrics in their order, with their places.
    pub(crate) fn names(&self) -> Vec<(&str, usize)> {
        self.by_name.iter().map(|(name, at)| (&**name, *at)).collect()
    }

    pub(crate) fn at(&self, at: usize) -> &Family {
        &self.families[at]
    }

    /// The kind of a metric that has anything to show.
    pub(crate) fn kind_of(&self, printed: &str) -> Option<Kind> {
        self.by_name.get(printed).map(|at| self.families[*at].kind)
    }

    /// What was odd since this was last asked.
    pub(crate) fn take_odd(&mut self) -> BTreeMap<Odd, u64> {
        std::mem::take(&mut self.odd)
    }

    /// Takes over a frame of values; what stands before them, unless the frame was there already.
    ///
    /// # Errors
    /// If no child that keeps to the protocol would send it.
    pub(crate) fn receive(&mut self, live: &mut Live, body: &[u8], now: Duration) -> Result<Option<StateHead>, Fault> {
        let mut reader = Reader::new(body);
        let head = StateHead::read(&mut reader)?;
        if head.sequence <= live.sequence {
            return Ok(None);
        }
        Entry::all(reader, |entry| self.take(live, entry, now))?;
        live.sequence = head.sequence;
        if head.is_complete {
            live.is_counted = false;
        }
        Ok(Some(head))
    }

    /// Takes over what a child tells.
    ///
    /// # Errors
    /// If no child that keeps to the protocol would tell it. What came before it is taken.
    fn take(&mut self, live: &mut Live, entry: Entry<'_>, now: Duration) -> Result<(), Fault> {
        match entry {
            Entry::Family(family) => self.declare(live, &family),
            Entry::Layout { id, bounds } => {
                let bounds: Arc<[f64]> = bounds.iter().collect();
                if bounds::mistake(&bounds).is_some() || live.layouts.len() >= MOST_LAYOUTS {
                    return Err(Fault::Number);
                }
                live.layouts.entry(id).or_insert(bounds);
                Ok(())
            }
            Entry::Series { id, family, layout, started, labels } => {
                self.admit(live, id, [family, layout, started], labels)
            }
            Entry::Value { id, value, exemplars } => self.set(live, id, &value, exemplars),
            Entry::Gone { id } => {
                self.gone(live, id, now);
                Ok(())
            }
        }
    }

    /// The values of the moment of a child's series vanish: its connection has ended. Its totals stay.
    pub(crate) fn leave(&mut self, live: &Live, now: Duration) {
        for (id, held) in &live.series {
            if let Some((family, at)) = held.place {
                self.families[family].series[at].total.end((live.number, *id), now);
            }
        }
    }

    fn declare(&mut self, live: &mut Live, family: &entry::Family<'_>) -> Result<(), Fault> {
        if family.name.len() > LONGEST_NAME {
            return Err(Fault::Name);
        }
        if live.families.contains_key(&family.id) {
            return Ok(());
        }
        let most = usize::try_from(self.policy.most(Limit::Metrics)).unwrap_or(usize::MAX);
        if live.families.len() >= most {
            return Err(Fault::Count);
        }
        let unit = unit_of(family.unit);
        let help = &family.help[..family.help.floor_char_boundary(LONGEST_HELP)];
        let about = About { name: family.name, kind: family.kind, help, unit };
        let found = match self.family(about, most) {
            Ok(at) => Some(at),
            Err(odd) => {
                self.note(odd);
                None
            }
        };
        live.families.insert(family.id, found);
        Ok(())
    }

    /// The metric of this name.
    pub(super) fn family(&mut self, about: About<'_>, most: usize) -> Result<usize, Odd> {
        let printed = name::sanitize(about.name);
        if let Some(&at) = self.by_name.get(&*printed) {
            return if self.families[at].kind == about.kind { Ok(at) } else { Err(Odd::Kind) };
        }
        if self.is_sample_of_another(&printed, about.kind) {
            return Err(Odd::Kind);
        }
        if self.families.len() >= most {
            return Err(Odd::Metrics);
        }
        let mode = self.modes.of(about.name, &printed);
        let rules = rules(&self.policy, about.name, about.kind);
        Ok(self.insert(Family::new(&printed, about, mode, rules)))
    }

    fn insert(&mut self, family: Family) -> usize {
        self.by_name.insert(family.name.clone(), self.families.len());
        self.families.push(family);
        self.families.len() - 1
    }

    /// Whether samples of two metrics would be called alike: those of a histogram and another metric.
    fn is_sample_of_another(&self, printed: &str, kind: Kind) -> bool {
        let base = Kind::Histogram.suffixes().iter().filter_map(|suffix| Some((printed.strip_suffix(suffix)?, suffix)));
        let is_sample = base.into_iter().any(|(base, suffix)| {
            self.by_name.get(base).is_some_and(|at| self.families[*at].kind.suffixes().contains(suffix))
        });
        is_sample || kind.suffixes().iter().any(|suffix| self.by_name.contains_key(&*[printed, suffix].concat()))
    }

    fn admit(
        &mut self,
        live: &mut Live,
        id: u64,
        [family, layout, started]: [u64; 3],
        labels: List<'_, (&str, &str)>,
    ) -> Result<(), Fault> {
        let at = *live.families.get(&family).ok_or(Fault::Undeclared)?;
        if let Some(held) = live.series.get_mut(&id) {
            // Declared again: after another connection, or because it has begun anew.
            if held.started != started {
                (held.started, held.last) = (started, Last::Nothing);
            }
            return Ok(());
        }
        if live.series.len() >= self.most_of_child {
            self.note(Odd::Series);
            return Ok(());
        }
        let shape = match (at.map(|at| self.families[at].kind), layout) {
            (Some(Kind::Histogram), 0) => Shape::Native,
            (Some(Kind::Histogram), layout) => {
                Shape::Classic(Arc::clone(live.layouts.get(&layout).ok_or(Fault::Undeclared)?))
            }
            _ => Shape::Plain,
        };
        let place = match at {
            Some(at) => self.place(at, labels, &shape, live)?.map(|series| (at, series)),
            None => None,
        };
        if let Some((family, series)) = place {
            self.families[family].series[series].begin(started);
        }
        let is_counted = live.is_counted;
        live.series.insert(id, Held { place, started, last: Last::Nothing, is_counted });
        Ok(())
    }

    /// The series of a child's labels; none if it was refused.
    fn place(
        &mut self,
        at: usize,
        labels: List<'_, (&str, &str)>,
        shape: &Shape,
        live: &Live,
    ) -> Result<Option<usize>, Fault> {
        let slot = live.slot.to_string();
        let is_common = |(name, value): &(&str, &str)| self.common.iter().any(|(n, v)| n == name && v == value);
        let mut pairs: Vec<(&str, &str)> = labels.iter().filter(|pair| !is_common(pair)).collect();
        if pairs.iter().any(|(name, _)| name.len() > LONGEST_NAME) {
            return Err(Fault::Name);
        }
        if self.families[at].mode == GaugeMode::PerChild {
            // What stands there already is of a fleet further down.
            if !live.role.is_empty() && !pairs.iter().any(|(name, _)| *name == ROLE) {
                pairs.push((ROLE, &live.role));
            }
            if !pairs.iter().any(|(name, _)| *name == WORKER) {
                pairs.push((WORKER, &slot));
            }
        }
        // Names that are printed alike: the first one counts.
        let mut names = HashSet::new();
        pairs.retain(|(name, _)| names.insert(label::sanitize(name)));
        let has_room = self.series < self.policy.most(Limit::Series);
        match self.families[at].place(&pairs, shape, has_room) {
            Ok(found) => {
                self.series += u64::from(found.is_new);
                if let Some(reason) = found.folded {
                    self.note(Odd::Folded(reason));
                }
                if found.has_other_buckets {
                    self.note(Odd::Buckets);
                }
                Ok(Some(found.at))
            }
            Err(Refusal::Folded(reason)) => {
                self.note(Odd::Folded(reason));
                Ok(None)
            }
            Err(Refusal::Buckets) => {
                self.note(Odd::Buckets);
                Ok(None)
            }
        }
    }

    fn set(&mut self, live: &mut Live, id: u64, sent: &Sent<'_>, exemplars: List<'_, Exemplar>) -> Result<(), Fault> {
        let Some(held) = live.series.get(&id) else {
            // One beyond the child's limit was never admitted.
            return if live.series.len() >= self.most_of_child { Ok(()) } else { Err(Fault::Undeclared) };
        };
        let Some((family, at)) = held.place else { return Ok(()) };
        let stamp = self.next_stamp();
        let Some(held) = live.series.get_mut(&id) else { return Ok(()) };
        let told = Told { by: (live.number, id), stamp, is_counted: std::mem::take(&mut held.is_counted) };
        let series = &mut self.families[family].series[at];
        let taken = series.total.take(told, &mut held.last, sent);
        series.show(exemplars.iter());
        match taken {
            Taken::Added => {}
            Taken::WentBack => self.note(Odd::WentBack),
            Taken::Mismatch => self.note(Odd::Buckets),
        }
        Ok(())
    }

    fn gone(&mut self, live: &mut Live, id: u64, now: Duration) {
        let Some(held) = live.series.get(&id) else { return };
        if let Some((family, at)) = held.place {
            self.families[family].series[at].total.end((live.number, id), now);
        }
        // One that comes back with another beginning is another one; without one it goes on where it was.
        if held.started > 0 {
            live.series.remove(&id);
        }
    }

    pub(super) fn next_stamp(&mut self) -> u64 {
        self.stamp += 1;
        self.stamp
    }

    fn note(&mut self, odd: Odd) {
        match self.odd.entry(odd) {
            Slot::Occupied(mut count) => *count.get_mut() += 1,
            Slot::Vacant(first) => {
                first.insert(1);
            }
        }
    }
}

/// What a policy says of a metric. The fleet's own are few.
pub(super) fn rules(policy: &Policy, name: &str, kind: Kind) -> Rules {
    if name.starts_with("tachometer_fleet_") {
        return Rules::of_kind(&Policy::unlimited(), name, kind);
    }
    Rules::of_kind(policy, name, kind)
}

/// The labels that tell children apart.
pub(crate) const ROLE: &str = "role";
pub(crate) const WORKER: &str = "worker";

/// Units are known by their words.
pub(crate) fn unit_of(word: &str) -> Option<Unit> {
    let own = [Unit::SECONDS, Unit::BYTES].into_iter().find(|unit| unit.as_str() == word);
    own.or_else(|| metrics::Unit::from_string(word).map(Unit::from))
}
