//! All values as a file in Prometheus' text format, which takes the place of the one before in one step.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    process,
    time::Duration,
};

use crate::push::{Outlet, Push, PushError};

/// Writes all values to a file in the text format 0.0.4, for node_exporter's textfile collector.
///
/// The file is written beside its place and renamed, so that a reader sees all of it or the one before. Its name ends in
/// `.prom`, else node_exporter leaves it alone; what it is renamed from begins with a dot and ends otherwise. It stays when
/// the program ends, which is what it is for: the numbers of a short job are scraped after it.
///
/// It is the outlet `textfile`, pushed every 15 s and at the end.
///
/// ```
/// use tachometer::outlets::Textfile;
///
/// // Only at the end: a job that is over before it could be scraped.
/// let outlet = Textfile::new("/var/lib/node_exporter/backup.prom").only_at_the_end();
/// let builder = tachometer::builder().no_listener().push(outlet);
/// ```
#[derive(Debug, Clone)]
#[must_use = "it has no effect until `Builder::push` gets it"]
pub struct Textfile {
    path: PathBuf,
    name: String,
    interval: Option<Duration>,
}

impl Textfile {
    /// Writes this file. Its folder exists.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), name: "textfile".to_owned(), interval: Some(Duration::from_secs(15)) }
    }

    /// How often it is written.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// Writes it at the end, and when [`Telemetry::flush`](crate::Telemetry::flush) says so.
    pub fn only_at_the_end(mut self) -> Self {
        self.interval = None;
        self
    }

    /// The same by a setting.
    pub(in crate::outlets) fn every(self, interval: Option<Duration>) -> Self {
        Self { interval, ..self }
    }

    /// Calls the outlet otherwise, where there are several files.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
}

impl Outlet for Textfile {
    fn name(&self) -> &str {
        &self.name
    }

    fn interval(&self) -> Option<Duration> {
        self.interval
    }

    fn is_of_text(&self) -> bool {
        true
    }

    fn push(&mut self, push: &mut Push<'_>) -> Result<(), PushError> {
        replace(&self.path, push.text().as_bytes()).map_err(|error| {
            let path = self.path.display();
            PushError::retry(format!("cannot write {path}: {error}; its folder must exist and be writable"))
        })
    }
}

/// Puts a file with this text in the place of another, in one step.
fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it names no file"))?;
    let mut beside = OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}.tmp", process::id()));
    let beside = path.with_file_name(beside);
    let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // It may not even be there, and what went wrong first is what is told.
        let _ = fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_takes_the_place_of_the_one_before_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join("job.prom");
        for text in ["one\n", "two\n"] {
            replace(&path, text.as_bytes()).expect("it can be written");
            assert_eq!(fs::read_to_string(&path).expect("it is there"), text);
        }
        assert_eq!(fs::read_dir(folder.path()).expect("it is there").count(), 1);
    }

    #[test]
    fn what_cannot_be_written_leaves_the_file_before_and_nothing_else() {
        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join("taken.prom");
        fs::create_dir(&path).expect("there is room");
        fs::write(path.join("inside"), "x").expect("there is room");
        replace(&path, b"one\n").expect_err("a folder is in its place");
        assert_eq!(fs::read_dir(folder.path()).expect("it is there").count(), 1);
        let nowhere = folder.path().join("none").join("job.prom");
        assert_eq!(replace(&nowhere, b"").expect_err("there is no folder").kind(), io::ErrorKind::NotFound);
    }
}
