//! The workspace of the programs: how they are compiled and run, and what comes of it.

use std::{
    collections::BTreeMap,
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{known, program::Program};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Something that is not the same with and without an attribute, or that cannot be compared.
pub(crate) struct Finding {
    pub(crate) edition: String,
    /// The function's name, if it is one's.
    pub(crate) function: Option<String>,
    pub(crate) text: String,
    /// Whether a program does not compile because of it.
    pub(crate) is_error: bool,
    /// Whether the function does not compile without its attribute either: the generator is at fault.
    pub(crate) is_plain: bool,
}

/// Where the programs lie.
pub(crate) struct Workspace {
    folder: PathBuf,
}

/// A line of the compiler's: where it points to, and what it says.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Message {
    file: usize,
    line: usize,
    column: usize,
    text: String,
}

impl Workspace {
    pub(crate) fn open(packages: &[&str]) -> io::Result<Self> {
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(ROOT).join("target"), PathBuf::from);
        let folder = target.join("twins");
        fs::create_dir_all(&folder)?;
        let folder = folder.canonicalize()?;
        let manifest = format!(
            "[workspace]\nresolver = \"3\"\nmembers = {packages:?}\n\n[profile.dev]\ndebug = false\nincremental = false\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        // The versions of this repository, so that nothing is fetched.
        fs::copy(Path::new(ROOT).join("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(Self { folder })
    }

    pub(crate) fn package(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Compiles and runs a program in all editions.
    pub(crate) fn run(&self, program: &Program, editions: &[&str]) -> io::Result<Vec<Finding>> {
        let built = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["build", "--offline", "--keep-going", "--message-format", "short", "--color", "never"])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .env_remove("RUSTFLAGS")
            .output()?;
        let said = String::from_utf8_lossy(&built.stderr);
        let mut findings = Vec::new();
        for edition in editions {
            findings.extend(compiled(program, edition, &said));
        }
        if findings.iter().any(|finding| finding.is_error) {
            let is_plain = findings.iter().any(|finding| finding.is_plain);
            findings.retain(|finding| finding.is_error && finding.is_plain == is_plain);
            return Ok(findings);
        }
        if !built.status.success() {
            return Err(io::Error::other(format!("the programs do not compile\n{said}")));
        }
        for edition in editions {
            let program = self.folder.join("target/debug").join(format!("twins-{edition}"));
            let run = Command::new(&program).output()?;
            let found = differences(edition, &String::from_utf8_lossy(&run.stdout));
            if found.is_empty() && !run.status.success() {
                let said = String::from_utf8_lossy(&run.stderr);
                return Err(io::Error::other(format!("{}: {}\n{said}", program.display(), run.status)));
            }
            findings.extend(found);
        }
        Ok(findings)
    }
}

/// Who says what both twins would.
const PLAIN: &str = "plain";

/// What the compiler says of one twin and not of the other, and each error.
fn compiled(program: &Program, edition: &str, said: &str) -> Vec<Finding> {
    let messages = |twin: &str| -> Vec<Message> {
        let prefix = format!("{edition}/src/{twin}/m");
        said.lines().filter_map(|line| message(line.strip_prefix(&prefix)?)).collect()
    };
    let finding = |message: &Message, who: &str| Finding {
        edition: edition.to_owned(),
        function: program.at(message.file, message.line).map(|function| function.name.clone()),
        text: format!("{who}: {}:{}: {}", message.line, message.column, message.text),
        is_error: message.is_error(),
        is_plain: who == PLAIN && message.is_error(),
    };
    let (plain, measured) = (messages("plain"), messages("measured"));
    let of_generator: Vec<Finding> =
        plain.iter().filter(|message| message.is_error()).map(|message| finding(message, PLAIN)).collect();
    if !of_generator.is_empty() {
        return of_generator;
    }
    let mut counts: BTreeMap<&Message, i32> = BTreeMap::new();
    plain.iter().for_each(|message| *counts.entry(message).or_default() += 1);
    measured.iter().for_each(|message| *counts.entry(message).or_default() -= 1);
    let is_meant = |message: &Message| {
        known::is_known(&message.text)
            || program.at(message.file, message.line).is_some_and(|function| function.uses(&message.text))
    };
    let differing = counts.iter().filter(|(message, count)| **count != 0 && !is_meant(message));
    differing
        .map(|(message, count)| finding(message, if *count > 0 { "only plain" } else { "only with the attribute" }))
        .collect()
}

impl Message {
    fn is_error(&self) -> bool {
        self.text.starts_with("error")
    }
}

/// What stands behind the path of a file up to its number: `3.rs:12:5: warning: ..`.
fn message(line: &str) -> Option<Message> {
    let (file, rest) = line.split_once(".rs:")?;
    let mut parts = rest.splitn(3, ':');
    let (line, column) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some(Message { file: file.parse().ok()?, line, column, text: known::plainly(parts.next()?.trim()) })
}

/// What a program has printed, see `compare`.
fn differences(edition: &str, printed: &str) -> Vec<Finding> {
    let found = printed.split("difference ").skip(1);
    let finding = |text: &str| Finding {
        edition: edition.to_owned(),
        function: text.split(' ').next().map(str::to_owned),
        text: text.trim_end().trim_end_matches("end").to_owned(),
        is_error: false,
        is_plain: false,
    };
    found.map(finding).collect()
}
