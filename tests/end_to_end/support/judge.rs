//! Prometheus' client for Python, which refuses OpenMetrics that is not, and Google's reader of protobuf, which knows
//! Prometheus' own definition of the format.

use std::{
    env,
    io::Write,
    path::PathBuf,
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
    let mut python = Command::new("python3");
    let output = ask(python.args(["-c", PROGRAM]).env("PYTHONPATH", target().join("python")), page.as_bytes());
    let samples: Value = serde_json::from_str(&output).expect("the program prints JSON");
    samples.as_array().expect("a list of samples").iter().map(sample).collect()
}

/// All families of a page in protobuf, in the text that protoc makes of each. What its definition does not know yet stands
/// there by number.
#[track_caller]
pub(crate) fn protoc(mut page: &[u8]) -> Vec<String> {
    let mut families = Vec::new();
    while !page.is_empty() {
        let len = page.iter().position(|byte| byte & 0x80 == 0).expect("a length ends") + 1;
        let (digits, rest) = page.split_at(len);
        let len = digits.iter().rev().fold(0, |len, digit| len << 7 | usize::from(digit & 0x7f));
        let (family, rest) = rest.split_at(len);
        let mut protoc = Command::new("protoc");
        protoc.arg("--decode=io.prometheus.client.MetricFamily").arg("--proto_path").arg(target().join("client_model"));
        families.push(ask(protoc.arg("metrics.proto"), family));
        page = rest;
    }
    families
}

/// The test's program is in `target/debug/deps`.
fn target() -> PathBuf {
    let program = env::current_exe().expect("the system tells the path of a program");
    program.ancestors().nth(3).expect("it is in a target folder").to_owned()
}

/// What a program prints for its input, which it must like.
#[track_caller]
fn ask(command: &mut Command, input: &[u8]) -> String {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut program = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{name}: {error}; ./scripts/setup installs it"));
    let mut stdin = program.stdin.take().expect("its input is piped");
    stdin.write_all(input).expect("it reads its input");
    drop(stdin);
    let output = program.wait_with_output().expect("it ends");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {errors}\n{}", String::from_utf8_lossy(input));
    String::from_utf8(output.stdout).expect("it prints text")
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
