//! Warnings of a program that has a logger of the `log` crate, and no subscriber of `tracing`.

use std::sync::Mutex;

use log::{LevelFilter, Log, Metadata, Record};

static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps what it is told.
struct Kept;

impl Log for Kept {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = format!("{} {}: {}", record.level(), record.target(), record.args());
        SEEN.lock().expect("nothing panics").push(line);
    }

    fn flush(&self) {}
}

#[test]
fn warnings_reach_a_logger_of_the_log_crate() {
    log::set_logger(&Kept).expect("it is the first");
    log::set_max_level(LevelFilter::Warn);
    let builder = tachometer::builder().no_listener().label("instance", "a");
    drop(builder.install().expect("it is the only one"));
    let seen = SEEN.lock().expect("nothing panics");
    let warning = seen.iter().find(|line| line.contains("the label `instance` is put on every series"));
    assert!(warning.is_some_and(|line| line.starts_with("WARN tachometer::")), "{seen:?}");
}
