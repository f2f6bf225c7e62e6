//! A value that is read from files, and read again once a change of theirs has stood for two looks.
//!
//! It does not know what the value is, nor when it is asked to look.

use std::{
    fmt,
    fs::{self, Metadata},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use super::digest::Digest;
use crate::error::{Error, Kind};

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
    /// Held while files are looked at, which is never done by a request: they may be on a file system that hangs.
    looks: Mutex<Looks>,
}

/// What the files looked like.
struct Looks {
    /// At the last attempt to read the value.
    read: Files,
    /// At the last look, if they were different then.
    changed: Option<Files>,
}

/// The files that a value is made of, with what they looked like.
#[derive(Debug, Default)]
pub(super) struct Files(Vec<Seen>);

#[derive(Debug, Clone, PartialEq)]
struct Seen {
    path: PathBuf,
    stamp: Option<Stamp>,
    content: Option<Digest>,
    /// Whether any further change would show in the stamp.
    is_settled: bool,
}

/// What tells a changed file without reading it.
#[derive(Debug, Clone, PartialEq)]
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
        read: impl Fn(&mut Files, Option<&T>) -> Result<T, Error> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let mut files = Files::default();
        let value = read(&mut files, None)?;
        let looks = Looks { read: files, changed: None };
        Ok(Self { read: Box::new(read), current: RwLock::new(Arc::new(value)), looks: Mutex::new(looks) })
    }

    /// Returns the value that is in force. Never waits for a file.
    pub(super) fn current(&self) -> Arc<T> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks at the files once, and reads the value again when a change looks the same for the second time: at the first
    /// look the file may still be being written. Blocks for as long as the file system does.
    ///
    /// # Errors
    /// Those of `read`, once for each change; the value that was in force stays.
    pub(super) fn look(&self) -> Result<(), Error> {
        let looks = &mut *self.lock();
        let Some(mut changed) = looks.changed.take() else {
            looks.changed = looks.read.again();
            return Ok(());
        };
        if let Some(seen) = changed.again() {
            // It changes still, or is again what was read.
            looks.changed = Some(seen).filter(|seen| !seen.are(&looks.read));
            return Ok(());
        }
        let (files, value) = self.value();
        if !files.stood_in(&changed) {
            // It names files that have been seen once, or has changed just now.
            looks.changed = Some(files);
            return Ok(());
        }
        // Where the value ends in a mistake, the files behind it are still those that were in force.
        looks.read = if value.is_ok() { files } else { files.or_as_in(changed) };
        self.put(value?);
        Ok(())
    }

    /// Reads the value again, whether its files have changed or not. Blocks.
    ///
    /// # Errors
    /// Those of `read`; the value that was in force stays.
    pub(super) fn reload(&self) -> Result<(), Error> {
        let looks = &mut *self.lock();
        let (files, value) = self.value();
        *looks = Looks { read: files, changed: None };
        self.put(value?);
        Ok(())
    }

    fn value(&self) -> (Files, Result<T, Error>) {
        let mut files = Files::default();
        let value = (self.read)(&mut files, Some(&*self.current()));
        (files, value)
    }

    fn put(&self, value: T) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
    }

    fn lock(&self) -> MutexGuard<'_, Looks> {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Looks at the same files again. Returns what they are like now if one of them has changed.
    fn again(&mut self) -> Option<Self> {
        let seen: Vec<_> = self.0.iter_mut().map(Seen::again).collect();
        let has_changed = seen.iter().zip(&self.0).any(|(now, before)| now.content != before.content);
        has_changed.then_some(Self(seen))
    }

    /// Whether these are the same files with the same contents.
    fn are(&self, others: &Self) -> bool {
        self.0.len() == others.0.len() && self.stood_in(others)
    }

    /// These files, and those of `others` that are not among them.
    fn or_as_in(mut self, others: Self) -> Self {
        let is_new = |other: &Seen| !self.0.iter().any(|seen| seen.path == other.path);
        let further: Vec<_> = others.0.into_iter().filter(is_new).collect();
        self.0.extend(further);
        self
    }

    /// Whether each of these files has been seen among `others`, with the same content.
    fn stood_in(&self, others: &Self) -> bool {
        let stood = |seen: &Seen| others.0.iter().any(|other| other.path == seen.path && other.content == seen.content);
        self.0.iter().all(stood)
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

    /// Looks at the file again. What has the same content is remembered by its newest stamp.
    fn again(&mut self) -> Self {
        let stamp = fs::metadata(&self.path).ok().map(|metadata| Stamp::of(&metadata));
        if self.is_settled && self.stamp == stamp {
            return self.clone();
        }
        let (seen, _) = Self::look(&self.path);
        if self.content == seen.content {
            *self = seen.clone();
        }
        seen
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

#[cfg(test)]
mod tests {
    use super::*;

    fn number(path: &Path) -> Watched<i32> {
        let path = path.to_owned();
        let read = move |files: &mut Files, _: Option<&i32>| {
            let text = String::from_utf8_lossy(&files.read("file", &path)?).into_owned();
            text.trim().parse().map_err(|_| Error::new(Kind::Setting, format!("{text} is no number")))
        };
        Watched::open(read).expect("it is a number")
    }

    #[test]
    fn a_change_is_taken_over_at_the_second_look_and_a_mistake_is_told_once() {
        let folder = tempfile::tempdir().expect("temporary folders can be made");
        let path = folder.path().join("number");
        let write = |text: &str| fs::write(&path, text).expect("it can be written");
        write("1");
        let watched = number(&path);
        let look = || watched.look().map(|()| *watched.current()).map_err(|error| error.to_string());
        assert_eq!((look(), look(), look()), (Ok(1), Ok(1), Ok(1)), "nothing has changed");

        write("2");
        assert_eq!((look(), look()), (Ok(1), Ok(2)), "a change of the same length within the clock's grain is seen");

        for broken in ["x", ""] {
            write(broken);
            look().expect("it may be being written");
            look().expect_err("it is no number");
            assert_eq!((look(), look()), (Ok(2), Ok(2)), "that has been told");
        }
        fs::remove_file(&path).expect("it is there");
        look().expect("it may be being replaced");
        let error = look().expect_err("it is gone");
        assert!(error.contains("number cannot be read; see that it is there"), "{error}");
        assert_eq!((look(), look()), (Ok(2), Ok(2)), "that has been told");

        write("3");
        assert_eq!((look(), look()), (Ok(2), Ok(3)), "it is back");
    }

    #[test]
    fn what_still_changes_is_not_read() {
        let folder = tempfile::tempdir().expect("temporary folders can be made");
        let path = folder.path().join("number");
        let write = |text: &str| fs::write(&path, text).expect("it can be written");
        write("1");
        let watched = number(&path);
        let look = || watched.look().map(|()| *watched.current()).expect("nothing is read that is no number");
        for text in ["2", "x", "23", "1"] {
            write(text);
            assert_eq!(look(), 1, "{text}");
        }
        assert_eq!((look(), look()), (1, 1), "it is what it was");
        write("4");
        assert_eq!((look(), look()), (1, 4));
    }

    #[test]
    fn a_file_that_is_named_anew_is_looked_at_twice_as_well() {
        let folder = tempfile::tempdir().expect("temporary folders can be made");
        let path = |name: &str| folder.path().join(name);
        let write = |name: &str, text: &str| fs::write(path(name), text).expect("it can be written");
        write("link", "a");
        write("a", "1");
        let folder_path = folder.path().to_owned();
        let read = move |files: &mut Files, _: Option<&String>| {
            let link = String::from_utf8_lossy(&files.read("link", &folder_path.join("link"))?).into_owned();
            Ok(String::from_utf8_lossy(&files.read("file", &folder_path.join(link))?).into_owned())
        };
        let watched = Watched::open(read).expect("they are there");
        let look = || watched.look().map(|()| watched.current().to_string()).expect("they are there");
        write("b", "hal");
        write("link", "b");
        assert_eq!((look(), look()), ("1".to_owned(), "1".to_owned()), "`b` has been seen once");
        write("b", "half");
        assert_eq!((look(), look()), ("1".to_owned(), "half".to_owned()));
        write("a", "unwatched");
        assert_eq!((look(), look()), ("half".to_owned(), "half".to_owned()));
    }

    #[test]
    fn reading_it_at_once_asks_for_no_second_look() {
        let folder = tempfile::tempdir().expect("temporary folders can be made");
        let path = folder.path().join("number");
        fs::write(&path, "1").expect("it can be written");
        let watched = number(&path);
        fs::write(&path, "2").expect("it can be written");
        watched.reload().expect("it is a number");
        assert_eq!(*watched.current(), 2);
        watched.look().expect("nothing has changed since");
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let mut files = Files::default();
        let folder = tempfile::tempdir().expect("temporary folders can be made");
        files.read("file", folder.path()).expect_err("it is a folder");
        files.read("file", &folder.path().join("x")).expect_err("there is none");
    }
}
