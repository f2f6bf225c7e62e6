//! Who may see what of the endpoint: tokens, tenants, and what `web.yml` says. It answers nothing and knows no paths.

mod digest;
#[cfg(any(test, tachometer_fuzzing))]
mod fuzz;
mod tokens;
mod visible;
mod watched;
mod web;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue, VARY, WWW_AUTHENTICATE};
use tokio::net::TcpStream;

use self::{
    digest::Digest,
    tokens::Tokens,
    watched::{Files, Watched},
    web::Web,
};
pub(super) use self::{visible::Visible, web::Stream};
use crate::{
    credentials::{Credentials, Offer, Secret},
    error::{Error, Kind},
};

/// What a request may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Access {
    /// Nothing: its credentials are missing or wrong.
    Denied,
    /// Nothing at the moment: too many other credentials are being checked.
    Busy,
    /// Everything.
    All,
    /// The series of one tenant.
    Tenant(Arc<str>),
}

/// Decides who may see what. Without any setting, everybody sees everything.
pub(crate) struct Gate {
    token: Option<Digest>,
    /// The token that stands in a file of its own.
    token_file: Option<Watched<Digest>>,
    label: Option<String>,
    tokens: Option<Watched<Tokens>>,
    web: Option<Watched<Web>>,
    count: OnceLock<Count>,
    tell: OnceLock<Tell>,
}

/// Whom it tells who the tenants are.
type Tell = Box<dyn Fn(Vec<String>) + Send + Sync>;

/// Whom failures are told.
struct Count {
    reload_failed: Box<dyn Fn(&'static str) + Send + Sync>,
    handshake_failed: Box<dyn Fn() + Send + Sync>,
}

/// The kinds of files, as they are counted.
const TOKEN: &str = "token";
const TOKENS: &str = "tokens";
const WEB: &str = "web_config";

impl Gate {
    /// Reads the files of the settings.
    ///
    /// # Errors
    /// If one of them is missing or malformed, or its files contradict each other; or if there are tenants, and nothing
    /// on offer that each could see its own of.
    pub(crate) fn open(credentials: &Credentials, offer: Offer) -> Result<Self, Error> {
        if credentials.token.is_some() && credentials.token_file.is_some() {
            let message = "a token is set, and a file that it stands in; drop one (METRICS_TOKEN, METRICS_TOKEN_FILE)";
            return Err(Error::new(Kind::Setting, message));
        }
        let label = credentials.tenant_label.clone();
        let open_token =
            |path: PathBuf| Watched::open(move |files: &mut Files, _: Option<&Digest>| token(files, &path));
        let open_tokens = |path: PathBuf| {
            let label = label.clone();
            Watched::open(move |files: &mut Files, _: Option<&Tokens>| {
                Tokens::parse(&path, &files.read("tokens file", &path)?, label.as_deref(), offer)
            })
        };
        let open_web =
            |path: PathBuf| Watched::open(move |files: &mut Files, old: Option<&Web>| Web::read(files, &path, old));
        Ok(Self {
            token: credentials.token.as_ref().map(|token| Digest::of(&[token.reveal().as_bytes()])),
            token_file: credentials.token_file.clone().map(open_token).transpose()?,
            tokens: credentials.tokens_file.clone().map(open_tokens).transpose()?,
            web: credentials.web_config.clone().map(open_web).transpose()?,
            label,
            count: OnceLock::new(),
            tell: OnceLock::new(),
        })
    }

    /// Tells from now on of files that have changed and cannot be used, by their kind, and of connections that came to
    /// no agreement on TLS.
    pub(crate) fn count_by(
        &self,
        reload_failed: impl Fn(&'static str) + Send + Sync + 'static,
        handshake_failed: impl Fn() + Send + Sync + 'static,
    ) {
        let count = Count { reload_failed: Box::new(reload_failed), handshake_failed: Box::new(handshake_failed) };
        let _ = self.count.set(count);
    }

    /// Returns the kinds of files that are read again when they change.
    pub(crate) fn files(&self) -> impl Iterator<Item = &'static str> + use<> {
        let token = self.token_file.as_ref().map(|_| TOKEN);
        [token, self.tokens.as_ref().map(|_| TOKENS), self.web.as_ref().map(|_| WEB)].into_iter().flatten()
    }

