//! Whether a process is still the one that it was: a pid is used again, the time at which its process began is not.

use std::fs;

/// A process as its socket told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process {
    pid: u32,
    /// In ticks since the machine started; 0 where it could not be read.
    began: u64,
}

impl Process {
    pub(crate) fn new(pid: u32) -> Self {
        Self { pid, began: read(pid).map_or(0, |(_, began)| began) }
    }

    /// What a file keeps of it.
    pub(crate) fn parts(self) -> (u32, u64) {
        (self.pid, self.began)
    }

    pub(crate) fn of_parts(pid: u32, began: u64) -> Self {
        Self { pid, began }
    }

    /// Whether it is known which process it is; in another namespace of pids it is not.
    pub(crate) fn is_known(self) -> bool {
        self.pid > 0 && self.began > 0
    }

    /// Whether it lives. One that has ended and was not waited for does not.
    pub(crate) fn lives(self) -> bool {
        read(self.pid).is_some_and(|(state, began)| began == self.began && !matches!(state, 'Z' | 'X'))
    }
}

/// The state of a process, and when it began.
fn read(pid: u32) -> Option<(char, u64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    parse(&text)
}

fn parse(text: &str) -> Option<(char, u64)> {
    // The name in front may hold anything but ends at the last parenthesis.
    let (_, rest) = text.rsplit_once(") ")?;
    let mut words = rest.split(' ');
    let state = words.next()?.chars().next()?;
    Some((state, words.nth(18)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_that_was_not_waited_for_has_ended() {
        assert!(Process::new(std::process::id()).lives());
        let mut child = Command::new("cat").stdin(std::process::Stdio::piped()).spawn().expect("cat is there");
        let process = Process::new(child.id());
        assert!(process.is_known() && process.lives());
        child.kill().expect("it is ours");
        let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while process.lives() && std::time::Instant::now() < until {
            std::thread::yield_now();
        }
        assert!(!process.lives());
        child.wait().expect("it has ended");
        assert!(!process.lives() && !Process::new(0).is_known());
    }

    #[test]
    fn names_may_hold_anything() {
        let line = "7 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20";
        assert_eq!(parse(line), Some(('S', 4242)));
        assert_eq!(parse("7 (a"), None);
    }
}
