//! Puts `#[measured]` on published crates, and compares what the compiler and their tests say with and without.
//!
//! `scripts/corpus` takes all of them, `scripts/corpus --quick` three, and `scripts/corpus hyper h2` those.

mod annotate;
mod compare;
mod crates;
mod report;
mod row;
mod sources;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use crate::{
    annotate::Pass,
    compare::Outcome,
    crates::{CRATES, Crate, Tests},
    sources::{Said, Sources, Workspace},
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
    let mut said = Said::new();
    sources.clear(None)?;
    let workspace = sources.write(crates, None, &said)?;
    let mut plain = Outcome::compiled(&workspace, &target, crates)?;
    plain.test(&workspace, &target, crates)?;
    writeln!(out, "corpus: {} crates without attributes: {}", crates.len(), plain.summary())?;
    let mut same = true;
    for pass in Pass::ALL {
        let (workspace, mut annotated) = remedied(&sources, crates, pass, &mut said)?;
        annotated.test(&workspace, &target, crates)?;
        let changes = plain.changes(&annotated);
        let list = sources.folder().join(format!("{}.tsv", pass.name()));
        report::list(&list, &workspace)?;
        writeln!(out, "\ncorpus: {}: {}, {} changes", pass.name(), annotated.summary(), changes.len())?;
        report::table(&mut out, crates, &workspace)?;
        for change in &changes {
            writeln!(out, "  {change}")?;
        }
        writeln!(out, "  each by its name: {}", list.display())?;
        same &= changes.is_empty();
    }
    Ok(same)
}

/// Compiles the crates with attributes. As a user would, it writes `making` on each function that cannot be followed to
/// its end, and `skip` on one that cannot be asked whether it lasts, as often as the compiler comes to further ones.
fn remedied(sources: &Sources, crates: &[&Crate], pass: Pass, said: &mut Said) -> io::Result<(Workspace, Outcome)> {
    sources.clear(Some(pass))?;
    loop {
        let workspace = sources.write(crates, Some(pass), said)?;
        let outcome = Outcome::compiled(&workspace, &sources.target(), crates)?;
        if !outcome.remedy(&workspace, pass, said) {
            return Ok((workspace, outcome));
        }
    }
}
