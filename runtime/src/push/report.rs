//! What outlets say of themselves. It does not know where that is counted.

/// Where outlets count.
pub(crate) trait Report: Send + Sync {
    /// Adds to a counter; with 0, shows it.
    fn count(&self, metric: &'static str, outlet: &str, reason: Option<&'static str>, amount: u64);

    /// Sets a gauge.
    fn set(&self, metric: &'static str, outlet: &str, value: f64);
}

pub(super) const PUSHED: &str = "tachometer_outlet_pushed_total";
pub(super) const FAILED: &str = "tachometer_outlet_failed_total";
pub(super) const DROPPED: &str = "tachometer_outlet_dropped_total";
pub(super) const POINTS: &str = "tachometer_outlet_dropped_points_total";
pub(super) const SECONDS: &str = "tachometer_outlet_duration_seconds";
pub(super) const BUFFER: &str = "tachometer_outlet_buffer_bytes";
pub(super) const SUCCESS: &str = "tachometer_outlet_last_success_timestamp_seconds";

/// All metrics and their HELP.
pub(crate) const ABOUT: [(&str, &str); 7] = [
    (PUSHED, "Snapshots that have arrived where an outlet sends them."),
    (FAILED, "Attempts of an outlet to send snapshots that failed."),
    (DROPPED, "Snapshots that an outlet has given up."),
    (POINTS, "Values within snapshots that an outlet left out, or that the other side did not take."),
    (SECONDS, "Time that the last attempt of an outlet took, whether it succeeded or not."),
    (BUFFER, "Bytes that wait in an outlet to be sent."),
    (SUCCESS, "When a push last succeeded, in seconds since 1970."),
];

#[cfg(test)]
pub(crate) mod fake {
    use std::{collections::BTreeMap, sync::Mutex};

    /// What was counted, by metric and reason.
    #[derive(Default)]
    pub(crate) struct Told(Mutex<BTreeMap<String, f64>>);

    impl Told {
        pub(crate) fn of(&self, name: &str) -> f64 {
            self.0.lock().expect("nothing panics").get(name).copied().unwrap_or(f64::NAN)
        }
    }

    impl super::Report for Told {
        fn count(&self, metric: &'static str, _: &str, reason: Option<&'static str>, amount: u64) {
            let name = metric.trim_start_matches("tachometer_outlet_").trim_end_matches("_total");
            let name = [name, reason.unwrap_or_default()].join(" ");
            *self.0.lock().expect("nothing panics").entry(name.trim_end().to_owned()).or_default() += amount as f64;
        }

        fn set(&self, metric: &'static str, _: &str, value: f64) {
            let name = metric.trim_start_matches("tachometer_outlet_").to_owned();
            self.0.lock().expect("nothing panics").insert(name, value);
        }
    }
}
