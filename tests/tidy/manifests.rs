//! Dependencies are choices: each says why it is there.

use super::{
    assert_none,
    repository::{File, file},
};

#[test]
fn each_dependency_says_why() {
    let root = file("Cargo.toml");
    let shared = explained(&root, "[workspace.dependencies]");
    let mut unexplained = Vec::new();
    for manifest in ["macros/Cargo.toml", "runtime/Cargo.toml"] {
        let manifest = file(manifest);
        for dependency in dependencies(&manifest, |table| table.ends_with("dependencies]")) {
            let inherits = dependency.inherits && shared.contains(&dependency.name);
            if !dependency.explained && !inherits {
                unexplained.push(format!("{}: {}", manifest.at(dependency.line), dependency.name));
            }
        }
    }
    assert_none("a dependency, or the group of lines that it stands in, has a comment above it", &unexplained);
}

struct Dependency {
    name: String,
    line: usize,
    /// A comment stands above it, or above an earlier line with no blank one in between.
    explained: bool,
    /// Its version stands in the workspace's manifest.
    inherits: bool,
}

fn explained(manifest: &File, table: &str) -> Vec<String> {
    let dependencies = dependencies(manifest, |name| name == table).into_iter();
    dependencies.filter(|dependency| dependency.explained).map(|dependency| dependency.name).collect()
}

fn dependencies(manifest: &File, is_table: impl Fn(&str) -> bool) -> Vec<Dependency> {
    let (mut inside, mut explained) = (false, false);
    let mut dependencies = Vec::new();
    for (at, line) in manifest.text.lines().enumerate() {
        if line.starts_with('[') {
            (inside, explained) = (is_table(line), false);
        } else if line.is_empty() {
            explained = false;
        } else if line.starts_with('#') {
            explained = true;
        } else if let Some(name) = line.split([' ', '.', '=']).next().filter(|name| inside && !name.is_empty()) {
            let inherits = line.contains("workspace = true");
            dependencies.push(Dependency { name: name.to_owned(), line: at, explained, inherits });
        }
    }
    dependencies
}

#[test]
fn documents_name_the_version_of_opentelemetry_that_is_used() {
    let manifest = file("runtime/Cargo.toml").text;
    let begin = "\nopentelemetry = { version = \"";
    let version = manifest.split_once(begin).and_then(|(_, rest)| rest.split('"').next()).expect("it is a dependency");
    let lacking: Vec<_> = ["README.md", "runtime/src/lib.rs", "runtime/src/recorder/builder.rs"]
        .into_iter()
        .filter(|path| !file(path).text.contains(version))
        .map(str::to_owned)
        .collect();
    assert_none("the feature `opentelemetry` sees one version, which its documents name", &lacking);
}

/// A program that is built under a condition of its own, `--cfg loom` for example, must not meet one of ours by it.
#[test]
fn conditions_have_names_of_our_own() {
    let manifest = file("Cargo.toml");
    let list =
        manifest.text.lines().find(|line| line.starts_with("unexpected_cfgs")).expect("the compiler is told them");
    let conditions = list.split("cfg(").skip(1).filter_map(|rest| rest.split(')').next());
    let foreign = conditions.filter(|name| !name.starts_with("tachometer_") && *name != "tokio_unstable");
    assert_none(
        "a condition begins with `tachometer_`, or is Tokio's",
        &foreign.map(str::to_owned).collect::<Vec<_>>(),
    );
}
