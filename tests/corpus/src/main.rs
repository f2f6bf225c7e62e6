//! Puts `#[measured]` on published crates, and compares what the compiler and their tests say with and without.
//!
//! `scripts/corpus` takes all of them, `scripts/corpus --quick` three, and `scripts/corpus hyper h2` those.

mod annotate;
mod compare;
mod crates;
mod sources;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use crate::{
    annotate::{Pass, Rows},
    crates::{CRATES, Crate, Tests},
    sources::Sources,
};

fn main() -> ExitCode {
    let outcome = asked(std::env::args().skip(1)).and_then(|crates| all(&crates).map_err(|error| error.to_string()));
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Where even that cannot be said, the status says it.
            let _ = writeln!(io::stderr(), "corpus: {error}");
            ExitCode::from(2)
        }
    }
}

/// The crates that the command line names.
fn asked(arguments: impl Iterator<Item = String>) -> Result<Vec<&'static Crate>, String> {
    let mut asked = Vec::new();
    for argument in arguments {
        let found: Vec<&Crate> = match argument.as_str() {
            "--quick" => CRATES.iter().filter(|one| one.tests == Tests::Often).collect(),
            name => CRATES.iter().filter(|one| one.name == name).collect(),
        };
        if found.is_empty() {
            let names: Vec<&str> = CRATES.iter().map(|one| one.name).collect();
            return Err(format!("`{argument}` is none of the corpus; there are `--quick` and {}", names.join(", ")));
        }
        asked.extend(found);
    }
    Ok(if asked.is_empty() { CRATES.iter().collect() } else { asked })
}

/// Whether all crates are the same with attributes.
fn all(crates: &[&Crate]) -> io::Result<bool> {
    let mut out = io::stdout();
    let sources = Sources::open(crates)?;
    let target = sources.target();
    let (workspace, _) = sources.write(crates, None)?;
    let plain = compare::outcome(&workspace, &target, crates)?;
    writeln!(out, "corpus: {} crates without attributes: {}", crates.len(), plain.summary())?;
    let mut same = true;
    for pass in Pass::ALL {
        let (workspace, rows) = sources.write(crates, Some(pass))?;
        let annotated = compare::outcome(&workspace, &target, crates)?;
        let changes = plain.changes(&annotated);
        writeln!(out, "\ncorpus: {}: {}, {} changes", pass.name(), annotated.summary(), changes.len())?;
        table(&mut out, crates, &rows)?;
        for change in &changes {
            writeln!(out, "  {change}")?;
        }
        same &= changes.is_empty();
    }
    Ok(same)
}

/// How many functions, blocks or modules of each crate fell under which row.
fn table(out: &mut impl io::Write, crates: &[&Crate], rows: &[Rows]) -> io::Result<()> {
    let mut sums = Rows::new();
    for (one, rows) in crates.iter().zip(rows) {
        let cells: Vec<String> = rows.iter().map(|(row, count)| format!("{row} {count}")).collect();
        writeln!(out, "  {:<20} {}", one.name, cells.join(", "))?;
        rows.iter().for_each(|(row, count)| *sums.entry(row).or_default() += count);
    }
    let cells: Vec<String> = sums.iter().map(|(row, count)| format!("{row} {count}")).collect();
    writeln!(out, "  {:<20} {}", "all", cells.join(", "))
}
