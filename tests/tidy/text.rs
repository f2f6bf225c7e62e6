//! What the documents promise, beside what the scripts do.

use super::{
    assert_none,
    repository::{exists, file},
};

#[test]
fn ci_runs_what_the_readme_tells_people_to_run() {
    let (readme, script) = (file("README.md").text, file(".ci/run").text);
    let readme = fenced_lines(&readme);
    let commands: Vec<&str> = script.lines().map(str::trim).filter(|line| is_command(line)).collect();
    assert_eq!(commands, ["./scripts/test"], ".ci/run calls one script and decides nothing");
    for command in [commands[0], "cargo run -p quickstart"] {
        assert!(readme.contains(&command), "README.md: `{command}` has no fenced line of its own");
    }
}

#[test]
fn scripts_that_documents_name_exist() {
    let mut missing = Vec::new();
    for document in ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"] {
        let document = file(document);
        for (line, text) in document.text.lines().enumerate() {
            for (at, _) in text.match_indices("scripts/") {
                let end = text[at..]
                    .find(|c: char| !(c.is_alphanumeric() || "/-_".contains(c)))
                    .map_or(text.len(), |end| at + end);
                let script = &text[at..end];
                if script != "scripts/" && !exists(script) {
                    missing.push(format!("{}: {script}", document.at(line)));
                }
            }
        }
    }
    assert_none("a script that a document names exists", &missing);
}

/// The lines inside of ``` fences.
fn fenced_lines(document: &str) -> Vec<&str> {
    let mut fenced = false;
    let inside = document.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        fenced && !fence
    });
    inside.map(str::trim).collect()
}

/// Whether a line of a script does something but to say where and how it runs.
fn is_command(line: &str) -> bool {
    !(line.is_empty() || line.starts_with('#') || line.starts_with("cd ") || line.starts_with("set "))
}
