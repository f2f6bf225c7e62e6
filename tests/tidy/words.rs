//! Words that have a place of their own, or none.

use super::{
    assert_none,
    repository::{File, files, rust_files},
    rust::{code, without_tests},
};

/// Folders whose programs are tests or measurements.
const OUTSIDE: [&str; 3] = ["tests", "ui-tests", "bench"];

/// The folders that may hold unsafe code. A library that passes for the driver's has some too; it lies among the tests.
const UNSAFE: [&str; 2] = ["runtime/src/store", "runtime/src/call"];

/// The file that may: where the driver of GPUs is called as it is.
const FOREIGN: &str = "runtime/src/collectors/gpu/ffi.rs";

/// How long a door may be.
const DOOR: usize = 10;

#[test]
fn features_are_asked_for_at_doors_only() {
    let mut elsewhere = Vec::new();
    for file in rust_files().iter().filter(|file| !file.is_in(&OUTSIDE) && !is_door(file)) {
        let code = code(&file.text);
        for (line, (code, text)) in without_tests(&code).iter().zip(file.text.lines()).enumerate() {
            if code.contains("cfg") && code.contains("feature =") {
                elsewhere.push(format!("{}: {}", file.at(line), text.trim()));
            }
        }
    }
    assert_none("`cfg(feature)` stands in lib.rs, or in a `mod.rs` of at most 10 lines that picks a file", &elsewhere);
}

#[test]
fn unsafe_code_stays_where_it_is_argued() {
    let uses = |line: &str| {
        let mut after = line.split("unsafe ").skip(1);
        after.any(|rest| ["{", "fn ", "impl", "trait ", "extern "].iter().any(|word| rest.starts_with(word)))
    };
    let mut elsewhere = Vec::new();
    let is_free = |file: &&File| !file.is_in(&OUTSIDE) && !file.is_in(&UNSAFE) && file.path != FOREIGN;
    for file in rust_files().iter().filter(is_free) {
        for (line, code) in without_tests(&code(&file.text)).iter().enumerate() {
            if uses(code) {
                elsewhere.push(format!("{}: {}", file.at(line), code.trim()));
            }
        }
    }
    assert_none("unsafe code lives in the store, behind the call sites and at the driver of GPUs", &elsewhere);
}

#[test]
fn nothing_is_left_half_done() {
    // Cut in two, so that this list does not find itself.
    let banned = [
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("db", "g!("),
        concat!("#[ig", "nore"),
        concat!("allow(dead_", "code"),
    ];
    let mut left = Vec::new();
    for file in rust_files() {
        for (line, code) in code(&file.text).lines().enumerate() {
            left.extend(
                banned.iter().filter(|word| code.contains(*word)).map(|word| format!("{}: {word}", file.at(line))),
            );
        }
    }
    assert_none("leftovers are finished or deleted", &left);
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    let mut found = Vec::new();
    for file in files() {
        for (line, text) in file.text.lines().enumerate() {
            let places = [("/", "work"), ("/", "root"), ("/", "tmp"), ("/", "home"), ("../", "shared")];
            for (slash, name) in places {
                // Tests may speak of temporary files.
                let allowed = name == "tmp" && file.is_in(&OUTSIDE);
                if !allowed && names(text, slash, name) {
                    found.push(format!("{}: {slash}{name}", file.at(line)));
                }
            }
        }
    }
    assert_none("a path of one machine means nothing on another", &found);
}

fn is_door(file: &File) -> bool {
    file.path.ends_with("src/lib.rs") || (file.path.ends_with("/mod.rs") && file.text.lines().count() <= DOOR)
}

/// Whether a line names this folder, and not one whose name only begins like it or that lies in another one.
fn names(line: &str, slash: &str, name: &str) -> bool {
    let path = format!("{slash}{name}");
    line.match_indices(&path).any(|(at, _)| {
        let before = line[..at].chars().next_back().unwrap_or(' ');
        let after = line[at + path.len()..].chars().next().unwrap_or(' ');
        let longer = |c: char, more: &str| c.is_alphanumeric() || more.contains(c);
        !longer(before, "_-.}~") && !longer(after, "_-")
    })
}

#[test]
fn only_whole_folders_count_as_named() {
    let desk = |line| names(line, "/", "desk");
    assert!(desk("cd /desk") && desk("(/desk/main)"));
    assert!(!desk("some/desk") && !desk("/desktop") && !desk("./desk"));
}
