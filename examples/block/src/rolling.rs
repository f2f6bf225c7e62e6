//! Rolling windows by name, each as long as its first observation says: the library's own, which are the process's.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tachometer::{Error, Rolling};

/// The windows of a block.
#[derive(Debug)]
pub struct Windows {
    /// Those whose averages are told: a short one, a middle one, a long one.
    told: [Duration; 3],
}

impl Windows {
    /// Windows of which these are told.
    pub fn new(told: [Duration; 3]) -> Self {
        Self { told }
    }

    /// Adds a value under a name. The first one chooses the window; 900 s without a word.
    pub fn observe(&self, name: &str, value: f64, window: Option<Duration>) -> Result<(), Error> {
        let longest = window.unwrap_or(Duration::from_secs(900));
        Rolling::named_with(name, &[longest.min(self.told[0]), longest])?.add(value);
        Ok(())
    }

    /// The same under a category and a name.
    pub fn observe_in(&self, category: &str, name: &str, value: f64, window: Option<Duration>) -> Result<(), Error> {
        self.observe(&format!("{category}.{name}"), value, window)
    }

    /// The window of a name, if it has been observed.
    pub fn get(&self, name: &str) -> Option<Arc<Rolling>> {
        Rolling::all_named().into_iter().find_map(|(known, rolling)| (known == name).then_some(rolling))
    }

    /// By name what came last, how much there was in the short window, and the averages; null where there was nothing.
    pub fn told(&self) -> Value {
        let [short, middle, long] = self.told;
        let told = Rolling::all_named().into_iter().map(|(name, rolling)| {
            let told = json!({
                "current": rolling.current(),
                "count_1m": rolling.count(short),
                "average_1m": rolling.average(short),
                "average_5m": rolling.average(middle),
                "average_15m": rolling.average(long),
            });
            (name, told)
        });
        Value::Object(told.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_window_is_null_and_the_first_observation_chooses_it() {
        let windows = Windows::new([Duration::from_millis(1), Duration::from_secs(60), Duration::from_secs(60)]);
        windows.observe("latency", 0.5, None).expect("it is a window");
        windows.observe_in("queue", "length", 3.0, Some(Duration::from_secs(60))).expect("it is a window");
        windows.observe("latency", 0.5, Some(Duration::from_secs(5))).expect("it is there");
        while windows.get("latency").is_some_and(|rolling| rolling.count(Duration::from_millis(1)) > 0) {
            std::thread::yield_now();
        }
        let told = windows.told();
        assert_eq!(told["latency"]["average_1m"], Value::Null);
        assert_eq!((&told["latency"]["count_1m"], &told["latency"]["current"]), (&json!(0), &json!(0.5)));
        assert_eq!((&told["latency"]["average_5m"], &told["queue.length"]["average_15m"]), (&json!(0.5), &json!(3.0)));
        let seconds = windows.get("latency").map(|rolling| rolling.windows().last().map(Duration::as_secs));
        assert_eq!((seconds, windows.get("unknown").is_none()), (Some(Some(900)), true));
        windows.observe("x", 1.0, Some(Duration::ZERO)).expect_err("it is no window");
    }
}
