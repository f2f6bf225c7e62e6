//! Prometheus' client for Python, which refuses OpenMetrics that is not.

use std::{
    env,
    io::Write,
    process::{Command, Stdio},
};

use serde_json::Value;

use super::sample::Sample;

/// Reads a page, and tells its samples.
const PROGRAM: &str = r"
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
text = sys.stdin.buffer.read().decode('utf-8')
samples = [[s.name, s.labels, repr(s.value)]
           for family in text_string_to_metric_families(text) for s in family.samples]
json.dump(samples, sys.stdout)
";

/// All samples of an OpenMetrics page, as the strict parser reads them.
#[track_caller]
pub(crate) fn python(page: &str) -> Vec<Sample> {
    // The test's program is in `target/debug/deps`.
    let program = env::current_exe().expect("the system tells the path of a program");
    let target = program.ancestors().nth(3).expect("it is in a target folder");
    let mut python = Command::new("python3")
        .args(["-c", PROGRAM])
        .env("PYTHONPATH", target.join("python"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("python3: {error}; ./scripts/setup installs it"));
    let mut input = python.stdin.take().expect("its input is piped");
    input.write_all(page.as_bytes()).expect("python reads its input");
    drop(input);
    let output = python.wait_with_output().expect("python ends");
    assert!(output.status.success(), "{}\n{page}", String::from_utf8_lossy(&output.stderr));
    let samples: Value = serde_json::from_slice(&output.stdout).expect("the program prints JSON");
    samples.as_array().expect("a list of samples").iter().map(sample).collect()
}

fn sample(sample: &Value) -> Sample {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let labels = sample[1].as_object().expect("labels by name");
    Sample {
        name: text(&sample[0]),
        labels: labels.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        value: text(&sample[2]).parse().expect("a number"),
    }
}
