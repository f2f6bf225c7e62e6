//! Settings of who may read the metrics. It knows no source, opens no file and judges no client.

use std::path::PathBuf;

use super::{
    Config,
    checks::{path, token},
    setting::{Field, Setting},
    table::ROW,
    value::Mistake,
};
use crate::{credentials::Secret, metric::label};

pub(super) const TOKEN: Setting = Setting {
    key: "token",
    meaning: "the bearer token that sees everything; without one, nothing but `/healthz` is answered",
    allowed: "write a token of letters and digits",
    is_access: true,
    field: &Field { get: |config| &config.token, get_mut: |config| &mut config.token, check: token },
    ..ROW
};

pub(super) const TOKEN_FILE: Setting = Setting {
    key: "token_file",
    meaning: "a file with the bearer token that sees everything, in the place of `token`; read again when it changes",
    allowed: "write the path of a file",
    is_access: true,
    field: &Field {
        get: |config| &config.token_file,
        get_mut: |config| &mut config.token_file,
        check: |file: &PathBuf| path(file),
    },
    ..ROW
};

pub(super) const TOKENS_FILE: Setting = Setting {
    key: "tokens_file",
    meaning: "a TOML file with lines of `\"token\" = \"tenant\"`, or `= true` for a token that sees everything",
    allowed: "write the path of a file",
    is_access: true,
    field: &Field {
        get: |config| &config.tokens_file,
        get_mut: |config| &mut config.tokens_file,
        check: |file: &PathBuf| path(file),
    },
    ..ROW
};

pub(super) const TENANT_LABEL: Setting = Setting {
    key: "tenant_label",
    meaning: "the label whose values are the tenants",
    allowed: "write the name of a label",
    is_access: true,
    field: &Field {
        get: |config| &config.tenant_label,
        get_mut: |config| &mut config.tenant_label,
        check: |name: &String| {
            label::classic_mistake(name).map_or(Ok(()), |mistake| Err(Mistake::Because(mistake.as_str().to_owned())))
        },
    },
    ..ROW
};

pub(super) const WEB_CONFIG: Setting = Setting {
    key: "web_config",
    meaning: "TLS, client certificates and users, as the Prometheus exporter-toolkit's `web.yml` says",
    allowed: "write the path of a file",
    is_access: true,
    field: &Field {
        get: |config| &config.web_config,
        get_mut: |config| &mut config.web_config,
        check: |file: &PathBuf| path(file),
    },
    ..ROW
};

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