    /// Looks once at the files of this kind, which take effect when a change has stood for two looks. Blocks for as long
    /// as the file system does; requests are answered by what is in force meanwhile.
    pub(crate) fn look(&self, kind: &'static str) {
        // What is wrong has been told.
        let _ = match kind {
            TOKEN => self.read_token(Watched::look),
            TOKENS => self.read_tokens(Watched::look),
            _ => self.read_web(Watched::look),
        };
    }

    /// Reads all files again at once, changed or not.
    ///
    /// # Errors
    /// If one of them cannot be used. What was read of it before stays in force then.
    pub(crate) fn reload(&self) -> Result<(), Error> {
        let token = self.read_token(Watched::reload);
        let tokens = self.read_tokens(Watched::reload);
        let web = self.read_web(Watched::reload);
        token.and(tokens).and(web)
    }

    fn read_token(&self, read: impl FnOnce(&Watched<Digest>) -> Result<(), Error>) -> Result<(), Error> {
        self.token_file.as_ref().map_or(Ok(()), |token| self.told(TOKEN, read(token)))
    }

    fn read_tokens(&self, read: impl FnOnce(&Watched<Tokens>) -> Result<(), Error>) -> Result<(), Error> {
        let Some(tokens) = &self.tokens else { return Ok(()) };
        let before = tokens.current();
        let result = self.told(TOKENS, read(tokens));
        let now = tokens.current();
        if let Some(tell) = self.tell.get().filter(|_| !Arc::ptr_eq(&before, &now)) {
            tell(names(&now));
        }
        result
    }

    fn read_web(&self, read: impl FnOnce(&Watched<Web>) -> Result<(), Error>) -> Result<(), Error> {
        self.web.as_ref().map_or(Ok(()), |web| self.told(WEB, read(web)))
    }

    /// Whether every client that reaches the endpoint sees everything.
    pub(crate) fn is_open(&self) -> bool {
        !self.has_tokens() && self.web().is_none_or(|web| !web.has_users() && !web.wants_certificates())
    }

    /// Whether connections are encrypted.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.web.as_ref().is_some_and(|web| web.current().is_encrypted())
    }

    /// The tenants that the file of tokens names by now, each once, in order.
    pub(crate) fn tenants(&self) -> Vec<String> {
        self.tokens.as_ref().map_or_else(Vec::new, |tokens| names(&tokens.current()))
    }

    /// Tells who the tenants are, with the label that tells them apart: now, and when the file of tokens has changed.
    pub(crate) fn tell_tenants(&self, tell: impl Fn(&str, Vec<String>) + Send + Sync + 'static) {
        let label = self.label().to_owned();
        let tell = self.tell.get_or_init(|| Box::new(move |tenants| tell(&label, tenants)));
        tell(self.tenants());
    }

    /// The label that tells tenants apart.
    pub(super) fn label(&self) -> &str {
        self.label.as_deref().unwrap_or_default()
    }

    /// What a request with these headers may see.
    pub(super) async fn judge(&self, headers: &HeaderMap) -> Access {
        let web = self.web();
        let has_users = web.as_ref().is_some_and(|web| web.has_users());
        if !self.has_tokens() && !has_users {
            return Access::All;
        }
        let mut credentials = headers.get_all(AUTHORIZATION).iter();
        // Of two, a proxy may have looked at the other one.
        let (Some(credentials), None) = (credentials.next(), credentials.next()) else { return Access::Denied };
        if let Some(token) = after_scheme(credentials, "bearer") {
            return self.of_token(token);
        }
        match (web, after_scheme(credentials, "basic")) {
            (Some(web), Some(password)) if has_users => match web.admits(password).await {
                Some(true) => Access::All,
                Some(false) => Access::Denied,
                None => Access::Busy,
            },
            _ => Access::Denied,
        }
    }

