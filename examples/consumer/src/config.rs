//! The configuration file, YAML as the system that this is like has it, or TOML. What is not about metrics or consumers is
//! that system's affair, and left alone.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Deserialize;

/// The file.
#[derive(Debug, Default, PartialEq, Deserialize)]
pub(crate) struct Config {
    #[serde(rename = "Application", default)]
    pub(crate) application: Application,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
pub(crate) struct Application {
    #[serde(default)]
    pub(crate) stats: Stats,
    #[serde(rename = "Consumers", default)]
    pub(crate) consumers: BTreeMap<String, Consumer>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
pub(crate) struct Stats {
    #[serde(default)]
    pub(crate) prometheus: Prometheus,
    /// Read so that a warning can say that it is not served.
    #[serde(default)]
    statsd: Option<Statsd>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Prometheus {
    pub(crate) enabled: bool,
    pub(crate) port: u16,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Statsd {
    enabled: bool,
    host: Option<String>,
    port: Option<u16>,
    prefix: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Consumer {
    /// How many children it has.
    pub(crate) qty: u32,
}

impl Default for Prometheus {
    fn default() -> Self {
        Self { enabled: false, port: 9090 }
    }
}

impl Default for Consumer {
    fn default() -> Self {
        Self { qty: 1 }
    }
}

/// More children of one consumer than these have no use.
const MOST: u32 = 1024;

impl Config {
    /// What there is without a file.
    pub(crate) fn usual() -> Self {
        let stats = Stats { prometheus: Prometheus { enabled: true, ..Prometheus::default() }, statsd: None };
        let consumers = BTreeMap::from([("example".to_owned(), Consumer { qty: 3 })]);
        Self { application: Application { stats, consumers } }
    }

    /// Reads a file, whose name says what it is written in.
    ///
    /// # Errors
    /// If it is not there or malformed, with the place.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let text = fs::read_to_string(path).map_err(|error| format!("configuration {shown}: {error}"))?;
        let is_toml = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
        let read = if is_toml { Self::of_toml(&text) } else { Self::of_yaml(&text) };
        let config = read.map_err(|problem| format!("configuration {shown}: {problem}"))?;
        config.check().map_err(|problem| format!("configuration {shown}: {problem}"))?;
        Ok(config)
    }

    fn of_yaml(text: &str) -> Result<Self, String> {
        serde_saphyr::from_str(text).map_err(|error| error.to_string())
    }

    fn of_toml(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    fn check(&self) -> Result<(), String> {
        let consumers = &self.application.consumers;
        if consumers.is_empty() {
            return Err("Application.Consumers names none; name one, with its `qty`".to_owned());
        }
        match consumers.iter().find(|(_, consumer)| consumer.qty == 0 || consumer.qty > MOST) {
            Some((name, consumer)) => {
                Err(format!("Application.Consumers.{name}.qty is `{}`; write a number from 1 to {MOST}", consumer.qty))
            }
            None => Ok(()),
        }
    }

    /// What is read and not done, if there is such a thing.
    pub(crate) fn unserved(&self) -> Option<String> {
        let statsd = self.application.stats.statsd.as_ref()?;
        Some(format!(
            "Application.stats.statsd ({}) is read and not served: metrics are exported to Prometheus alone; take them from \
             there, or drop the block",
            if statsd.enabled { "enabled" } else { "disabled" }
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "\
%YAML 1.2
---
Application:
  poll_interval: 10.0
  stats:
    log: True
    statsd:
      enabled: true
      host: localhost
      port: 8125
      prefix: application.rejected
    prometheus:
      enabled: true
      port: 9100
  Connections:
    rabbit1: {host: rabbit1, port: 5672}
  Consumers:
    mail:
      qty: 2
      queue: mail
    audit: {}
";

    #[test]
    fn yaml_and_toml_say_the_same() {
        let yaml = Config::of_yaml(YAML).expect("it is right");
        let toml = "[Application.stats.prometheus]\nenabled = true\nport = 9100\n[Application.stats.statsd]\nenabled = true\n\
                    host = 'localhost'\nport = 8125\nprefix = 'application.rejected'\n\
                    [Application.Consumers.mail]\nqty = 2\n[Application.Consumers.audit]\n";
        assert_eq!(yaml, Config::of_toml(toml).expect("it is right"));
        assert_eq!((yaml.application.stats.prometheus.port, yaml.application.consumers["audit"].qty), (9100, 1));
        assert!(yaml.unserved().is_some_and(|told| told.contains("statsd (enabled) is read and not served")));
    }

    #[test]
    fn metrics_are_off_unless_they_are_turned_on() {
        let config = Config::of_yaml("Application:\n  Consumers:\n    mail:\n      qty: 1\n").expect("it is right");
        assert_eq!(config.application.stats.prometheus, Prometheus { enabled: false, port: 9090 });
        assert_eq!((config.unserved(), config.check()), (None, Ok(())));
    }

    #[test]
    fn mistakes_are_named() {
        let problem = |yaml: &str| Config::of_yaml(yaml).and_then(|config| config.check()).expect_err("it is refused");
        assert!(problem("Application: {}").contains("Application.Consumers names none"));
        let many = problem("Application: {Consumers: {mail: {qty: 5000}}}");
        assert_eq!(many, "Application.Consumers.mail.qty is `5000`; write a number from 1 to 1024");
        assert!(problem("Application: {Consumers: {mail: {qty: many}}}").contains("qty"));
    }
}
