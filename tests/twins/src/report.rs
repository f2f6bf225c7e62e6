//! Prints what was found: the function, how to repeat it, and both traces side by side.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use crate::{build::Finding, program::Program};

/// So many functions are printed; the others are counted.
const SHOWN: usize = 5;

pub(crate) fn print(seed: u64, program: &Program, findings: &[Finding]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let mut shown = BTreeSet::new();
    for finding in findings {
        let name = finding.function.clone().unwrap_or_default();
        let is_new = shown.insert(name.clone());
        if shown.len() > SHOWN {
            continue;
        }
        writeln!(out, "\n==> {name}, edition {}", finding.edition)?;
        if let Some(function) = program.named(&name).filter(|_| is_new) {
            writeln!(out, "{}\n{}\n{}\n", function.attribute, function.lines.join("\n"), function.caller)?;
        }
        match finding.text.split_once("\n--\n") {
            Some((plain, measured)) => beside(&mut out, plain, measured)?,
            None => writeln!(out, "{}", finding.text)?,
        }
    }
    writeln!(
        out,
        "\ntwins: {} differences in {} functions; to repeat them: cargo run -p tachometer-twins -- --seed {seed}",
        findings.len(),
        shown.len()
    )
}

/// Two traces, the plain one on the left.
fn beside(out: &mut impl Write, plain: &str, measured: &str) -> io::Result<()> {
    let (head, plain) = plain.split_once('\n').unwrap_or((plain, ""));
    writeln!(out, "{head}; plain on the left, with the attribute on the right")?;
    let (mut left, mut right) = (plain.lines(), measured.lines());
    loop {
        let (one, other) = (left.next(), right.next());
        if one.is_none() && other.is_none() {
            return Ok(());
        }
        let mark = if one == other { ' ' } else { '|' };
        writeln!(out, "{:<40} {mark} {}", one.unwrap_or_default(), other.unwrap_or_default())?;
    }
}
