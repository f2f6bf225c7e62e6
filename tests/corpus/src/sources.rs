//! The sources: from the registry, through cargo, which compares their checksums, into folders of their own.

use std::{
    collections::BTreeMap,
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use toml::{Table, Value};

use crate::{
    annotate::{Pass, Place, Remedies, annotated},
    crates::{Crate, Tests},
    row,
};

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// Where copies lie: a workspace without attributes, and one a pass.
pub(crate) struct Sources {
    folder: PathBuf,
    /// Each crate's folder in the registry's.
    unpacked: Vec<PathBuf>,
}

/// A workspace with copies of all crates.
pub(crate) struct Workspace {
    pub(crate) folder: PathBuf,
    /// The folder of each crate in it.
    pub(crate) members: Vec<String>,
    /// By their files below the workspace.
    pub(crate) places: BTreeMap<String, Vec<Place>>,
}

/// What is written on functions of each file.
pub(crate) type Said = BTreeMap<String, Remedies>;

pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.env_remove("RUSTFLAGS");
    cargo
}

impl Sources {
    /// Has cargo fetch what is not there yet.
    pub(crate) fn open(crates: &[&Crate]) -> io::Result<Self> {
        let target =
            env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(HERE).join("../../target"), PathBuf::from);
        let folder = target.join("corpus");
        fs::create_dir_all(&folder)?;
        let manifest = Path::new(HERE).join("crates/Cargo.toml");
        let told = cargo()
            .args(["metadata", "--locked", "--format-version", "1", "--manifest-path"])
            .arg(manifest)
            .output()?;
        if !told.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&told.stderr)));
        }
        let told: serde_json::Value = serde_json::from_slice(&told.stdout)?;
        let unpacked = crates.iter().map(|one| unpacked(&told, one.name)).collect::<io::Result<_>>()?;
        Ok(Self { folder: folder.canonicalize()?, unpacked })
    }

    /// The folder of all that is made here.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder that all workspaces are compiled into.
    pub(crate) fn target(&self) -> PathBuf {
        self.folder.join("target")
    }

    /// Removes the workspace of a pass. To cargo, the crates of all passes are the same ones, and what is newest counts:
    /// files of an earlier run would pass for those that have been compiled last.
    pub(crate) fn clear(&self, pass: Option<Pass>) -> io::Result<()> {
        let folder = self.folder.join(pass.map_or("plain", Pass::name));
        if folder.exists() { fs::remove_dir_all(folder) } else { Ok(()) }
    }

    /// Writes a workspace with all crates, annotated or not. Files that are as they should be stay untouched, so that
    /// cargo compiles no more than has changed within a pass.
    pub(crate) fn write(&self, crates: &[&Crate], pass: Option<Pass>, said: &Said) -> io::Result<Workspace> {
        let folder = self.folder.join(pass.map_or("plain", Pass::name));
        let name = |from: &PathBuf| from.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let members: Vec<String> = self.unpacked.iter().map(name).collect();
        let mut copy = Copy { workspace: &folder, said, places: BTreeMap::new() };
        for ((one, from), member) in crates.iter().zip(&self.unpacked).zip(&members) {
            copy.folder(from, member, pass)?;
            let manifest = manifest(&fs::read_to_string(from.join("Cargo.toml"))?, one.tests)?;
            write(&folder.join(member).join("Cargo.toml"), manifest.as_bytes())?;
        }
        let places = copy.places;
        // Without what only a debugger reads.
        let root = format!(
            "[workspace]\nresolver = \"2\"\nmembers = {members:?}\n\n[profile.dev]\ndebug = false\nincremental = false\n"
        );
        write(&folder.join("Cargo.toml"), root.as_bytes())?;
        fs::copy(Path::new(HERE).join("crates/dependencies.lock"), folder.join("Cargo.lock"))?;
        Ok(Workspace { folder, members, places })
    }
}

