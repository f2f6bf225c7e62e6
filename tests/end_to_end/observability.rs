//! What is made of a catalogue: it is current, promtool takes it, its alerts fire when they should, and a real Prometheus
//! returns data for each query of it.

mod alerts;
mod panels;

use std::{fs, path::PathBuf};

use super::support::{
    program::Program,
    prometheus::{check_rules, test_rules},
};

/// The examples whose files are committed.
const EXAMPLES: [&str; 5] = ["block", "env-server", "executor", "inference-server", "quickstart"];

fn folder(example: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples")).join(example).join("observability")
}

fn committed(example: &str, file: &str) -> String {
    let path = folder(example).join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files below a folder, by their paths in it.
fn files(folder: &std::path::Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for below in ["", "dashboards"] {
        let entries = fs::read_dir(folder.join(below)).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for path in entries.map(|entry| entry.expect("the folder can be read").path()).filter(|path| path.is_file()) {
            let name = path.strip_prefix(folder).expect("it is below").to_string_lossy().into_owned();
            files.push((name, fs::read_to_string(path).expect("it is text")));
        }
    }
    files.sort();
    files
}

#[test]
fn what_is_committed_is_current() {
    for example in EXAMPLES {
        let update = std::env::var_os("UPDATE_EXPECT").is_some();
        let fresh = tempfile::tempdir().expect("temporary folders can be made");
        let target = if update { folder(example) } else { fresh.path().to_owned() };
        let end = Program::run(example, &["--write-observability", target.to_str().expect("the path is text")], &[]);
        assert_eq!((end.code, end.output.as_str()), (Some(0), ""), "{example}: {}", end.errors);
        let (written, known) = (files(&target), files(&folder(example)));
        let names = |files: &[(String, String)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&written), names(&known), "{example}");
        for ((name, now), (_, before)) in written.iter().zip(&known) {
            assert!(
                now == before,
                "examples/{example}/observability/{name} is out of date; UPDATE_EXPECT=1 writes it anew"
            );
        }
    }
}

#[test]
fn each_flag_prints_its_part_and_ends() {
    for (flag, part) in [
        ("--print-catalog", "\"version\": 1"),
        ("--print-dashboards", "\"uid\": \"quickstart-overview\""),
        ("--print-rules", "- alert: TargetDown"),
        ("--print-docs", "### `checkout_total`"),
    ] {
        let end = Program::run("quickstart", &[flag], &[]);
        assert_eq!(end.code, Some(0), "{flag}: {}", end.errors);
        assert!(end.output.contains(part), "{flag}: {}", end.output);
    }
    let end = Program::run("quickstart", &["--write-observability"], &[]);
    assert!(end.code == Some(1) && end.errors.contains("needs a folder"), "{}", end.errors);
}

#[test]
fn promtool_takes_the_rules() {
    for example in EXAMPLES {
        check_rules(&committed(example, "rules.yml"));
    }
}

/// Whether an alert of an example fires at each of these times, for these series.
struct Try<'a> {
    example: &'a str,
    alert: &'a str,
    /// Matchers of the alert, each behind a comma.
    matchers: &'a str,
    /// How often rules are evaluated.
    every: &'a str,
    series: &'a [(&'a str, &'a str)],
}

impl Try<'_> {
    /// How many of them fire, at each of these times.
    #[track_caller]
    fn assert_firing(&self, at: &[(&str, u32)]) {
        let Self { example, alert, matchers, every, series } = self;
        let input: String = series
            .iter()
            .map(|(series, values)| format!("      - {{ series: '{series}', values: '{values}' }}\n"))
            .collect();
        let cases: String = at
            .iter()
            .map(|(time, count)| {
                format!(
                    "      - {{ expr: 'count(ALERTS{{alertname=\"{alert}\",alertstate=\"firing\"{matchers}}}) or vector(0)', \
                     eval_time: {time}, exp_samples: [{{ labels: '{{}}', value: {count} }}] }}\n"
                )
            })
            .collect();
        let tests = format!(
            "rule_files: [rules.yml]\nevaluation_interval: {every}\ntests:\n  - interval: 1m\n    input_series:\n{input}    \
             promql_expr_test:\n{cases}"
        );
        test_rules(&committed(example, "rules.yml"), &tests);
    }
}
