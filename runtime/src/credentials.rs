//! What a program is told of who may read its metrics. It opens no file and judges no client.

use std::{fmt, path::PathBuf};

/// The settings of access to the endpoint. Without any of them, whoever reaches it may read it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Credentials {
    /// The operator's own token, which sees everything.
    pub(crate) token: Option<Secret>,
    /// The file that it stands in, in its place.
    pub(crate) token_file: Option<PathBuf>,
    /// The file of tokens and whose they are.
    pub(crate) tokens_file: Option<PathBuf>,
    /// The label whose values are the tenants.
    pub(crate) tenant_label: Option<String>,
    /// The exporter-toolkit's configuration of TLS and users.
    pub(crate) web_config: Option<PathBuf>,
}

/// What there is to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    /// Series, of which a tenant can be shown its own.
    Series,
    /// A text that somebody else writes, which is all or nothing.
    Text,
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

/// The longest token, far above any that is in use, and below what a request's head may hold.
const TOKEN_BYTES: usize = 4096;

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for whoever compares it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// Why no request could carry this as its token, if so.
    pub(crate) fn token_mistake(&self) -> Option<&'static str> {
        let token = self.reveal();
        if token.is_empty() {
            Some("is empty")
        } else if token.len() > TOKEN_BYTES {
            Some("is longer than 4096 bytes")
        } else if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            Some("holds a space, a line's end or another character that is not visible ASCII")
        } else {
            None
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        let credentials = Credentials { token: Some(Secret::new("hunter2")), ..Credentials::default() };
        assert!(!format!("{credentials:?} {credentials:#?}").contains("hunter2"));
    }

    #[test]
    fn a_token_is_what_a_header_can_carry() {
        let mistake = |token: &str| Secret::new(token).token_mistake();
        assert_eq!(mistake("a.b-c_d~e+f/g=="), None);
        for bad in ["", "a b", "a\n", "\ta", "ä", &"x".repeat(4097)] {
            assert!(mistake(bad).is_some(), "{bad:?}");
        }
    }
}
