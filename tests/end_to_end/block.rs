//! The example `block`: its metrics, its documents in a real Redis, and how it starts and ends.

use std::{
    net::{SocketAddr, TcpListener},
    time::{Duration, Instant},
};

use rustix::process::Signal;
use serde_json::Value;

use super::support::{
    http,
    program::{Program, address_of_metrics},
};
use crate::outlets::{free_port, redis_server::Server, until};

/// A block that has printed its address.
struct Block {
    program: Program,
    address: SocketAddr,
}

impl Block {
    fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let listens = [("METRICS_HOST", "127.0.0.1"), ("METRICS_PORT", "0")];
        let mut program = Program::start("block", arguments, &[&listens, environment].concat());
        let address = address_of_metrics(&program.line());
        Self { program, address }
    }

    /// A sample's value, by its name and labels as they are printed.
    fn value(&self, series: &str) -> Option<f64> {
        let page = http::get(self.address, "/metrics");
        page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
    }
}

fn documents(server: &Server, key: &str) -> Vec<Value> {
    let lines = server.cli(&["LRANGE", key, "0", "-1"]);
    lines.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).expect("it is JSON")).collect()
}

#[test]
fn its_metrics_are_there_and_what_leaves_them_is_told() {
    let block = Block::start(&[], &[("METRICS_REDIS_ENABLED", "false"), ("HISTO_BUCKETS", "0.25,3")]);
    until("tasks are worked off", || {
        block.value("aios_tasks_processed_total{status=\"failed\"}").is_some_and(|count| count > 0.0)
    });
    let page = http::get(block.address, "/metrics");
    for line in [
        "# TYPE aios_tasks_processed_total counter\n",
        "# TYPE aios_queue_length gauge\n",
        "# TYPE aios_latency_seconds histogram\n",
        "\naios_latency_seconds_bucket{le=\"0.25\"} ",
        "\naios_latency_seconds_bucket{le=\"3\"} ",
        "\nprocess_resident_memory_bytes ",
    ] {
        assert!(page.contains(line), "{line} is missing in {page}");
    }
    assert!(!page.contains("tachometer_outlet_"), "nothing is pushed");
    assert_eq!(block.program.stop(Signal::TERM).code, Some(0));
}

#[test]
fn documents_are_in_the_list_the_newest_first_and_the_last_at_the_end() {
    let server = Server::start(&["--requirepass", "pass word"]);
    let port = server.port.to_string();
    let block = Block::start(
        &[],
        &[
            ("BLOCK_ID", "b"),
            ("INSTANCE_ID", "i"),
            ("METRICS_REDIS_HOST", "127.0.0.1"),
            ("METRICS_REDIS_PORT", &port),
            ("METRICS_REDIS_PASSWORD", "pass word"),
            ("METRICS_REDIS_DB", "3"),
            ("METRICS_REDIS_QUEUE", "Q"),
            ("METRICS_PUSH_INTERVAL", "0.2"),
            ("METRICS_BATCH_SIZE", "3"),
        ],
    );
    let cli =
        |arguments: &[&str]| server.cli(&[&["-a", "pass word", "--no-auth-warning", "-n", "3"], arguments].concat());
    until("batches arrive", || cli(&["LLEN", "Q"]).parse::<u64>().is_ok_and(|length| length >= 6));
    let begin = Instant::now();
    assert_eq!(block.program.stop(Signal::INT).code, Some(0));
    assert!(begin.elapsed() < Duration::from_secs(5));
    let lines = cli(&["LRANGE", "Q", "0", "-1"]);
    let documents: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect();
    let times: Vec<f64> = documents.iter().map(|document| document["timestamp"].as_f64().expect("a time")).collect();
    assert!(times.is_sorted_by(|newer, older| newer > older), "{times:?}");
    let last = &documents[0];
    assert_eq!((&last["block_id"], &last["instance_id"]), (&"b".into(), &"i".into()));
    assert!(last["metrics"]["aios_tasks_processed_total{status=success}"].as_f64().is_some_and(|count| count > 0.0));
    assert!(last["metrics"]["aios_latency_seconds_bucket{le=+Inf}"].as_u64().is_some_and(|count| count > 0), "{last}");
    assert_eq!(last["metrics"]["aios_latency_seconds_count"], last["metrics"]["aios_latency_seconds_bucket{le=+Inf}"]);
    assert!(last["hardware"]["memory_rss_bytes"].as_f64().is_some_and(|bytes| bytes > 0.0));
    assert!(last["hardware"]["gpus"].is_array() && last["hardware"]["memory_total_bytes"].is_number());
    let latency = &last["rolling"]["latency_seconds"];
    assert!(
        latency["count_1m"].as_u64().is_some_and(|count| count > 0) && latency["average_15m"].is_number(),
        "{latency}"
    );
}