    /// Agrees with a client on how to talk, as `web.yml` says.
    ///
    /// # Errors
    /// With the connection, if the client asks in the open where TLS is spoken, and can be told so.
    pub(super) async fn accept(&self, stream: TcpStream) -> Result<Stream, Option<Stream>> {
        match self.web() {
            Some(web) => web.accept(stream).await,
            None => Ok(Stream::from(stream)),
        }
    }

    /// Counts a client with which there was no agreement.
    pub(super) fn handshake_failed(&self) {
        if let Some(count) = self.count.get() {
            (count.handshake_failed)();
        }
    }

    fn of_token(&self, token: &[u8]) -> Access {
        let token = Digest::of(&[token]);
        let tokens = self.tokens.as_ref().map(Watched::current);
        // All are always looked at.
        let own = self.token.or_else(|| self.token_file.as_ref().map(|file| *file.current()));
        let is_operator = own.is_some_and(|own| own == token);
        let listed = tokens.and_then(|tokens| tokens.find(&token));
        if is_operator { Access::All } else { listed.unwrap_or(Access::Denied) }
    }

    /// Adds to an answer what the settings ask for; a client that is refused is told what would let it in.
    pub(super) fn dress(&self, headers: &mut HeaderMap, is_refused: bool) {
        let web = self.web();
        let has_users = web.as_ref().is_some_and(|web| web.has_users());
        if self.has_tokens() || has_users {
            headers.append(VARY, HeaderValue::from_static("Authorization"));
        }
        if is_refused {
            if self.has_tokens() {
                headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"metrics\""));
            }
            if has_users {
                headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"metrics\""));
            }
        }
        if let Some(web) = web {
            headers.extend(web.headers().clone());
        }
    }

    fn has_tokens(&self) -> bool {
        self.token.is_some() || self.token_file.is_some() || self.tokens.is_some()
    }

    fn web(&self) -> Option<Arc<Web>> {
        self.web.as_ref().map(Watched::current)
    }

    /// Tells of a file that could not be used.
    fn told(&self, file: &'static str, read: Result<(), Error>) -> Result<(), Error> {
        read.inspect_err(|error| {
            tracing::error!("{error:?}; what was read before stays in force");
            if let Some(count) = self.count.get() {
                (count.reload_failed)(file);
            }
        })
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("label", &self.label).field("tokens", &self.tokens).finish_non_exhaustive()
    }
}

/// The token that stands in a file, by its hash; a line's end behind it is no part of it.
fn token(files: &mut Files, path: &Path) -> Result<Digest, Error> {
    let content = files.read("token file", path)?;
    let wrong = |what: &str| Error::new(Kind::Setting, format!("token file {}: the token {what}", path.display()));
    let text = str::from_utf8(content.trim_ascii_end()).map_err(|_| wrong("is not UTF-8"))?;
    let token = Secret::new(text);
    token.token_mistake().map_or_else(|| Ok(Digest::of(&[text.as_bytes()])), |mistake| Err(wrong(mistake)))
}

fn names(tokens: &Tokens) -> Vec<String> {
    tokens.tenants().iter().map(ToString::to_string).collect()
}

/// What stands behind the scheme, if the credentials are of this one.
fn after_scheme<'a>(credentials: &'a HeaderValue, scheme: &str) -> Option<&'a [u8]> {
    let (head, rest) = credentials.as_bytes().split_at_checked(scheme.len())?;
    let is_scheme = head.eq_ignore_ascii_case(scheme.as_bytes()) && rest.first() == Some(&b' ');
    is_scheme.then(|| rest.trim_ascii())
}

#[cfg(test)]
impl Gate {
    /// Looks at all files as often as a change needs in order to be taken over.
    pub(super) fn settle(&self) {
        for kind in self.files().chain(self.files()) {
            self.look(kind);
        }
    }
}
