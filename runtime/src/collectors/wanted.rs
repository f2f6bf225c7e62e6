//! Which collectors an installation is to start, and whether it can. It starts none.

use std::{collections::HashMap, fmt, time::Duration};

use crate::{
    collectors::{Brought, Collector},
    error::{Error, Kind},
};

/// All that this crate brings, among names of collectors.
pub(crate) const ALL: &str = "all";

/// What settings say of collectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Which of those run that this crate brings: their names, or [`ALL`].
    pub(crate) names: Vec<String>,
    /// How often those run that have no interval of their own.
    pub(crate) interval: Duration,
    /// How often those of these names run, whatever they say themselves.
    pub(crate) intervals: Vec<(String, Duration)>,
}

/// The collectors that a program has made.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) own: Vec<Box<dyn Collector>>,
    /// Whether none run but these.
    pub(crate) no_defaults: bool,
}

/// A collector that has been checked, and how often it is to run.
pub(crate) type Timed = (Box<dyn Collector>, Duration);

impl Plan {
    fn wants(&self, name: &str) -> bool {
        self.names.iter().any(|wanted| wanted == ALL || wanted == name)
    }

    fn interval_of(&self, collector: &dyn Collector) -> Duration {
        let told = self.intervals.iter().find(|(name, _)| name == collector.name()).map(|(_, interval)| *interval);
        told.or_else(|| collector.interval()).unwrap_or(self.interval)
    }
}

impl Wanted {
    /// The program's own collectors, and those that this crate brings and that none of them takes the place of, by its
    /// name; of the names that this crate knows only those that are wanted.
    ///
    /// `taken` tells who records a metric of a name already.
    ///
    /// # Errors
    /// If two collectors have one name or one metric, one's metric is somebody else's, or an interval is zero.
    pub(crate) fn checked(
        self,
        plan: &Plan,
        brought: &[Brought],
        taken: impl Fn(&str) -> Option<String>,
    ) -> Result<Vec<Timed>, Error> {
        let mut metrics = HashMap::new();
        for (at, collector) in self.own.iter().enumerate() {
            check(&**collector, &self.own[..at])?;
            for descriptor in collector.descriptors() {
                let name = descriptor.name();
                let owner = metrics.insert(name, collector.name()).map(|other| format!("collector `{other}`"));
                if let Some(owner) = owner.or_else(|| taken(name)) {
                    let message = format!(
                        "collector `{}` reports the metric `{name}`, which {owner} reports already; rename one",
                        collector.name()
                    );
                    return Err(Error::new(Kind::Conflict, message));
                }
            }
        }
        let is_known = |name: &str| brought.iter().any(|brought| brought.name == name);
        let is_own = |name: &str| self.own.iter().any(|own| own.name() == name);
        let defaults = brought.iter().filter(|brought| !self.no_defaults && !is_own(brought.name));
        let defaults = defaults.filter(|brought| plan.wants(brought.name));
        let defaults: Vec<_> = defaults.filter_map(|brought| brought.make?()).collect();
        let own = self.own.into_iter().filter(|own| !is_known(own.name()) || plan.wants(own.name()));
        let timed = |collector: Box<dyn Collector>| {
            let interval = plan.interval_of(&*collector);
            (collector, interval)
        };
        Ok(own.chain(defaults).map(timed).collect())
    }
}

fn check(collector: &dyn Collector, others: &[Box<dyn Collector>]) -> Result<(), Error> {
    let name = collector.name();
    if name.is_empty() || name.contains(char::is_control) {
        let message = format!("a collector is called {name:?}; give it a name of visible characters");
        return Err(Error::new(Kind::Setting, message));
    }
    if others.iter().any(|other| other.name() == name) {
        return Err(Error::new(Kind::Conflict, format!("two collectors are called `{name}`; rename one")));
    }
    if collector.interval().is_some_and(|interval| interval.is_zero()) {
        let message = format!("the interval of collector `{name}` is zero; make it a millisecond or more");
        return Err(Error::new(Kind::Setting, message));
    }
    Ok(())
}

impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.own.iter().map(|collector| collector.name()).collect();
        f.debug_struct("Wanted").field("own", &names).field("no_defaults", &self.no_defaults).finish()
    }
}
