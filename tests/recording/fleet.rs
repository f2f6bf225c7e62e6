//! A child beside a parent that is made by hand, from what docs/FLEET.md says: what is sent, when, and what a fork changes.
#![cfg(target_os = "linux")]

use std::{
    fs::{self, Permissions},
    io::{Read, Write},
    os::unix::{
        fs::PermissionsExt,
        net::{UnixListener, UnixStream},
    },
    time::Duration,
};

use tachometer::fleet::{self, Parent};
use tempfile::TempDir;

use super::forked::in_child;

const LIMIT: Duration = Duration::from_secs(30);

const HELLO: u8 = 1;
const STATE: u8 = 2;

/// A socket in a folder of its own.
fn listen() -> (TempDir, UnixListener) {
    let folder = tempfile::tempdir().expect("there is room");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).expect("it is ours");
    let listener = UnixListener::bind(folder.path().join("parent")).expect("the path is free");
    (folder, listener)
}

/// The next frame: its kind, and its body.
#[track_caller]
fn frame(stream: &mut UnixStream) -> (u8, Vec<u8>) {
    let mut len = [0; 4];
    stream.read_exact(&mut len).expect("a frame comes");
    let mut frame = vec![0; u32::from_le_bytes(len) as usize];
    stream.read_exact(&mut frame).expect("all of it comes");
    (frame[0], frame.split_off(1))
}

fn send(stream: &mut UnixStream, kind: u8, body: &[u8]) {
    let len = u32::try_from(body.len() + 1).expect("it is short").to_le_bytes();
    stream.write_all(&[&len[..], &[kind], body].concat()).expect("it is read");
}

/// Takes a child in; the interval is an hour, so that nothing is told but what is asked for.
#[track_caller]
fn accept(listener: &UnixListener) -> (UnixStream, Vec<u8>) {
    let (mut stream, _) = listener.accept().expect("a child connects");
    stream.set_read_timeout(Some(LIMIT)).expect("it is a socket");
    let (kind, hello) = frame(&mut stream);
    assert_eq!((kind, &hello[..5]), (HELLO, &b"tach\x01"[..]));
    // Two ids and the number of saves; 3,600,000 ms; 1 MiB.
    let welcome = [&[7; 32][..], &[0], &[0x80, 0xdd, 0xdb, 0x01], &[0x80, 0x80, 0x40]].concat();
    send(&mut stream, 17, &welcome);
    (stream, hello)
}

/// The next state, with its sequence, flags and the question that it answers, all of them below 128.
#[track_caller]
fn state(stream: &mut UnixStream) -> ([u8; 3], Vec<u8>) {
    let (kind, mut body) = frame(stream);
    assert_eq!(kind, STATE);
    let entries = body.split_off(3);
    ([body[0], body[1], body[2]], entries)
}

fn has(entries: &[u8], text: &str) -> bool {
    entries.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn a_child_tells_what_it_is_asked_for_and_once_more_at_its_end() {
    let (folder, listener) = listen();
    fleet::join(folder.path().join("parent"), "mail", 3).expect("it is a role");
    let jobs = || metrics::counter!("fleet_jobs_total");
    let telemetry = tachometer::install().expect("nothing else is installed");
    assert_eq!(telemetry.local_addr(), None, "a child does not listen");
    let (mut parent, hello) = accept(&listener);
    assert!(has(&hello, "\x04mail\x03"), "{hello:?}");
    let (head, entries) = state(&mut parent);
    assert_eq!(head, [1, 1, 0]);
    assert!(has(&entries, "build_info") && !has(&entries, "fleet_jobs_total"));
    jobs().increment(5);
    send(&mut parent, 19, &[9]);
    let (head, entries) = state(&mut parent);
    assert_eq!(head, [2, 1, 9]);
    assert!(has(&entries, "fleet_jobs_total") && !has(&entries, "build_info"));

    // What is forked off tells nothing, whatever it records, and the child goes on.
    assert!(in_child(|| {
        jobs().increment(100);
        telemetry.flush(LIMIT).is_ok()
    }));
    jobs().increment(1);
    telemetry.flush(LIMIT).expect("the parent reads");
    let (head, entries) = state(&mut parent);
    assert_eq!(head, [3, 1, 0]);
    // The last value of a counter: its kind and its number.
    assert!(entries.windows(2).any(|part| part == [1, 6]), "{entries:?}");

    telemetry.shutdown(LIMIT).expect("the parent reads");
    assert_eq!(state(&mut parent).0, [4, 3, 0]);

    // Another installation of the process is the same child, by the same numbers.
    let telemetry = tachometer::install().expect("the first one has ended");
    let (mut again, second) = accept(&listener);
    assert_eq!(second[..22], hello[..22], "the same incarnation");
    assert!(has(&second, "\x07\x07\x07\x07"), "it says where it was");
    let (head, entries) = state(&mut again);
    assert_eq!((head, has(&entries, "fleet_jobs_total")), ([1, 1, 0], true));
    drop(telemetry);
}

/// Its parent goes away and comes back: the program does not wait for it.
#[test]
fn a_child_whose_parent_is_away_goes_on_and_comes_back() {
    let (folder, listener) = listen();
    fleet::join(folder.path().join("parent"), "", 0).expect("it is a role");
    let telemetry = tachometer::install().expect("nothing else is installed");
    let (mut parent, _) = accept(&listener);
    state(&mut parent);
    drop((parent, listener));
    fs::remove_file(folder.path().join("parent")).expect("it is there");
    metrics::counter!("away_total").increment(1);
    // It cannot be told, and says so rather than to wait.
    let told = telemetry.flush(LIMIT);
    assert!(told.is_err_and(|error| !error.is_timed_out()));
    let listener = UnixListener::bind(folder.path().join("parent")).expect("the path is free");
    let (mut parent, _) = accept(&listener);
    let (head, entries) = state(&mut parent);
    assert_eq!((head[0], has(&entries, "away_total"), has(&entries, "build_info")), (1, true, true));
    drop(parent);
    telemetry.shutdown(LIMIT).expect("a parent that is away is no error at the end");
}

/// A panic may be the end of the program.
#[test]
fn a_panic_is_told_at_once() {
    let (folder, listener) = listen();
    fleet::join(folder.path().join("parent"), "", 0).expect("it is a role");
    let _telemetry = tachometer::install().expect("nothing else is installed");
    let (mut parent, _) = accept(&listener);
    state(&mut parent);
    metrics::counter!("before_the_panic_total").increment(1);
    let thread = std::thread::spawn(|| panic!("as this test wants it to"));
    let (head, entries) = state(&mut parent);
    assert_eq!((head[0], has(&entries, "before_the_panic_total")), (2, true));
    assert!(thread.join().is_err());
}

#[test]
fn a_forked_child_of_a_parent_shows_its_own_alone() {
    let parent = Parent::builder().build().expect("there is room");
    let telemetry = tachometer::builder().no_listener().fleet(&parent).install().expect("nothing else is installed");
    let has_fleet = || telemetry.render().contains("tachometer_fleet_ended_total");
    let until = std::time::Instant::now() + LIMIT;
    while !has_fleet() {
        assert!(std::time::Instant::now() < until, "{}", telemetry.render());
    }
    assert!(in_child(|| !has_fleet()));
    let socket = parent.socket().to_owned();
    assert!(in_child(|| {
        // A handle that is dropped in a forked process leaves its parent's socket alone.
        drop(parent.clone());
        true
    }));
    assert!(socket.exists());
}
