//! A file descriptor that is kept for readings, so that they go on when the process has no other left: how many it has
//! is what one wants to see then. It does not know what is read.

use std::{
    fs::File,
    io,
    sync::{Mutex, PoisonError},
};

/// The descriptor, while none of the readings needs it.
static RESERVE: Mutex<Option<File>> = Mutex::new(None);

/// Opens something and reads it, with the descriptor that is kept if there is no other one.
///
/// # Errors
/// Those of `open` and of `read`.
pub(super) fn read<F, T>(open: impl Fn() -> io::Result<F>, read: impl Fn(F) -> io::Result<T>) -> io::Result<T> {
    let mut reserve = RESERVE.lock().unwrap_or_else(PoisonError::into_inner);
    if reserve.is_none() {
        *reserve = any();
    }
    match open() {
        Err(error) if is_exhausted(&error) && reserve.take().is_some() => {
            let found = open().and_then(read);
            // At once, before others take it.
            *reserve = any();
            found
        }
        opened => {
            drop(reserve);
            opened.and_then(read)
        }
    }
}

/// Any file will do.
fn any() -> Option<File> {
    File::open("/dev/null").ok()
}

/// Whether the process, or the machine, has no descriptor left.
fn is_exhausted(error: &io::Error) -> bool {
    #[cfg(target_os = "linux")]
    return matches!(
        error.raw_os_error().map(rustix::io::Errno::from_raw_os_error),
        Some(rustix::io::Errno::MFILE | rustix::io::Errno::NFILE)
    );
    #[cfg(not(target_os = "linux"))]
    {
        let _ = error;
        false
    }
}
