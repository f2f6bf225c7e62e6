//! The configuration file: read within bounds, understood key by key, and refused with the places of all mistakes.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs::File,
    io::{self, Read},
    ops::Range,
    path::Path,
};

use toml::de::DeTable;

use super::{
    Config,
    setting::Setting,
    suggest,
    table::SETTINGS,
    value::{Misplaced, Mistake, Node},
};
use crate::error::{Error, Kind};

/// No configuration is longer; what is would not be one.
const MOST_BYTES: u64 = 1024 * 1024;
/// How many mistakes are told at once.
const MOST_MISTAKES: usize = 10;
/// How many characters of a value are repeated in a message.
const MOST_SHOWN: usize = 60;

/// The settings of a file. Nothing of a file that has a mistake counts.
///
/// # Errors
/// If it cannot be read, is no TOML, or says something that is unknown or not allowed.
pub(super) fn read(path: &Path) -> Result<Config, Error> {
    let bytes = bytes(path)?;
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        refused(format!("config file {}, line {line}, is not UTF-8; save it as UTF-8", path.display()))
    })?;
    // Some editors begin a file with a mark that is no part of its text.
    parse(&path.display().to_string(), text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// What a file holds, if it can be read and is not too long.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, Error> {
    let unreadable = |error: io::Error| {
        let remedy = match error.kind() {
            io::ErrorKind::NotFound => "create it, or name another one in METRICS_CONFIG",
            io::ErrorKind::PermissionDenied => "let the program read it, or name another one in METRICS_CONFIG",
            _ => "name another one in METRICS_CONFIG",
        };
        refused(format!("config file {} cannot be read; {remedy}", path.display())).with_source(error)
    };
    // What is asked first: opening a pipe would wait for a writer.
    let is_file = path.metadata().map_err(unreadable)?.is_file();
    if !is_file {
        return Err(refused(format!("config file {} is no file; name one in METRICS_CONFIG", path.display())));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > MOST_BYTES {
        let message = format!("config file {} is longer than {MOST_BYTES} bytes; shorten it", path.display());
        return Err(refused(message));
    }
    Ok(bytes)
}

/// The settings of a text, which messages call by this name.
pub(super) fn parse(name: &str, text: &str) -> Result<Config, Error> {
    let mut reader = Reader { text, config: Config::default(), mistakes: Vec::new() };
    match DeTable::parse(text) {
        Ok(table) => reader.table("", table.get_ref()),
        Err(error) => {
            let span = error.span().unwrap_or(text.len()..text.len());
            reader.mistakes.push((span, format!("this is not TOML: {}", error.message())));
        }
    }
    let Reader { config, mut mistakes, .. } = reader;
    if mistakes.is_empty() {
        return Ok(config);
    }
    mistakes.sort_by_key(|(span, _)| span.start);
    let mut message = String::new();
    for (at, (span, mistake)) in mistakes.iter().take(MOST_MISTAKES).enumerate() {
        let (line, column) = place(text, span.start);
        let new_line = if at == 0 { "" } else { "\n" };
        let _ = write!(message, "{new_line}config file {name}, line {line}, column {column}: {mistake}");
    }
    if mistakes.len() > MOST_MISTAKES {
        let _ = write!(message, "\nand {} more mistakes", mistakes.len() - MOST_MISTAKES);
    }
    Err(refused(message))
}

struct Reader<'a> {
    text: &'a str,
    config: Config,
    mistakes: Vec<(Range<usize>, String)>,
}

impl Reader<'_> {
    /// Reads a table, whose key and a dot are `prefix`.
    fn table(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (name, node) in table {
            // A dot in quotes is no table.
            let is_word = !name.get_ref().contains('.');
            let key = format!("{prefix}{}", name.get_ref());
            let inside = format!("{key}.");
            if let Some(setting) = SETTINGS.iter().find(|setting| is_word && setting.key == key) {
                self.setting(setting, node);
            } else if is_word && SETTINGS.iter().any(|setting| setting.key.starts_with(&inside)) {
                match node.get_ref().as_table() {
                    Some(table) => self.table(&inside, table),
                    None => self.mistakes.push((node.span(), format!("`{key}` is no table; write [{key}]"))),
                }
            } else {
                let tables = SETTINGS.iter().filter_map(|setting| setting.key.split_once('.'));
                let tables: BTreeSet<_> = tables.map(|(table, _)| table).collect();
                let keys: Vec<_> = SETTINGS.iter().map(|setting| setting.key).chain(tables).collect();
                let is_quoted = keys.contains(&&*key);
                let remedy =
                    if is_quoted { "; write it without quotes".to_owned() } else { suggest::remedy(&key, keys) };
                let key: String = key.chars().take(MOST_SHOWN).collect();
                self.mistakes.push((name.span(), format!("unknown key `{key}`{remedy}")));
            }
        }
    }

    fn setting(&mut self, setting: &Setting, node: &Node<'_>) {
        if let Err(Misplaced { span, mistake }) = setting.field.read_toml(&mut self.config, node) {
            let message = match mistake {
                Mistake::Malformed => {
                    let value = shown(self.text.get(span.clone()).unwrap_or_default());
                    let value = setting.field.shown(&value);
                    format!("{} is `{value}`; {}", setting.key, setting.allowed)
                }
                Mistake::Because(reason) => reason,
            };
            self.mistakes.push((span, message));
        }
    }
}

/// The beginning of a value, on one line.
fn shown(value: &str) -> String {
    let line = value.lines().next().unwrap_or_default();
    let mut shown: String = line.chars().take(MOST_SHOWN).collect();
    if shown.len() < value.trim_end().len() {
        shown.push('…');
    }
    shown
}

/// The line and the column of a byte, both from 1.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (1 + before.matches('\n').count(), 1 + line.chars().count())
}

fn refused(message: String) -> Error {
    Error::new(Kind::Setting, message)
}
