//! Requests over HTTP/1.1, one after the other, each on a connection of its own. It knows nothing of what is sent.
//!
//! It waits in an async runtime of its own, on the thread of its outlet, so that a time limit ends whatever is being waited
//! for, a resolver that hangs included.

use std::{
    fmt, io,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Collected, Full, LengthLimitError, Limited};
use hyper::{
    Method, Request, Response, StatusCode, Uri,
    body::Incoming,
    client::conn::http1,
    header::{self, HeaderMap},
    http::uri::Scheme,
    rt::{Read, Write},
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, runtime::Runtime, time};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    },
};

/// How much of an answer is read.
const LONGEST_ANSWER: usize = 4 * 1024 * 1024;

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::outlets) struct Target {
    uri: Uri,
}

/// Which certificates are shown and believed. The files are read for each connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::outlets) struct Certificates {
    /// Those that are believed; the system's where there is none.
    pub(in crate::outlets) authorities: Option<PathBuf>,
    /// What is shown: certificates and their key.
    pub(in crate::outlets) own: Option<(PathBuf, PathBuf)>,
}

/// Sends requests.
pub(in crate::outlets) struct Client {
    target: Target,
    certificates: Certificates,
    runtime: Option<Runtime>,
}

/// What was answered.
#[derive(Debug)]
pub(in crate::outlets) struct Answer {
    pub(in crate::outlets) status: StatusCode,
    /// How long to wait, if the other side says so.
    pub(in crate::outlets) retry_after: Option<Duration>,
    /// Empty where it is longer than is read.
    pub(in crate::outlets) body: Bytes,
}

impl Target {
    /// Reads a URL; none if it is no such one.
    pub(in crate::outlets) fn parse(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let is_http = uri.scheme() == Some(&Scheme::HTTP) || uri.scheme() == Some(&Scheme::HTTPS);
        let has_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
        (is_http && !has_user && uri.host().is_some_and(|host| !host.is_empty())).then_some(Self { uri })
    }

    /// The same with this path.
    pub(in crate::outlets) fn with_path(&self, path: &str) -> Option<Self> {
        let authority = self.uri.authority()?.as_str();
        Self::parse(&format!("{}://{authority}{path}", self.uri.scheme_str()?))
    }

    pub(in crate::outlets) fn path(&self) -> &str {
        self.uri.path()
    }

    pub(in crate::outlets) fn query(&self) -> Option<&str> {
        self.uri.query()
    }

    fn is_encrypted(&self) -> bool {
        self.uri.scheme() == Some(&Scheme::HTTPS)
    }

    fn host(&self) -> &str {
        let host = self.uri.host().unwrap_or_default();
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    fn port(&self) -> u16 {
        self.uri.port_u16().unwrap_or(if self.is_encrypted() { 443 } else { 80 })
    }
}

/// Without what may be secret in a query.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        write!(f, "{}://{authority}{}", self.uri.scheme_str().unwrap_or_default(), self.uri.path())
    }
}

impl Certificates {
    /// Reads all of them.
    pub(in crate::outlets) fn read(&self) -> io::Result<ClientConfig> {
        let mut roots = RootCertStore::empty();
        match &self.authorities {
            Some(file) => {
                for certificate in certificates(file)? {
                    roots.add(certificate).map_err(|error| of_file(file, error))?;
                }
            }
            None => {
                // Those that cannot be read are missed when a server shows one of theirs.
                let _ = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder =
            builder.with_safe_default_protocol_versions().map_err(io::Error::other)?.with_root_certificates(roots);
        match &self.own {
            Some((file, key_file)) => {
                let key = PrivateKeyDer::from_pem_file(key_file).map_err(|error| of_file(key_file, error))?;
                builder.with_client_auth_cert(certificates(file)?, key).map_err(|error| of_file(file, error))
            }
            None => Ok(builder.with_no_client_auth()),
        }
    }
}

fn certificates(file: &PathBuf) -> io::Result<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_file_iter(file).map_err(|error| of_file(file, error))?;
    let read: Result<Vec<_>, _> = read.collect();
    let read = read.map_err(|error| of_file(file, error))?;
    if read.is_empty() { Err(of_file(file, "there is no certificate in it")) } else { Ok(read) }
}

fn of_file(file: &std::path::Path, error: impl fmt::Display) -> io::Error {
    io::Error::other(format!("{}: {error}", file.display()))
}

impl Client {
    pub(in crate::outlets) fn new(target: Target, certificates: Certificates) -> Self {
        Self { target, certificates, runtime: None }
    }

