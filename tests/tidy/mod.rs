//! The house rules, as tests: each failure names file, line and rule.
//!
//! They read the repository's text, nothing else: no compiler, no crate of this workspace.

mod arrows;
mod manifests;
mod repository;
mod rust;
mod shapes;
mod size;
mod text;
mod words;

/// Panics with everything that breaks a rule, one finding a line.
#[track_caller]
fn assert_none(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}\n{}", findings.join("\n"));
}
