//! Files of the kernel as text, under a root of one's own choice. What is missing, unreadable or garbage is no value and
//! a complaint; nothing here panics.

use std::{
    collections::HashSet,
    fmt,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
};

use super::reserve;
use crate::collectors::Batch;

/// More than any file that is read here holds; a device in its place would have no end.
const LONGEST: u64 = 1 << 20;

/// Where `proc` and `sys` are.
#[derive(Debug, Clone)]
pub(super) struct Files {
    root: PathBuf,
    /// What the process may not read, which was complained of once and will not change.
    forbidden: Arc<Mutex<HashSet<PathBuf>>>,
}

/// What there is to be said of a file, or of a part of it.
pub(super) struct Text {
    path: PathBuf,
    text: String,
}

impl Files {
    /// Those of the machine.
    pub(super) fn of_machine() -> Self {
        Self::under(PathBuf::from("/"))
    }

    pub(super) fn under(root: PathBuf) -> Self {
        Self { root, forbidden: Arc::default() }
    }

    pub(super) fn is_of_machine(&self) -> bool {
        self.root == Path::new("/")
    }

    /// A path of the machine, under this root.
    pub(super) fn path(&self, path: &Path) -> PathBuf {
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// A file that every machine has; that it is missing is a complaint too.
    pub(super) fn required(&self, path: &str, out: &mut Batch) -> Option<Text> {
        let path = Path::new(path);
        match read(&self.path(path)) {
            Ok(text) => Some(Text { path: path.to_owned(), text }),
            Err(error) => {
                self.failed(path, &error, out);
                None
            }
        }
    }

    /// A file that some machines do not have.
    pub(super) fn optional(&self, path: &Path, out: &mut Batch) -> Option<Text> {
        match read(&self.path(path)) {
            Ok(text) => Some(Text { path: path.to_owned(), text }),
            Err(error) if is_unsupported(&error) => None,
            Err(error) => {
                self.failed(path, &error, out);
                None
            }
        }
    }

    /// Complains of a file that could not be read: each time, unless the process may not read it, which is said once.
    pub(super) fn failed(&self, path: &Path, error: &io::Error, out: &mut Batch) {
        let mut forbidden = self.forbidden.lock().unwrap_or_else(PoisonError::into_inner);
        if error.kind() != io::ErrorKind::PermissionDenied || forbidden.insert(path.to_owned()) {
            complain(out, path, error);
        }
    }
}

/// Whether a file is missing because the kernel has no such thing: not there, or there and switched off.
fn is_unsupported(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::Unsupported)
}

fn read(path: &Path) -> io::Result<String> {
    let bytes = reserve::read(
        || File::open(path),
        |file| {
            let mut bytes = Vec::new();
            file.take(LONGEST).read_to_end(&mut bytes).map(|_| bytes)
        },
    )?;
    // The name of a program may be any bytes.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Counts and describes a reading that failed.
pub(super) fn complain(out: &mut Batch, path: &Path, problem: impl fmt::Display) {
    out.failed(format_args!("{}: {problem}", path.display()));
}

impl Text {
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// A word of it as a number; one that is none is a complaint that names it.
    pub(super) fn number<T: FromStr>(&self, what: &str, word: Option<&str>, out: &mut Batch) -> Option<T> {
        let number = word.and_then(|word| word.parse().ok());
        if number.is_none() {
            // What a garbled file holds may be different each time, and as long as it likes.
            complain(out, &self.path, format_args!("{what} is no number"));
        }
        number
    }

    /// The whole file as one number.
    pub(super) fn only<T: FromStr>(&self, out: &mut Batch) -> Option<T> {
        self.number("what it holds", Some(self.text.trim()), out)
    }

    /// The word behind a key at the beginning of a line; a colon may stand in between.
    pub(super) fn word(&self, key: &str) -> Option<&str> {
        let rest = self.text.lines().find_map(|line| {
            let rest = line.strip_prefix(key)?;
            rest.starts_with([' ', '\t', ':']).then_some(rest)
        })?;
        rest.trim_start_matches(':').split_whitespace().next()
    }

    /// The number below a name, of two lines that begin with one key: names, and below them values. `None` and no complaint
    /// if there is no such name.
    pub(super) fn cell(&self, key: &str, name: &str, out: &mut Batch) -> Option<u64> {
        let mut lines = self.text.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        let (names, values) = (lines.next()?, lines.next()?);
        let at = names.split_whitespace().position(|this| this == name)?;
        self.number(&format!("`{name}`"), values.split_whitespace().nth(at), out)
    }

    /// The number behind a key; `None` and no complaint if there is no such key.
    pub(super) fn value(&self, key: &str, out: &mut Batch) -> Option<u64> {
        let word = self.word(key)?;
        self.number(&format!("`{key}`"), Some(word), out)
    }

    /// The same, of which every machine has one.
    pub(super) fn required(&self, key: &str, out: &mut Batch) -> Option<u64> {
        self.number(&format!("`{key}`"), self.word(key), out)
    }
}

/// Kibibytes in bytes.
pub(super) fn kibibytes(value: Option<u64>) -> Option<u64> {
    value.and_then(|value| value.checked_mul(1024))
}
