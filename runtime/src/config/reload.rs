//! Changes while the program runs: all parts take them over, or none does. It does not know when it is asked to look.

use std::{
    fmt,
    hash::{DefaultHasher, Hasher},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Config, Reloadable, Sources, file, sources, table::SETTINGS};
use crate::{Policy, error::Error};

/// A part of the program that can take over settings while it runs.
pub(crate) trait Reload: Send + Sync {
    /// Makes everything ready, and changes nothing yet. What is returned takes over, and cannot fail.
    ///
    /// # Errors
    /// If the settings, or what they name, cannot be used. Then no part takes anything over.
    fn prepare<'a>(&'a self, settings: &'a Reloadable) -> Result<Commit<'a>, Error>;

    /// The files that these settings name, whose change is one of the settings.
    fn files(&self, settings: &Reloadable) -> Vec<PathBuf> {
        let _ = settings;
        Vec::new()
    }
}

/// What makes a change.
pub(crate) type Commit<'a> = Box<dyn FnOnce() + 'a>;

/// The settings of a running program.
pub(crate) struct Reloader {
    sources: Sources,
    parts: Vec<Box<dyn Reload>>,
    /// Is told of each attempt whether it went well.
    tell: Box<dyn Fn(bool) + Send + Sync>,
    state: Mutex<State>,
}

struct State {
    /// The settings in effect.
    effective: Config,
    /// What the sources said last, some of it for the next start.
    latest: Config,
    /// The files as they were read last.
    read: Vec<Look>,
    /// The files as they were seen since, if they were different.
    changed: Option<Vec<Look>>,
}

/// What a file looks like: what it holds, or why it cannot be read.
type Look = (PathBuf, Result<u64, io::ErrorKind>);

impl Reloader {
    /// The settings with which the parts have started.
    pub(crate) fn new(
        sources: Sources,
        effective: Config,
        parts: Vec<Box<dyn Reload>>,
        tell: impl Fn(bool) + Send + Sync + 'static,
    ) -> Self {
        let mut read = look(&sources, &parts, &effective);
        // The file may have changed since it was read at first.
        if sources.read_again().ok().as_ref() != Some(&effective) {
            read.clear();
        }
        let state = State { latest: effective.clone(), effective, read, changed: None };
        Self { sources, parts, tell: Box::new(tell), state: Mutex::new(state) }
    }

    /// The settings in effect.
    pub(crate) fn config(&self) -> Config {
        self.lock().effective.clone()
    }

    /// Has the program's own policy take the place of the one in the settings, until these say another one.
    pub(crate) fn set_policy(&self, policy: Policy, commit: impl FnOnce(&Policy)) {
        let state = &mut *self.lock();
        let cleared = Config { guard: Policy::default(), ..state.effective.clone() };
        state.effective = cleared.guard(sources::library().guard).guard(policy);
        commit(&state.effective.guard);
    }

    /// Whether there are files that may change.
    pub(crate) fn has_files(&self) -> bool {
        let state = self.lock();
        !look(&self.sources, &self.parts, &state.effective).is_empty()
    }

    /// Reads everything again and has all parts take it over.
    ///
    /// # Errors
    /// If something is malformed; then everything stays as it is.
    pub(crate) fn reload(&self) -> Result<(), Error> {
        let state = &mut *self.lock();
        let seen = look(&self.sources, &self.parts, &state.effective);
        self.take_over(state, seen)
    }

    /// Looks at the files, and reloads once they are the same for the second time after a change: the first time
    /// somebody may still be writing.
    pub(crate) fn poll(&self) {
        let state = &mut *self.lock();
        let seen = look(&self.sources, &self.parts, &state.effective);
        if seen == state.read {
            state.changed = None;
        } else if state.changed.as_ref() != Some(&seen) {
            state.changed = Some(seen);
        } else {
            match self.take_over(state, seen) {
                Ok(()) => tracing::info!("settings were read again"),
                Err(error) => tracing::error!("settings stay as they were: {error:?}"),
            }
        }
    }

    fn take_over(&self, state: &mut State, seen: Vec<Look>) -> Result<(), Error> {
        (state.read, state.changed) = (seen, None);
        let result = self.apply(state);
        (self.tell)(result.is_ok());
        result
    }

    fn apply(&self, state: &mut State) -> Result<(), Error> {
        let merged = self.sources.read_again()?;
        let (mut effective, mut before) = (merged.clone(), state.effective.clone());
        let mut waiting = Vec::new();
        for setting in SETTINGS.iter().filter(|setting| !setting.reloads) {
            let field = setting.field;
            if !field.is_same(&merged, &state.latest) && !field.is_same(&merged, &state.effective) {
                waiting.push(setting.key);
            }
            field.clear(&mut effective);
            field.take(&mut effective, &mut before);
        }
        if merged.guard == state.latest.guard {
            // Nobody says anything new, so that what the program has said since counts.
            effective.guard = state.effective.guard.clone();
        }
        let settings = Reloadable::new(&effective);
        let commits: Result<Vec<_>, _> = self.parts.iter().map(|part| part.prepare(&settings)).collect();
        commits?.into_iter().for_each(|commit| commit());
        for key in waiting {
            tracing::warn!("{key} has changed, which takes effect when the program starts again");
        }
        let files = |looks: &[Look]| looks.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
        let seen = look(&self.sources, &self.parts, &effective);
        if files(&seen) != files(&state.read) {
            state.read = seen;
        }
        (state.effective, state.latest) = (effective, merged);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Reloader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloader").field("file", &self.sources.file()).finish_non_exhaustive()
    }
}

/// What all files look like that have a say in these settings.
fn look(sources: &Sources, parts: &[Box<dyn Reload>], config: &Config) -> Vec<Look> {
    let settings = Reloadable::new(config);
    let own = sources.file().map(Path::to_owned);
    let files = own.into_iter().chain(parts.iter().flat_map(|part| part.files(&settings)));
    files.map(|path| (look_at(&path), path)).map(|(look, path)| (path, look)).collect()
}

/// By content: times are coarse, and a mounted directory is swapped below the path as a whole.
fn look_at(path: &Path) -> Result<u64, io::ErrorKind> {
    let bytes =
        file::bytes(path).map_err(|_| path.metadata().err().map_or(io::ErrorKind::Other, |error| error.kind()))?;
    let mut hasher = DefaultHasher::new();
    hasher.write(&bytes);
    Ok(hasher.finish())
}