#[test]
fn without_a_redis_it_runs_and_says_so_once_and_catches_up() {
    let mut server = Server::start(&[]);
    server.kill();
    let port = server.port.to_string();
    let block = Block::start(
        &["--no-load"],
        &[
            ("METRICS_REDIS_HOST", "127.0.0.1"),
            ("METRICS_REDIS_PORT", &port),
            ("METRICS_PUSH_INTERVAL", "0.1"),
            ("METRICS_REDIS_BACKOFF_INITIAL", "0.05"),
            ("METRICS_REDIS_BACKOFF_MAX", "0.2"),
        ],
    );
    let failed = "tachometer_outlet_failed_total{outlet=\"redis\"}";
    until("attempts fail", || block.value(failed).is_some_and(|count| count >= 3.0));
    assert!(block.value("tachometer_outlet_buffer_bytes{outlet=\"redis\"}").is_some_and(|bytes| bytes > 0.0));
    assert_eq!(block.value("aios_queue_length"), Some(0.0), "it is there before the first task");
    assert_eq!(block.program.errors().matches("WARN").count(), 1, "{}", block.program.errors());
    server.restart();
    until("it catches up", || {
        block.value("tachometer_outlet_buffer_bytes{outlet=\"redis\"}") == Some(0.0)
            && documents(&server, "NODE_METRICS").len() > 3
    });
    server.signal(Signal::STOP);
    let begin = Instant::now();
    let end = block.program.stop(Signal::TERM);
    assert!(end.code.is_some() && begin.elapsed() < Duration::from_secs(5));
    server.signal(Signal::CONT);
}

#[test]
fn what_is_malformed_or_taken_starts_nothing() {
    for (name, value, allowed) in [
        ("METRICS_BATCH_SIZE", "none", "write a whole number from 1 to 1024"),
        ("HISTO_BUCKETS", "2,1", "write up to 256 numbers, increasing"),
        ("METRICS_REDIS_ENABLED", "perhaps", "write true or false"),
    ] {
        let end = Program::run("block", &[], &[(name, value)]);
        assert_eq!((end.code, end.output.as_str()), (Some(2), ""));
        assert!(end.errors.contains(&format!("{name} is `{value}`; {allowed}")), "{}", end.errors);
    }
    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let port = taken.local_addr().expect("it is bound").port().to_string();
    let end = Program::run("block", &[], &[("METRICS_HOST", "127.0.0.1"), ("METRICS_PORT", &port)]);
    assert_eq!((end.code, end.output.as_str()), (Some(1), ""));
    assert!(end.errors.contains(&format!("127.0.0.1:{port}")), "{}", end.errors);
    assert_ne!(free_port().to_string(), port);
}

#[test]
fn help_names_every_flag_and_variable() {
    let end = Program::run("block", &["--help"], &[]);
    assert_eq!((end.code, end.errors.as_str()), (Some(0), ""));
    for word in ["--no-load", "--grace", "BLOCK_ID", "INSTANCE_ID", "METRICS_HOST", "METRICS_PORT"] {
        assert!(end.output.contains(word), "{word} is missing");
    }
    for word in ["ENABLED", "HOST", "PORT", "DB", "PASSWORD", "QUEUE", "BACKOFF_INITIAL", "BACKOFF_MAX"] {
        assert!(end.output.contains(&format!("METRICS_REDIS_{word}")), "{word} is missing");
    }
    for word in ["METRICS_PUSH_INTERVAL", "METRICS_BATCH_SIZE", "ROLLING_AVG_1M", "HISTO_BUCKETS"] {
        assert!(end.output.contains(word), "{word} is missing");
    }
}