fn unpacked(told: &serde_json::Value, name: &str) -> io::Result<PathBuf> {
    let packages = told["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    // The one that the corpus asks for; others may want another version of it.
    let root = packages.iter().find(|package| package["name"] == "corpus");
    let wanted = root.and_then(|root| root["dependencies"].as_array()?.iter().find(|asked| asked["name"] == name));
    let version = wanted.and_then(|asked| asked["req"].as_str()).unwrap_or_default().trim_start_matches('=');
    let package = packages.iter().find(|package| {
        let has = package["version"].as_str().unwrap_or_default();
        package["name"] == name && (has == version || has.split('+').next() == Some(version))
    });
    let manifest = package.and_then(|package| package["manifest_path"].as_str());
    let folder = manifest.and_then(|manifest| Path::new(manifest).parent());
    let missing = || io::Error::other(format!("{name} is none of the dependencies of crates/Cargo.toml"));
    folder.map(Path::to_owned).ok_or_else(missing)
}

/// Copies crates into a workspace.
struct Copy<'a> {
    workspace: &'a Path,
    said: &'a Said,
    places: BTreeMap<String, Vec<Place>>,
}

impl Copy<'_> {
    fn folder(&mut self, from: &Path, to: &str, pass: Option<Pass>) -> io::Result<()> {
        fs::create_dir_all(self.workspace.join(to))?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let to = format!("{to}/{name}");
            if path.is_dir() {
                // Tests say what the crate must do, and stay as they are.
                let is_code = !["benches", "build", "examples", "tests"].contains(&&*name);
                self.folder(&path, &to, pass.filter(|_| is_code))?;
            } else if name != "Cargo.toml" {
                let is_code = path.extension().is_some_and(|end| end == "rs") && name != "build.rs";
                self.file(&path, &to, pass.filter(|_| is_code))?;
            }
        }
        Ok(())
    }

    fn file(&mut self, from: &Path, to: &str, pass: Option<Pass>) -> io::Result<()> {
        let mut contents = fs::read(from)?;
        if let Some(pass) = pass {
            let source = String::from_utf8_lossy(&contents).into_owned();
            let none = Remedies::default();
            let places = match annotated(&source, pass, self.said.get(to).unwrap_or(&none)) {
                Some(annotated) => {
                    contents = annotated.text.into_bytes();
                    annotated.places
                }
                None => vec![Place { row: row::NO_RUST, name: to.to_owned(), at: 0, line: 1, output: None }],
            };
            self.places.insert(to.to_owned(), places);
        }
        write(&self.workspace.join(to), &contents)
    }
}

/// Writes a file, unless it is like that.
fn write(to: &Path, contents: &[u8]) -> io::Result<()> {
    if fs::read(to).is_ok_and(|there| there == contents) {
        return Ok(());
    }
    fs::write(to, contents)
}

/// The manifest, with this library and without what is neither compiled nor tested.
fn manifest(published: &str, tests: Tests) -> io::Result<String> {
    let mut manifest: Table = published.parse().map_err(io::Error::other)?;
    for key in ["bench", "example", "profile"] {
        manifest.remove(key);
    }
    if tests == Tests::No {
        manifest.remove("test");
        let features = manifest.get("features").map(Value::to_string).unwrap_or_default();
        if let Some(Value::Table(dependencies)) = manifest.get_mut("dev-dependencies") {
            // Some are named by features.
            dependencies.retain(|name, _| features.contains(name));
        }
    }
    let mut tables: Vec<&mut Table> = Vec::new();
    if let Some(Value::Table(targets)) = manifest.get_mut("target") {
        tables.extend(targets.iter_mut().filter_map(|(_, target)| target.as_table_mut()));
    }
    for target in tables {
        drop(target.remove("dev-dependencies"));
    }
    if let Some(Value::Table(dependencies)) = manifest.get_mut("dev-dependencies") {
        // For benchmarks.
        ["bencher", "criterion"].iter().for_each(|name| drop(dependencies.remove(*name)));
    }
    let ours = Table::from_iter([
        ("path".to_owned(), Value::String(format!("{HERE}/../../runtime"))),
        ("default-features".to_owned(), Value::Boolean(false)),
    ]);
    let dependencies = manifest.entry("dependencies").or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(dependencies) = dependencies {
        dependencies.insert("tachometer".to_owned(), Value::Table(ours));
    }
    toml::to_string(&manifest).map_err(io::Error::other)
}
