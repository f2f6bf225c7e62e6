//! The inference server: what it records, by a client's own count, and what a real Prometheus makes of it.

use std::{
    collections::BTreeSet,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::Command,
};

use rustix::process::Signal;
use tonic::Code;

use super::support::{
    cross_encoder::{Client, ScoreRequest},
    deadline::eventually,
    http,
    program::{End, Program, address_of_metrics},
    prometheus::{Prometheus, promtool},
    sample::{self, Sample},
};
use crate::fake_nvml;

const GAUGES: [&str; 13] = [
    "avg_seq_length",
    "batch_queue_size",
    "cpu_percent",
    "inference_throughput_qps",
    "max_seq_length",
    "model_queue_size",
    "overall_throughput_qps",
    "padding_ratio",
    "tokenizer_queue_size",
    "tokenizer_throughput_qps",
    "worker_latency_ms",
    "worker_throughput_qps",
    "build_info",
];

const COUNTERS: [&str; 4] =
    ["padded_tokens_total", "request_count_total", "total_tokens_total", "worker_request_count_total"];

const LATENCIES: [&str; 13] = [
    "grpc_deserialize",
    "grpc_serialize",
    "inference",
    "model_queue_wait",
    "mp_queue_receive",
    "mp_queue_send",
    "overhead",
    "pipeline_overhead",
    "queue_wait",
    "request",
    "scheduler",
    "tokenization",
    "tokenizer_queue_wait",
];

const BUCKETS: &str = "0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 +Inf";

/// All queries of the guide, and what its README adds.
const QUERIES: [&str; 30] = [
    "gpu_memory_mb",
    "gpu_utilization_pct",
    "avg(request_latency_seconds_sum) / avg(request_latency_seconds_count)",
    "histogram_quantile(0.50, rate(request_latency_seconds_bucket[5m]))",
    "histogram_quantile(0.95, rate(request_latency_seconds_bucket[5m]))",
    "histogram_quantile(0.99, rate(request_latency_seconds_bucket[5m]))",
    "histogram_quantile(1.0, rate(request_latency_seconds_bucket[5m]))",
    "min(rate(request_latency_seconds_bucket{le=\"+Inf\"}[5m]))",
    "rate(request_count_total[1m])",
    "tokenizer_throughput_qps",
    "inference_throughput_qps",
    "overall_throughput_qps",
    "worker_throughput_qps",
    "worker_throughput_qps{worker_type=\"model\"}",
    "(rate(tokenization_latency_seconds_sum[5m]) / rate(request_latency_seconds_sum[5m])) * 100",
    "(rate(inference_latency_seconds_sum[5m]) / rate(request_latency_seconds_sum[5m])) * 100",
    "(rate(queue_wait_latency_seconds_sum[5m]) / rate(request_latency_seconds_sum[5m])) * 100",
    "tokenizer_queue_size",
    "model_queue_size",
    "batch_queue_size",
    "tokenizer_queue_size + model_queue_size + batch_queue_size",
    "cpu_percent",
    "padding_ratio",
    "rate(padded_tokens_total[1m])",
    "rate(total_tokens_total[1m])",
    "rate(padded_tokens_total[1m]) / rate(total_tokens_total[1m])",
    "max_seq_length",
    "avg_seq_length",
    "worker_latency_ms",
    "topk(5, count by (__name__) ({__name__!=\"\"}))",
];

/// A server that has printed its addresses.
struct Server {
    program: Program,
    metrics: SocketAddr,
    address: SocketAddr,
}

impl Server {
    /// Starts it on any free ports, where there is no GPU.
    #[track_caller]
    fn start(arguments: &[&str]) -> Self {
        Self::start_beside(Path::new("/no/such/library"), arguments)
    }

