//! What changes while a program runs: everything or nothing, and when.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use super::*;
use crate::error::Kind;

/// A part that remembers what it has taken over, and can refuse.
#[derive(Clone, Default)]
struct Part {
    taken: Arc<Mutex<Vec<String>>>,
    refuses: Arc<AtomicBool>,
    files: Vec<PathBuf>,
}

impl Reload for Part {
    fn prepare<'a>(&'a self, settings: &'a Reloadable) -> Result<Commit<'a>, Error> {
        if self.refuses.load(Ordering::Relaxed) {
            return Err(Error::new(Kind::Setting, "the part refuses"));
        }
        Ok(Box::new(|| self.taken.lock().expect("nobody panics").push(settings.routes.metrics.clone())))
    }

    fn files(&self, _: &Reloadable) -> Vec<PathBuf> {
        self.files.clone()
    }
}

/// Two parts, of which the second one can refuse.
struct Running {
    reloader: Reloader,
    part: Part,
    told: Arc<Mutex<Vec<bool>>>,
}

impl Running {
    fn start(flags: &Flags, files: Vec<PathBuf>) -> Self {
        let (sources, merged) = Sources::gather(flags, &Fake::default()).expect("well formed").expect("it is on");
        let (part, told) = (Part { files, ..Part::default() }, Arc::<Mutex<Vec<bool>>>::default());
        let log = Arc::clone(&told);
        let tell = move |is_ok| log.lock().expect("nobody panics").push(is_ok);
        let first = Part { refuses: Arc::default(), ..part.clone() };
        let parts: Vec<Box<dyn Reload>> = vec![Box::new(first), Box::new(part.clone())];
        Self { reloader: Reloader::new(sources, merged, parts, tell), part, told }
    }

    fn polls(&self, times: usize) -> (Vec<String>, Vec<bool>) {
        (0..times).for_each(|_| self.reloader.poll());
        self.seen()
    }

    /// What was taken over, and how attempts went, since this was asked last.
    fn seen(&self) -> (Vec<String>, Vec<bool>) {
        let taken = std::mem::take(&mut *self.part.taken.lock().expect("nobody panics"));
        (taken, std::mem::take(&mut *self.told.lock().expect("nobody panics")))
    }
}

fn once(path: &str) -> (Vec<String>, Vec<bool>) {
    (vec![path.to_owned(); 2], vec![true])
}

const NOTHING: (Vec<String>, Vec<bool>) = (Vec::new(), Vec::new());

#[test]
fn a_change_is_taken_over_when_it_is_seen_twice() {
    let file = Written::new("twice", "routes.metrics = '/a'\n");
    let running = Running::start(&file.flags(), Vec::new());
    assert!(running.reloader.has_files());
    assert_eq!(running.polls(3), NOTHING);
    file.change("routes.metrics = '/bb'\n");
    assert_eq!(running.polls(1), NOTHING);
    file.change("routes.metrics = '/cc'\n");
    assert_eq!(running.polls(1), NOTHING, "somebody is still writing");
    assert_eq!(running.polls(1), once("/cc"));
    assert_eq!(running.polls(3), NOTHING);
    assert!(running.reloader.config().to_string().contains("routes.metrics = \"/cc\"\n"));
}

#[test]
fn a_broken_file_changes_nothing_and_is_told_once() {
    let file = Written::new("broken", "");
    let running = Running::start(&file.flags(), Vec::new());
    file.change("routes.metrics = 'x'\n");
    assert_eq!(running.polls(5), (Vec::new(), vec![false]));
    fs::remove_file(&file.0).expect("it is there");
    assert_eq!(running.polls(5), (Vec::new(), vec![false]));
    assert!(running.reloader.config().to_string().contains("routes.metrics = \"/metrics\"\n"));
    file.change("routes.metrics = '/x'\n");
    assert_eq!(running.polls(5), once("/x"));
}

#[test]
fn where_one_part_refuses_none_takes_over() {
    let file = Written::new("refused", "");
    let running = Running::start(&file.flags(), Vec::new());
    running.part.refuses.store(true, Ordering::Relaxed);
    file.change("routes.metrics = '/x'\n");
    assert_eq!(running.polls(5), (Vec::new(), vec![false]));
    running.part.refuses.store(false, Ordering::Relaxed);
    assert_eq!(running.polls(5), NOTHING, "nothing has changed since");
    running.reloader.reload().expect("it is well formed");
    assert_eq!(running.seen(), once("/x"));
}

#[test]
fn what_cannot_change_stays_what_it_is() {
    let file = Written::new("fixed", "port = 1\n");
    let running = Running::start(&file.flags(), Vec::new());
    file.change("port = 2\nroutes.metrics = '/x'\nlabels = { a = 'b' }\n");
    assert_eq!(running.polls(2), once("/x"));
    let config = running.reloader.config().to_string();
    assert!(config.contains("\nport = 1\n") && !config.contains("\nlabels"), "{config}");
}

#[test]
fn stronger_sources_stay_stronger() {
    let file = Written::new("stronger", "");
    let flags = Flags { overrides: Config::default().metrics_route("/mine"), ..file.flags() };
    let running = Running::start(&flags, Vec::new());
    file.change("routes.metrics = '/theirs'\n");
    assert_eq!(running.polls(2), once("/mine"));
    file.change("routes.health = '/mine'\n");
    let error = running.reloader.reload().expect_err("two pages are at one path");
    assert!(error.is_setting() && error.to_string().contains("`/mine`"), "{error}");
}

#[test]
fn files_of_parts_are_watched_too() {
    let tokens = Written::new("tokens", "a");
    let running = Running::start(&Flags::default(), vec![tokens.0.clone()]);
    assert!(running.reloader.has_files());
    assert_eq!(running.polls(2), NOTHING);
    tokens.change("b");
    assert_eq!(running.polls(2), once("/metrics"));
    assert!(!Running::start(&Flags::default(), Vec::new()).reloader.has_files());
}

#[test]
fn a_change_before_the_first_look_is_not_missed() {
    let file = Written::new("early", "");
    let (sources, merged) = Sources::gather(&file.flags(), &Fake::default()).expect("well formed").expect("it is on");
    file.change("routes.metrics = '/early'\n");
    let reloader = Reloader::new(sources, merged, Vec::new(), |_| {});
    (0..2).for_each(|_| reloader.poll());
    assert!(reloader.config().to_string().contains("/early"));
}

/// Kubernetes mounts a ConfigMap as a link to a directory, and swaps the link.
#[cfg(unix)]
#[test]
fn a_swapped_directory_is_a_change() {
    use std::os::unix::fs::symlink;

    let root = std::env::temp_dir().join(format!("tachometer-{}-swapped", std::process::id()));
    for (directory, path) in [("one", "/one"), ("two", "/two")] {
        fs::create_dir_all(root.join(directory)).expect("there is room");
        fs::write(root.join(directory).join("t.toml"), format!("routes.metrics = '{path}'\n")).expect("there is room");
    }
    symlink("one", root.join("data")).expect("links are known here");
    let running = Running::start(&Flags { file: Some(root.join("data/t.toml")), ..Flags::default() }, Vec::new());
    symlink("two", root.join("new")).expect("links are known here");
    fs::rename(root.join("new"), root.join("data")).expect("links can be renamed");
    let seen = running.polls(2);
    fs::remove_dir_all(&root).expect("it is ours");
    assert_eq!(seen, once("/two"));
}
