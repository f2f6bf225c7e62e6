//! Files and functions that fit on a screen or a few, and a sentence at the top of each.

use super::{
    assert_none,
    repository::{File, rust_files},
    rust::{code, without_tests},
};

const FILE: usize = 400;
const FUNCTION: usize = 60;

#[test]
fn files_are_short() {
    let long = |file: &File| {
        let lines = without_tests(&code(&file.text)).len();
        (lines > FILE).then(|| format!("{}: {lines} lines", file.at(FILE)))
    };
    let long: Vec<_> = rust_files().iter().filter_map(long).collect();
    assert_none("a file has at most 400 lines, a test module at its end apart", &long);
}

#[test]
fn functions_are_short() {
    let mut long = Vec::new();
    for file in rust_files() {
        let long_ones = functions(&code(&file.text)).into_iter().filter(|&(_, length)| length > FUNCTION);
        long.extend(long_ones.map(|(line, length)| format!("{}: {length} lines", file.at(line))));
    }
    assert_none("a function has at most 60 lines", &long);
}

#[test]
fn each_file_says_what_it_is() {
    // What trybuild compiles are inputs, named after what is wrong with them.
    let is_module = |file: &File| !file.is_in(&["ui-tests"]) || file.path.matches('/').count() == 1;
    let says = |file: &File| file.text.starts_with("//! ");
    let mute = |file: &File| (is_module(file) && !says(file)).then(|| file.at(0));
    let mute: Vec<_> = rust_files().iter().filter_map(mute).collect();
    assert_none("a file opens with `//!`: what it does and what it must not know", &mute);
}

/// Line and length of each function, by the indentation that rustfmt gives it.
fn functions(code: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = code.lines().collect();
    let length = |begin: usize| {
        let line: &str = lines[begin];
        let indentation = &line[..line.len() - line.trim_start().len()];
        // A body ends at its brace; a signature without one, or with an empty one, at its semicolon or `{}`.
        let ends = |line: &&str| match line.strip_prefix(indentation) {
            Some(rest) => rest.starts_with('}') || (rest.starts_with(')') && rest.ends_with([';', '}'])),
            None => false,
        };
        if line.ends_with([';', '}']) { 1 } else { lines[begin..].iter().position(ends).map_or(1, |at| at + 1) }
    };
    let begins = (0..lines.len()).filter(|&at| opens_function(lines[at]));
    begins.map(|begin| (begin, length(begin))).collect()
}

fn opens_function(line: &str) -> bool {
    let qualifies = |word: &&str| {
        ["pub", "default", "const", "async", "unsafe", "extern"].contains(word) || word.starts_with("pub(")
    };
    line.split_whitespace().find(|word| !qualifies(word)) == Some("fn")
}

#[test]
fn functions_are_measured_from_signature_to_brace() {
    let code = "fn a() {}
pub(crate) const fn b(
    c: u8,
) -> u8 {
    if c > 0 {
    }
    c
}
trait T {
    fn d(&self);
    async fn e(
        &self,
    );
}
";
    assert_eq!(functions(code), [(0, 1), (1, 7), (9, 1), (10, 3)]);
}
