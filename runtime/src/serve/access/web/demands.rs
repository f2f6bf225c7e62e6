//! What TLS asks of clients, and which of it a changed file may not drop by silence. It reads no file.

use super::{clients::Policy, document::Tls};

/// What a client has to bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Demands {
    certificate: bool,
    /// Its certificate has one of certain names.
    name: bool,
    newest_version: bool,
}

impl Demands {
    /// # Errors
    /// If the kind of client authentication is unknown.
    pub(super) fn of(tls: &Tls) -> Result<Self, String> {
        Ok(Self {
            certificate: Policy::parse(tls.client_auth.as_deref())? != Policy::No,
            name: !tls.client_sans.is_empty(),
            newest_version: tls.min_version.as_deref() == Some("TLS13"),
        })
    }

    /// Whether a client has to bring a certificate.
    pub(super) fn wants_certificates(self) -> bool {
        self.certificate
    }

    /// Refuses a file that asks less than these demands and does not say so in words. A file that is being written has
    /// lost its end, and must not open the endpoint by that.
    ///
    /// # Errors
    /// With what is gone, and what to write if that is wanted.
    pub(super) fn kept_by(self, tls: &Tls) -> Result<(), String> {
        let now = Self::of(tls)?;
        let gone = |key: &str, wanted: &str| {
            Err(format!(
                "tls_server_config.{key} is gone, as if the file were being written; write `{wanted}` if it is no longer wanted"
            ))
        };
        if self.certificate && !now.certificate && tls.client_auth.is_none() {
            return gone("client_auth_type", "client_auth_type: NoClientCert");
        }
        if self.name && !now.name && now.certificate && !tls.wants_any_san {
            return gone("client_allowed_sans", "client_allowed_sans: []");
        }
        if self.newest_version && !now.newest_version && tls.min_version.is_none() {
            return gone("min_version", "min_version: TLS12");
        }
        Ok(())
    }
}
