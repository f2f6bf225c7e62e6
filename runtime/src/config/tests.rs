//! What each source may say, which one wins, and what changes later.

mod allowed;
mod documentation;
mod file;
mod precedence;
mod pushes;
mod reloads;

use std::{collections::HashMap, ffi::OsString, fs, io, net::IpAddr, path::PathBuf};

use super::{environment::Environment, *};
use crate::error::Error;

/// An environment made by hand, in which the host `scorer` has two addresses.
#[derive(Default)]
struct Fake(HashMap<String, OsString>);

impl Fake {
    fn new(variables: &[(&str, &str)]) -> Self {
        Self(variables.iter().map(|(name, value)| ((*name).to_owned(), value.into())).collect())
    }
}

impl Environment for Fake {
    fn variable(&self, name: &str) -> Option<OsString> {
        self.0.get(name).cloned()
    }

    fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        match host {
            "scorer" => Ok(["::1", "10.1.2.3"].map(|ip| ip.parse().expect("an address")).to_vec()),
            "empty" => Ok(Vec::new()),
            _ => Err(io::Error::other("no such host")),
        }
    }
}

/// A file that is gone when the test ends.
struct Written(PathBuf);

impl Written {
    fn new(name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = std::env::temp_dir().join(format!("tachometer-{}-{name}.toml", std::process::id()));
        fs::write(&path, content).expect("there is room");
        Self(path)
    }

    fn change(&self, content: impl AsRef<[u8]>) {
        fs::write(&self.0, content).expect("there is room");
    }

    fn flags(&self) -> Flags {
        Flags { file: Some(self.0.clone()), ..Flags::default() }
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// None where everything is switched off.
fn resolve(flags: &Flags, environment: &Fake) -> Result<Option<Settings>, Error> {
    let Some((sources, merged)) = Sources::gather(flags, environment)? else { return Ok(None) };
    let listen = sources.address(&merged, environment)?;
    Ok(Some(Settings::new(&merged, listen)))
}

#[track_caller]
fn settings(flags: &Flags, variables: &[(&str, &str)]) -> Settings {
    resolve(flags, &Fake::new(variables)).expect("the settings are well formed").expect("they are not switched off")
}

#[track_caller]
fn message(flags: &Flags, variables: &[(&str, &str)]) -> String {
    let error = resolve(flags, &Fake::new(variables)).expect_err("a setting is malformed");
    assert!(error.is_setting());
    error.to_string()
}

fn config(config: Config) -> Flags {
    Flags { config, ..Flags::default() }
}

fn overrides(overrides: Config) -> Flags {
    Flags { overrides, ..Flags::default() }
}
