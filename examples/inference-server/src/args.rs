//! The command line.

use std::{env, io, io::Write, process, time::Duration};

/// What the command line says.
pub(crate) struct Args {
    /// Where requests are answered; 0 is any port that is free.
    pub(crate) port: u16,
    /// Where the metrics are; `None` leaves it to the environment.
    pub(crate) metrics_port: Option<u16>,
    /// How often collectors look; `None` leaves it to the environment.
    pub(crate) collection_interval: Option<Duration>,
    pub(crate) load: bool,
}

const HELP: &str = "\
A cross-encoder behind gRPC, whose stages are measured by tachometer.

The first line that it prints is the address of its metrics, the second one that of the service itself.

usage: inference-server [--port P] [--metrics-port P] [--collection-interval SECS] [--no-load]
  --port P                    where requests are answered, 0 for any free port [default: 50051]
  --metrics-port P            where the metrics are served, 0 for any free port [default: 8000]
  --collection-interval SECS  how often throughput, CPU and GPU are looked at [default: 5.0]
  --no-load                   do not ask the server yourself
  --help                      print this text
  --print-catalog, --print-dashboards, --print-rules, --print-docs, --write-observability DIR
                              print what is measured, or what follows from it, or write it as files, and end

environment:
  METRICS_HOST         where the metrics are served [default: 127.0.0.1]
  METRICS_PORT         and at which port, unless --metrics-port is given [default: 8000]
  METRICS_ENABLED      `false`: record nothing, serve nothing [default: true]
  METRICS_COLLECTORS   which collectors look at process, container, machine and GPUs [default: all]
  METRICS_COLLECTION_INTERVAL
                       how often, unless --collection-interval is given [default: 5]
  METRICS_LABELS       name=value,.. on every series [default: none]
  METRICS_CONFIG       a TOML file with these and other settings [default: none]
  METRICS_TOKEN        the bearer token without which nothing is shown; METRICS_TOKEN_FILE names a file with it
                       [default: none]
  METRICS_TOKENS_FILE  tokens of tenants, told apart by the label METRICS_TENANT_LABEL [default: none]
  METRICS_WEB_CONFIG   TLS and users, with tachometer's feature `tls` [default: none]
  METRICS_*            further settings, as tachometer's documentation of `Config` lists them
  TACHOMETER_NVML_LIB  the library that knows the GPUs [default: that of NVIDIA's driver]

service:
  inference.CrossEncoder/Score   how well passages answer queries; see src/protocol.rs
";

/// The shortest interval: collectors that always collect show nothing but themselves.
const SHORTEST: Duration = Duration::from_millis(100);

/// The longest one.
const LONGEST: Duration = Duration::from_hours(1);

/// Reads it. Ends the program after `--help` and after a mistake.
pub(crate) fn read() -> Args {
    match parse(env::args().skip(1)) {
        Ok(Some(args)) => args,
        Ok(None) => leave(io::stdout(), HELP, 0),
        Err(problem) => leave(io::stderr(), &format!("inference-server: {problem}; try --help\n"), 2),
    }
}

/// `None` asks for the help text.
fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Args>, String> {
    let mut args = Args { port: 50_051, metrics_port: None, collection_interval: None, load: true };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--help" => return Ok(None),
            "--no-load" => args.load = false,
            "--port" => args.port = port(&word, words.next())?,
            "--metrics-port" => args.metrics_port = Some(port(&word, words.next())?),
            "--collection-interval" => args.collection_interval = Some(interval(&word, words.next())?),
            _ => return Err(format!("unknown argument `{word}`")),
        }
    }
    Ok(Some(args))
}

fn port(flag: &str, value: Option<String>) -> Result<u16, String> {
    let value = value.ok_or(format!("{flag} needs a port"))?;
    value.parse().map_err(|_| format!("{flag} {value} is not a port from 0 to 65535"))
}

fn interval(flag: &str, value: Option<String>) -> Result<Duration, String> {
    let value = value.ok_or(format!("{flag} needs a number of seconds"))?;
    let seconds = value.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let allowed = seconds.filter(|seconds| (SHORTEST..=LONGEST).contains(seconds));
    allowed.ok_or(format!("{flag} {value} is not a number of seconds from 0.1 to 3600"))
}

fn leave(mut to: impl Write, text: &str, code: i32) -> ! {
    // Nobody is left to be told if the text cannot be printed.
    let _ = to.write_all(text.as_bytes());
    process::exit(code)
}
