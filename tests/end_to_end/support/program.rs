//! A program of the workspace as a process of its own, which dies with the test.

use std::{
    collections::HashMap,
    env,
    fs::{self, File},
    io::{BufRead, BufReader, Lines, Write},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{LazyLock, Mutex},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::NamedTempFile;

use super::deadline;

/// How long a program may take to stop.
pub(crate) const STOPS_WITHIN: Duration = Duration::from_secs(5);

/// A program that runs.
pub(crate) struct Program {
    package: &'static str,
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    errors: NamedTempFile,
}

/// How a program ended.
pub(crate) struct End {
    /// The exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) errors: String,
}

impl Program {
    /// Starts the program of this package in an environment that has nothing but these variables.
    #[track_caller]
    pub(crate) fn start(package: &'static str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let errors = temporary();
        let mut command = command(package, arguments, environment, &errors);
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = started.unwrap_or_else(|error| panic!("{package} cannot be started: {error}"));
        let input = child.stdin.take().expect("its input is piped");
        let output = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
        Self { package, child, input, output, errors }
    }

    /// Runs it where it is expected to end by itself.
    #[track_caller]
    pub(crate) fn run(package: &'static str, arguments: &[&str], environment: &[(&str, &str)]) -> End {
        let (output, errors) = (temporary(), temporary());
        let mut command = command(package, arguments, environment, &errors);
        let started = command.stdin(Stdio::null()).stdout(file(&output)).spawn();
        let mut child = started.unwrap_or_else(|error| panic!("{package} cannot be started: {error}"));
        let Some(status) = deadline::ended(&mut child, Duration::from_secs(30)) else {
            let _ = child.kill();
            panic!("{package} did not end; it printed {}", read(&output));
        };
        End { code: status.code(), output: read(&output), errors: read(&errors) }
    }

    /// The next line that it prints; waits for it.
    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        match self.output.next() {
            Some(Ok(line)) => line,
            _ => panic!("{} printed no line, but: {}", self.package, self.errors()),
        }
    }

    /// Writes a line to its standard input.
    #[track_caller]
    pub(crate) fn say(&mut self, line: &str) {
        let said = writeln!(self.input, "{line}").and_then(|()| self.input.flush());
        said.unwrap_or_else(|error| panic!("{} does not read: {error}; {}", self.package, self.errors()));
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has written to its standard error so far.
    pub(crate) fn errors(&self) -> String {
        read(&self.errors)
    }

    /// Sends a signal and waits; panics if the program has not ended in time.
    #[track_caller]
    pub(crate) fn stop(mut self, signal: Signal) -> End {
        kill_process(Pid::from_child(&self.child), signal).expect("the program runs");
        let status = deadline::ended(&mut self.child, STOPS_WITHIN);
        let status = status.unwrap_or_else(|| panic!("still running {STOPS_WITHIN:?} after {signal:?}"));
        End { code: status.code(), output: String::new(), errors: self.errors() }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address in a line such as `http://127.0.0.1:9464/metrics`, which programs print first.
#[track_caller]
pub(crate) fn address_of_metrics(line: &str) -> SocketAddr {
    let address = line.strip_prefix("http://").and_then(|line| line.strip_suffix("/metrics"));
    address.and_then(|address| address.parse().ok()).unwrap_or_else(|| panic!("no address of metrics: {line}"))
}

fn command(package: &'static str, arguments: &[&str], environment: &[(&str, &str)], errors: &NamedTempFile) -> Command {
    let mut command = Command::new(built(package));
    command.args(arguments).env_clear().envs(environment.iter().copied()).stderr(file(errors));
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

/// The program of a package, brought up to date: cargo builds no other package's binaries for a test.
fn built(package: &'static str) -> PathBuf {
    static BUILT: LazyLock<Mutex<HashMap<&str, PathBuf>>> = LazyLock::new(Mutex::default);
    let mut built = BUILT.lock().expect("whoever panics here has failed");
    built.entry(package).or_insert_with(|| build(package)).clone()
}

fn build(package: &str) -> PathBuf {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--package", package, "--message-format", "json-render-diagnostics"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo can be started");
    assert!(built.status.success(), "cargo build --package {package} failed");

    let messages = String::from_utf8(built.stdout).expect("cargo prints text");
    let mut messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let program = messages.find_map(|message| message["executable"].as_str().map(PathBuf::from));
    program.expect("cargo names the program that it built")
}
