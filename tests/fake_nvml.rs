//! The library that passes for NVML, built, copied for one test, and told what to do wrong. What it does is its own.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::LazyLock,
};

use serde_json::Value;
use tempfile::TempDir;

/// A copy of it that does what its script says.
pub(crate) struct FakeNvml {
    folder: TempDir,
}

impl FakeNvml {
    /// With a script of these lines.
    pub(crate) fn with(script: &str) -> Self {
        let fake = Self::absent(script);
        fake.appear();
        fake
    }

    /// With a script, and no library beside it yet.
    pub(crate) fn absent(script: &str) -> Self {
        let fake = Self { folder: tempfile::tempdir().expect("temporary folders can be made") };
        fake.say(script);
        fake
    }

    /// Without some of its functions, as older drivers are.
    pub(crate) fn lacking(functions: &[&str], script: &str) -> Self {
        let fake = Self::absent(script);
        let mut library = fs::read(&*LIBRARY).expect("the library can be read");
        for function in functions {
            // The table of hashes still has the function's, so that whoever looks for it finds another name there.
            let name = format!("\0{function}\0");
            let places: Vec<usize> =
                (0..library.len() - name.len()).filter(|&at| library[at..].starts_with(name.as_bytes())).collect();
            assert!(!places.is_empty(), "the library has no function {function}");
            places.iter().for_each(|at| library[at + 1] = b'N');
        }
        fs::write(fake.path(), library).expect("the folder can be written");
        fake
    }

    /// Brings the library.
    pub(crate) fn appear(&self) {
        // At once and as a whole, like an installation.
        let whole = self.folder.path().join("whole");
        fs::copy(&*LIBRARY, &whole).expect("the library can be copied");
        fs::rename(whole, self.path()).expect("the folder can be written");
    }

    /// Writes another script.
    pub(crate) fn say(&self, script: &str) {
        let whole = self.folder.path().join("script");
        fs::write(&whole, script).expect("the folder can be written");
        fs::rename(whole, self.folder.path().join("nvml.script")).expect("the folder can be written");
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("nvml.so")
    }
}

/// The library itself, which has no script and shows two GPUs with moving values.
pub(crate) fn demonstration() -> &'static Path {
    &LIBRARY
}

/// Brought up to date: cargo builds no other package's libraries for a test.
static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--package", "tachometer-fake-nvml", "--message-format", "json-render-diagnostics"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo can be started");
    assert!(built.status.success(), "cargo build --package tachometer-fake-nvml failed");

    let messages = String::from_utf8(built.stdout).expect("cargo prints text");
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let libraries = messages.filter(|message| message["target"]["name"] == "tachometer_fake_nvml");
    let mut files = libraries.filter_map(|message| message["filenames"][0].as_str().map(PathBuf::from));
    files.next().expect("cargo names the library that it built")
});
