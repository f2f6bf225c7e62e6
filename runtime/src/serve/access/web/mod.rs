//! What `web.yml` says: TLS, users, headers. It knows nothing of tokens and tenants.
#[cfg(not(feature = "tls"))]
#[path = "disabled.rs"]
mod inner;
#[cfg(feature = "tls")]
#[path = "enabled.rs"]
mod inner;

pub(crate) use self::inner::Stream;
pub(super) use self::inner::Web;
