//! Where a parent listens: a socket in a folder that belongs to its user alone, and a lock beside it, so that no other parent
//! takes its place.

use std::{
    fs::{self, DirBuilder, File, TryLockError},
    io,
    os::unix::{
        fs::{DirBuilderExt, MetadataExt, PermissionsExt},
        net::UnixListener,
    },
    path::{Path, PathBuf},
    process,
};

use crate::{
    error::{Error, Kind},
    fleet::child::member::draw,
};

/// The longest path of a socket, as Linux has it, without the zero that ends it.
const LONGEST: usize = 107;

/// A socket that is listened on. It is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) listener: UnixListener,
    pub(crate) path: PathBuf,
    /// The folder, if it was made for this socket.
    own: Option<PathBuf>,
    _lock: File,
    /// What was forked off has inherited what its parent still uses.
    process: u32,
}

impl Socket {
    /// Listens at a path, or in a folder of its own.
    ///
    /// # Errors
    /// [`Error::is_setting`] if others could reach the socket, or it cannot be there; [`Error::is_address`] if another parent
    /// listens there.
    pub(crate) fn bind(path: Option<&Path>) -> Result<Self, Error> {
        let own = if path.is_none() { Some(folder()?) } else { None };
        let path = path.map_or_else(|| own.clone().unwrap_or_default().join("socket"), Path::to_owned);
        check(&path)?;
        let locked = path.with_extension("lock");
        let lock = File::options().create(true).append(true).open(&locked).map_err(|error| failed(&locked, error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(taken(&path)),
            Err(TryLockError::Error(error)) => return Err(failed(&locked, error)),
        }
        // What is left there is of a parent that has ended, since the lock was free.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(&path, error)),
            _ => {}
        }
        let listener = UnixListener::bind(&path).map_err(|error| failed(&path, error))?;
        listener.set_nonblocking(true).map_err(|error| failed(&path, error))?;
        Ok(Self { listener, path, own, _lock: lock, process: process::id() })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.process == process::id() {
            // What cannot be removed is removed by the next parent there.
            let _ = fs::remove_file(&self.path);
            if let Some(own) = &self.own {
                let _ = fs::remove_dir_all(own);
            }
        }
    }
}

/// A new folder that belongs to this user alone.
fn folder() -> Result<PathBuf, Error> {
    let name = format!("tachometer-{:x}", u128::from_le_bytes(draw()));
    let path = std::env::temp_dir().join(name);
    DirBuilder::new().mode(0o700).create(&path).map_err(|error| failed(&path, error))?;
    Ok(path)
}

/// Whether a socket can be at this path, and nothing of another user can reach it.
fn check(path: &Path) -> Result<(), Error> {
    let shown = path.display();
    let len = path.as_os_str().len();
    if len > LONGEST {
        let message = format!(
            "the fleet's socket {shown} has a path of {len} bytes, and the system takes {LONGEST}; name a shorter one"
        );
        return Err(Error::new(Kind::Setting, message));
    }
    let folder = match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => return Err(Error::new(Kind::Setting, format!("the fleet's socket {shown} is no path of a file"))),
    };
    let about = fs::metadata(folder).map_err(|error| failed(folder, error))?;
    let mode = about.permissions().mode() & 0o777;
    if !about.is_dir() || mode & 0o077 != 0 || about.uid() != rustix::process::geteuid().as_raw() {
        let message = format!(
            "the folder {} of the fleet's socket has the rights {mode:o} and the owner {}; others could reach the socket: \
             give it the rights 700 and the owner {}",
            folder.display(),
            about.uid(),
            rustix::process::geteuid().as_raw()
        );
        return Err(Error::new(Kind::Setting, message));
    }
    Ok(())
}

fn failed(path: &Path, error: io::Error) -> Error {
    let message = format!("the fleet's socket cannot be made at {}: {error}", path.display());
    Error::new(Kind::Setting, message).with_source(error)
}

fn taken(path: &Path) -> Error {
    let message =
        format!("another parent listens at the fleet's socket {}; name another path, or end that one", path.display());
    Error::new(Kind::Address, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn private() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("there is room");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).expect("it is ours");
        folder
    }

    fn told(path: &Path) -> Error {
        Socket::bind(Some(path)).expect_err("it is refused")
    }

    #[test]
    fn a_path_is_one_parents_and_free_after_it() {
        let folder = private();
        let path = folder.path().join("fleet");
        let first = Socket::bind(Some(&path)).expect("it is free");
        assert!(told(&path).is_address());
        drop(first);
        // What a killed one leaves behind.
        drop(UnixListener::bind(&path).expect("it is free"));
        let next = Socket::bind(Some(&path)).expect("it is free again");
        assert!(path.exists());
        drop(next);
        assert!(!path.exists());
    }

    #[test]
    fn a_socket_without_a_path_has_a_folder_of_its_own() {
        let socket = Socket::bind(None).expect("there is room");
        let folder = socket.path.parent().expect("it is in a folder").to_owned();
        assert_eq!(fs::metadata(&folder).expect("it is there").permissions().mode() & 0o777, 0o700);
        drop(socket);
        assert!(!folder.exists());
    }

    #[test]
    fn what_others_could_reach_is_refused() {
        let folder = private();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o750)).expect("it is ours");
        let error = told(&folder.path().join("fleet"));
        assert!(error.is_setting() && error.to_string().contains("has the rights 750"), "{error}");
        let long = private().path().join("x".repeat(120));
        assert!(told(&long).to_string().contains("and the system takes 107; name a shorter one"));
        assert!(told(Path::new("/nowhere/at/all")).to_string().contains("cannot be made at /nowhere/at"));
    }
}
