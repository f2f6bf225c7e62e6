//! Which collectors an installation is to start, and whether it can. It starts none.

use std::{collections::HashMap, fmt, time::Duration};

use crate::{
    collectors::Collector,
    error::{Error, Kind},
};

/// How often collectors collect that have no interval of their own.
pub(crate) const INTERVAL: Duration = Duration::from_secs(5);

/// What a builder was told of collectors.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) own: Vec<Box<dyn Collector>>,
    pub(crate) interval: Option<Duration>,
    pub(crate) no_defaults: bool,
}

/// Collectors that have been checked, and the interval of those that have none.
pub(crate) struct Checked {
    pub(crate) collectors: Vec<Box<dyn Collector>>,
    pub(crate) interval: Duration,
}

impl Wanted {
    /// The program's own collectors, and of the defaults those that none of them takes the place of, by its name.
    ///
    /// `taken` tells who records a metric of a name already.
    ///
    /// # Errors
    /// If two collectors have one name or one metric, one's metric is somebody else's, or an interval is zero.
    pub(crate) fn checked(
        self,
        defaults: impl FnOnce() -> Vec<Box<dyn Collector>>,
        taken: impl Fn(&str) -> Option<String>,
    ) -> Result<Checked, Error> {
        let interval = self.interval.unwrap_or(INTERVAL);
        if interval.is_zero() {
            return Err(Error::new(Kind::Setting, "the collection interval is zero; make it a millisecond or more"));
        }
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
        let mut collectors = self.own;
        if !self.no_defaults {
            let own: Vec<String> = collectors.iter().map(|collector| collector.name().to_owned()).collect();
            collectors.extend(defaults().into_iter().filter(|default| own.iter().all(|name| name != default.name())));
        }
        Ok(Checked { collectors, interval })
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
        f.debug_struct("Wanted")
            .field("own", &names)
            .field("interval", &self.interval)
            .field("no_defaults", &self.no_defaults)
            .finish()
    }
}
