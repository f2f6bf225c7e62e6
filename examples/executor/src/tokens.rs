//! Who may come in: everybody, or whom the tokens file names. It knows requests by their headers, and no routes.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use axum::http::{HeaderMap, header::AUTHORIZATION};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tachometer::counted;

use crate::metrics::{self, ORGANISATIONS, OTHER, Org};

/// Who sends a request.
#[derive(Clone)]
pub(crate) enum Caller {
    /// An organisation, or the one user that there is, who calls tools on this account.
    Account(Org),
    /// Somebody who sees all metrics, and calls nothing.
    Operator,
}

/// Decides who may come in.
pub(crate) enum Door {
    /// Everybody, as one user.
    Open,
    /// Whom the file names.
    Guarded(TokensFile),
}

/// A tokens file, and what it said when it could last be used.
pub(crate) struct TokensFile {
    path: PathBuf,
    current: RwLock<Arc<Tokens>>,
    /// What the file held when it was last looked at; none if it could not be read.
    content: Mutex<Option<Vec<u8>>>,
}

/// Callers, by the hashes of their tokens: no time that a look-up takes tells anything of a token.
#[derive(Default)]
struct Tokens {
    callers: HashMap<Hash, Caller>,
    accounts: Vec<Org>,
}

type Hash = [u8; 32];

/// Bytes of an organisation's name: fewer than a label's value can have, or two names that differ at their ends would be one.
const LONGEST_NAME: usize = 128;

/// What a line of the file says.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Organisation(String),
    Operator(bool),
}

impl Door {
    /// One that lets in everybody, whose series are there from here on.
    pub(crate) fn open() -> Self {
        metrics::show(&None);
        Self::Open
    }

    /// Who sends a request with these headers; none if it must not come in.
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Option<Caller> {
        match self {
            Self::Open => Some(Caller::Account(None)),
            Self::Guarded(file) => file.current().callers.get(&hash(bearer(headers)?)).cloned(),
        }
    }

    /// The accounts of all who may call tools.
    pub(crate) fn accounts(&self) -> Vec<Org> {
        match self {
            Self::Open => vec![None],
            Self::Guarded(file) => file.current().accounts.clone(),
        }
    }

    /// Reads the tokens file again if it has changed. One that cannot be used changes nothing, and is told of once.
    pub(crate) fn look(&self) {
        if let Self::Guarded(file) = self {
            file.look();
        }
    }
}

impl TokensFile {
    /// Reads the file for the first time. Each organisation has all of its series from here on.
    pub(crate) fn open(path: PathBuf) -> Result<Self, String> {
        let file = Self { path, current: RwLock::default(), content: Mutex::default() };
        let content = fs::read(&file.path);
        file.take(&content)?;
        *file.content.lock().unwrap_or_else(PoisonError::into_inner) = content.ok();
        Ok(file)
    }

    fn look(&self) {
        let content = fs::read(&self.path);
        let mut known = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        if content.as_ref().ok() == known.as_ref() {
            return;
        }
        if let Err(problem) = self.take(&content) {
            tracing::error!("{problem}; what was read before stays in force");
        }
        *known = content.ok();
    }

    fn take(&self, content: &io::Result<Vec<u8>>) -> Result<(), String> {
        let tokens = read(&self.path, content)?;
        tokens.accounts.iter().for_each(metrics::show);
        ORGANISATIONS.set(tokens.accounts.len());
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tokens);
        Ok(())
    }

    fn current(&self) -> Arc<Tokens> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Versions of the tokens file, by whether they could be used.
#[counted(name = "executor_tokens_files_total", result)]
fn read(path: &Path, content: &io::Result<Vec<u8>>) -> Result<Tokens, String> {
    let wrong = |what: &str| format!("tokens file {}: {what}", path.display());
    let content = content.as_ref().map_err(|error| wrong(&format!("it cannot be read: {error}")))?;
    // The parser's own message would show the line, and with it the token.
    let lines: BTreeMap<String, Line> = toml::from_slice(content)
        .map_err(|_| wrong("this is not TOML with lines of \"token\" = \"organisation\", or = true for an operator"))?;
    let mut tokens = Tokens::default();
    let mut organisations = BTreeSet::new();
    for (token, line) in &lines {
        let caller = match line {
            Line::Organisation(org) if org == OTHER => {
                return Err(wrong(
                    "an organisation is called `other`, which stands for all that have no series of their own; rename it",
                ));
            }
            Line::Organisation(org) if org.len() > LONGEST_NAME => {
                let length = org.len();
                return Err(wrong(&format!(
                    "an organisation's name has {length} bytes, and {LONGEST_NAME} at most are told apart; shorten it"
                )));
            }
            Line::Organisation(org) if org.is_empty() => return Err(wrong("an organisation has no name; give it one")),
            Line::Organisation(org) => {
                let account: Org = Some(org.as_str().into());
                if organisations.insert(org) {
                    tokens.accounts.push(account.clone());
                }
                Caller::Account(account)
            }
            Line::Operator(true) => Caller::Operator,
            Line::Operator(false) => return Err(wrong("a token is `false`; drop its line, or write whose it is")),
        };
        tokens.callers.insert(hash(token.as_bytes()), caller);
    }
    Ok(tokens)
}

/// The token of a request. One that has two of these headers has none: a proxy may have looked at the other one.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.as_bytes().split_at_checked("bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

fn hash(token: &[u8]) -> Hash {
    Sha256::digest(token).into()
}
