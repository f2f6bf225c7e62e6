//! From `tls_server_config` to what rustls serves by.

use std::{path::Path, sync::Arc};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, RootCertStore, ServerConfig, SupportedProtocolVersion,
        crypto::{CryptoProvider, SupportedKxGroup, ring},
        server::{NoClientAuth, WebPkiClientVerifier, danger::ClientCertVerifier},
        version::{TLS12, TLS13},
    },
};

use super::{
    super::super::watched::Files,
    certificates::{Reader, out_of_date},
    clients::{Clients, Policy},
    document::Tls,
};
use crate::error::Error;

/// The one protocol that is spoken.
const HTTP_1: &[u8] = b"http/1.1";

/// Reads certificates and keys.
///
/// As with the exporter-toolkit, a certificate that is out of date is no error: whoever checks it refuses it.
pub(super) fn acceptor(files: &mut Files, path: &Path, tls: &Tls) -> Result<TlsAcceptor, Error> {
    let mut reader = Reader::new(files, path);
    let provider = Arc::new(provider(tls).map_err(|what| reader.wrong(&what))?);
    let versions = versions(tls).map_err(|what| reader.wrong(&what))?;
    let clients = clients(&mut reader, tls, &provider)?;
    let certificates = reader.certificates("cert", &tls.certificate)?;
    let key = reader.key(&tls.key)?;
    if let Some(problem) = out_of_date(&certificates[0]) {
        tracing::warn!("web configuration {}: the certificate {problem}; clients will refuse it", path.display());
    }
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions)
        .map_err(|error| reader.wrong("its versions and cipher_suites leave nothing").with_source(error))?
        .with_client_cert_verifier(clients)
        .with_single_cert(certificates, key)
        .map_err(|error| {
            let what = match error {
                rustls::Error::InconsistentKeys(_) => "the certificate and the key do not belong together",
                _ => "the certificate and the key cannot be used",
            };
            reader.wrong(what).with_source(error)
        })?;
    config.alpn_protocols = vec![HTTP_1.to_vec()];
    config.ignore_client_order = tls.prefers_own;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// What rustls has, less what the file leaves out. As in Go, the suites of TLS 1.3 are not up for choice.
fn provider(tls: &Tls) -> Result<CryptoProvider, String> {
    let mut provider = ring::default_provider();
    if !tls.ciphers.is_empty() {
        let mut chosen = Vec::new();
        for name in &tls.ciphers {
            let suite = provider.cipher_suites.iter().find(|suite| go_name(&format!("{:?}", suite.suite())) == *name);
            chosen.push(*suite.ok_or_else(|| {
                let known = provider.cipher_suites.iter().map(|suite| go_name(&format!("{:?}", suite.suite())));
                let known = known.collect::<Vec<_>>().join(", ");
                format!("tls_server_config.cipher_suites has `{name}`, which is not served; those that are: {known}")
            })?);
        }
        provider.cipher_suites.retain(|suite| suite.tls13().is_some() && !chosen.contains(suite));
        provider.cipher_suites.extend(chosen);
    }
    if !tls.curves.is_empty() {
        provider.kx_groups = tls.curves.iter().map(|name| curve(name)).collect::<Result<_, _>>()?;
    }
    Ok(provider)
}

/// rustls puts the version into the names of TLS 1.3's suites, Go does not.
fn go_name(name: &str) -> String {
    name.replacen("TLS13_", "TLS_", 1)
}

fn curve(name: &str) -> Result<&'static dyn SupportedKxGroup, String> {
    match name {
        "X25519" => Ok(ring::kx_group::X25519),
        "CurveP256" => Ok(ring::kx_group::SECP256R1),
        "CurveP384" => Ok(ring::kx_group::SECP384R1),
        _ => Err(format!(
            "tls_server_config.curve_preferences has `{name}`, which is not served; write X25519, CurveP256 or CurveP384"
        )),
    }
}

fn versions(tls: &Tls) -> Result<Vec<&'static SupportedProtocolVersion>, String> {
    let number = |key: &str, text: &Option<String>, default: u8| match text.as_deref() {
        None => Ok(default),
        Some("TLS12") => Ok(2),
        Some("TLS13") => Ok(3),
        Some(other) => {
            Err(format!("tls_server_config.{key} is `{other}`; write TLS12 or TLS13, nothing older is served"))
        }
    };
    let (min, max) = (number("min_version", &tls.min_version, 2)?, number("max_version", &tls.max_version, 3)?);
    match (min, max) {
        (2, 2) => Ok(vec![&TLS12]),
        (2, 3) => Ok(vec![&TLS13, &TLS12]),
        (3, 3) => Ok(vec![&TLS13]),
        _ => Err("tls_server_config.min_version is above max_version".to_owned()),
    }
}

fn clients(
    reader: &mut Reader<'_>,
    tls: &Tls,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, Error> {
    let policy = Policy::parse(tls.client_auth.as_deref()).map_err(|what| reader.wrong(&what))?;
    if !tls.client_sans.is_empty() && !policy.is_required() {
        return Err(reader.wrong(
            "tls_server_config.client_allowed_sans needs a client_auth_type of RequireAnyClientCert or \
             RequireAndVerifyClientCert",
        ));
    }
    let authorities = match &tls.client_ca {
        Some(_) if policy == Policy::No => {
            return Err(reader.wrong("tls_server_config has a client_ca and no client_auth_type that would use it"));
        }
        Some(source) => Some(reader.certificates("client_ca", source)?),
        None if policy.verifies() => {
            return Err(reader.wrong("tls_server_config.client_auth_type needs client_ca_file, or client_ca"));
        }
        None => None,
    };
    if policy == Policy::No {
        return Ok(Arc::new(NoClientAuth));
    }
    let authorities = match authorities.filter(|_| policy.verifies()) {
        Some(authorities) => {
            let mut roots = RootCertStore::empty();
            for authority in authorities {
                roots.add(authority).map_err(|error| reader.wrong("client_ca cannot be used").with_source(error))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
            Some(verifier.map_err(|error| reader.wrong("client_ca cannot be used").with_source(error))?)
        }
        None => None,
    };
    Ok(Arc::new(Clients { policy, authorities, names: tls.client_sans.clone(), provider: Arc::clone(provider) }))
}
