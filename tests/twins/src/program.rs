//! The program of an edition: each file of functions twice, line by line the same but for the attributes.

use std::{collections::BTreeSet, fs, io, path::Path};

use crate::function::{Function, Place};

/// How many functions stand in a file.
const FILE: usize = 100;

/// The functions of a run, and where each begins.
pub(crate) struct Program {
    functions: Vec<Function>,
    /// Those that are left out.
    left_out: BTreeSet<String>,
    files: Vec<File>,
}

#[derive(Default)]
struct File {
    plain: String,
    measured: String,
    lines: usize,
    /// The line of each function's declaration, attribute and caller, and its place among all.
    begins: Vec<(usize, usize)>,
}

/// Where the attributes of a file stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Attributes {
    Functions,
    Blocks,
    Module,
}

impl Program {
    /// So many functions of a seed.
    pub(crate) fn of(seed: u64, count: usize) -> Self {
        let functions: Vec<Function> = (0..count).map(|index| Function::of(seed, index)).collect();
        let mut program = Self { functions, left_out: BTreeSet::new(), files: Vec::new() };
        program.lay_out();
        program
    }

    /// Leaves functions out; how many are then.
    pub(crate) fn leave_out(&mut self, names: impl IntoIterator<Item = String>) -> usize {
        self.left_out.extend(names);
        self.lay_out();
        self.left_out.len()
    }

    fn lay_out(&mut self) {
        let attributes = [Attributes::Functions, Attributes::Blocks, Attributes::Functions, Attributes::Module];
        let is_there = |function: &Function| !self.left_out.contains(&function.name);
        let all: Vec<(usize, &Function)> = self.functions.iter().enumerate().collect();
        let files = all.chunks(FILE).zip(attributes.iter().cycle());
        let files = files.map(|(chunk, attributes)| {
            let chunk = chunk.iter().copied().filter(|(_, function)| is_there(function));
            File::of(&chunk.collect::<Vec<_>>(), *attributes)
        });
        self.files = files.collect();
    }

    /// Writes a package into a folder.
    pub(crate) fn write(&self, folder: &Path, edition: &str) -> io::Result<()> {
        let source = folder.join("src");
        for twin in ["plain", "measured"] {
            fs::create_dir_all(source.join(twin))?;
        }
        fs::write(folder.join("Cargo.toml"), manifest(edition))?;
        fs::write(
            source.join("main.rs"),
            "mod measured;\nmod plain;\n\nfn main() -> std::process::ExitCode {\n    \
             tachometer_twins::compare(&plain::all(), &measured::all())\n}\n",
        )?;
        let (mut modules, mut all) = (String::new(), String::new());
        for (at, file) in self.files.iter().enumerate() {
            fs::write(source.join(format!("plain/m{at}.rs")), &file.plain)?;
            fs::write(source.join(format!("measured/m{at}.rs")), &file.measured)?;
            modules += &format!("mod m{at};\n");
            all += &format!("    all.extend(m{at}::TWINS);\n");
        }
        let table = format!(
            "{modules}\npub fn all() -> Vec<tachometer_twins::Twin> {{\n    let mut all = Vec::new();\n{all}    all\n}}\n"
        );
        for twin in ["plain", "measured"] {
            fs::write(source.join(twin).join("mod.rs"), &table)?;
        }
        Ok(())
    }

    /// The function that a line of a file belongs to.
    pub(crate) fn at(&self, file: usize, line: usize) -> Option<&Function> {
        let begins = &self.files.get(file)?.begins;
        let at = begins.partition_point(|(begin, _)| *begin <= line).checked_sub(1)?;
        self.functions.get(begins[at].1)
    }

    /// The files of both twins.
    #[cfg(test)]
    pub(crate) fn twins(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|file| (file.plain.as_str(), file.measured.as_str()))
    }

    #[cfg(test)]
    pub(crate) fn text(&self) -> String {
        self.twins().map(|(_, measured)| measured).collect()
    }

    pub(crate) fn named(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }
}

impl File {
    fn of(functions: &[(usize, &Function)], attributes: Attributes) -> Self {
        let mut file = Self::default();
        file.both("use std::{future::Future, pin::Pin};");
        file.both("#[allow(unused_imports)] use tachometer::{counted, measured, timed};");
        file.both("use tachometer_twins::*;");
        file.attribute("#[measured]", attributes == Attributes::Module);
        file.both("pub mod all {");
        file.both("use super::*;");
        TYPES.lines().for_each(|line| file.both(line));
        file.both("pub trait Does {");
        for (at, function) in functions.iter().filter(|(_, function)| function.place == Place::Trait) {
            file.begins.push((file.lines + 1, *at));
            file.both(&function.declaration);
        }
        file.both("}");
        for (place, block) in PLACES {
            let is_block = !block.is_empty();
            if is_block {
                file.attribute("#[measured]", attributes == Attributes::Blocks);
                file.both(block);
            }
            let alone = attributes == Attributes::Functions || (attributes == Attributes::Blocks && !is_block);
            for (at, function) in functions.iter().filter(|(_, function)| function.place == place) {
                file.begins.push((file.lines + 1, *at));
                file.attribute(&function.attribute, alone);
                function.lines.iter().for_each(|line| file.both(line));
            }
            if is_block {
                file.both("}");
            }
        }
        file.both("}");
        file.both("use all::*;");
        for (at, function) in functions {
            file.begins.push((file.lines + 1, *at));
            file.both(&function.caller);
        }
        file.both("pub const TWINS: &[Twin] = &[");
        functions.iter().for_each(|(_, function)| file.both(&function.row()));
        file.both("];");
        file
    }

    fn both(&mut self, line: &str) {
        self.attribute(line, true);
        self.plain.truncate(self.plain.len() - "//\n".len());
        self.plain += line;
        self.plain += "\n";
    }

    /// A line that the plain twin has not.
    fn attribute(&mut self, line: &str, is_there: bool) {
        self.plain += "//\n";
        self.measured += if is_there { line } else { "//" };
        self.measured += "\n";
        self.lines += 1;
    }
}

/// Where functions stand in a file, and the block that holds them there.
const PLACES: [(Place, &str); 4] = [
    (Place::Free, ""),
    (Place::Host, "impl Host {"),
    (Place::Own, "impl Own {"),
    (Place::Trait, "impl Does for Host {"),
];

/// What methods belong to. Types of the file's own, since there are no methods for those of others.
const TYPES: &str = "\
pub struct Host { pub d: D, pub n: u32, pub tx: Tx }
pub struct Own { pub open: bool, pub n: u32 }
impl Drop for Own { fn drop(&mut self) { log(format!(\"drop own {} {}\", self.open, self.n)); } }
impl Host { pub fn new(id: u32) -> Self { Self { d: D::new(id), n: id, tx: Tx::new(id) } } }
impl Own { pub fn new(n: u32) -> Self { Self { open: true, n } } }";

fn manifest(edition: &str) -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    format!(
        "[package]\nname = \"twins-{edition}\"\nversion = \"0.0.0\"\nedition = \"{edition}\"\n\n[dependencies]\n\
         tachometer = {{ path = \"{root}/runtime\", default-features = false }}\n\
         tachometer-twins = {{ path = \"{root}/tests/twins\" }}\n"
    )
}
