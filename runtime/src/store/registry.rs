//! The store: all families, and the rules by which names become families.

mod described;

mod told;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    num::NonZero,
    sync::{MutexGuard as StdMutexGuard, OnceLock},
};

use metrics::Key;

use crate::{
    cardinality::policy::{Limit, Policy},
    clock, gate,
    metric::{
        bounds::{Buckets, Ladder},
        kind::Kind,
        matcher::Ladders,
        unit::Unit,
    },
    reentry,
    store::{
        directory::{Directory, Unmade},
        family::{self, About, Family, Scale, admission::Wanted, default_bounds},
        ground::Ground,
        health::{self, Conflict, Dropped, Health},
        owned::{self, Part},
        pairs::Pairs,
        slab,
        table::{Age, Found, Refusal},
        unmatched::Untold,
    },
    sync::{Mutex, MutexGuard, Ordering, RwLockReadGuard, RwLockWriteGuard},
};

/// All live values of a recorder.
pub(crate) struct Store {
    directory: Directory,
    ground: &'static Ground,
    /// Descriptions that came before the first series of their metric, by printed name.
    described: Mutex<HashMap<String, About>>,
    /// The buckets of histograms that declare none and do not exist yet.
    ladders: Mutex<Ladders>,
    pub(super) untold: Untold,
}

/// Which bit of [`Family::is_news`] stands for refused series; those below are [`Conflict`]'s.
const REFUSED: u32 = 8;

/// A metric as a call site declares it.
#[derive(Debug, Clone)]
pub(crate) struct Declaration<'a> {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) help: String,
    pub(crate) unit: Option<Unit>,
    pub(crate) buckets: Ladder<'a>,
    /// All label names, sorted.
    pub(crate) labels: Vec<&'a str>,
    /// Where it stands: "at a line", "by name".
    pub(crate) source: String,
}

/// Why a declaration does not agree with an earlier one, in words too.
pub(crate) struct Contradiction {
    family: &'static Family,
    conflict: Conflict,
    pub(crate) detail: String,
}

fn alike(name: &str, kind: Kind, other: &Family) -> String {
    format!("the {kind} `{name}` and the {} `{}` would print samples of one name", other.kind(), other.name())
}

fn counting(scale: Option<Scale>) -> String {
    scale.map_or_else(|| "whole units".to_owned(), |scale| format!("1/{scale} of a unit"))
}

/// The standard library's own cell, because a model checker's cannot be made in a constant.
static GLOBAL: OnceLock<Store> = OnceLock::new();

/// The store that call sites record into, made at the first installation and kept until the process ends.
pub(crate) fn global() -> &'static Store {
    GLOBAL.get().unwrap_or_else(|| {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        // Two threads may each make one, of which the first is kept.
        gate::fill(&GLOBAL, Store::new((4 * cores).max(16), clock::seconds))
    })
}

/// The same, if there has been an installation.
pub(crate) fn existing() -> Option<&'static Store> {
    GLOBAL.get()
}

/// A store that nobody else can look into or change.
pub(crate) struct Held {
    store: &'static Store,
    _by_name: MutexGuard<'static, BTreeMap<&'static str, &'static Family>>,
    _owners: StdMutexGuard<'static, BTreeMap<Part, usize>>,
    _walk: RwLockWriteGuard<'static, ()>,
    _policy: RwLockWriteGuard<'static, Policy>,
    _described: MutexGuard<'static, HashMap<String, About>>,
    _ladders: MutexGuard<'static, Ladders>,
    families: Vec<family::Held>,
    _words: MutexGuard<'static, u32>,
}

impl Held {
    /// Forgets all totals. Only for a forked child: no other thread may record meanwhile.
    pub(crate) fn reset(&mut self) {
        let ground = self.store.ground;
        ground.reset.store(ground.age(), Ordering::Relaxed);
        ground.slabs.reset(slab::attached());
        self.families.iter_mut().for_each(family::Held::reset);
    }
}

impl Store {
    /// A store in which so many threads have slabs of their own; with 0, all share one.
    pub(crate) fn new(threads: usize, seconds: fn() -> u64) -> Self {
        // Families and handles point to it for as long as they live, which is as long as the process.
        let ground: &'static Ground = Box::leak(Box::new(Ground::new(threads, seconds)));
        let (described, ladders) = (Mutex::default(), Mutex::default());
        let store = Self { directory: Directory::new(), ground, described, ladders, untold: Untold::default() };
        let own = [health::CONFLICTS, health::RECORDS, health::SERIES].map(|(name, help)| {
            let about = About { help: help.to_owned(), ..About::default() };
            store.insert(name, || Family::new(ground, name, Kind::Counter, Ladder::OfUnit, about))
        });
        // Nothing is in the way of a store's first families.
        ground.health.get_or_init(|| Health::new(own.map(|made| made.unwrap_or_else(|other| other))));
        store
    }

