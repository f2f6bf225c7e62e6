//! Compiles a workspace and runs its tests, and tells what is not as it was without attributes.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::Path,
    process::{Command, Output},
};

use crate::{
    annotate::{Pass, Place},
    crates::{Crate, Tests},
    sources::{Said, Workspace, cargo},
};

/// What the compiler and the tests say of a workspace.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Warnings and errors by their file, line and text, and how often each was there. Columns move with an attribute.
    messages: BTreeMap<(String, usize, String), usize>,
    /// Where a function is refused, and by which message: file, line and column.
    refused: BTreeMap<(String, usize, usize), &'static str>,
    /// How each test has ended.
    tests: BTreeMap<String, String>,
}

/// A line of the compiler's about a file: `hyper/src/lib.rs:3:5: warning: ..`.
struct Message<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    text: &'a str,
}

/// What the library says of a function whose call it could not follow.
const LASTS: &str = "goes on after it was returned, and cannot be followed to its end";

/// What the compiler says where a type would be a future or a stream if only its parameters lived for ever.
const TOO_SHORT: &str = "may not live long enough";

impl Outcome {
    /// Compiles all crates, and the tests of those whose tests are run.
    pub(crate) fn compiled(workspace: &Workspace, target: &Path, crates: &[&Crate]) -> io::Result<Self> {
        let mut outcome = Self::default();
        let features =
            crates.iter().flat_map(|one| one.features.iter().map(|feature| format!("{}/{feature}", one.name)));
        let features: Vec<String> = features.collect();
        let mut check = cargo();
        check.args(["check", "--workspace", "--lib", "--keep-going", "--features", &features.join(",")]);
        outcome.compile(check.current_dir(&workspace.folder), target)?;
        for (_, member) in tested(workspace, crates) {
            let mut tests = cargo();
            tests.args(["test", "--no-run", "--no-fail-fast", "--lib", "--tests"]);
            outcome.compile(tests.current_dir(workspace.folder.join(member)), target)?;
        }
        Ok(outcome)
    }

    fn compile(&mut self, cargo: &mut Command, target: &Path) -> io::Result<()> {
        let Output { status, stderr, .. } =
            cargo.args(["--message-format", "short", "--color", "never"]).env("CARGO_TARGET_DIR", target).output()?;
        let said = String::from_utf8_lossy(&stderr);
        let mut messages: BTreeMap<(String, usize, String), usize> = BTreeMap::new();
        for Message { file, line, column, text } in said.lines().filter_map(Message::of) {
            *messages.entry((file.to_owned(), line, text.to_owned())).or_default() += 1;
            if let Some(refusal) = [LASTS, TOO_SHORT].into_iter().find(|refusal| text.contains(refusal)) {
                self.refused.insert((file.to_owned(), line, column), refusal);
            }
        }
        if !status.success() && !messages.keys().any(|(_, _, text)| text.starts_with("error")) {
            return Err(io::Error::other(format!("{cargo:?}\n{said}")));
        }
        // The same crate may be compiled more than once.
        for (message, count) in messages {
            let before = self.messages.entry(message).or_default();
            *before = count.max(*before);
        }
        Ok(())
    }

    /// Adds what a user would write on functions that are refused; whether that is anything.
    pub(crate) fn remedy(&self, workspace: &Workspace, pass: Pass, said: &mut Said) -> bool {
        let mut is_more = false;
        for ((file, line, column), refusal) in &self.refused {
            let is_it = |place: &&Place| place.output == Some((*line, *column));
            let place = workspace.places.get(file).and_then(|places| places.iter().find(is_it));
            let Some(place) = place else { continue };
            let remedies = said.entry(file.clone()).or_default();
            is_more |= match pass {
                Pass::Functions if *refusal == LASTS => remedies.making.insert(place.at),
                Pass::Blocks | Pass::Modules if *refusal == TOO_SHORT => remedies.skip.insert(place.at),
                _ => false,
            };
        }
        is_more
    }

    /// Runs the tests.
    pub(crate) fn test(&mut self, workspace: &Workspace, target: &Path, crates: &[&Crate]) -> io::Result<()> {
        for (one, member) in tested(workspace, crates) {
            let ran = cargo()
                .args(["test", "--quiet", "--no-fail-fast", "--lib", "--tests", "--", "--format=pretty"])
                .current_dir(workspace.folder.join(member))
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
        }
        Ok(())
    }

    /// How many warnings there are, and how many tests of crates that pass theirs.
    pub(crate) fn summary(&self) -> String {
        let passed = self.tests.values().filter(|end| *end == "ok").count();
        let warnings: usize = self.messages.values().sum();
        format!("{warnings} warnings or errors, {passed} of {} tests passed", self.tests.len())
    }

    /// What is there with attributes and not without, or the other way round.
    pub(crate) fn changes(&self, annotated: &Self) -> Vec<String> {
        let mut changes = more("new", &annotated.messages, &self.messages);
        changes.extend(more("lost", &self.messages, &annotated.messages));
        let tests = self.tests.keys().chain(annotated.tests.keys());
        let tests: BTreeSet<&String> =
            tests.filter(|test| self.tests.get(*test) != annotated.tests.get(*test)).collect();
        let end =
            |outcome: &Self, test: &str| outcome.tests.get(test).cloned().unwrap_or_else(|| "not there".to_owned());
        changes
            .extend(tests.iter().map(|test| format!("test {test}: {}, now {}", end(self, test), end(annotated, test))));
        changes
    }
}

type Messages = BTreeMap<(String, usize, String), usize>;

/// What there is more of than there was.
fn more(word: &str, now: &Messages, before: &Messages) -> Vec<String> {
    let is_more = |(message, count): &(&(String, usize, String), &usize)| before.get(*message) < Some(*count);
    now.iter().filter(is_more).map(|((file, line, text), _)| format!("{word}: {file}:{line}: {text}")).collect()
}

/// The crates whose tests are run, and their folders.
fn tested<'a>(workspace: &'a Workspace, crates: &'a [&Crate]) -> impl Iterator<Item = (&'a Crate, &'a String)> {
    let all = crates.iter().copied().zip(&workspace.members);
    all.filter(|(one, _)| one.tests != Tests::No)
}

impl<'a> Message<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let mut parts = line.splitn(4, ':');
        let (file, line, column) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Self { file, line, column, text: parts.next()?.trim() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_what_one_of_them_says_alone() {
        let outcome = |lines: &[&str], end: &str| {
            let messages = lines.iter().filter_map(|line| Message::of(line));
            Outcome {
                messages: messages.map(|it| ((it.file.to_owned(), it.line, it.text.to_owned()), 1)).collect(),
                refused: BTreeMap::new(),
                tests: BTreeMap::from([("a: t".to_owned(), end.to_owned())]),
            }
        };
        let plain = outcome(&["a/src/lib.rs:1:2: warning: one", "warning: `a` generated 1 warning"], "ok");
        assert_eq!(plain.changes(&outcome(&["a/src/lib.rs:1:30: warning: one"], "ok")), Vec::<String>::new());
        assert_eq!(
            plain.changes(&outcome(&["a/src/lib.rs:1:2: error: two"], "FAILED")),
            ["new: a/src/lib.rs:1: error: two", "lost: a/src/lib.rs:1: warning: one", "test a: t: ok, now FAILED"]
        );
    }
}
