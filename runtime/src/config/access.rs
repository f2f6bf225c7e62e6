//! Settings of who may read the metrics. It knows no source, opens no file and judges no client.

use std::path::PathBuf;

use super::Config;
use crate::credentials::Secret;

impl Config {
    /// Lets in only who has this token, which sees everything. It is in no message, and prints itself as `***`.
    ///
    /// A client sends it as `Authorization: Bearer <token>`; others get 401. `/healthz` stays open to all.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(Secret::new(token));
        self
    }

    /// Lets in who has the token that stands in this file, as for [`token`](Self::token), which is not set then. The file is
    /// read again when it changes, so that the token can be another one without a restart.
    pub fn token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.token_file = Some(path.into());
        self
    }

    /// Lets in who has a token of this file, which is TOML.
    ///
    /// Each line is a token and the tenant whose series it shows, or `true` for all series:
    ///
    /// ```toml
    /// "a3f9.72" = "acme"
    /// "77b0-1c" = "umbrella"
    /// "c0ffee"  = true
    /// ```
    ///
    /// The file is read again when it changes. If it cannot be used then, what was read before stays in force, and
    /// `tachometer_access_reload_errors_total` counts that.
    pub fn tokens_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.tokens_file = Some(path.into());
        self
    }

    /// The label whose values are the tenants of the tokens file.
    ///
    /// A tenant sees the series that have this label with exactly its name as the value, and nothing of the others, not
    /// even the names of their metrics.
    pub fn tenant_label(mut self, name: impl Into<String>) -> Self {
        self.tenant_label = Some(name.into());
        self
    }

    /// TLS, client certificates, users and headers by a `web.yml` of the Prometheus exporter-toolkit's form. Needs the
    /// feature `tls`.
    ///
    /// The file, certificates and keys are read again when they change, as the tokens file is.
    pub fn web_config(mut self, path: impl Into<PathBuf>) -> Self {
        self.web_config = Some(path.into());
        self
    }
}
