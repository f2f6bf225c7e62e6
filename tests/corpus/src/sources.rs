//! The sources: from the registry, through cargo, which compares their checksums, into folders of their own.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use toml::{Table, Value};

use crate::{
    annotate::{Pass, Rows, annotated},
    crates::{Crate, Tests},
};

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// Where copies lie: a workspace without attributes, and one a pass.
pub(crate) struct Sources {
    folder: PathBuf,
    /// Each crate's folder in the registry's.
    unpacked: Vec<(&'static str, PathBuf)>,
}

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
        let unpacked =
            crates.iter().map(|one| Ok((one.name, unpacked(&told, one.name)?))).collect::<io::Result<_>>()?;
        Ok(Self { folder: folder.canonicalize()?, unpacked })
    }

    /// The folder that all workspaces are compiled into.
    pub(crate) fn target(&self) -> PathBuf {
        self.folder.join("target")
    }

    /// Writes a workspace with all crates, annotated or not, and counts what was annotated in each.
    pub(crate) fn write(&self, crates: &[&Crate], pass: Option<Pass>) -> io::Result<(PathBuf, Vec<Rows>)> {
        let workspace = self.folder.join(pass.map_or("plain", Pass::name));
        if workspace.exists() {
            fs::remove_dir_all(&workspace)?;
        }
        let mut all = Vec::new();
        for (one, (name, from)) in crates.iter().zip(&self.unpacked) {
            let to = workspace.join(name);
            let mut rows = Rows::new();
            copy(from, &to, pass, &mut rows)?;
            fs::write(to.join("Cargo.toml"), manifest(&fs::read_to_string(from.join("Cargo.toml"))?, one.tests)?)?;
            all.push(rows);
        }
        let names: Vec<&str> = crates.iter().map(|one| one.name).collect();
        // Without what only a debugger reads.
        let root = format!(
            "[workspace]\nresolver = \"2\"\nmembers = {names:?}\n\n[profile.dev]\ndebug = false\nincremental = false\n"
        );
        fs::write(workspace.join("Cargo.toml"), root)?;
        fs::copy(Path::new(HERE).join("crates/dependencies.lock"), workspace.join("Cargo.lock"))?;
        Ok((workspace, all))
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

fn copy(from: &Path, to: &Path, pass: Option<Pass>, rows: &mut Rows) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let target = to.join(&name);
        if path.is_dir() {
            // Tests say what the crate must do, and stay as they are.
            let pass = pass.filter(|_| !["benches", "build", "examples", "tests"].iter().any(|other| name == *other));
            copy(&path, &target, pass, rows)?;
            continue;
        }
        let is_code = path.extension().is_some_and(|end| end == "rs") && name != "build.rs";
        match pass.filter(|_| is_code) {
            Some(pass) => {
                let source = fs::read_to_string(&path)?;
                let text = annotated(&source, pass, rows);
                if text.is_none() {
                    *rows.entry("file that is no Rust by itself").or_default() += 1;
                }
                fs::write(target, text.unwrap_or(source))?;
            }
            None => drop(fs::copy(&path, target)?),
        }
    }
    Ok(())
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
