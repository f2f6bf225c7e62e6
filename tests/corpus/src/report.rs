//! What is printed of a pass, and the file that names each function with its row.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::Path,
};

use crate::{crates::Crate, sources::Workspace};

/// How many of each row there are.
type Rows = BTreeMap<&'static str, usize>;

/// Prints how many functions, blocks or modules of each crate fell under which row.
pub(crate) fn table(out: &mut impl Write, crates: &[&Crate], workspace: &Workspace) -> io::Result<()> {
    let mut sums = Rows::new();
    for (one, member) in crates.iter().zip(&workspace.members) {
        let prefix = format!("{member}/");
        let files = workspace.places.iter().filter(|(file, _)| file.starts_with(&prefix));
        let mut rows = Rows::new();
        files.flat_map(|(_, places)| places).for_each(|place| *rows.entry(place.row).or_default() += 1);
        line(out, one.name, &rows)?;
        rows.into_iter().for_each(|(row, count)| *sums.entry(row).or_default() += count);
    }
    line(out, "all", &sums)
}

fn line(out: &mut impl Write, name: &str, rows: &Rows) -> io::Result<()> {
    let cells: Vec<String> = rows.iter().map(|(row, count)| format!("{row} {count}")).collect();
    writeln!(out, "  {name:<20} {}", cells.join(", "))
}

/// Writes a line for each function, block or module: its row, its file and line, and its name, with tabs between them.
pub(crate) fn list(to: &Path, workspace: &Workspace) -> io::Result<()> {
    let mut text = String::new();
    for (file, places) in &workspace.places {
        for place in places {
            text += &format!("{}\t{file}:{}\t{}\n", place.row, place.line, place.name);
        }
    }
    fs::write(to, text)
}
