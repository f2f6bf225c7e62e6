//! What a program, its environment, a file and this crate have to say about an installation, made into typed settings.
//!
//! Nothing here opens a socket or knows what settings do; the environment is handed in.

mod access;
mod checks;
mod collectors;
mod environment;
mod file;
mod fleet;
#[cfg(any(test, tachometer_fuzzing))]
pub(crate) mod fuzz;
mod guard;
mod lists;
pub(crate) mod outlets;
mod partial;
mod reload;
mod setting;
pub(crate) mod settings;
pub(crate) mod shown;
mod sources;
pub(crate) mod suggest;
mod table;
#[cfg(test)]
mod tests;
mod value;
mod watch;

pub use self::partial::Config;
pub(crate) use self::{
    environment::{Environment, Process},
    fleet::Fleet,
    reload::{Commit, Reload, Reloader},
    settings::{Reloadable, Settings},
    sources::{Flags, Listen, Sources},
    watch::Watch,
};