    /// Sends a request and reads the answer to it.
    ///
    /// # Errors
    /// If there is no answer within this time.
    pub(in crate::outlets) fn send(
        &mut self,
        method: Method,
        headers: HeaderMap,
        body: Vec<u8>,
        within: Duration,
    ) -> io::Result<Answer> {
        let runtime = match self.runtime.take() {
            Some(runtime) => runtime,
            None => tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?,
        };
        let runtime = self.runtime.insert(runtime);
        let request = request(&self.target, method, headers, body)?;
        let exchange = exchange(&self.target, &self.certificates, request);
        runtime.block_on(async { time::timeout(within, exchange).await }).unwrap_or_else(|_| {
            Err(io::Error::new(io::ErrorKind::TimedOut, format!("there was no answer within {within:.1?}")))
        })
    }
}

/// Threads that still wait for a resolver are left to themselves.
impl Drop for Client {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn request(target: &Target, method: Method, headers: HeaderMap, body: Vec<u8>) -> io::Result<Request<Full<Bytes>>> {
    let path = target.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request =
        Request::builder().method(method).uri(path).body(Full::new(body.into())).map_err(io::Error::other)?;
    let authority = target.uri.authority().map_or("", |authority| authority.as_str());
    let agent =
        concat!("tachometer/", env!("CARGO_PKG_VERSION"), " OTel-OTLP-Exporter-Rust/", env!("CARGO_PKG_VERSION"));
    *request.headers_mut() = headers;
    request.headers_mut().insert(header::HOST, authority.parse().map_err(io::Error::other)?);
    request.headers_mut().insert(header::USER_AGENT, header::HeaderValue::from_static(agent));
    request.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    Ok(request)
}

async fn exchange(target: &Target, certificates: &Certificates, request: Request<Full<Bytes>>) -> io::Result<Answer> {
    let stream = TcpStream::connect((target.host(), target.port())).await?;
    stream.set_nodelay(true)?;
    if !target.is_encrypted() {
        return over(TokioIo::new(stream), request).await;
    }
    let connector = TlsConnector::from(Arc::new(certificates.read()?));
    let name = ServerName::try_from(target.host().to_owned()).map_err(io::Error::other)?;
    over(TokioIo::new(connector.connect(name, stream).await?), request).await
}

async fn over<S>(stream: S, request: Request<Full<Bytes>>) -> io::Result<Answer>
where
    S: Read + Write + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(stream).await.map_err(io::Error::other)?;
    let connection = Guarded(tokio::spawn(async { drop(connection.await) }));
    let response = sender.send_request(request).await.map_err(io::Error::other)?;
    let answer = read(response).await;
    drop(connection);
    answer
}

/// A task that ends with this.
struct Guarded(tokio::task::JoinHandle<()>);

impl Drop for Guarded {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Reads an answer. One whose connection ends in its middle is none: what it would have said is not known.
async fn read(response: Response<Incoming>) -> io::Result<Answer> {
    let status = response.status();
    let value = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = value.and_then(|value| retry_after(value, SystemTime::now()));
    let body = Limited::new(response.into_body(), LONGEST_ANSWER).collect();
    let body = match body.await {
        Ok(body) => Collected::to_bytes(body),
        Err(error) if error.is::<LengthLimitError>() => Bytes::new(),
        Err(error) => return Err(io::Error::other(error)),
    };
    Ok(Answer { status, retry_after, body })
}

/// Seconds, or a date.
fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default()),
    }
}

#[cfg(test)]
mod encrypted;
#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn both_forms_of_retry_after_are_read() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:47 GMT", now), Some(Duration::from_secs(10)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:27 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
    }

    #[test]
    fn a_target_is_a_url_of_http() {
        let target = |url| Target::parse(url).map(|target| (target.host().to_owned(), target.port()));
        assert_eq!(target("http://localhost:4318/x"), Some(("localhost".to_owned(), 4318)));
        assert_eq!(target("https://[::1]/"), Some(("::1".to_owned(), 443)));
        assert_eq!(target("http://h"), Some(("h".to_owned(), 80)));
        for wrong in ["localhost:4318", "ftp://h/", "http://", "/v1", "http://me:secret@h/", ""] {
            assert_eq!(target(wrong), None, "{wrong}");
        }
    }
}
