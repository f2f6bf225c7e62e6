//! Which certificates clients have to show. It knows nothing of what they are shown in return.

use std::{fmt, sync::Arc};

use tokio_rustls::rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};

use super::certificates::is_for_any;

/// Go's five kinds of client authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    /// None is asked for.
    No,
    /// One is asked for, and any or none will do.
    Request,
    /// Any will do.
    RequireAny,
    /// One that the authorities have signed, or none.
    VerifyIfGiven,
    /// One that the authorities have signed.
    RequireAndVerify,
}

impl Policy {
    pub(super) fn parse(text: Option<&str>) -> Result<Self, String> {
        match text {
            None | Some("NoClientCert") => Ok(Self::No),
            Some("RequestClientCert") => Ok(Self::Request),
            // The second one is an old name of the first.
            Some("RequireAnyClientCert" | "RequireClientCert") => Ok(Self::RequireAny),
            Some("VerifyClientCertIfGiven") => Ok(Self::VerifyIfGiven),
            Some("RequireAndVerifyClientCert") => Ok(Self::RequireAndVerify),
            Some(other) => Err(format!(
                "tls_server_config.client_auth_type is `{other}`; write NoClientCert, RequestClientCert, \
                 RequireAnyClientCert, VerifyClientCertIfGiven or RequireAndVerifyClientCert"
            )),
        }
    }

    pub(super) fn is_required(self) -> bool {
        matches!(self, Self::RequireAny | Self::RequireAndVerify)
    }

    pub(super) fn verifies(self) -> bool {
        matches!(self, Self::VerifyIfGiven | Self::RequireAndVerify)
    }
}

/// Looks at a client's certificate as the policy says.
pub(super) struct Clients {
    pub(super) policy: Policy,
    /// Checks who has signed it; none where anybody may have.
    pub(super) authorities: Option<Arc<dyn ClientCertVerifier>>,
    /// Of these names it must have one, unless there are none here.
    pub(super) names: Vec<String>,
    pub(super) provider: Arc<CryptoProvider>,
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").field("policy", &self.policy).field("names", &self.names).finish_non_exhaustive()
    }
}

impl ClientCertVerifier for Clients {
    fn client_auth_mandatory(&self) -> bool {
        self.policy.is_required()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.authorities.as_ref().map_or(&[], |authorities| authorities.root_hint_subjects())
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if let Some(authorities) = &self.authorities {
            authorities.verify_client_cert(end_entity, intermediates, now)?;
        }
        if !self.names.is_empty() && !is_for_any(end_entity, &self.names) {
            return Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure));
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
