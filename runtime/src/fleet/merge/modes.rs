//! Which gauges are shown how, where several processes have one.

use super::gauge::GaugeMode;
use crate::metric::matcher::Matcher;

/// What is usual where nothing is said: names that end in `*` are beginnings, and those that begin with it ends.
const USUAL: [(&str, GaugeMode); 7] = [
    ("process_*", GaugeMode::PerChild),
    ("build_info", GaugeMode::Max),
    ("*_info", GaugeMode::Max),
    ("*_timestamp_seconds", GaugeMode::Max),
    ("tachometer_config_last_reload_successful", GaugeMode::Min),
    ("tachometer_outlet_duration_seconds", GaugeMode::Max),
    ("tachometer_endpoint_listening", GaugeMode::Max),
];

/// Modes by the names of metrics: the nearest matcher counts, and what the program says before what is usual.
#[derive(Debug, Clone, Default)]
pub(crate) struct Modes(Vec<(Matcher, GaugeMode)>);

impl Modes {
    pub(crate) fn set(&mut self, metrics: Matcher, mode: GaugeMode) {
        self.0.retain(|(other, _)| *other != metrics);
        let at = self.0.partition_point(|(other, _)| other.rank() < metrics.rank());
        self.0.insert(at, (metrics, mode));
    }

    /// The mode of a metric, by the name that the program wrote or by the one that is printed.
    pub(crate) fn of(&self, name: &str, printed: &str) -> GaugeMode {
        let told = self.0.iter().find(|(matcher, _)| matcher.matches(name) || matcher.matches(printed));
        told.map(|(_, mode)| *mode).unwrap_or_else(|| {
            let is_meant = |text: &str| text.parse::<Matcher>().is_ok_and(|matcher| matcher.matches(printed));
            USUAL.iter().find(|(text, _)| is_meant(text)).map(|(_, mode)| *mode).unwrap_or_default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_program_says_comes_before_what_is_usual() {
        let mut modes = Modes::default();
        assert_eq!(modes.of("process_cpu_seconds_total", "process_cpu_seconds_total"), GaugeMode::PerChild);
        assert_eq!(modes.of("queue", "queue"), GaugeMode::Sum);
        assert_eq!(modes.of("model_info", "model_info"), GaugeMode::Max);
        modes.set(Matcher::Prefix("queue".to_owned()), GaugeMode::Min);
        modes.set(Matcher::Full("queue.now".to_owned()), GaugeMode::Last);
        modes.set(Matcher::Prefix("process_".to_owned()), GaugeMode::Sum);
        assert_eq!(modes.of("queue.now", "queue_now"), GaugeMode::Last);
        assert_eq!(modes.of("queue.then", "queue_then"), GaugeMode::Min);
        assert_eq!(modes.of("process_threads", "process_threads"), GaugeMode::Sum);
    }
}
