//! The form of `web.yml`: its keys, their types and defaults. It opens no file that it names.

use std::path::Path;

use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::section::Section;
use crate::error::{Error, Kind};

/// What stands in the file.
pub(super) struct Document {
    /// None if nothing of TLS is set.
    pub(super) tls: Option<Tls>,
    pub(super) headers: HeaderMap,
    pub(super) wants_http2: bool,
    /// Names, and the hashes of passwords.
    pub(super) users: Vec<(String, String)>,
    pub(super) is_empty: bool,
    /// Whether it says in so many words that there are no users: `basic_auth_users: {}`, or nothing but `{}`.
    pub(super) wants_no_users: bool,
}

/// The section `tls_server_config`.
#[derive(Default)]
pub(super) struct Tls {
    pub(super) certificate: Source,
    pub(super) key: Source,
    pub(super) client_ca: Option<Source>,
    pub(super) client_auth: Option<String>,
    pub(super) client_sans: Vec<String>,
    /// Whether it says in so many words that certificates may be for any name: `client_allowed_sans: []`.
    pub(super) wants_any_san: bool,
    pub(super) min_version: Option<String>,
    pub(super) max_version: Option<String>,
    pub(super) ciphers: Vec<String>,
    pub(super) curves: Vec<String>,
    /// Whether the order of `ciphers` counts, and not the client's.
    pub(super) prefers_own: bool,
}

/// Where something in PEM is.
#[derive(Default, Clone)]
pub(super) enum Source {
    #[default]
    Missing,
    /// In a file; a relative path is beside `web.yml`.
    File(String),
    /// In `web.yml` itself.
    Inline(String),
}

const SECTIONS: [&str; 4] = ["tls_server_config", "http_server_config", "basic_auth_users", "rate_limit"];

const TLS: [&str; 13] = [
    "cert",
    "cert_file",
    "key",
    "key_file",
    "client_ca",
    "client_ca_file",
    "client_auth_type",
    "client_allowed_sans",
    "min_version",
    "max_version",
    "cipher_suites",
    "curve_preferences",
    "prefer_server_cipher_suites",
];

const HTTP: [&str; 2] = ["http2", "headers"];

/// The headers that may be set, with the values that they may have; all if there are none.
const HEADERS: [(&str, &[&str]); 5] = [
    ("Content-Security-Policy", &[]),
    ("Strict-Transport-Security", &[]),
    ("X-Content-Type-Options", &["nosniff"]),
    ("X-Frame-Options", &["deny", "sameorigin"]),
    ("X-XSS-Protection", &[]),
];

impl Document {
    /// Messages never show what stands under `key` and `basic_auth_users`.
    pub(super) fn parse(path: &Path, content: &[u8]) -> Result<Self, Error> {
        let wrong = |what: &str| Error::new(Kind::Setting, format!("web configuration {}{what}", path.display()));
        let value: Value = if content.trim_ascii().is_empty() {
            Value::Null
        } else {
            // What the parser has to say shows the lines, in which there may be a secret.
            serde_saphyr::from_slice(content).map_err(|error| {
                let line = error.location().map_or(0, |location| location.line());
                wrong(&format!(", line {line}: this is not YAML, or a key stands twice in one mapping"))
            })?
        };
        Self::of(value).map_err(|what| wrong(&format!(": {what}")))
    }

    fn of(value: Value) -> Result<Self, String> {
        let is_empty = value.is_null();
        let is_empty_mapping = |value: &Value| value.as_object().is_some_and(Map::is_empty);
        let wants_no_users = is_empty_mapping(&value) || value.get("basic_auth_users").is_some_and(is_empty_mapping);
        let mut root = Section::new("", value, &SECTIONS)?;
        if root.has("rate_limit") {
            return Err("rate_limit is not supported; leave it out, or put a proxy in front".to_owned());
        }
        let tls = root.section("tls_server_config", &TLS)?.map(Tls::of).transpose()?.flatten();
        let http = root.section("http_server_config", &HTTP)?;
        let (mut headers, mut wants_http2) = (HeaderMap::new(), false);
        if let Some(mut http) = http {
            wants_http2 = http.truth("http2")?.unwrap_or(false);
            for (name, value) in http.texts_by_name("headers")? {
                let (name, value) = header(&name, &value)?;
                headers.extend(value.map(|value| (name, value)));
            }
        }
        let users = root.texts_by_name("basic_auth_users")?;
        Ok(Self { tls, headers, wants_http2, users, is_empty, wants_no_users })
    }
}

impl Tls {
    fn of(mut section: Section) -> Result<Option<Self>, String> {
        let names_sans = section.has("client_allowed_sans");
        let client_sans = section.texts("client_allowed_sans")?;
        let tls = Self {
            certificate: Source::of(&mut section, "cert_file", "cert")?,
            key: Source::of(&mut section, "key_file", "key")?,
            client_ca: Source::of(&mut section, "client_ca_file", "client_ca")?.found(),
            client_auth: section.text("client_auth_type")?,
            wants_any_san: names_sans && client_sans.is_empty(),
            client_sans,
            min_version: section.text("min_version")?,
            max_version: section.text("max_version")?,
            ciphers: section.texts("cipher_suites")?,
            curves: section.texts("curve_preferences")?,
            prefers_own: section.truth("prefer_server_cipher_suites")?.unwrap_or(true),
        };
        match (&tls.certificate, &tls.key) {
            (Source::Missing, Source::Missing) if tls.client_ca.is_none() && tls.client_auth.is_none() => Ok(None),
            (Source::Missing, _) => Err("tls_server_config needs cert_file, or cert".to_owned()),
            (_, Source::Missing) => Err("tls_server_config needs key_file, or key".to_owned()),
            _ => Ok(Some(tls)),
        }
    }
}

impl Source {
    fn of(section: &mut Section, file: &str, inline: &str) -> Result<Self, String> {
        match (section.text(file)?, section.text(inline)?) {
            (Some(_), Some(_)) => Err(format!("tls_server_config has both {file} and {inline}; keep one")),
            (Some(path), None) => Ok(Self::File(path)),
            (None, Some(text)) => Ok(Self::Inline(text)),
            (None, None) => Ok(Self::Missing),
        }
    }

    fn found(self) -> Option<Self> {
        Some(self).filter(|source| !matches!(source, Self::Missing))
    }
}

/// A header that may be set; without a value it is left out.
fn header(name: &str, value: &str) -> Result<(HeaderName, Option<HeaderValue>), String> {
    let wrong = |what: &str| format!("http_server_config.headers.{name} {what}");
    let Some((_, allowed)) = HEADERS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else {
        let known = HEADERS.map(|(name, _)| name).join(", ");
        return Err(wrong(&format!("cannot be set; those that can are {known}")));
    };
    if !allowed.is_empty() && !value.is_empty() && !allowed.contains(&value) {
        return Err(wrong(&format!("is `{value}`; write {}", allowed.join(" or "))));
    }
    let parsed = HeaderValue::from_str(value).map_err(|_| wrong("holds a character that no header can"))?;
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong("is no name of a header"))?;
    Ok((name, Some(parsed).filter(|_| !value.is_empty())))
}

#[cfg(test)]
mod tests;
