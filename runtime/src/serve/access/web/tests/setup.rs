//! An endpoint behind a `web.yml`, an authority that signs, and clients that speak TLS.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tempfile::TempDir;
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedCipherSuite, SupportedProtocolVersion,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    version::{TLS12, TLS13},
};

use crate::{
    config::Reloadable,
    credentials::{Credentials, Offer},
    error::Error,
    exporters::{fake::Fake, shown::Shown},
    serve::inner::{Gate, Served, Server, limits::Limits},
};

pub(super) const PATIENCE: Duration = Duration::from_secs(20);
pub(super) const BOTH: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

/// A folder with certificates of an authority of its own.
pub(super) struct House {
    folder: TempDir,
    authority: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key in PEM.
#[derive(Clone)]
pub(super) struct Identity {
    pub(super) certificate: String,
    pub(super) key: String,
}

impl House {
    /// With `ca.pem`, `server.pem` and `server.key` for `localhost`.
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("temporary folders can be made");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("there is randomness");
        let authority = CertifiedIssuer::self_signed(params, key).expect("it can sign");
        let house = Self { folder, authority };
        house.write("ca.pem", &house.authority.pem());
        house.put("server", &house.signed(&["localhost"], 4000));
        house
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) -> PathBuf {
        fs::write(self.path(name), text).expect("it can be written");
        self.path(name)
    }

    pub(super) fn put(&self, name: &str, identity: &Identity) {
        self.write(&format!("{name}.pem"), &identity.certificate);
        self.write(&format!("{name}.key"), &identity.key);
    }

    /// A certificate for these names that ends with a year.
    pub(super) fn signed(&self, names: &[&str], until: i32) -> Identity {
        let (params, key) = params(names, until);
        let certificate = params.signed_by(&key, &self.authority).expect("it can sign").pem();
        Identity { certificate, key: key.serialize_pem() }
    }

    /// `web.yml` with `server.pem` and more lines under `tls_server_config`.
    pub(super) fn with_tls(&self, more: &[&str]) -> Credentials {
        let mut text = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n".to_owned();
        more.iter().for_each(|line| text += &format!("  {line}\n"));
        self.with(&text)
    }

    pub(super) fn with(&self, text: &str) -> Credentials {
        Credentials { web_config: Some(self.write("web.yml", text)), ..Credentials::default() }
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.der().clone()).expect("it is an authority");
        roots
    }

    /// A client that trusts the authority.
    pub(super) fn client(
        &self,
        versions: &[&'static SupportedProtocolVersion],
        own: Option<&Identity>,
    ) -> ClientConfig {
        let provider = Arc::new(ring::default_provider());
        let client = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions);
        let client = client.expect("they are served").with_root_certificates(self.roots());
        match own {
            None => client.with_no_client_auth(),
            Some(own) => {
                let certificate = CertificateDer::from_pem_slice(own.certificate.as_bytes()).expect("it is PEM");
                let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).expect("it is PEM");
                client.with_client_auth_cert(vec![certificate], key).expect("they belong together")
            }
        }
    }
}

/// A certificate that nobody else has signed.
pub(super) fn self_signed(names: &[&str]) -> Identity {
    let (params, key) = params(names, 4000);
    Identity { certificate: params.self_signed(&key).expect("it can sign").pem(), key: key.serialize_pem() }
}

fn params(names: &[&str], until: i32) -> (CertificateParams, KeyPair) {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("they are names");
    params.not_after = date_time_ymd(until, 1, 1);
    (params, KeyPair::generate().expect("there is randomness"))
}

/// What the gate tells of, files by kind and `handshake`; and requests that cannot be read, by route and status.
pub(super) type Told = Arc<Mutex<Vec<String>>>;

pub(super) fn start(credentials: &Credentials, limits: Limits) -> (Server, Told) {
    let (server, told, _) = start_watched(credentials, limits);
    (server, told)
}

/// An endpoint, and what looks at its files when it is told to.
pub(super) fn start_watched(credentials: &Credentials, limits: Limits) -> (Server, Told, Arc<Gate>) {
    let gate = Gate::open(credentials, Offer::Series).unwrap_or_else(|error| panic!("{error:?}"));
    let told = Told::default();
    let tell = {
        let told = Arc::clone(&told);
        move |what: &str| told.lock().expect("nobody panics").push(what.to_owned())
    };
    let (handshakes, answers) = (tell.clone(), tell.clone());
    gate.count_by(tell, move || handshakes("handshake"));
    let answered = move |route: &'static str, status| {
        if status == 400 {
            answers(&format!("{route} {status}"));
        }
    };
    let bound = Server::bind("127.0.0.1:0".parse().expect("an address")).expect("a port is free");
    let shown = Shown::Families(Arc::new(Fake::new().counter("jobs_total", "Jobs.", &[(&[], 3)])));
    let gate = Arc::new(gate);
    let server = bound.start(&Served::within(limits, &Reloadable::default(), Arc::clone(&gate)), shown, answered);
    (server.expect("a thread is free"), told, gate)
}

/// Why the settings are refused.
pub(super) fn refused(credentials: &Credentials) -> String {
    let error: Error = Gate::open(credentials, Offer::Series).expect_err("it is refused");
    assert!(error.is_setting());
    format!("{error:?}")
}

/// `GET /metrics` with one more header, over TLS; none if there is no agreement.
pub(super) fn get(server: &Server, client: &ClientConfig, header: &str) -> Option<String> {
    let name = ServerName::try_from("localhost").expect("it is a name");
    let client = ClientConnection::new(Arc::new(client.clone()), name).expect("it is well formed");
    let stream = TcpStream::connect(server.local_addr()).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time");
    exchange(StreamOwned::new(client, stream), header)
}

/// The suite that a client which would rather have the first one of its own agrees on.
pub(super) fn suite(server: &Server, house: &House, own: [SupportedCipherSuite; 2]) -> String {
    let provider = CryptoProvider { cipher_suites: own.to_vec(), ..ring::default_provider() };
    let client = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&TLS12])
        .expect("it is served")
        .with_root_certificates(house.roots())
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("it is a name");
    let mut client = ClientConnection::new(Arc::new(client), name).expect("it is well formed");
    let mut stream = TcpStream::connect(server.local_addr()).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time");
    client.complete_io(&mut stream).expect("they agree");
    format!("{:?}", client.negotiated_cipher_suite().expect("they have agreed").suite())
}

/// The same without TLS.
pub(super) fn get_plain(server: &Server, header: &str) -> Option<String> {
    let stream = TcpStream::connect(server.local_addr()).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time");
    exchange(stream, header)
}

fn exchange(mut stream: impl Read + Write, header: &str) -> Option<String> {
    write!(stream, "GET /metrics HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{header}\r\n").ok()?;
    let mut answer = Vec::new();
    // Some end without a farewell of TLS.
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer.starts_with("HTTP/1.1 ").then_some(answer)
}
