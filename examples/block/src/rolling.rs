//! Rolling windows by name, each as long as its first observation says.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tachometer::{Error, Rolling};

/// How many names there are at most; those beyond are refused, so that names from outside cannot fill the memory.
const NAMES: usize = 1_000;

/// The windows of a block.
#[derive(Debug)]
pub struct Windows {
    /// Those whose averages are told: a short one, a middle one, a long one.
    told: [Duration; 3],
    by_name: Mutex<BTreeMap<String, Arc<Rolling>>>,
}

impl Windows {
    /// None yet, of which these windows are told.
    pub fn new(told: [Duration; 3]) -> Self {
        Self { told, by_name: Mutex::default() }
    }

    /// Adds a value under a name. The first one chooses the window; 900 s without a word.
    pub fn observe(&self, name: &str, value: f64, window: Option<Duration>) -> Result<(), Error> {
        let rolling = self.get(name).map_or_else(|| self.make(name, window), Ok)?;
        rolling.add(value);
        Ok(())
    }

    /// The same under a category and a name.
    pub fn observe_in(&self, category: &str, name: &str, value: f64, window: Option<Duration>) -> Result<(), Error> {
        self.observe(&format!("{category}.{name}"), value, window)
    }

    /// The window of a name.
    pub fn get(&self, name: &str) -> Option<Arc<Rolling>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// By name what came last, how much there was in the short window, and the averages; null where there was nothing.
    pub fn told(&self) -> Value {
        let [short, middle, long] = self.told;
        let by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        let told = by_name.iter().map(|(name, rolling)| {
            let told = json!({
                "current": rolling.current(),
                "count_1m": rolling.count(short),
                "average_1m": rolling.average(short),
                "average_5m": rolling.average(middle),
                "average_15m": rolling.average(long),
            });
            (name.clone(), told)
        });
        Value::Object(told.collect())
    }

    fn make(&self, name: &str, window: Option<Duration>) -> Result<Arc<Rolling>, Error> {
        let longest = window.unwrap_or(Duration::from_secs(900));
        let made = Rolling::with_windows(&[longest.min(self.told[0]), longest])?;
        let mut by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        if by_name.len() >= NAMES && !by_name.contains_key(name) {
            return Err(Error::other(format!("`{name}` is one rolling window too many; there are {NAMES} at most")));
        }
        Ok(Arc::clone(by_name.entry(name.to_owned()).or_insert_with(|| Arc::new(made))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_window_is_null_and_names_are_bounded() {
        let windows = Windows::new([Duration::from_millis(1), Duration::from_secs(60), Duration::from_secs(60)]);
        windows.observe("latency", 0.5, None).expect("there is room");
        windows.observe_in("queue", "length", 3.0, Some(Duration::from_secs(60))).expect("there is room");
        while windows.get("latency").is_some_and(|rolling| rolling.count(Duration::from_millis(1)) > 0) {
            std::thread::yield_now();
        }
        let told = windows.told();
        assert_eq!(told["latency"]["average_1m"], Value::Null);
        assert_eq!((&told["latency"]["count_1m"], &told["latency"]["current"]), (&json!(0), &json!(0.5)));
        assert_eq!((&told["latency"]["average_5m"], &told["queue.length"]["average_15m"]), (&json!(0.5), &json!(3.0)));
        (2..NAMES).for_each(|n| windows.observe(&n.to_string(), 1.0, None).expect("there is room"));
        windows.observe("latency", 1.0, None).expect("it is there");
        windows.observe("one more", 1.0, None).expect_err("there is no room");
        windows.observe("x", 1.0, Some(Duration::ZERO)).expect_err("it is no window");
    }
}
