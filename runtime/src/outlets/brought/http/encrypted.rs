//! The client against servers that speak TLS, or do not.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use hyper::{Method, header::HeaderMap};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;
use tokio_rustls::rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};

use super::{Certificates, Client, Target};

const PATIENCE: Duration = Duration::from_secs(20);

/// An authority, and a folder with what it has signed.
struct House {
    folder: TempDir,
    authority: CertifiedIssuer<'static, KeyPair>,
}

impl House {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("there is randomness"));
        let house =
            Self { folder: tempfile::tempdir().expect("there is room"), authority: authority.expect("it can sign") };
        fs::write(house.folder.path().join("ca.pem"), house.authority.pem()).expect("there is room");
        house.sign("server");
        house.sign("client");
        house
    }

    fn sign(&self, name: &str) {
        let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("it is a name");
        let key = KeyPair::generate().expect("there is randomness");
        let certificate = params.signed_by(&key, &self.authority).expect("it can sign");
        fs::write(self.folder.path().join(format!("{name}.pem")), certificate.pem()).expect("there is room");
        fs::write(self.folder.path().join(format!("{name}.key")), key.serialize_pem()).expect("there is room");
    }

    /// A server that lets in who has a certificate of the authority; its port.
    fn serve(&self) -> u16 {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.der().clone()).expect("it is an authority");
        let provider = Arc::new(ring::default_provider());
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
        let path = |name: &str| self.folder.path().join(name);
        let certificate = CertificateDer::from_pem_file(path("server.pem")).expect("it is PEM");
        let key = PrivateKeyDer::from_pem_file(path("server.key")).expect("it is PEM");
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("they are served")
            .with_client_cert_verifier(clients.expect("it can verify"))
            .with_single_cert(vec![certificate], key)
            .expect("they belong together");
        serve(move |stream| {
            let connection = ServerConnection::new(Arc::new(config.clone())).expect("it is well formed");
            answer(StreamOwned::new(connection, stream));
        })
    }

    fn client(&self, port: u16, authority: &str, own: Option<&str>) -> Client {
        let path = |name: String| self.folder.path().join(name);
        let own = own.map(|own| (path(format!("{own}.pem")), path(format!("{own}.key"))));
        let certificates = Certificates { authorities: Some(path(format!("{authority}.pem"))), own };
        Client::new(Target::parse(&format!("https://localhost:{port}/x")).expect("it is a URL"), certificates)
    }
}

fn serve(handle: impl Fn(std::net::TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || listener.incoming().flatten().for_each(handle));
    port
}

/// Reads a request, if there is one, and answers it with its path.
fn answer(mut stream: impl Read + Write) {
    let (mut read, mut buffer) = (Vec::new(), [0; 1024]);
    while !read.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(count) => read.extend_from_slice(&buffer[..count]),
        }
    }
    let line = String::from_utf8_lossy(&read).lines().next().unwrap_or_default().to_owned();
    // A client that has gone away is no failure here.
    let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{line}", line.len());
    let _ = stream.flush();
}

fn send(client: &mut Client) -> std::io::Result<String> {
    let answer = client.send(Method::POST, HeaderMap::new(), Vec::new(), PATIENCE)?;
    Ok(format!("{} {}", answer.status.as_u16(), String::from_utf8_lossy(&answer.body)))
}

#[test]
fn certificates_are_shown_and_believed_and_read_again_for_each_connection() {
    let house = House::new();
    let port = house.serve();
    let mut client = house.client(port, "ca", Some("client"));
    assert_eq!(send(&mut client).expect("they agree"), "200 POST /x HTTP/1.1");
    fs::write(house.folder.path().join("client.pem"), "nothing").expect("there is room");
    let error = send(&mut client).expect_err("there is no certificate").to_string();
    assert!(error.contains("client.pem"), "{error}");
    house.sign("client");
    assert_eq!(send(&mut client).expect("it is read again"), "200 POST /x HTTP/1.1");
}

#[test]
fn a_server_that_is_not_believed_or_refuses_is_an_error() {
    let house = House::new();
    let port = house.serve();
    send(&mut house.client(port, "client", Some("client"))).expect_err("nobody has signed it");
    send(&mut house.client(port, "ca", None)).expect_err("it wants a certificate");
    let plain = serve(|mut stream| drop(stream.write_all(b"HTTP/1.1 400 X\r\ncontent-length: 0\r\n\r\n")));
    send(&mut house.client(plain, "ca", Some("client"))).expect_err("it speaks no TLS");
}

#[test]
fn a_server_that_says_nothing_is_left_when_the_time_is_over() {
    let kept = Mutex::new(Vec::new());
    let port = serve(move |stream| kept.lock().expect("nothing panics").push(stream));
    let target = Target::parse(&format!("http://127.0.0.1:{port}/")).expect("it is a URL");
    let mut client = Client::new(target, Certificates::default());
    let sent = client.send(Method::POST, HeaderMap::new(), Vec::new(), Duration::from_millis(50));
    assert_eq!(sent.expect_err("there is no answer").kind(), std::io::ErrorKind::TimedOut);
}
