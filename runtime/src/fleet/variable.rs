//! How a child finds its parent: a variable of the environment that is meant for the parent's own children. Those of a child
//! inherit it, and see by the pid in it that it is not for them.

use std::{
    ffi::{OsStr, OsString},
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        process::parent_id,
    },
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use super::{child::sender::Place, wire::greeting::MAX_ROLE};
use crate::error::{Error, Kind};

/// The variable.
pub(crate) const VARIABLE: &str = "TACHOMETER_FLEET";

/// What the program says instead of the variable.
static TOLD: Mutex<Option<(u32, Place)>> = Mutex::new(None);

/// Has the next installation of this process join the parent that listens at this socket, as the `slot`-th child of its role:
/// for a process that was not started by [`Parent::enlist`](super::Parent::enlist), or not by the parent itself. It takes the
/// place of what the variable says.
///
/// # Errors
/// [`Error::is_setting`](crate::Error::is_setting) if the role has more than 128 bytes, `:` or a control character in it.
pub fn join(socket: impl Into<PathBuf>, role: &str, slot: u32) -> Result<(), Error> {
    check(role)?;
    let place = Place { socket: socket.into(), role: role.to_owned(), slot };
    *TOLD.lock().unwrap_or_else(PoisonError::into_inner) = Some((std::process::id(), place));
    Ok(())
}

/// The parent that this process joins, if there is one.
///
/// # Errors
/// If the variable is malformed.
pub(crate) fn place() -> Result<Option<Place>, Error> {
    let told = TOLD.lock().unwrap_or_else(PoisonError::into_inner).clone();
    // What was said before a fork was said of the process that forked.
    if let Some((_, place)) = told.filter(|(process, _)| *process == std::process::id()) {
        return Ok(Some(place));
    }
    let Some(text) = std::env::var_os(VARIABLE).filter(|text| !text.is_empty()) else { return Ok(None) };
    let (parent, place) = read(&text)?;
    if parent != parent_id() {
        tracing::warn!(
            "environment variable {VARIABLE} is for the children of process {parent}, and the parent of this one is {}: it \
             joins no fleet; `tachometer::fleet::join` has it join",
            parent_id()
        );
        return Ok(None);
    }
    Ok(Some(place))
}

/// `1:<pid of the parent>:<slot>:<role>:<path>`
pub(crate) fn write(socket: &Path, role: &str, slot: u32) -> Result<OsString, Error> {
    check(role)?;
    let mut bytes = format!("1:{}:{slot}:{role}:", std::process::id()).into_bytes();
    let path = std::path::absolute(socket).unwrap_or_else(|_| socket.to_owned());
    bytes.extend_from_slice(path.as_os_str().as_bytes());
    Ok(OsString::from_vec(bytes))
}

fn read(text: &OsStr) -> Result<(u32, Place), Error> {
    let mut parts = text.as_bytes().splitn(5, |byte| *byte == b':');
    let mut part = || parts.next();
    let mut read = || {
        let [version, parent, slot, role] = [part()?, part()?, part()?, part()?].map(|part| str::from_utf8(part).ok());
        let socket = PathBuf::from(OsStr::from_bytes(part().filter(|path| !path.is_empty())?));
        let place = Place { socket, role: role?.to_owned(), slot: slot?.parse().ok()? };
        (version == Some("1")).then_some((parent?.parse().ok()?, place))
    };
    read().ok_or_else(|| {
        let shown = text.to_string_lossy();
        let message = format!(
            "environment variable {VARIABLE} is `{shown}`; a parent sets it by `Parent::enlist`, as \
             1:<pid>:<slot>:<role>:<path>; unset it to join no fleet"
        );
        Error::new(Kind::Setting, message)
    })
}

fn check(role: &str) -> Result<(), Error> {
    if role.len() <= MAX_ROLE && !role.contains(|c: char| c == ':' || c.is_control()) {
        return Ok(());
    }
    let message =
        format!("the role `{}` of a child is none; write up to {MAX_ROLE} bytes without `:`", role.escape_debug());
    Err(Error::new(Kind::Setting, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_parent_writes_is_read() {
        let text = write(Path::new("/run/a:b/socket"), "mail", 7).expect("it is a role");
        let (parent, place) = read(&text).expect("it is right");
        assert_eq!(parent, std::process::id());
        assert_eq!((place.socket.to_str(), &*place.role, place.slot), (Some("/run/a:b/socket"), "mail", 7));
        assert_eq!(read(&write(Path::new("/s"), "", 0).expect("it is a role")).expect("it is right").1.role, "");
    }

    #[test]
    fn what_is_malformed_is_named() {
        for text in ["x", "2:1:0:r:/s", "1:a:0:r:/s", "1:1:-1:r:/s", "1:1:0:r:", "1:1:0:r"] {
            let error = read(OsStr::new(text)).expect_err("it is malformed");
            let named = format!("environment variable TACHOMETER_FLEET is `{text}`; ");
            assert!(error.is_setting() && error.to_string().starts_with(&named), "{error}");
        }
        assert!(write(Path::new("/s"), "a:b", 0).is_err() && write(Path::new("/s"), &"r".repeat(129), 0).is_err());
    }
}
