//! The command line. It starts nothing.

use std::{env, io, io::Write, process, time::Duration};

use block::BlockConfig;

const HELP: &str = "\
An AI block: it works off tasks, and tells how by HTTP and in a list of Redis.

The first line that it prints is the address of its metrics.

usage: block [--no-load] [--grace SECS]
  --no-load     work off no tasks of its own
  --grace SECS  how long the end may take, with the last push to Redis, up to 5 [default: 4]
  --help        print this text
  --print-catalog, --print-dashboards, --print-rules, --print-docs, --write-observability DIR
                 print what is measured, or what follows from it, or write it as files, and end

environment:
  BLOCK_ID       what the block is [default: test-block]
  INSTANCE_ID    and which one of its kind [default: instance-001]
  METRICS_HOST   where the metrics are served, an IP address or a name [default: 0.0.0.0]
  METRICS_PORT   and at which port, 0 for any free one [default: 8000]
  METRICS_REDIS_ENABLED   `false`: push nothing to Redis [default: true]
  METRICS_REDIS_HOST      where Redis is [default: localhost]
  METRICS_REDIS_PORT      and at which port [default: 6379]
  METRICS_REDIS_DB        the number of the database [default: 0]
  METRICS_REDIS_PASSWORD  its password [default: none]
  METRICS_REDIS_QUEUE     the key of the list [default: NODE_METRICS]
  METRICS_PUSH_INTERVAL   seconds between two documents [default: 30]
  METRICS_BATCH_SIZE      documents that are pushed together [default: 1]
  METRICS_REDIS_BACKOFF_INITIAL  seconds after the first failure, doubled after each further one [default: 1]
  METRICS_REDIS_BACKOFF_MAX      and how many at most [default: 30]
  ROLLING_AVG_1M, ROLLING_AVG_5M, ROLLING_AVG_15M  seconds of the three windows [default: 60, 300, 900]
  HISTO_BUCKETS  upper bounds of histograms, increasing [default: 0.1,0.2,0.5,1,2,5,10]
  METRICS_*      further settings, as tachometer's documentation of `Config` lists them

routes:
  /metrics   for Prometheus
  /snapshot  the same as JSON
  /healthz   `ok`
";

/// What the program was asked to do.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) config: BlockConfig,
    pub(crate) load: bool,
    pub(crate) grace: Duration,
}

/// What the command line and the environment ask for. Ends the program after `--help` and after a mistake.
pub(crate) fn options() -> Options {
    match parse(env::args().skip(1)) {
        Ok(Some((load, grace))) => match BlockConfig::of_environment(|name| env::var_os(name)) {
            Ok(config) => Options { config, load, grace },
            Err(problem) => leave(io::stderr(), &format!("block: {problem}\n"), 2),
        },
        Ok(None) => leave(io::stdout(), HELP, 0),
        Err(problem) => leave(io::stderr(), &format!("block: {problem}; try --help\n"), 2),
    }
}

/// `None` asks for the help text.
fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<(bool, Duration)>, String> {
    let (mut load, mut grace) = (true, Duration::from_secs(4));
    while let Some(word) = words.next() {
        match word.as_str() {
            "--help" => return Ok(None),
            "--no-load" => load = false,
            "--grace" => {
                let text = words.next().ok_or("--grace needs a number of seconds")?;
                let seconds = text.parse().ok().filter(|seconds| (0.0..=5.0).contains(seconds));
                let seconds =
                    seconds.ok_or_else(|| format!("--grace {text} is not a number of seconds from 0 to 5"))?;
                grace = Duration::from_secs_f64(seconds);
            }
            _ => return Err(format!("unknown argument `{word}`")),
        }
    }
    Ok(Some((load, grace)))
}

fn leave(mut to: impl Write, text: &str, code: i32) -> ! {
    // Nobody is left to be told if the text cannot be printed.
    let _ = to.write_all(text.as_bytes());
    process::exit(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_and_mistakes_told() {
        let parsed = |line: &str| parse(line.split_whitespace().map(ToOwned::to_owned));
        assert_eq!(parsed(""), Ok(Some((true, Duration::from_secs(4)))));
        assert_eq!(parsed("--no-load --grace 0.5"), Ok(Some((false, Duration::from_millis(500)))));
        assert_eq!(parsed("--help --what"), Ok(None));
        for (line, problem) in [("--what", "`--what`"), ("--grace", "needs"), ("--grace 6", "--grace 6 is not")] {
            assert!(parsed(line).expect_err(problem).contains(problem));
        }
    }
}
