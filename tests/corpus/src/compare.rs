//! Compiles a workspace and runs its tests, and tells what is not as it was without attributes.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use crate::{
    crates::{Crate, Tests},
    sources::cargo,
};

/// What the compiler and the tests say of a workspace.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Warnings and errors by their file, line and text, and how often each was there. Columns move with an attribute.
    messages: BTreeMap<(String, usize, String), usize>,
    /// How each test has ended.
    tests: BTreeMap<String, String>,
}

/// Compiles all crates, and runs the tests of those whose tests are run.
pub(crate) fn outcome(workspace: &Path, target: &PathBuf, crates: &[&Crate]) -> io::Result<Outcome> {
    let mut outcome = Outcome::default();
    let features: Vec<String> =
        crates.iter().flat_map(|one| one.features.iter().map(|feature| format!("{}/{feature}", one.name))).collect();
    let mut check = cargo();
    check.args(["check", "--workspace", "--lib", "--keep-going", "--message-format", "short", "--color", "never"]);
    if !features.is_empty() {
        check.args(["--features", &features.join(",")]);
    }
    let checked = check.current_dir(workspace).env("CARGO_TARGET_DIR", target).output()?;
    let said = String::from_utf8_lossy(&checked.stderr);
    for message in said.lines().filter_map(message) {
        *outcome.messages.entry(message).or_default() += 1;
    }
    if !checked.status.success() && !outcome.fails() {
        return Err(io::Error::other(format!("{}: cargo says\n{said}", workspace.display())));
    }
    for one in crates.iter().filter(|one| one.tests != Tests::No) {
        outcome.test(workspace, target, one)?;
    }
    Ok(outcome)
}

impl Outcome {
    fn fails(&self) -> bool {
        self.messages.keys().any(|(_, _, text)| text.starts_with("error"))
    }

    fn test(&mut self, workspace: &Path, target: &PathBuf, one: &Crate) -> io::Result<()> {
        let ran = cargo()
            .args(["test", "--quiet", "--no-fail-fast", "--lib", "--tests", "--", "--format=pretty"])
            .current_dir(workspace.join(one.name))
            .env("CARGO_TARGET_DIR", target)
            .output()?;
        let (out, said) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        let ends = out.lines().filter_map(|line| line.strip_prefix("test ")?.rsplit_once(" ... "));
        let before = self.tests.len();
        self.tests.extend(ends.map(|(test, end)| (format!("{}: {test}", one.name), end.to_owned())));
        if self.tests.len() == before {
            // They do not compile, or there are none.
            let first = said.lines().find(|line| line.starts_with("error")).unwrap_or("no tests");
            self.tests.insert(format!("{}: tests", one.name), format!("{first}\n{said}"));
        }
        Ok(())
    }

    /// How many tests there are of crates that pass theirs, and how many warnings.
    pub(crate) fn summary(&self) -> String {
        let passed = self.tests.values().filter(|end| *end == "ok").count();
        format!("{} warnings or errors, {passed} of {} tests passed", self.messages.len(), self.tests.len())
    }

    /// What is there with attributes and not without, or the other way round.
    pub(crate) fn changes(&self, annotated: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        for ((file, line, text), count) in &annotated.messages {
            let before = self.messages.get(&(file.clone(), *line, text.clone())).copied().unwrap_or_default();
            if before < *count {
                changes.push(format!("new: {file}:{line}: {text}"));
            }
        }
        for ((file, line, text), count) in &self.messages {
            let after = annotated.messages.get(&(file.clone(), *line, text.clone())).copied().unwrap_or_default();
            if after < *count {
                changes.push(format!("lost: {file}:{line}: {text}"));
            }
        }
        let tests = self.tests.keys().chain(annotated.tests.keys());
        let mut tests: Vec<&String> =
            tests.filter(|test| self.tests.get(*test) != annotated.tests.get(*test)).collect();
        tests.sort();
        tests.dedup();
        let end =
            |outcome: &Self, test: &String| outcome.tests.get(test).cloned().unwrap_or_else(|| "not there".to_owned());
        changes
            .extend(tests.iter().map(|test| format!("test {test}: {}, now {}", end(self, test), end(annotated, test))));
        changes
    }
}

/// A line of the compiler's about a file: `hyper/src/lib.rs:3:5: warning: ..`.
fn message(line: &str) -> Option<(String, usize, String)> {
    let mut parts = line.splitn(4, ':');
    let (file, at) = (parts.next()?, parts.next()?.parse().ok()?);
    parts.next()?.parse::<usize>().ok()?;
    Some((file.to_owned(), at, parts.next()?.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_what_one_of_them_says_alone() {
        let outcome = |lines: &[&str], end: &str| Outcome {
            messages: lines.iter().filter_map(|line| message(line)).map(|message| (message, 1)).collect(),
            tests: BTreeMap::from([("a: t".to_owned(), end.to_owned())]),
        };
        let plain = outcome(&["a/src/lib.rs:1:2: warning: one", "warning: `a` generated 1 warning"], "ok");
        assert_eq!(plain.changes(&outcome(&["a/src/lib.rs:1:30: warning: one"], "ok")), Vec::<String>::new());
        assert_eq!(
            plain.changes(&outcome(&["a/src/lib.rs:1:2: error: two"], "FAILED")),
            ["new: a/src/lib.rs:1: error: two", "lost: a/src/lib.rs:1: warning: one", "test a: t: ok, now FAILED"]
        );
    }
}
