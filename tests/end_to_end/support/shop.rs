//! The quickstart as a process of its own, which dies with the test.

use std::{
    env,
    fs::{self, File},
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::LazyLock,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::NamedTempFile;

use super::deadline;

/// How long the program may take to stop.
pub(crate) const STOPS_WITHIN: Duration = Duration::from_secs(5);

/// A quickstart that has printed its addresses.
pub(crate) struct Shop {
    child: Child,
    errors: NamedTempFile,
    /// The first line that it printed.
    pub(crate) first_line: String,
    /// Where the shop itself listens.
    pub(crate) address: SocketAddr,
}

/// How a quickstart ended.
pub(crate) struct End {
    /// The exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) errors: String,
}

impl Shop {
    /// Starts it with its metrics on any free port.
    #[track_caller]
    pub(crate) fn open(arguments: &[&str]) -> Self {
        Self::open_with(arguments, &[("METRICS_PORT", "0")])
    }

    /// Starts it in an environment that has nothing but these variables.
    #[track_caller]
    pub(crate) fn open_with(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let errors = temporary();
        let mut child = command(arguments, environment, &errors).spawn().expect("the quickstart can be started");
        let mut lines = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
        let mut line = || match lines.next() {
            Some(Ok(line)) => line,
            _ => panic!("the quickstart printed no address, but: {}", read(&errors)),
        };
        let first_line = line();
        let address = line();
        let address = address.strip_prefix("shop listening on http://").and_then(|address| address.parse().ok());
        Self { child, errors, first_line, address: address.expect("the second line is the shop's address") }
    }

    /// Runs it where it is expected to end by itself.
    #[track_caller]
    pub(crate) fn run(arguments: &[&str], environment: &[(&str, &str)]) -> End {
        let (output, errors) = (temporary(), temporary());
        let mut command = command(arguments, environment, &errors);
        let mut child = command.stdout(file(&output)).spawn().expect("the quickstart can be started");
        let Some(status) = deadline::ended(&mut child, Duration::from_secs(30)) else {
            let _ = child.kill();
            panic!("the quickstart did not end; it printed {}", read(&output));
        };
        End { code: status.code(), output: read(&output), errors: read(&errors) }
    }

    /// Where the metrics are, by the first line that it printed.
    #[track_caller]
    pub(crate) fn metrics(&self) -> SocketAddr {
        let line = &self.first_line;
        let address = line.strip_prefix("http://").and_then(|line| line.strip_suffix("/metrics"));
        address.and_then(|address| address.parse().ok()).unwrap_or_else(|| panic!("no address of metrics: {line}"))
    }

    /// What it has written to its standard error so far.
    pub(crate) fn errors(&self) -> String {
        read(&self.errors)
    }

    /// Sends a signal and waits; panics if the program has not ended in time.
    #[track_caller]
    pub(crate) fn stop(mut self, signal: Signal) -> End {
        kill_process(Pid::from_child(&self.child), signal).expect("the quickstart runs");
        let status = deadline::ended(&mut self.child, STOPS_WITHIN);
        let status = status.unwrap_or_else(|| panic!("still running {STOPS_WITHIN:?} after {signal:?}"));
        End { code: status.code(), output: String::new(), errors: self.errors() }
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(arguments: &[&str], environment: &[(&str, &str)], errors: &NamedTempFile) -> Command {
    let mut command = Command::new(&*PROGRAM);
    command.args(arguments).env_clear().envs(environment.iter().copied());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(file(errors));
    command
}

fn temporary() -> NamedTempFile {
    NamedTempFile::new().expect("temporary files can be made")
}

fn file(file: &NamedTempFile) -> File {
    file.reopen().expect("a temporary file can be opened")
}

fn read(file: &NamedTempFile) -> String {
    fs::read_to_string(file.path()).expect("programs print text")
}

/// The program, brought up to date: cargo builds no other package's binaries for a test.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--package", "quickstart", "--message-format", "json-render-diagnostics"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo can be started");
    assert!(built.status.success(), "cargo build --package quickstart failed");

    let messages = String::from_utf8(built.stdout).expect("cargo prints text");
    let mut messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let program = messages.find_map(|message| message["executable"].as_str().map(PathBuf::from));
    program.expect("cargo names the program that it built")
});
