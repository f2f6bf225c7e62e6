//! Where and how it is pushed, decided. It knows no source.

use std::{
    env,
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use hyper::header::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    Error,
    error::Kind,
    exporters::otlp::{Histograms, Temporality},
    outlets::brought::http::{Certificates, Target},
};

/// What a URL may be, for messages.
pub(super) const URL: &str = "write a URL such as http://localhost:4318/v1/metrics, and users and passwords as headers";

/// Where and how it is pushed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Settings {
    pub(super) target: Target,
    pub(super) headers: HeaderMap,
    pub(super) timeout: Duration,
    pub(super) interval: Duration,
    pub(super) is_packed: bool,
    pub(super) certificates: Certificates,
    pub(super) temporality: Temporality,
    pub(super) histograms: Histograms,
    attributes: Vec<(String, String)>,
}

impl Settings {
    /// What is so without a word, for this URL.
    pub(super) fn new(url: &str) -> Result<Self, Error> {
        let malformed = || Error::new(Kind::Setting, format!("the URL of OTLP is `{url}`; {URL}"));
        Ok(Self::to(Target::parse(url).ok_or_else(malformed)?))
    }

    pub(super) fn to(target: Target) -> Self {
        Self {
            target,
            headers: HeaderMap::new(),
            timeout: Duration::from_secs(10),
            interval: Duration::from_mins(1),
            is_packed: false,
            certificates: Certificates::default(),
            temporality: Temporality::default(),
            histograms: Histograms::default(),
            attributes: Vec::new(),
        }
    }

    /// Adds a header, marked as one that nothing prints.
    pub(super) fn add_header(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let malformed = || {
            let message =
                format!("`{name}` is no header of OTLP that can be sent; a name is a token, a value one line");
            Error::new(Kind::Setting, message)
        };
        let name_read: HeaderName = name.parse().map_err(|_| malformed())?;
        let mut value: HeaderValue = value.parse().map_err(|_| malformed())?;
        value.set_sensitive(true);
        self.headers.insert(name_read, value);
        Ok(())
    }

    pub(super) fn set_attribute(&mut self, key: String, value: String) {
        match self.attributes.iter_mut().find(|(taken, _)| *taken == key) {
            Some((_, old)) => *old = value,
            None => self.attributes.push((key, value)),
        }
    }

    /// What the program is, and which one of its kind.
    pub(super) fn attributes(&self) -> Vec<(String, String)> {
        let own = [
            ("service.name", service as fn() -> String),
            ("service.instance.id", instance),
            ("telemetry.sdk.name", || "tachometer".to_owned()),
            ("telemetry.sdk.language", || "rust".to_owned()),
            ("telemetry.sdk.version", || env!("CARGO_PKG_VERSION").to_owned()),
        ];
        let mut attributes = self.attributes.clone();
        for (key, value) in own {
            if !attributes.iter().any(|(taken, _)| taken == key) {
                attributes.push((key.to_owned(), value()));
            }
        }
        attributes
    }
}

fn service() -> String {
    let program = env::current_exe().ok();
    let name = program.as_deref().and_then(|program| program.file_name()).map(|name| name.to_string_lossy());
    name.map_or_else(|| "unknown_service".to_owned(), |name| format!("unknown_service:{name}"))
}

/// A UUID at random, version 4.
fn instance() -> String {
    let half = || RandomState::new().hash_one(std::process::id());
    let (high, low) = (half() & !0xf000 | 0x4000, half() & !(0b11 << 62) | 0b10 << 62);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}
