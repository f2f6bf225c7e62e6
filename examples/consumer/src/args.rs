//! The command line. It starts nothing.

use std::{env, io, io::Write, path::PathBuf, process};

const HELP: &str = "\
A master process (MCP) that starts child consumers, replaces those that end, and exports all of them.

The first line that it prints is the address of the metrics, if the configuration turns them on.

usage: consumer [flags]
  --config FILE       the configuration, YAML or TOML by the file's name [default: three children of one consumer, metrics at
                      port 9090]
  --redis URL         take messages from the lists `consumer:<name>` of this Redis, as redis://host:port/db [default: a source
                      that is built in]
  --rate N            messages a second that each child processes, 1 to 100000 [default: 50]
  --ledger FILE       each child appends a line for each message: consumer, pid, milliseconds since 1970, outcome, message
                      [default: none]
  --no-load           put no messages into Redis; with the built-in source: there are none
  --help              print this text

environment, as for each program with tachometer:
  METRICS_ENABLED     `false`: no metrics, whatever the configuration says [default: true]
  METRICS_HOST        where the metrics are served [default: 127.0.0.1]; the port is that of the configuration
  METRICS_FLEET_*     how often children tell the master, and how much [default: once a second]
  METRICS_*           further settings, as tachometer's documentation of `Config` lists them
TACHOMETER_FLEET is set by the master for its children.
";

/// What a process is to do.
#[derive(Debug, PartialEq)]
pub(crate) enum Task {
    Master(Master),
    Child(Child),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Master {
    pub(crate) config: Option<PathBuf>,
    pub(crate) work: Work,
    pub(crate) load: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Child {
    pub(crate) consumer: String,
    pub(crate) work: Work,
    /// Whether there is anything to do where messages are made up.
    pub(crate) load: bool,
}

/// What the master hands on to its children.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Work {
    pub(crate) redis: Option<String>,
    pub(crate) rate: u32,
    pub(crate) ledger: Option<PathBuf>,
}

impl Default for Work {
    fn default() -> Self {
        Self { redis: None, rate: 50, ledger: None }
    }
}

/// What this process is to do. Ends it after `--help` and after a mistake.
pub(crate) fn task() -> Task {
    match parse(env::args().skip(1)) {
        Ok(Some(task)) => task,
        Ok(None) => leave(io::stdout(), HELP, 0),
        Err(problem) => leave(io::stderr(), &format!("consumer: {problem}; try --help\n"), 2),
    }
}

/// `None` asks for the help text.
fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Task>, String> {
    let (mut config, mut work, mut load, mut child) = (None, Work::default(), true, None);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--config" => config = Some(PathBuf::from(value()?)),
            "--redis" => work.redis = Some(value()?),
            "--ledger" => work.ledger = Some(PathBuf::from(value()?)),
            "--rate" => {
                let text = value()?;
                let rate = text.parse().ok().filter(|rate| (1..=100_000).contains(rate));
                work.rate = rate.ok_or_else(|| format!("--rate is `{text}`; write a number from 1 to 100000"))?;
            }
            // How the master starts its children.
            "--child" => child = Some(value()?),
            "--no-load" => load = false,
            "--help" | "-h" => return Ok(None),
            other => return Err(format!("there is no flag `{other}`")),
        }
    }
    Ok(Some(match child {
        Some(consumer) => Task::Child(Child { consumer, work, load }),
        None => Task::Master(Master { config, work, load }),
    }))
}

impl Work {
    /// The flags that say it.
    pub(crate) fn flags(&self) -> Vec<String> {
        let mut flags = vec!["--rate".to_owned(), self.rate.to_string()];
        flags.extend(self.redis.iter().flat_map(|url| ["--redis".to_owned(), url.clone()]));
        let ledger = self.ledger.iter().flat_map(|path| ["--ledger".to_owned(), path.display().to_string()]);
        flags.extend(ledger);
        flags
    }
}

fn leave(mut to: impl Write, text: &str, code: i32) -> ! {
    // Nothing is left to tell it to if this cannot be printed.
    let _ = to.write_all(text.as_bytes());
    process::exit(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Option<Task>, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_child_gets_what_the_master_was_told() {
        let line = "--redis redis://h:1/2 --rate 7 --ledger /l";
        let Ok(Some(Task::Master(master))) = parsed(line) else { panic!("it is a master's") };
        let flags = master.work.flags().join(" ");
        let Ok(Some(Task::Child(child))) = parsed(&format!("--child mail {flags}")) else { panic!("it is a child's") };
        assert_eq!((child.work, &*child.consumer), (master.work, "mail"));
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(parsed("--rate 0"), Err("--rate is `0`; write a number from 1 to 100000".to_owned()));
        assert_eq!(parsed("--config"), Err("--config needs a value".to_owned()));
        assert_eq!(parsed("--statsd"), Err("there is no flag `--statsd`".to_owned()));
        assert_eq!(parsed("--help"), Ok(None));
    }
}