    /// Starts it on any free ports, with the GPUs of this library.
    #[track_caller]
    fn start_beside(nvml: &Path, arguments: &[&str]) -> Self {
        let environment = [("TACHOMETER_NVML_LIB", nvml.to_str().expect("the path is text"))];
        let ports = ["--port", "0", "--metrics-port", "0", "--collection-interval", "1"];
        let mut program = Program::start("inference-server", &[&ports, arguments].concat(), &environment);
        let metrics = address_of_metrics(&program.line());
        let line = program.line();
        let address = line.strip_prefix("answering requests on http://").and_then(|address| address.parse().ok());
        Self { metrics, address: address.expect("the second line is the server's address"), program }
    }

    #[track_caller]
    fn page(&self) -> String {
        http::get(self.metrics, "/metrics")
    }
}

#[test]
fn every_query_of_the_guide_returns_data() {
    let server = Server::start_beside(fake_nvml::demonstration(), &[]);
    let prometheus = Prometheus::scraping(server.metrics);
    for query in QUERIES {
        // The first collection and the first scrape have nothing to compare with.
        eventually(|| match prometheus.query(query).as_slice() {
            [] => Err(format!("{query}: no data")),
            data if data.iter().any(|sample| !sample.value.is_finite()) => Err(format!("{query}: {data:?}")),
            _ => Ok(()),
        });
    }
    eventually(|| match total(&prometheus.query("overall_throughput_qps"), "overall_throughput_qps", &[]) {
        throughput if (0.1..1_000.0).contains(&throughput) => Ok(()),
        throughput => Err(format!("{throughput} queries per second")),
    });
}

#[test]
fn requests_are_counted_once_and_queries_each() {
    let server = Server::start(&["--no-load"]);
    let client = Client::of(server.address);
    // More than the queues have room for, so that some of them wait to get in.
    let sizes: Vec<usize> = (0..150).map(|number| if number % 15 == 0 { 64 } else { 1 + number % 6 }).collect();
    let requests: Vec<_> = sizes.iter().enumerate().map(|(at, &size)| ScoreRequest::numbered(at, size)).collect();
    let answers = client.score(requests.clone());
    for (answer, size) in answers.iter().zip(&sizes) {
        let scores = answer.as_ref().expect("the server answers");
        assert_eq!(scores.len(), *size);
        assert!(scores.iter().all(|score| (0.0..1.0).contains(score)), "{scores:?}");
    }
    // The batch that a request is in does not change its scores, but for rounding.
    for (request, before) in requests.into_iter().zip(answers).take(3) {
        let again = client.score(vec![request]).remove(0).expect("the server answers");
        let before = before.expect("it has answered before");
        assert!(again.iter().zip(&before).all(|(again, before)| (again - before).abs() < 1e-5));
    }

    let asked = (sizes.iter().sum::<usize>() + sizes[..3].iter().sum::<usize>()) as f64;
    let requests = 153.0;
    let page = sample::of_text(&server.page());
    let value = |name: &str| total(&page, name, &[]);
    assert_eq!(value("request_count_total"), asked);
    for worker_type in ["tokenizer", "model"] {
        assert_eq!(total(&page, "worker_request_count_total", &[("worker_type", worker_type)]), asked);
    }
    for stage in ["request", "tokenization", "inference", "queue_wait", "tokenizer_queue_wait", "overhead"] {
        assert_eq!(value(&format!("{stage}_latency_seconds_count")), requests, "{stage}");
    }
    for stage in ["pipeline_overhead", "grpc_serialize", "grpc_deserialize"] {
        assert_eq!(value(&format!("{stage}_latency_seconds_count")), requests, "{stage}");
    }
    let seconds = |stage: &str| value(&format!("{stage}_latency_seconds_sum"));
    let stages: f64 = ["tokenization", "inference", "queue_wait", "overhead"].map(seconds).iter().sum();
    let share = stages / seconds("request");
    assert!((0.99..=1.01).contains(&share), "the stages make {share} of the requests' time");

    let batches = value("scheduler_latency_seconds_count");
    assert!((8.0..=requests).contains(&batches), "{batches} batches of {requests} requests");
    assert_eq!(value("model_queue_wait_latency_seconds_count"), batches);
    for side in ["mp_queue_send_latency_seconds_count", "mp_queue_receive_latency_seconds_count"] {
        assert_eq!(value(side), 2.0 * requests + batches, "{side}");
    }
    for queue in ["tokenizer_queue_size", "batch_queue_size", "model_queue_size"] {
        assert_eq!(value(queue), 0.0, "{queue}");
    }
    let (padded, tokens) = (value("padded_tokens_total"), value("total_tokens_total"));
    assert!(0.0 < padded && padded < tokens && tokens >= 8.0 * asked, "{padded} of {tokens} tokens are padding");
    assert!(value("avg_seq_length") <= value("max_seq_length"));
}

