//! Writes functions of chance, each with and without an attribute, in both editions, and compares what they do.
//!
//! `cargo run -p tachometer-twins -- --seed 7` repeats what a run has found; without a seed it takes one of the clock.

mod body;
mod build;
mod function;
mod known;
mod parameters;
mod program;
mod random;
mod report;
mod returned;
mod scope;

use std::{
    io::{self, Write as _},
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{
    build::{Finding, Workspace},
    program::Program,
};

/// Both editions that programs are written in today.
const EDITIONS: [&str; 2] = ["2021", "2024"];

/// One of so many functions may be left out.
const LEFT_OUT: usize = 100;

/// What the command line asks for.
struct Asked {
    seed: u64,
    /// How many seeds, one after the other.
    runs: u64,
    /// How many functions a seed.
    functions: usize,
}

fn main() -> ExitCode {
    let outcome =
        Asked::read(std::env::args().skip(1)).and_then(|asked| all(&asked).map_err(|error| error.to_string()));
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Where even that cannot be said, the status says it.
            let _ = writeln!(io::stderr(), "twins: {error}");
            ExitCode::from(2)
        }
    }
}

impl Asked {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let mut asked = Self { seed: clock, runs: 1, functions: 2000 };
        while let Some(key) = arguments.next() {
            let value = arguments.next().ok_or_else(|| format!("`{key}` needs a number behind it"))?;
            let number = value.parse().map_err(|_| format!("`{key} {value}`: a number is needed"))?;
            match key.as_str() {
                "--seed" => asked.seed = number,
                "--runs" => asked.runs = number,
                "--functions" => asked.functions = usize::try_from(number).map_err(|error| error.to_string())?,
                _ => return Err(format!("`{key}` is unknown; there are `--seed`, `--runs` and `--functions`")),
            }
        }
        Ok(asked)
    }
}

/// Whether all twins of all seeds are alike.
fn all(asked: &Asked) -> io::Result<bool> {
    let workspace = Workspace::open(&EDITIONS)?;
    for seed in asked.seed..asked.seed + asked.runs {
        writeln!(
            io::stdout(),
            "twins: seed {seed}, {} functions in editions {}",
            asked.functions,
            EDITIONS.join(" and ")
        )?;
        let mut program = Program::of(seed, asked.functions);
        let findings = found(&workspace, &mut program, asked.functions)?;
        if !findings.is_empty() {
            report::print(seed, &program, &findings)?;
            return Ok(false);
        }
    }
    Ok(true)
}

/// What differs in a program. A function that does not compile without an attribute tells of nothing but the generator, and
/// is left out, as long as there are few of them.
fn found(workspace: &Workspace, program: &mut Program, functions: usize) -> io::Result<Vec<Finding>> {
    loop {
        for edition in EDITIONS {
            program.write(&workspace.package(edition), edition)?;
        }
        let findings = workspace.run(program, &EDITIONS)?;
        let named = |finding: &Finding| finding.function.clone().filter(|_| finding.is_plain);
        let left_out: Vec<String> = findings.iter().filter_map(named).collect();
        if left_out.is_empty() || left_out.len() < findings.len() {
            return Ok(findings);
        }
        let left_out = program.leave_out(left_out);
        if left_out > functions / LEFT_OUT {
            return Ok(findings);
        }
        writeln!(io::stdout(), "twins: {left_out} functions do not compile by themselves and are left out")?;
    }
}

#[cfg(test)]
mod tests {
    use crate::program::Program;

    #[test]
    fn a_seed_makes_the_same_functions_each_time_and_others_than_the_next_seed() {
        let text = |seed| Program::of(seed, 50).text();
        assert_eq!(text(7), text(7));
        assert_ne!(text(7), text(8));
    }

    #[test]
    fn twins_differ_in_the_lines_of_their_attributes_and_nowhere_else() {
        for (plain, measured) in Program::of(7, 400).twins() {
            assert_eq!(plain.lines().count(), measured.lines().count());
            let differing = plain.lines().zip(measured.lines()).filter(|(plain, measured)| plain != measured);
            let mut differing = differing.peekable();
            assert!(differing.peek().is_some(), "each file has attributes");
            differing.for_each(|(plain, measured)| assert!(plain == "//" && measured.starts_with("#["), "{measured}"));
        }
    }

    #[test]
    fn there_are_functions_of_all_kinds() {
        let text = Program::of(7, 1000).text();
        let kinds = [
            "pub fn",
            "pub async fn",
            "#[track_caller]",
            "impl Does for Host",
            "None::<",
            "-> Pin<Box<dyn Future",
            "-> impl Future",
            "-> impl Show",
            "-> Result<",
            "-> Option<",
            "-> &'a D",
            "mut self",
            "mut self: Box<Self>",
            "&'a mut self",
            "_: D",
            "(mut ",
            "ref mut ",
            " @ (_, _)",
            "impl Like",
            "<T0: Like",
            "return ",
            ")?;",
            "else { ",
            "let _ = ",
            "let ref mut r",
            "move || ",
            "|| { ",
            "async move {",
            ".await",
            "'l",
            "break 'l",
            "continue 'l",
            "while let ",
            "if let ",
            "match ",
            "panic!(",
            "unsafe {",
            "macro_rules!",
            "), ..",
            "fn inner",
            "line!()",
            ".guard().v()",
            "#[measured]",
            "#[counted]",
            "#[timed(",
            "result",
            "labels(",
            "error_if",
        ];
        let missing: Vec<&str> = kinds.into_iter().filter(|kind| !text.contains(kind)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
