//! A value that is read from files, and read again when they change. It does not know what the value is.

use std::{
    fmt,
    fs::{self, Metadata},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant, SystemTime},
};

use super::digest::Digest;
use crate::error::{Error, Kind};

/// How often files are looked at, however many requests come.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);
/// A file that was changed as lately may change again without looking so: clocks of file systems are coarse.
const FRESH: Duration = Duration::from_secs(2);
/// More than any of these files holds; a device or a mistake has no end.
const FILE_BYTES: u64 = 8 * 1024 * 1024;

/// Reads a value. It is told what is in force, if anything is.
type ReadValue<T> = dyn Fn(&mut Files, Option<&T>) -> Result<T, Error> + Send + Sync;

/// What was read last and could be used.
pub(super) struct Watched<T> {
    read: Box<ReadValue<T>>,
    current: RwLock<Arc<T>>,
    /// The files as they were at the last attempt. Held while they are read again.
    files: Mutex<Files>,
    due: Mutex<Instant>,
    interval: Duration,
}

/// The files that a value is made of, with what they looked like.
#[derive(Debug, Default)]
pub(super) struct Files(Vec<Seen>);

#[derive(Debug, PartialEq)]
struct Seen {
    path: PathBuf,
    stamp: Option<Stamp>,
    content: Option<Digest>,
    /// Whether any further change would show in the stamp.
    is_settled: bool,
}

/// What tells a changed file without reading it.
#[derive(Debug, PartialEq)]
struct Stamp {
    len: u64,
    modified: Option<SystemTime>,
    identity: [u64; 4],
}

impl<T> Watched<T> {
    /// Reads the value for the first time.
    ///
    /// # Errors
    /// Those of `read`.
    pub(super) fn open(
        interval: Duration,
        read: impl Fn(&mut Files, Option<&T>) -> Result<T, Error> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let mut files = Files::default();
        let value = read(&mut files, None)?;
        Ok(Self {
            read: Box::new(read),
            current: RwLock::new(Arc::new(value)),
            files: Mutex::new(files),
            due: Mutex::new(Instant::now() + interval),
            interval,
        })
    }

    /// The value that is in force.
    pub(super) fn current(&self) -> Arc<T> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether it is time to look at the files again; whoever is told so has to do it.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        let mut due = lock(&self.due);
        let is_due = now >= *due;
        if is_due {
            *due = now + self.interval;
        }
        is_due
    }

    /// Reads the value again if its files have changed since the last attempt. Blocks.
    ///
    /// # Errors
    /// Those of `read`, once for each change; the value that was in force stays.
    pub(super) fn refresh(&self) -> Result<(), Error> {
        let mut files = lock(&self.files);
        if files.have_changed() { self.read_again(&mut files) } else { Ok(()) }
    }

    /// Reads the value again, whether its files have changed or not. Blocks.
    ///
    /// # Errors
    /// Those of `read`; the value that was in force stays.
    pub(super) fn reload(&self) -> Result<(), Error> {
        self.read_again(&mut lock(&self.files))
    }

    fn read_again(&self, files: &mut Files) -> Result<(), Error> {
        let mut again = Files::default();
        let value = (self.read)(&mut again, Some(&*self.current()));
        *files = again;
        let value = Arc::new(value?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = value;
        Ok(())
    }
}

impl<T: fmt::Debug> fmt::Debug for Watched<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watched").field(&self.current()).finish()
    }
}

impl Files {
    /// The content of a file, which is watched from here on, there or not.
    ///
    /// # Errors
    /// If it cannot be read or is none. `what` is how the message calls it.
    pub(super) fn read(&mut self, what: &str, path: &Path) -> Result<Vec<u8>, Error> {
        let (seen, content) = Seen::look(path);
        self.0.push(seen);
        content.map_err(|error| {
            let message =
                format!("{what} {} cannot be read; see that it is there and this program may read it", path.display());
            Error::new(Kind::Setting, message).with_source(error)
        })
    }

    fn have_changed(&mut self) -> bool {
        self.0.iter_mut().any(Seen::has_changed)
    }
}