#[test]
fn what_cannot_be_answered_says_why() {
    let server = Server::start(&["--no-load"]);
    let client = Client::of(server.address);
    for (queries, problem) in [(0, "0 queries in a request"), (65, "65 queries in a request; bring 1 to 64")] {
        let refused = client.score(vec![ScoreRequest::numbered(0, queries)]).remove(0).expect_err("it is refused");
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().contains(problem), "{refused}");
    }
    let unknown = client.call("/inference.CrossEncoder/Rank", vec![ScoreRequest::numbered(0, 1)]).remove(0);
    assert_eq!(unknown.expect_err("there is no such method").code(), Code::Unimplemented);

    let page = sample::of_text(&server.page());
    assert_eq!(total(&page, "request_latency_seconds_count", &[]), 2.0);
    assert_eq!(total(&page, "tokenization_latency_seconds_count", &[]), 0.0);
}

#[test]
fn all_series_are_there_from_the_start() {
    let server = Server::start(&["--no-load"]);
    let page = server.page();
    let types = GAUGES.map(|name| format!("# TYPE {name} gauge"));
    let types = types.into_iter().chain(COUNTERS.map(|name| format!("# TYPE {name} counter")));
    let types = types.chain(LATENCIES.map(|name| format!("# TYPE {name}_latency_seconds histogram")));
    for line in types {
        assert!(page.lines().any(|printed| printed == line), "{line}:\n{page}");
    }
    let samples = sample::of_text(&page);
    for stage in LATENCIES {
        let name = format!("{stage}_latency_seconds_bucket");
        let bounds: Vec<_> = samples.iter().filter(|sample| sample.name == name).map(|s| s.label("le")).collect();
        assert_eq!(bounds.join(" "), BUCKETS, "{name}");
    }
    for name in ["worker_request_count_total", "worker_throughput_qps", "worker_latency_ms"] {
        let workers = samples.iter().filter(|sample| sample.name == name);
        let workers: BTreeSet<_> = workers.map(|s| (s.label("worker_type"), s.label("worker_id"))).collect();
        let all = [("model", "0"), ("model", "1"), ("tokenizer", "0"), ("tokenizer", "1")];
        assert_eq!(workers, BTreeSet::from(all), "{name}");
    }

    // Without a GPU its series are absent, not 0, and the log says why.
    for name in ["gpu_memory_mb", "gpu_utilization_pct"] {
        assert!(!page.contains(name), "{page}");
    }
    eventually(|| match server.program.errors() {
        log if log.lines().filter(|line| line.contains("no GPU is read")).count() == 1 => Ok(()),
        log => Err(log),
    });
}

#[test]
fn gpus_are_summed_and_averaged() {
    let server = Server::start_beside(fake_nvml::demonstration(), &["--no-load"]);
    let page = sample::of_text(&server.page());
    let mebibytes = total(&page, "gpu_memory_used_bytes", &[]) / f64::from(1 << 20);
    assert!((total(&page, "gpu_memory_mb", &[]) - mebibytes).abs() < 1e-6);
    let busy = total(&page, "gpu_utilization_ratio", &[("engine", "general")]) / 2.0;
    assert!((total(&page, "gpu_utilization_pct", &[]) - 100.0 * busy).abs() < 1e-6);
}