    /// The family of a name that some code uses as this kind; `None`, and counted, where it is of another kind.
    ///
    /// What the facade calls a histogram may have been declared as a summary.
    #[inline]
    pub(crate) fn family(&self, name: &str, kind: Kind) -> Option<&'static Family> {
        let family = match self.directory.find(name) {
            Some(family) => family,
            None => self.admitted_family(name, kind, || {
                let mut about = self.described(name);
                about.unit = about.unit.or_else(|| Unit::of_name(name, kind));
                let told = self.ladder(name, kind, false);
                about.told_buckets = told.is_some();
                about.told_over = told.is_some() && self.ladder(name, kind, true) == told;
                let buckets = told.as_ref().map_or(Ladder::Bounds(default_bounds(about.unit)), Buckets::ladder);
                Family::new(self.ground, name, kind, buckets, about)
            })?,
        };
        if family.kind() == kind || (kind, family.kind()) == (Kind::Histogram, Kind::Summary) {
            return Some(family);
        }
        self.conflict(family, Conflict::Kind, format_args!("it is a {} and was used as a {kind}", family.kind()));
        None
    }

    /// The family of a name, if there is one yet.
    pub(crate) fn find(&self, name: &str) -> Option<&'static Family> {
        self.directory.find_alike(name)
    }

    /// The family that is printed under a name, if there is one yet.
    pub(crate) fn printed(&self, name: &str) -> Option<&'static Family> {
        self.directory.printed(name)
    }

    /// Counts a contradiction, and warns of it.
    pub(crate) fn contradicted(&self, by: &Contradiction) {
        self.conflict(by.family, by.conflict, format_args!("{}", by.detail));
    }

    /// The family of a declaration, unless an earlier one contradicts it. With a scale the metric counts fractions.
    pub(crate) fn agreed(
        &self,
        declaration: &Declaration<'_>,
        scale: Option<Scale>,
    ) -> Result<&'static Family, Contradiction> {
        let _inside = reentry::enter_store();
        let Declaration { name, kind, buckets, unit, labels, source, help } = declaration;
        let is_silent = *buckets == Ladder::OfUnit;
        let buckets = if is_silent { Ladder::Bounds(default_bounds(*unit)) } else { *buckets };
        let inserted = self.insert(name, || {
            let told = self.ladder(name, *kind, !is_silent);
            let told_over = told.is_some() && self.ladder(name, *kind, true) == told;
            let told_buckets = told.is_some();
            let about = About { help: help.clone(), unit: *unit, told_buckets, told_over, ..About::default() };
            Family::new(self.ground, name, *kind, told.as_ref().map_or(buckets, Buckets::ladder), about).scaled(scale)
        });
        let family = inserted.map_err(|other| Contradiction {
            family: other,
            conflict: Conflict::Name,
            detail: alike(name, *kind, other),
        })?;
        let (known, first, [told, over]) = family.about(|about| {
            if about.help.is_empty() {
                about.help.clone_from(help);
            }
            let known = about.labels.get_or_insert_with(|| labels.iter().copied().map(str::to_owned).collect()).clone();
            (known, about.source.get_or_insert_with(|| source.clone()).clone(), [about.told_buckets, about.told_over])
        });
        // Who declares no buckets agrees with those that a setting has chosen, and so does every declaration if it overrides.
        let agrees = family.buckets() == buckets || (told && is_silent) || over;
        if !is_silent && !told {
            self.tell_of_declared(family, &first);
        }
        let (conflict, detail) = if family.kind() != *kind {
            (Conflict::Kind, format!("a {} and a {kind}", family.kind()))
        } else if family.scale() != scale {
            let [is, was] = [family.scale(), scale].map(counting);
            (Conflict::Kind, format!("counting {is} and {was}"))
        } else if *kind == Kind::Histogram && !agrees {
            (Conflict::Buckets, format!("with the buckets {} and {buckets}", family.buckets()))
        } else if known != *labels {
            (Conflict::Labels, format!("with the labels {known:?} and {labels:?}"))
        } else {
            return Ok(family);
        };
        let detail = format!("it is declared {first} and {source}, {detail}");
        Err(Contradiction { family, conflict, detail })
    }

    /// Counts values that could not be recorded.
    pub(crate) fn dropped(&self, why: Dropped, count: u64) {
        self.ground.health().dropped(why, count);
    }

    /// The series of a key, or none, counted, if there is no room for it.
    pub(crate) fn series(&self, family: &Family, key: &Key) -> Option<Found> {
        self.look_up(family, key.into(), Wanted::default())
    }

    /// The series of these labels, or none, counted, if there is no room for it.
    pub(crate) fn look_up(&self, family: &Family, pairs: Pairs<'_>, wanted: Wanted) -> Option<Found> {
        let _inside = reentry::enter_store();
        self.admitted(family, family.look_up(pairs, wanted))
    }

    /// Counts series that are not shown, since others are printed like them.
    pub(crate) fn left_out(&self, series: u64) {
        (0..series).for_each(|_| self.ground.health().refused(Refusal::LabelNames));
        if series > 0 {
            tracing::warn!(
                series,
                "series are not shown, because one of their labels says what stands on all series, so that they would be \
                 printed like others; drop that label"
            );
        }
    }

    /// One of the store's own families.
    pub(crate) fn own_family(&self, name: &'static str, help: &str, kind: Kind) -> Option<&'static Family> {
        let about = || About { help: help.to_owned(), ..About::default() };
        let inserted = self.insert(name, || Family::new(self.ground, name, kind, Ladder::OfUnit, about()));
        let family = inserted.inspect_err(|other| self.in_the_way(name, kind, other)).ok()?;
        (family.kind() == kind).then_some(family)
    }

    /// What all families stand on.
    pub(crate) fn ground(&self) -> &'static Ground {
        self.ground
    }

    /// Keeps series from ending until the guard is dropped.
    pub(crate) fn walk(&self) -> RwLockReadGuard<'static, ()> {
        self.ground.walk.read().expect("nothing panics under this lock")
    }

    /// Keeps everybody from walking over series; none while somebody does.
    pub(crate) fn alone(&self) -> Option<RwLockWriteGuard<'static, ()>> {
        self.ground.walk.try_write().ok()
    }

    /// The series of a key that is known before its first call.
    pub(crate) fn static_series(&self, family: &Family, key: &Key) -> Option<Found> {
        let _inside = reentry::enter_store();
        self.admitted(family, family.static_series(key))
    }

    /// All families, by name.
    pub(crate) fn families(&self) -> Vec<&'static Family> {
        self.directory.all()
    }

    /// From when on a series counts that was admitted at this age, in milliseconds since 1970.
    #[inline]
    pub(crate) fn began(&self, age: Age) -> u64 {
        self.ground.made.0 + 100 * u64::from(age.max(self.ground.reset.load(Ordering::Relaxed)))
    }

    /// Keeps everyone else out of the store until what is returned is dropped. Locks are taken in the order in which
    /// all others take them.
    pub(crate) fn hold(&'static self) -> Held {
        let walk = self.ground.walk.write().expect("nothing panics under this lock");
        let owners = owned::hold();
        let by_name = self.directory.hold();
        let policy = self.ground.policy.write().expect("nothing panics under this lock");
        let described = self.described.lock().expect("nothing panics under this lock");
        let ladders = self.ladders.lock().expect("nothing panics under this lock");
        let families = by_name.values().map(|family| family.hold()).collect();
        let words = self.ground.words.lock().expect("nothing panics under this lock");
        Held {
            store: self,
            _by_name: by_name,
            _owners: owners,
            _walk: walk,
            _policy: policy,
            _described: described,
            _ladders: ladders,
            families,
            _words: words,
        }
    }

    /// The family of a name that nobody has declared, if there may be another one.
    fn admitted_family(&self, name: &str, kind: Kind, make: impl FnOnce() -> Family) -> Option<&'static Family> {
        let _inside = reentry::enter_store();
        let most = self.policy().most(Limit::Metrics);
        match self.directory.find_or_insert(name, |count| ((count as u64) < most).then(make)) {
            Ok(family) => return Some(family),
            Err(Unmade::Limit) => self.dropped(Dropped::Refused, 1),
            Err(Unmade::Alike(other)) => self.in_the_way(name, kind, other),
        }
        None
    }

    /// Fails where the samples of a family that is there would be printed like the new one's.
    fn insert(&self, name: &str, make: impl FnOnce() -> Family) -> Result<&'static Family, &'static Family> {
        let _inside = reentry::enter_store();
        let family = match self.directory.find_or_insert(name, |_| Some(make())) {
            Ok(family) => family,
            Err(Unmade::Alike(other)) => return Err(other),
            Err(Unmade::Limit) => unreachable!("it is always made"),
        };
        // A description that came while the family was being made has not seen it, and was not seen by it.
        self.describe_late(family);
        Ok(family)
    }

    fn admitted(&self, family: &Family, found: Result<Found, Refusal>) -> Option<Found> {
        found
            .inspect_err(|refusal| {
                self.ground.health().refused(*refusal);
                if family.is_news(REFUSED) {
                    reentry::outside(|| {
                        tracing::warn!(metric = family.name(), reason = refusal.as_str(), "a series was refused");
                    });
                }
            })
            .ok()
    }

    #[cold]
    fn in_the_way(&self, name: &str, kind: Kind, other: &Family) {
        self.conflict(other, Conflict::Name, format_args!("{}", alike(name, kind, other)));
    }

    #[cold]
    fn conflict(&self, family: &Family, conflict: Conflict, detail: fmt::Arguments<'_>) {
        self.ground.health().conflict(conflict);
        if family.is_news(conflict as u32) {
            let (metric, reason) = (family.name(), conflict.as_str());
            reentry::outside(|| {
                tracing::warn!(metric, reason, "conflicting use of a metric is not recorded: {detail}");
            });
        }
    }
}
