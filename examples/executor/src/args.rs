//! The command line, and the variables that are refused. It starts nothing.

use std::{
    env,
    ffi::OsString,
    io,
    io::Write,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    process,
};

const HELP: &str = "\
A service that executes tools, for one user or for organisations that see their own metrics alone.

The first line that it prints is the address that it listens on, the second one where its metrics are.

usage: executor [--local | --cloud --tokens FILE] [--host IP] [--port P] [--no-load]
  --local        for one user: no tokens, on a loopback address [the default]
  --cloud        for organisations: calls and metrics need a bearer token of the tokens file
  --tokens FILE  TOML with lines of \"token\" = \"organisation\", or = true for a token that sees all metrics and calls
                 nothing; read again when it changes
  --host IP      the IP address to listen on [default: 127.0.0.1]
  --port P       and the port, 0 for any free one [default: 4788]
  --no-load      do not call the tools by itself; otherwise there are some calls a second for each organisation
  --help         print this text
  --print-catalog, --print-dashboards, --print-rules, --print-docs, --write-observability DIR
                 print what is measured, or what follows from it, or write it as files, and end

environment:
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT  in --local: push the metrics there by OTLP, every minute and at the end; refused in
                                       --cloud, where it would send the data of all organisations to one place
                                       [default: not set, nothing is pushed]
  OTEL_EXPORTER_OTLP_METRICS_HEADERS   headers of each push, name=value,.. [default: none]
  OTEL_METRICS_EXPORTER                `otlp` pushes as well, `none` does not; `otlp` is refused in --cloud [default: not set]
  OTEL_*                               the other variables of OTLP, as tachometer's documentation of `Otlp` lists them
  METRICS_ENABLED     `false`: record nothing, have no /api/metrics [default: true]
  METRICS_LABELS      name=value,.. on every series; in --cloud not `org` [default: none]
  METRICS_CONFIG      a TOML file with these and other settings of tachometer [default: none]
  METRICS_TOKEN       one token for the metrics in --local; refused in --cloud [default: none]
  METRICS_WEB_CONFIG  users for the metrics in --local; refused in --cloud [default: none]
  METRICS_*           further settings, as tachometer's documentation of `Config` lists them; METRICS_HOST and METRICS_PORT
                      have no effect, because the metrics are served by the service itself

routes:
  GET  /api/tools         the tools, with an input for each
  POST /api/tools/{name}  executes one: JSON in, JSON out
  GET  /api/metrics       for Prometheus
  GET  /api/snapshot      the same as JSON
  GET  /api/healthz       `ok`, to everybody
";

/// What the program was asked to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) address: SocketAddr,
    pub(crate) mode: Mode,
    pub(crate) load: bool,
}

/// Whom the program is for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// One user, on the same machine.
    Local,
    /// The organisations of this file of tokens.
    Cloud(PathBuf),
}

/// Where metrics are pushed.
const PUSH: &str = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
/// How else a push is asked for.
const EXPORTER: &str = "OTEL_METRICS_EXPORTER";
/// What would let others in than the tokens file does.
const OTHER_DOORS: [&str; 2] = ["METRICS_TOKEN", "METRICS_WEB_CONFIG"];

/// What the command line and the environment ask for. Ends the program after `--help` and after a mistake.
pub(crate) fn options() -> Options {
    let options = parse(env::args().skip(1)).and_then(|options| match options {
        Some(options) => check(&options.mode, |name| env::var_os(name)).map(|()| Some(options)),
        None => Ok(None),
    });
    match options {
        Ok(Some(options)) => options,
        Ok(None) => leave(io::stdout(), HELP, 0),
        Err(problem) => leave(io::stderr(), &format!("executor: {problem}; try --help\n"), 2),
    }
}

