//! The kinds of errors of the operating system. It knows no call.

use std::io;

use crate::call::kind::ErrorKind;

/// Names each kind; what the table lacks is `other`, as [`io::ErrorKind::Other`] is.
macro_rules! kinds {
    ($($kind:ident $name:literal,)*) => {
        const KINDS: &[&str] = &[$($name,)* "other"];

        fn name(kind: io::ErrorKind) -> &'static str {
            match kind {
                $(io::ErrorKind::$kind => $name,)*
                _ => "other",
            }
        }

        #[cfg(test)]
        const NAMED: &[io::ErrorKind] = &[$(io::ErrorKind::$kind),*];
    };
}

kinds! {
    NotFound "not_found",
    PermissionDenied "permission_denied",
    ConnectionRefused "connection_refused",
    ConnectionReset "connection_reset",
    HostUnreachable "host_unreachable",
    NetworkUnreachable "network_unreachable",
    ConnectionAborted "connection_aborted",
    NotConnected "not_connected",
    AddrInUse "addr_in_use",
    AddrNotAvailable "addr_not_available",
    NetworkDown "network_down",
    BrokenPipe "broken_pipe",
    AlreadyExists "already_exists",
    WouldBlock "would_block",
    NotADirectory "not_a_directory",
    IsADirectory "is_a_directory",
    DirectoryNotEmpty "directory_not_empty",
    ReadOnlyFilesystem "read_only_filesystem",
    StaleNetworkFileHandle "stale_network_file_handle",
    InvalidInput "invalid_input",
    InvalidData "invalid_data",
    TimedOut "timed_out",
    WriteZero "write_zero",
    StorageFull "storage_full",
    NotSeekable "not_seekable",
    QuotaExceeded "quota_exceeded",
    FileTooLarge "file_too_large",
    ResourceBusy "resource_busy",
    ExecutableFileBusy "executable_file_busy",
    Deadlock "deadlock",
    CrossesDevices "crosses_devices",
    TooManyLinks "too_many_links",
    InvalidFilename "invalid_filename",
    ArgumentListTooLong "argument_list_too_long",
    Interrupted "interrupted",
    Unsupported "unsupported",
    UnexpectedEof "unexpected_eof",
    OutOfMemory "out_of_memory",
}

/// By [`kind`](io::Error::kind): `not_found`, `timed_out` and so on, and `other`.
impl ErrorKind for io::Error {
    const KINDS: &'static [&'static str] = KINDS;

    fn kind(&self) -> &'static str {
        name(self.kind())
    }
}

impl ErrorKind for io::ErrorKind {
    const KINDS: &'static [&'static str] = KINDS;

    fn kind(&self) -> &'static str {
        name(*self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_called_as_the_language_does() {
        for kind in NAMED {
            let mut snake = String::new();
            for c in format!("{kind:?}").chars() {
                if c.is_uppercase() && !snake.is_empty() {
                    snake.push('_');
                }
                snake.extend(c.to_lowercase());
            }
            assert_eq!(ErrorKind::kind(kind), snake);
            assert!(KINDS.contains(&ErrorKind::kind(kind)));
        }
        assert_eq!(ErrorKind::kind(&io::Error::other("on purpose")), "other");
        assert_eq!(KINDS.iter().filter(|kind| **kind == "other").count(), 1);
    }
}
