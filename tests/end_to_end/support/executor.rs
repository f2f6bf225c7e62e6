//! The executor as a process of its own, with a client for it.

use std::{
    fs,
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    time::Duration,
};

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use super::{
    program::{End, Program},
    sample::{self, Sample},
};

/// An executor that has printed its address.
pub(crate) struct Executor {
    program: Program,
    /// The first line that it printed.
    pub(crate) address: SocketAddr,
    folder: TempDir,
}

/// What it answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Executor {
    /// Starts it for one user.
    #[track_caller]
    pub(crate) fn local(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("temporary folders can be made");
        Self::start(&[&["--local", "--port", "0"], arguments].concat(), &[], folder)
    }

    /// Starts it for one user, with these variables.
    #[track_caller]
    pub(crate) fn local_with(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("temporary folders can be made");
        Self::start(&[&["--local", "--port", "0"], arguments].concat(), environment, folder)
    }

    /// Starts it with a tokens file that says this.
    #[track_caller]
    pub(crate) fn cloud(arguments: &[&str], tokens: &str) -> Self {
        let folder = tempfile::tempdir().expect("temporary folders can be made");
        let path = tokens_file(&folder, tokens);
        Self::start(&[&["--cloud", "--port", "0", "--tokens", &path], arguments].concat(), &[], folder)
    }

    /// Runs it where it is expected to end by itself.
    #[track_caller]
    pub(crate) fn run(arguments: &[&str], environment: &[(&str, &str)]) -> End {
        Program::run("executor", arguments, environment)
    }

    #[track_caller]
    fn start(arguments: &[&str], environment: &[(&str, &str)], folder: TempDir) -> Self {
        let mut program = Program::start("executor", arguments, environment);
        let line = program.line();
        let address = line.parse().unwrap_or_else(|_| panic!("the first line is no address: {line}"));
        Self { program, address, folder }
    }

    /// Where its tokens file is.
    pub(crate) fn tokens(&self) -> PathBuf {
        self.folder.path().join("tokens.toml")
    }

    /// Replaces its tokens file, as a whole.
    #[track_caller]
    pub(crate) fn change_tokens(&self, tokens: &str) {
        let next = self.folder.path().join("next.toml");
        fs::write(&next, tokens).expect("the folder can be written");
        fs::rename(next, self.tokens()).expect("the folder can be written");
    }

    /// Executes a tool; without a token if that is empty.
    #[track_caller]
    pub(crate) fn execute(&self, token: &str, tool: &str, input: &str) -> Answer {
        self.send("POST", &format!("/api/tools/{tool}"), &authorization(token), input)
    }

    /// The output of a tool that takes its input.
    #[track_caller]
    pub(crate) fn output(&self, token: &str, tool: &str, input: &str) -> Value {
        let answer = self.execute(token, tool, input);
        assert_eq!(answer.status, 200, "{tool} {input}: {answer:?}");
        serde_json::from_str(&answer.body).expect("outputs are JSON")
    }

    /// `GET path`.
    #[track_caller]
    pub(crate) fn get(&self, token: &str, path: &str) -> Answer {
        self.send("GET", path, &authorization(token), "")
    }

    /// The metrics that a token shows.
    #[track_caller]
    pub(crate) fn page(&self, token: &str) -> String {
        let answer = self.get(token, "/api/metrics");
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// The same, as samples.
    #[track_caller]
    pub(crate) fn samples(&self, token: &str) -> Vec<Sample> {
        sample::of_text(&self.page(token))
    }

    /// One request with these headers, which end in line ends.
    #[track_caller]
    pub(crate) fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let answer = self.begin(method, path, headers, body).and_then(|mut stream| {
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
            let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
            let status = status.ok_or(io::ErrorKind::InvalidData)?;
            Ok(Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() })
        });
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}; {}", self.errors()))
    }

    /// Sends a request and does not wait for its answer.
    pub(crate) fn begin(&self, method: &str, path: &str, headers: &str, body: &str) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        // HTTP/1.0, so that the connection ends with the answer.
        write!(stream, "{method} {path} HTTP/1.0\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len())?;
        Ok(stream)
    }

    /// What it has written to its standard error so far.
    pub(crate) fn errors(&self) -> String {
        self.program.errors()
    }

    /// Sends a signal and waits; panics if the program has not ended in time.
    #[track_caller]
    pub(crate) fn stop(self, signal: Signal) -> End {
        self.program.stop(signal)
    }
}

/// Writes a tokens file into a folder.
#[track_caller]
pub(crate) fn tokens_file(folder: &TempDir, tokens: &str) -> String {
    let path = folder.path().join("tokens.toml");
    fs::write(&path, tokens).expect("the folder can be written");
    path.display().to_string()
}

/// The header of a token; none for the empty one.
pub(crate) fn authorization(token: &str) -> String {
    if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") }
}

/// The value of the sample with this name and, among others, these labels; panics if there is not exactly one.
#[track_caller]
pub(crate) fn value(samples: &[Sample], name: &str, labels: &[(&str, &str)]) -> f64 {
    let fits = |sample: &&Sample| {
        sample.name == name && labels.iter().all(|(label, value)| sample.labels.get(*label).is_some_and(|v| v == value))
    };
    let found: Vec<_> = samples.iter().filter(fits).collect();
    let [sample] = found[..] else { panic!("{name}{labels:?} is there {} times in {samples:#?}", found.len()) };
    sample.value
}
