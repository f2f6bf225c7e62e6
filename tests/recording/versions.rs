//! Two versions of the crate in one program. The other version is a copy of this one with another number, as the next
//! release will be; the program is built here, because a workspace has one version of everything.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The program's own manifest.
const MANIFEST: &str = r#"
[package]
name = "tachometer-versions"
edition = "2024"
publish = false

[dependencies]
tachometer = { path = "ROOT/runtime", default-features = false, features = ["runtime"] }
tachometer_other = { package = "tachometer", path = "../runtime", default-features = false, features = ["runtime"] }
"#;

#[test]
fn two_versions_in_one_program_record_both_and_know_their_own_sites_only() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it lies in the target folder");
    let workspace = Path::new(env!("CARGO_TARGET_TMPDIR")).join("versions");
    write_workspace(&workspace);
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--offline", "--package", "tachometer-versions", "--target-dir"])
        .arg(target)
        .current_dir(&workspace)
        .output()
        .expect("cargo can be started");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));

    for installed in ["ours", "theirs"] {
        let program = target.join("debug").join(format!("tachometer-versions{}", env::consts::EXE_SUFFIX));
        let run = Command::new(program).arg(installed).env_remove("METRICS_ENABLED").output().expect("it was built");
        assert!(run.status.success(), "{installed} is installed: {}", String::from_utf8_lossy(&run.stderr));
    }
}

/// A workspace of the program and of the other version.
fn write_workspace(workspace: &Path) {
    let root = fs::canonicalize(ROOT).expect("it is the root of the repository");
    let [major, minor, patch] = numbers();
    let next = minor + 1;
    let text = |file: &str| fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));

    let renumbered =
        text("Cargo.toml").replace(&format!("{major}.{minor}.{patch}\""), &format!("{major}.{next}.{patch}\""));
    let members = |line: &str| match line {
        line if line.starts_with("members = ") => "members = [\"macros\", \"runtime\", \"program\"]\n".to_owned(),
        line if line.starts_with("default-members = ") => String::new(),
        line => format!("{line}\n"),
    };
    write(&workspace.join("Cargo.toml"), &renumbered.lines().map(members).collect::<String>());
    write(&workspace.join("Cargo.lock"), &text("Cargo.lock"));
    let manifest = MANIFEST.replace("ROOT", root.to_str().expect("its path is text"));
    write(&workspace.join("program/Cargo.toml"), &manifest);
    write(&workspace.join("program/src/main.rs"), &text("tests/programs/versions/main.rs"));

    let (list, next_list) = (format!("tachometer_{major}_{minor}"), format!("tachometer_{major}_{next}"));
    assert!(
        text("runtime/src/call/site/linked.rs").contains(&list),
        "the list of sites carries the version in its name"
    );
    for package in ["macros", "runtime"] {
        for path in files(&root.join(package)) {
            let file = path.strip_prefix(&root).expect("it lies in there");
            let text = text(file.to_str().expect("its path is text"));
            write(&workspace.join(file), &text.replace(&list, &next_list));
        }
    }
}

fn numbers() -> [u64; 3] {
    [env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"), env!("CARGO_PKG_VERSION_PATCH")]
        .map(|number| number.parse().expect("versions are numbers"))
}

/// All files of a folder, those of its folders too.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("it can be read").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Writes a file, unless it is the same already: cargo would build it anew.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    let folder = path.parent().expect("a file has a folder");
    fs::create_dir_all(folder).and_then(|()| fs::write(path, text)).expect("the target folder can be written to");
}
