//! What counts the lines that are run finds the same lines under an attribute as without one. The compiler is asked which
//! lines it counts, as only a part of its own toolchain could read what a run leaves.

use std::{collections::BTreeSet, env, fs, path::Path, process::Command};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[test]
fn the_same_lines_are_counted() {
    let (plain, measured) = (counted_lines("plain", &["--features", "plain"]), counted_lines("measured", &[]));
    assert!(plain.len() > 30, "the compiler counts lines: {plain:?}");
    assert_eq!(measured, plain);
}

/// The lines of the program that the compiler counts, built with these flags.
fn counted_lines(name: &str, flags: &[&str]) -> BTreeSet<u32> {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // A folder of its own: what is built with `RUSTC_BOOTSTRAP` is built anew without.
    let scratch = scratch.join("covered");
    let dumps = scratch.join(name);
    drop(fs::remove_dir_all(&dumps));
    let dump = format!("-Zdump-mir-dir={}", dumps.display());
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["rustc", "--quiet", "--offline", "--package", "tachometer-covered", "--lib", "--target-dir"])
        .arg(scratch.join("target"))
        .args(flags)
        .args(["--", "-Cinstrument-coverage", "-Zdump-mir=InstrumentCoverage"])
        // Another one each time, so that the compiler runs.
        .args([dump, format!("-Cmetadata={name}-{}", std::process::id())])
        .env("RUSTC_BOOTSTRAP", "1")
        .current_dir(ROOT)
        .output()
        .expect("cargo can be started");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let dumps =
        fs::read_dir(&dumps).expect("the compiler has written it").map(|dump| dump.expect("it can be read").path());
    let after = dumps.filter(|dump| dump.to_string_lossy().ends_with(".after.mir"));
    after.flat_map(|dump| lines(&fs::read_to_string(dump).expect("it is text"))).collect()
}

/// The lines of what is written like `coverage Code { .. } => src/lib.rs:5:8: 7:2 (#0);`.
fn lines(dump: &str) -> Vec<u32> {
    let places =
        dump.lines().filter(|line| line.contains("coverage Code")).filter_map(|line| line.split("lib.rs:").nth(1));
    let range = |place: &str| {
        let number = |text: &str| text.trim().split(':').next()?.parse::<u32>().ok();
        let (from, to) = place.split_once(": ")?;
        Some(number(from)?..=number(to)?)
    };
    places.filter_map(range).flatten().collect()
}
