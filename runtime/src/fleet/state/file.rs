//! The file: written whole beside its place and put there, by a thread that may wait for a disk; read once, and only believed
//! if it is what was written.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use crate::error::{Error, Kind};

/// What a file begins with: what it is, and the version of its form.
const MAGIC: [u8; 8] = *b"tachflt\x01";

/// A file larger than this is none of ours.
const MOST: u64 = 1 << 30;

/// A file that states are saved to. What was handed to it last is saved before it ends.
#[derive(Debug)]
pub(crate) struct Saver {
    next: Arc<Next>,
    failures: Arc<AtomicU64>,
    thread: Option<thread::JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Next {
    bytes: Mutex<(Option<Vec<u8>>, bool)>,
    changed: Condvar,
}

impl Saver {
    /// Opens a file: what it holds, if it is there and right. One that is damaged is kept aside.
    ///
    /// # Errors
    /// If another parent has it, or it cannot be written.
    pub(crate) fn open(path: &Path) -> Result<(Self, Option<Vec<u8>>), Error> {
        let lock = locked(path)?;
        let held = read(path)?;
        let (path, next, failures) = (path.to_owned(), Arc::<Next>::default(), Arc::<AtomicU64>::default());
        let (asked, failed) = (Arc::clone(&next), Arc::clone(&failures));
        let work = move || {
            let _lock = lock;
            let mut is_failing = false;
            while let Some(bytes) = asked.take() {
                match write(&path, &bytes) {
                    Ok(()) => is_failing = false,
                    Err(error) => {
                        failed.fetch_add(1, Ordering::Relaxed);
                        if !std::mem::replace(&mut is_failing, true) {
                            tracing::warn!("the state of the fleet cannot be saved to {}: {error}", path.display());
                        }
                    }
                }
            }
        };
        let thread = thread::Builder::new().name("tachometer-state".to_owned()).spawn(work).map_err(|error| {
            let message = "cannot start the thread that saves the fleet's state; raise the process's limits";
            Error::new(Kind::Environment, message).with_source(error)
        })?;
        Ok((Self { next, failures, thread: Some(thread) }, held))
    }

    /// Saves this next, in the place of what has not been saved yet.
    pub(crate) fn save(&self, bytes: Vec<u8>) {
        self.next.bytes.lock().unwrap_or_else(PoisonError::into_inner).0 = Some(bytes);
        self.next.changed.notify_all();
    }

    /// How often it could not be saved since this was last asked.
    pub(crate) fn failures(&self) -> u64 {
        self.failures.swap(0, Ordering::Relaxed)
    }
}

impl Drop for Saver {
    fn drop(&mut self) {
        self.next.bytes.lock().unwrap_or_else(PoisonError::into_inner).1 = true;
        self.next.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // It has no panic to hand on that anything could be done about.
            let _ = thread.join();
        }
    }
}

impl Next {
    /// What is to be saved; none at the end.
    fn take(&self) -> Option<Vec<u8>> {
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(next) = bytes.0.take() {
                return Some(next);
            }
            if bytes.1 {
                return None;
            }
            bytes = self.changed.wait(bytes).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn locked(path: &Path) -> Result<File, Error> {
    let at = beside(path, ".lock");
    let lock = File::options().create(true).append(true).open(&at).map_err(|error| failed(&at, error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::Error(error)) => Err(failed(&at, error)),
        Err(TryLockError::WouldBlock) => {
            let shown = path.display();
            let message =
                format!("another parent saves its fleet's state to {shown}; name another file, or end that one");
            Err(Error::new(Kind::Setting, message))
        }
    }
}

fn failed(path: &Path, error: io::Error) -> Error {
    let message = format!("the fleet's state cannot be kept at {}: {error}", path.display());
    Error::new(Kind::Setting, message).with_source(error)
}

/// What a file holds; none if there is no file, or a damaged one, which is put aside.
fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    let bytes = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, error)),
        Ok(about) if about.len() > MOST => Vec::new(),
        Ok(_) => fs::read(path).map_err(|error| failed(path, error))?,
    };
    match opened(&bytes) {
        Some(held) => Ok(Some(held.to_vec())),
        None => put_aside(path).map(|()| None),
    }
}

/// Keeps a file that is not believed, in the place of one that was not before.
pub(crate) fn put_aside(path: &Path) -> Result<(), Error> {
    let aside = beside(path, ".damaged");
    fs::rename(path, &aside).map_err(|error| failed(path, error))?;
    tracing::warn!(
        "the state of the fleet in {} is damaged, and not believed: totals begin at 0; it is kept as {}",
        path.display(),
        aside.display()
    );
    Ok(())
}

/// What stands between the beginning and the checksum.
fn opened(bytes: &[u8]) -> Option<&[u8]> {
    let held = bytes.strip_prefix(&MAGIC)?;
    let (held, sum) = held.split_last_chunk::<8>()?;
    (sum_of(held).to_le_bytes() == *sum).then_some(held)
}

/// Replaces a file as a whole.
fn write(path: &Path, held: &[u8]) -> io::Result<()> {
    let next = beside(path, ".next");
    let mut file = File::create(&next)?;
    file.write_all(&MAGIC)?;
    file.write_all(held)?;
    file.write_all(&sum_of(held).to_le_bytes())?;
    file.sync_data()?;
    fs::rename(&next, path)
}

/// FNV-1a: what is damaged by chance is found out; nothing is kept from those who may write the file.
fn sum_of(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_last_is_read() {
        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join("state");
        let (saver, held) = Saver::open(&path).expect("it can be written");
        assert_eq!(held, None);
        let told = Saver::open(&path).expect_err("it is taken").to_string();
        assert!(told.starts_with("another parent saves its fleet's state to "), "{told}");
        saver.save(b"first".to_vec());
        saver.save(b"second".to_vec());
        drop(saver);
        let (saver, held) = Saver::open(&path).expect("it is free");
        assert_eq!((held.as_deref(), saver.failures()), (Some(&b"second"[..]), 0));
    }

    #[test]
    fn a_damaged_file_is_kept_aside() {
        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join("state");
        write(&path, b"held").expect("there is room");
        let mut bytes = fs::read(&path).expect("it is there");
        for at in [0, 9, bytes.len() - 1] {
            bytes[at] ^= 1;
            fs::write(&path, &bytes).expect("there is room");
            assert_eq!(Saver::open(&path).expect("it can be written").1, None);
            assert_eq!(fs::read(folder.path().join("state.damaged")).expect("it is kept"), bytes);
            bytes[at] ^= 1;
        }
        fs::write(&path, &bytes[..12]).expect("there is room");
        assert_eq!(Saver::open(&path).expect("it can be written").1, None);
        fs::write(&path, &bytes).expect("there is room");
        assert_eq!(Saver::open(&path).expect("it can be written").1.as_deref(), Some(&b"held"[..]));
        let told = Saver::open(Path::new("/nowhere/state")).expect_err("it is not there").to_string();
        assert!(told.starts_with("the fleet's state cannot be kept at /nowhere/state.lock: "), "{told}");
    }

    #[test]
    fn what_cannot_be_saved_is_counted() {
        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join("state");
        let (saver, _) = Saver::open(&path).expect("it can be written");
        fs::create_dir(beside(&path, ".next")).expect("there is room");
        saver.save(b"held".to_vec());
        let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while saver.failures.load(Ordering::Relaxed) == 0 && std::time::Instant::now() < until {
            thread::yield_now();
        }
        assert_eq!(saver.failures(), 1);
    }
}
