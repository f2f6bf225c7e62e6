//! Rolling windows by name, as many as there may be. They know no recorder.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::Rolling;
use crate::{Error, gate};

/// How many names there are at most; names may come from anywhere.
const MOST: usize = 1_000;

/// The name of what is beyond.
const OTHER: &str = "other";

static NAMED: Mutex<BTreeMap<String, Arc<Rolling>>> = Mutex::new(BTreeMap::new());

impl Rolling {
    /// The one of this name, with windows of one, five and fifteen minutes: all that ask for a name get the same.
    ///
    /// It is in the JSON of snapshots, at `rolling`, where an empty window is null. There are a thousand names at most;
    /// further ones share the name `other`.
    ///
    /// ```
    /// use tachometer::Rolling;
    ///
    /// Rolling::named("latency").add(0.25);
    /// Rolling::named_in("cache", "latency").add(0.5);
    /// assert_eq!(Rolling::named("latency").average(Rolling::ONE_MINUTE), Some(0.25));
    ///
    /// let telemetry = tachometer::builder().no_listener().install()?;
    /// let json = telemetry.snapshot().to_json();
    /// assert!(json.contains(r#""latency":{"current":0.25,"1m":{"count":1,"average":0.25,"#), "{json}");
    /// # Ok::<(), tachometer::Error>(())
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Arc<Self> {
        usual(name.to_owned())
    }

    /// The one of this name with windows of its own, which its first mention chooses: one that is there already is as it is.
    /// One in a category has its name behind the category's and a `/`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tachometer::Rolling;
    ///
    /// let load = Rolling::named_with("load", &[Duration::from_secs(10), Duration::from_secs(90)])?;
    /// load.add(3);
    /// assert_eq!(Rolling::named("load").windows(), [Duration::from_secs(10), Duration::from_secs(90)]);
    /// # Ok::<(), tachometer::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`with_windows`](Self::with_windows).
    pub fn named_with(name: &str, windows: &[Duration]) -> Result<Arc<Self>, Error> {
        find(name.to_owned(), || Self::with_windows(windows))
    }

    /// All that have a name, by it.
    #[must_use]
    pub fn all_named() -> Vec<(String, Arc<Self>)> {
        within(|named| named.iter().map(|(name, rolling)| (name.clone(), Arc::clone(rolling))).collect())
    }

    /// The one of this name in a category: what is called the same in another category, or in none, is another one.
    #[must_use]
    pub fn named_in(category: &str, name: &str) -> Arc<Self> {
        usual(format!("{category}/{name}"))
    }
}

/// The one of a name, with the usual windows if it is new.
fn usual(name: String) -> Arc<Rolling> {
    // Making one with these does not fail.
    find(name, || Ok(Rolling::new())).unwrap_or_default()
}

fn find(name: String, make: impl FnOnce() -> Result<Rolling, Error>) -> Result<Arc<Rolling>, Error> {
    within(|named| {
        let is_beyond = named.len() >= MOST && !named.contains_key(&name);
        let name = if is_beyond { OTHER.to_owned() } else { name };
        if let Some(found) = named.get(&name) {
            return Ok(Arc::clone(found));
        }
        let made = Arc::new(if is_beyond { Rolling::new() } else { make()? });
        Ok(Arc::clone(named.entry(name).or_insert(made)))
    })
}

fn within<T>(work: impl FnOnce(&mut BTreeMap<String, Arc<Rolling>>) -> T) -> T {
    // A panic leaves nothing half-done.
    gate::within(|| work(&mut NAMED.lock().unwrap_or_else(PoisonError::into_inner)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_one_and_bounded() {
        Rolling::named("a").add(1);
        Rolling::named_in("a", "a").add(2);
        assert_eq!((Rolling::named("a").current(), Rolling::named("a/a").current()), (Some(1.0), Some(2.0)));
        (0..2 * MOST).for_each(|n| Rolling::named(&n.to_string()).add(n as f64));
        assert_eq!(Rolling::all_named().len(), MOST + 1);
        assert_eq!(Rolling::named(OTHER).current(), Some((2 * MOST - 1) as f64));
        assert_eq!(Rolling::named("a").current(), Some(1.0));
    }
}
