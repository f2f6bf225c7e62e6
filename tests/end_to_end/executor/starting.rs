//! How the executor starts, why it does not, and how it ends.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
};

use rustix::process::Signal;

use super::super::support::executor::{Executor, tokens_file};

#[test]
fn help_names_every_flag_and_variable() {
    let end = Executor::run(&["--help"], &[]);
    assert_eq!((end.code, end.errors.as_str()), (Some(0), ""));
    let flags = ["--local", "--cloud", "--tokens", "--host", "--port", "--no-load", "--help", "4788"];
    let variables = ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "METRICS_ENABLED", "METRICS_LABELS", "METRICS_CONFIG"];
    let refused = ["METRICS_TOKEN", "METRICS_WEB_CONFIG", "METRICS_HOST", "METRICS_PORT"];
    for word in flags.into_iter().chain(variables).chain(refused) {
        assert!(end.output.contains(word), "{word} is missing:\n{}", end.output);
    }
}

/// Runs it for organisations, and returns what it says before it ends.
#[track_caller]
fn refusal(tokens: &str, environment: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    let path = tokens_file(&folder, tokens);
    let end = Executor::run(&["--cloud", "--port", "0", "--tokens", &path], environment);
    assert!(end.code.is_some_and(|code| code != 0) && end.output.is_empty(), "{:?} {}", end.code, end.output);
    assert!(!end.errors.contains("hunter2"), "{}", end.errors);
    end.errors
}

#[test]
fn what_it_cannot_follow_is_refused() {
    let endpoint = [("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://127.0.0.1:4318/v1/metrics")];
    let errors = refusal("hunter2 = \"acme\"", &endpoint);
    assert!(errors.contains("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT") && errors.contains("to one place"), "{errors}");
    let malformed = [endpoint[0], ("OTEL_METRIC_EXPORT_INTERVAL", "soon")];
    let end = Executor::run(&["--local", "--port", "0"], &malformed);
    assert_eq!((end.code, end.output.as_str()), (Some(1), ""));
    assert!(
        end.errors.contains("OTEL_METRIC_EXPORT_INTERVAL is `soon`; write a number of milliseconds"),
        "{}",
        end.errors
    );

    for (name, value) in [("METRICS_TOKEN", "hunter2"), ("METRICS_WEB_CONFIG", "web.yml")] {
        let errors = refusal("hunter2 = \"acme\"", &[(name, value)]);
        assert!(errors.contains(name), "{errors}");
    }
    let errors = refusal("hunter2 = \"acme\"", &[("METRICS_LABELS", "org=acme")]);
    assert!(errors.contains("the label `org`") && errors.contains("METRICS_LABELS"), "{errors}");
}

#[test]
fn a_tokens_file_that_cannot_be_used_starts_nothing() {
    let long = format!("hunter2 = \"{}\"", "x".repeat(129));
    for (tokens, problem) in [
        (long.as_str(), "an organisation's name has 129 bytes"),
        ("hunter2", "line 1: this is not TOML"),
        ("a = \"x\"\nhunter2 = 3", "line 2: a token's value is its tenant in quotes"),
        ("hunter2 = \"other\"", "line 1: the tenant is `other`"),
    ] {
        let errors = refusal(tokens, &[]);
        assert!(errors.contains("tokens.toml") && errors.contains(problem), "{errors}");
    }
    let end = Executor::run(&["--cloud", "--port", "0", "--tokens", "/nonexistent/tokens.toml"], &[]);
    assert!(end.code == Some(1) && end.errors.contains("/nonexistent/tokens.toml"), "{}", end.errors);
}

#[test]
fn a_port_that_is_taken_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("it listens");
    let end = Executor::run(&["--port", &address.port().to_string()], &[]);
    assert_eq!((end.code, end.output.as_str()), (Some(1), ""));
    assert!(end.errors.starts_with(&format!("executor: cannot listen on {address}: ")), "{}", end.errors);
}

#[test]
fn sigterm_stops_it_while_it_is_busy() {
    let executor = Executor::local(&[]);
    executor.output("", "text.case.upper", r#"{"text": "tea"}"#);
    let end = executor.stop(Signal::TERM);
    assert_eq!(end.code, Some(0), "{}", end.errors);
}

#[test]
fn sigint_stops_it_whoever_waits() {
    let executor = Executor::cloud(&["--no-load"], "t = \"acme\"\n");
    let authorization = "Authorization: Bearer t\r\n";
    let call = executor.begin("POST", "/api/tools/time.clock.wait", authorization, r#"{"milliseconds": 10000}"#);
    let mut half = TcpStream::connect(executor.address).expect("it listens");
    half.write_all(b"GET /api/metrics HTTP/1.1\r\nHo").expect("it reads");
    let mut idle = TcpStream::connect(executor.address).expect("it listens");
    write!(idle, "GET /api/healthz HTTP/1.1\r\nHost: here\r\n\r\n").expect("it reads");
    assert!(idle.read(&mut [0; 1]).expect("it answers") > 0);
    let end = executor.stop(Signal::INT);
    assert_eq!(end.code, Some(0), "{}", end.errors);
    drop((call, half));
}