/// `None` asks for the help text.
fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
    let (mut host, mut port) = (IpAddr::V4(Ipv4Addr::LOCALHOST), 4788);
    let (mut is_local, mut is_cloud, mut tokens, mut load) = (false, false, None, true);
    while let Some(word) = words.next() {
        let mut value = |what: &str| words.next().ok_or_else(|| format!("{word} needs {what}"));
        match word.as_str() {
            "--help" => return Ok(None),
            "--local" => is_local = true,
            "--cloud" => is_cloud = true,
            "--no-load" => load = false,
            "--tokens" => tokens = Some(PathBuf::from(value("a file")?)),
            "--host" => {
                let text = value("an IP address")?;
                host = text.parse().map_err(|_| format!("--host {text} is not an IP address"))?;
            }
            "--port" => {
                let text = value("a number")?;
                port = text.parse().map_err(|_| format!("--port {text} is not a number from 0 to 65535"))?;
            }
            _ => return Err(format!("unknown argument `{word}`")),
        }
    }
    let mode = match (is_local, is_cloud, tokens) {
        (true, true, _) => return Err("--local and --cloud exclude each other; drop one".to_owned()),
        (_, true, Some(tokens)) => Mode::Cloud(tokens),
        (_, true, None) => return Err("--cloud needs --tokens FILE, which says who may come in".to_owned()),
        (_, false, Some(_)) => return Err("--tokens is for --cloud; add it, or drop the file".to_owned()),
        (_, false, None) => Mode::Local,
    };
    if mode == Mode::Local && !host.is_loopback() {
        return Err(format!("--host {host} is no loopback address, and --local lets everybody in; take --cloud"));
    }
    Ok(Some(Options { address: (host, port).into(), mode, load }))
}

/// Refuses variables that this mode cannot follow, rather than to run without what they ask for.
fn check(mode: &Mode, variable: impl Fn(&str) -> Option<OsString>) -> Result<(), String> {
    // To OpenTelemetry an empty variable is one that is not set.
    let endpoint = variable(PUSH).filter(|value| !value.to_string_lossy().trim().is_empty());
    let exporter =
        variable(EXPORTER).filter(|value| value.to_string_lossy().split(',').any(|name| name.trim() == "otlp"));
    let push = endpoint.map(|_| PUSH).or(exporter.map(|_| EXPORTER));
    if let (Mode::Cloud(_), Some(name)) = (mode, push) {
        return Err(format!(
            "{name} is set, and in --cloud it would send the data of all organisations to one place; unset it"
        ));
    }
    match OTHER_DOORS.into_iter().find(|name| *mode != Mode::Local && variable(name).is_some()) {
        Some(name) => {
            Err(format!("{name} is set, and in --cloud the tokens file alone says who may come in; unset it"))
        }
        None => Ok(()),
    }
}

fn leave(mut to: impl Write, text: &str, code: i32) -> ! {
    // Nobody is left to be told if the text cannot be printed.
    let _ = to.write_all(text.as_bytes());
    process::exit(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Option<Options>, String> {
        parse(line.split_whitespace().map(ToOwned::to_owned))
    }

    #[test]
    fn flags_are_read() {
        let local = Options { address: ([127, 0, 0, 1], 4788).into(), mode: Mode::Local, load: true };
        assert_eq!(parsed(""), Ok(Some(local)));
        let cloud = Options { address: ([0, 0, 0, 0], 0).into(), mode: Mode::Cloud("t".into()), load: false };
        assert_eq!(parsed("--cloud --tokens t --host 0.0.0.0 --port 0 --no-load"), Ok(Some(cloud)));
        assert_eq!(parsed("--local --help --what"), Ok(None));
    }

    #[test]
    fn mistakes_are_told() {
        for (line, problem) in [
            ("--what", "unknown argument `--what`"),
            ("--port", "--port needs a number"),
            ("--port 65536", "--port 65536 is not a number from 0 to 65535"),
            ("--host localhost", "--host localhost is not an IP address"),
            ("--host 0.0.0.0", "--host 0.0.0.0 is no loopback address"),
            ("--local --cloud --tokens t", "exclude each other"),
            ("--cloud", "--cloud needs --tokens FILE"),
            ("--tokens t", "--tokens is for --cloud"),
        ] {
            let error = parsed(line).expect_err(problem);
            assert!(error.contains(problem), "{line}: {error}");
        }
    }

    #[test]
    fn variables_that_a_mode_cannot_follow_are_refused() {
        let cloud = Mode::Cloud("t".into());
        let with = |mode: &Mode, name: &str, value: &str| check(mode, |asked| (asked == name).then(|| value.into()));
        assert!(with(&cloud, PUSH, "http://x").expect_err("it is refused").contains("all organisations to one place"));
        assert!(with(&cloud, EXPORTER, "prometheus, otlp").expect_err("it is refused").starts_with(EXPORTER));
        assert_eq!(with(&Mode::Local, PUSH, "http://x"), Ok(()));
        for value in ["", " "] {
            assert_eq!(with(&cloud, PUSH, value), Ok(()));
        }
        assert_eq!(with(&cloud, EXPORTER, "none"), Ok(()));
        for name in OTHER_DOORS {
            assert!(with(&cloud, name, "").expect_err("it is refused").starts_with(name));
            assert_eq!(with(&Mode::Local, name, "x"), Ok(()));
        }
    }
}
