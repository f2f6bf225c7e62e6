//! Certificates and keys in PEM, from files or from `web.yml` itself. It knows nothing of connections.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use super::{super::super::watched::Files, document::Source};
use crate::error::{Error, Kind};

/// Reads what `web.yml` names.
pub(super) struct Reader<'a> {
    files: &'a mut Files,
    path: &'a Path,
}

impl<'a> Reader<'a> {
    pub(super) fn new(files: &'a mut Files, path: &'a Path) -> Self {
        Self { files, path }
    }

    /// An error of `web.yml`.
    pub(super) fn wrong(&self, what: &str) -> Error {
        Error::new(Kind::Setting, format!("web configuration {}: {what}", self.path.display()))
    }

    /// A chain, the certificate itself first.
    pub(super) fn certificates(&mut self, what: &str, source: &Source) -> Result<Vec<CertificateDer<'static>>, Error> {
        let (name, pem) = self.pem(what, source)?;
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
        match certificates {
            Ok(certificates) if !certificates.is_empty() => Ok(certificates),
            _ => Err(self.wrong(&format!("{name} holds no certificate; it has to be in PEM"))),
        }
    }

    pub(super) fn key(&mut self, source: &Source) -> Result<PrivateKeyDer<'static>, Error> {
        let (name, pem) = self.pem("key", source)?;
        PrivateKeyDer::from_pem_slice(&pem).map_err(|_| {
            self.wrong(&format!("{name} holds no private key; it has to be in PEM, and not protected by a password"))
        })
    }

    /// The name that messages give it, and its bytes.
    fn pem(&mut self, what: &str, source: &Source) -> Result<(String, Vec<u8>), Error> {
        let file = match source {
            Source::File(file) => file,
            Source::Inline(text) => return Ok((format!("tls_server_config.{what}"), text.clone().into_bytes())),
            Source::Missing => return Err(self.wrong(&format!("tls_server_config needs {what}_file, or {what}"))),
        };
        let path = self.path.parent().map_or_else(|| PathBuf::from(file), |folder| folder.join(file));
        let name = format!("tls_server_config.{what}_file {}", path.display());
        let content = self
            .files
            .read(&format!("web configuration {}: tls_server_config.{what}_file", self.path.display()), &path)?;
        Ok((name, content))
    }
}

/// Why clients will refuse a certificate now, if they will.
pub(super) fn out_of_date(certificate: &CertificateDer<'_>) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    let validity = certificate.validity();
    if validity.not_after.timestamp() < now.cast_signed() {
        Some(format!("has expired on {}", validity.not_after))
    } else if validity.not_before.timestamp() > now.cast_signed() {
        Some(format!("is not valid before {}", validity.not_before))
    } else {
        None
    }
}

/// Whether a certificate is for one of these DNS names, IP addresses, e-mail addresses or URIs.
pub(super) fn is_for_any(certificate: &CertificateDer<'_>, names: &[String]) -> bool {
    let Ok((_, certificate)) = X509Certificate::from_der(certificate) else { return false };
    let Ok(Some(alternatives)) = certificate.subject_alternative_name() else { return false };
    alternatives.value.general_names.iter().any(|name| match name {
        GeneralName::DNSName(name) | GeneralName::RFC822Name(name) | GeneralName::URI(name) => {
            names.iter().any(|allowed| allowed == name)
        }
        GeneralName::IPAddress(bytes) => {
            let ip = match **bytes {
                [a, b, c, d] => Some(IpAddr::from([a, b, c, d])),
                ref bytes => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
            };
            ip.is_some_and(|ip| names.iter().any(|allowed| *allowed == ip.to_string()))
        }
        _ => false,
    })
}