impl Seen {
    fn look(path: &Path) -> (Self, io::Result<Vec<u8>>) {
        // Before the content, so that a change in between shows.
        let stamp = fs::metadata(path).map(|metadata| Stamp::of(&metadata));
        let content = read(path);
        let modified = stamp.as_ref().ok().and_then(|stamp| stamp.modified);
        let is_settled = modified.is_none_or(|modified| modified.elapsed().is_ok_and(|age| age > FRESH));
        let seen = Self {
            path: path.to_owned(),
            stamp: stamp.ok(),
            content: content.as_ref().ok().map(|content| Digest::of(&[content])),
            is_settled,
        };
        (seen, content)
    }

    fn has_changed(&mut self) -> bool {
        let stamp = fs::metadata(&self.path).ok().map(|metadata| Stamp::of(&metadata));
        if self.is_settled && self.stamp == stamp {
            return false;
        }
        let (seen, _) = Self::look(&self.path);
        let has_changed = self.content != seen.content;
        if !has_changed {
            *self = seen;
        }
        has_changed
    }
}

impl Stamp {
    #[cfg(unix)]
    fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;

        let changed = [metadata.ctime().cast_unsigned(), metadata.ctime_nsec().cast_unsigned()];
        let identity = [metadata.dev(), metadata.ino(), changed[0], changed[1]];
        Self { len: metadata.len(), modified: metadata.modified().ok(), identity }
    }

    #[cfg(not(unix))]
    fn of(metadata: &Metadata) -> Self {
        Self { len: metadata.len(), modified: metadata.modified().ok(), identity: [0; 4] }
    }
}

/// A whole file. A pipe, which can be read once only, is none.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
    }
    let mut content = Vec::new();
    fs::File::open(path)?.take(FILE_BYTES + 1).read_to_end(&mut content)?;
    if content.len() as u64 > FILE_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is longer than 8 MiB"));
    }
    Ok(content)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(path: &Path) -> Watched<i32> {
        let path = path.to_owned();
        let read = move |files: &mut Files, _: Option<&i32>| {
            let text = String::from_utf8_lossy(&files.read("file", &path)?).into_owned();
            text.trim().parse().map_err(|_| Error::new(Kind::Setting, format!("{text} is no number")))
        };
        Watched::open(INTERVAL, read).expect("it is a number")
    }

    #[test]
    fn a_change_is_seen_and_a_mistake_is_told_once() {
        let folder = tempfile::tempdir().expect("temporary folders can be made");
        let path = folder.path().join("number");
        let write = |text: &str| fs::write(&path, text).expect("it can be written");
        write("1");
        let watched = number(&path);
        assert_eq!(*watched.current(), 1);
        watched.refresh().expect("nothing has changed");

        write("2");
        watched.refresh().expect("it is a number");
        assert_eq!(*watched.current(), 2, "a change of the same length within the clock's grain is seen");

        for broken in ["x", ""] {
            write(broken);
            watched.refresh().expect_err("it is no number");
            watched.refresh().expect("that has been told");
            assert_eq!(*watched.current(), 2);
        }
        fs::remove_file(&path).expect("it is there");
        let error = watched.refresh().expect_err("it is gone");
        assert!(error.to_string().contains("number cannot be read; see that it is there"), "{error}");
        watched.refresh().expect("that has been told");
        assert_eq!(*watched.current(), 2);

        write("3");
        watched.refresh().expect("it is back");
        assert_eq!(*watched.current(), 3);
    }

    #[test]
    fn files_are_looked_at_once_in_a_while() {
        let folder = tempfile::tempdir().expect("temporary folders can be made");
        let path = folder.path().join("number");
        fs::write(&path, "1").expect("it can be written");
        let watched = number(&path);
        let now = Instant::now();
        assert!(!watched.is_due(now));
        let later = now + 2 * INTERVAL;
        assert!(watched.is_due(later));
        assert!(!watched.is_due(later), "whoever asked first looks");
        assert!(watched.is_due(later + INTERVAL));
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let mut files = Files::default();
        let folder = tempfile::tempdir().expect("temporary folders can be made");
        files.read("file", folder.path()).expect_err("it is a folder");
        files.read("file", &folder.path().join("x")).expect_err("there is none");
    }
}
