//! The command line, and the configuration file that it names. It starts nothing.

use std::{
    env, fs, io,
    io::Write,
    net::{SocketAddr, ToSocketAddrs},
    process,
    time::Duration,
};

use serde::Deserialize;

/// More workers than these have no use, and one thread each.
const MOST_WORKERS: usize = 1024;
/// The longest time between two lines of the log, in seconds.
const LONGEST: f64 = 86_400.0;

const HELP: &str = "\
An environment server: one router and some workers, each an event loop of its own, play rollouts of a small game.

The first line that it prints is the address of its metrics, if it has one.

usage: env-server [flags]
  --env-id ID                  what the environment is called, a label of the metrics [default: guess]
  --workers N                  how many workers there are, 1 to 1024 [default: 4]
  --metrics-port P             serve the metrics at this port, 0 for any free one [default: do not listen at all]
  --metrics-host HOST          and on this address or name [default: 127.0.0.1]
  --config FILE                a TOML file with the keys env_id, workers, metrics_port, metrics_host and
                               stats_log_interval, of which flags win
  --stats-log-interval SECS    write a line of statistics to the log so often, 0 for never [default: 10]
  --no-load                    make up no clients; play a rollout for each line that is piped in, for example
                               `seed=7 turns=10 think=20 block=0` (times in ms), and print how it went
  --help                       print this text
  --print-catalog, --print-dashboards, --print-rules, --print-docs, --write-observability DIR
                 print what is measured, or what follows from it, or write it as files, and end

environment, as for each program with tachometer:
  METRICS_ENABLED              `false`: no metrics, whatever the flags say [default: true]
  METRICS_LABELS               name=value,.. on every series [default: none]
  METRICS_CONFIG               a TOML file with all settings of the endpoint [default: none]
  METRICS_TOKEN                the bearer token without which nothing is shown; METRICS_TOKEN_FILE names a file with it
                               [default: none]
  METRICS_TOKENS_FILE          tokens of tenants, told apart by the label METRICS_TENANT_LABEL [default: none]
  METRICS_WEB_CONFIG           TLS and users, with tachometer's feature `tls` [default: none]
  METRICS_*                    further settings, as tachometer's documentation of `Config` lists them
METRICS_HOST and METRICS_PORT have no effect: where to listen is what the flags say.
";

/// What the program is to do.
#[derive(Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) env_id: String,
    pub(crate) workers: usize,
    /// Where the metrics are served, if anywhere.
    pub(crate) metrics: Option<SocketAddr>,
    /// Zero for never.
    pub(crate) stats_log_interval: Duration,
    pub(crate) load: bool,
}

/// What one source says of it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    env_id: Option<String>,
    workers: Option<usize>,
    metrics_port: Option<u16>,
    metrics_host: Option<String>,
    stats_log_interval: Option<f64>,
}

/// The settings. Ends the program after `--help` and after a mistake.
pub(crate) fn settings() -> Settings {
    match parse(env::args().skip(1)) {
        Ok(Some(settings)) => settings,
        Ok(None) => leave(io::stdout(), HELP, 0),
        Err(problem) => leave(io::stderr(), &format!("env-server: {problem}; try --help\n"), 2),
    }
}

/// `None` asks for the help text.
fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Settings>, String> {
    let (mut flags, mut file, mut load) = (Said::default(), Said::default(), true);
    while let Some(word) = words.next() {
        let (flag, joined) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        if joined.is_none() {
            match flag {
                "--help" => return Ok(None),
                "--no-load" => {
                    load = false;
                    continue;
                }
                _ => {}
            }
        }
        let mut value = |what| joined.clone().or_else(|| words.next()).ok_or(format!("{flag} needs {what}"));
        match flag {
            "--env-id" => flags.env_id = Some(value("a name")?),
            "--workers" => flags.workers = Some(number(flag, &value("a number")?)?),
            "--metrics-port" => flags.metrics_port = Some(number(flag, &value("a port")?)?),
            "--metrics-host" => flags.metrics_host = Some(value("an address or a name")?),
            "--config" => file = read(&value("a file")?)?,
            "--stats-log-interval" => flags.stats_log_interval = Some(number(flag, &value("seconds")?)?),
            _ => return Err(format!("unknown argument `{word}`")),
        }
    }
    flags.or(file).settings(load).map(Some)
}

fn number<T: std::str::FromStr>(flag: &str, text: &str) -> Result<T, String> {
    let range = if flag == "--metrics-port" { " from 0 to 65535" } else { "" };
    text.parse().map_err(|_| format!("{flag} {text} is not a number{range}"))
}

fn read(path: &str) -> Result<Said, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("config file {path} cannot be read: {error}"))?;
    toml::from_str(&text).map_err(|error| format!("config file {path}: {}", error.to_string().trim_end()))
}

impl Said {
    fn or(self, weaker: Self) -> Self {
        Self {
            env_id: self.env_id.or(weaker.env_id),
            workers: self.workers.or(weaker.workers),
            metrics_port: self.metrics_port.or(weaker.metrics_port),
            metrics_host: self.metrics_host.or(weaker.metrics_host),
            stats_log_interval: self.stats_log_interval.or(weaker.stats_log_interval),
        }
    }

    fn settings(self, load: bool) -> Result<Settings, String> {
        let env_id = self.env_id.unwrap_or_else(|| "guess".to_owned());
        if env_id.is_empty() {
            return Err("the id of the environment is empty; name it".to_owned());
        }
        let workers = self.workers.unwrap_or(4);
        if !(1..=MOST_WORKERS).contains(&workers) {
            return Err(format!("there cannot be {workers} workers; choose 1 to {MOST_WORKERS}"));
        }
        let seconds = self.stats_log_interval.unwrap_or(10.0);
        if !(0.0..=LONGEST).contains(&seconds) {
            return Err(format!("the log cannot have a line every {seconds} s; choose 0 to {LONGEST}"));
        }
        let host = self.metrics_host.unwrap_or_else(|| "127.0.0.1".to_owned());
        let metrics = self.metrics_port.map(|port| resolved(&host, port)).transpose()?;
        Ok(Settings { env_id, workers, metrics, stats_log_interval: Duration::from_secs_f64(seconds), load })
    }
}

/// Of several addresses the first IPv4 one, because a scraper that resolves the same name tries that.
fn resolved(host: &str, port: u16) -> Result<SocketAddr, String> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let found = (bare, port).to_socket_addrs().map(Vec::from_iter).unwrap_or_default();
    let address = found.iter().find(|address| address.is_ipv4()).or(found.first()).copied();
    address.ok_or_else(|| format!("the host of the metrics, `{host}`, is neither an address nor a name that has one"))
}

fn leave(mut to: impl Write, text: &str, code: i32) -> ! {
    // Nobody is left to be told if the text cannot be printed.
    let _ = to.write_all(text.as_bytes());
    process::exit(code)
}
