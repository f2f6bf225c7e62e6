//! Declarations of one package that contradict each other: `install` fails and names both lines.

use std::process::Command;

#[test]
fn an_installation_names_both_lines_of_a_contradiction() {
    let output = Command::new(env!("CARGO_BIN_EXE_contradiction")).output().expect("it was built with these tests");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{error}");
    let lines: Vec<&str> = error.matches("programs/contradiction.rs:").collect();
    assert_eq!(lines.len(), 4, "two contradictions of two lines each: {error}");
    assert!(error.contains("metric `jobs_total` is declared twice, with the labels (none) and (queue)"), "{error}");
    assert!(error.contains("metric `wait_seconds` is declared twice, with the buckets"), "{error}");
    assert!(output.stdout.is_empty(), "nothing was installed");
}