#[test]
fn promtool_finds_only_names_that_the_guide_gives() {
    let server = Server::start_beside(fake_nvml::demonstration(), &["--no-load"]);
    let findings = promtool(&server.page());
    let text = [findings.stdout, findings.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let found: BTreeSet<_> = text.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(found, BTreeSet::from(["gpu_memory_mb", "worker_latency_ms"]), "{text}");
}

#[test]
fn the_alerts_fire_when_they_should() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/inference-server");
    let mut promtool = Command::new("promtool");
    let tested = promtool.args(["test", "rules", "alerts.test.yml"]).current_dir(folder).output();
    let tested = tested.expect("promtool can be started; ./scripts/setup installs it");
    let text = [tested.stdout, tested.stderr].concat();
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&text));
}

#[test]
fn a_busy_port_is_an_error_that_names_the_address() {
    let busy = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = busy.local_addr().expect("it is bound");
    let port = address.port().to_string();
    for arguments in [["--port", "0", "--metrics-port", &port], ["--metrics-port", "0", "--port", &port]] {
        let end = run(&arguments);
        assert_eq!((end.code, end.output.as_str()), (Some(1), ""), "{}", end.errors);
        assert!(end.errors.contains(&address.to_string()), "{}", end.errors);
    }
}

#[test]
fn signals_stop_a_server_that_works_and_one_that_waits() {
    let end = Server::start(&[]).program.stop(Signal::TERM);
    assert_eq!(end.code, Some(0), "{}", end.errors);

    let server = Server::start(&["--no-load"]);
    let client = Client::of(server.address);
    client.score(vec![ScoreRequest::numbered(0, 1)]).remove(0).expect("the server answers");
    let end = server.program.stop(Signal::INT);
    assert_eq!(end.code, Some(0), "{}", end.errors);
}

#[test]
fn help_names_every_flag_and_variable() {
    let end = run(&["--help"]);
    assert_eq!((end.code, end.errors.as_str()), (Some(0), ""));
    let flags = ["--port", "--metrics-port", "--collection-interval", "--no-load", "--help"];
    let variables =
        ["METRICS_HOST", "METRICS_PORT", "METRICS_ENABLED", "METRICS_LABELS", "METRICS_CONFIG", "TACHOMETER_NVML_LIB"];
    for word in flags.into_iter().chain(variables) {
        assert!(end.output.contains(word), "{word} is missing:\n{}", end.output);
    }
}

#[test]
fn what_is_not_understood_is_an_error() {
    for (arguments, problem) in [
        (&["--load"][..], "unknown argument `--load`"),
        (&["--port"], "--port needs a port"),
        (&["--metrics-port", "70000"], "--metrics-port 70000 is not a port from 0 to 65535"),
        (&["--collection-interval", "0"], "--collection-interval 0 is not a number of seconds from 0.1 to 3600"),
        (&["--collection-interval", "NaN"], "--collection-interval NaN is not a number of seconds from 0.1 to 3600"),
    ] {
        let end = run(arguments);
        assert_eq!((end.code, end.output.as_str()), (Some(2), ""));
        assert_eq!(end.errors, format!("inference-server: {problem}; try --help\n"));
    }
}

#[track_caller]
fn run(arguments: &[&str]) -> End {
    Program::run("inference-server", arguments, &[])
}

/// The sum of all samples with this name and these labels.
#[track_caller]
fn total(samples: &[Sample], name: &str, labels: &[(&str, &str)]) -> f64 {
    let is_meant =
        |sample: &&Sample| sample.name == name && labels.iter().all(|(label, value)| sample.label(label) == *value);
    let found: Vec<_> = samples.iter().filter(is_meant).map(|sample| sample.value).collect();
    assert!(!found.is_empty(), "{name} {labels:?} is missing");
    found.iter().sum()
}
