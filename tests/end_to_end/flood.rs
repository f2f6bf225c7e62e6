//! More clients than there is room for, and a program without file descriptors.

use std::{
    fs::File,
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use rustix::process::{Resource, getrlimit, setrlimit};
use tachometer::Telemetry;

use super::support::{deadline::eventually, http};

/// Longer than anything takes, so that a test that hangs fails instead.
const PATIENCE: Duration = Duration::from_secs(60);

fn install() -> (Telemetry, SocketAddr) {
    let builder = tachometer::builder().listen(SocketAddr::from(([127, 0, 0, 1], 0)));
    let telemetry = builder.install().expect("nothing else is installed");
    let address = telemetry.local_addr().expect("it listens");
    (telemetry, address)
}

/// A client that has asked for the metrics, and has not looked for an answer.
fn ask(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("the endpoint listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time");
    stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").expect("the system takes a short request");
    stream
}

fn status(mut stream: TcpStream) -> u16 {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer comes");
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
}

#[test]
fn a_thousand_scrapes_at_once_are_all_answered() {
    // The test holds both ends of each connection.
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).expect("a limit can be raised to the hard one");

    let (_telemetry, address) = install();
    let clients: Vec<_> = (0..1000).map(|_| ask(address)).collect();
    let statuses: Vec<_> = clients.into_iter().map(status).collect();
    let answered = statuses.iter().filter(|status| **status == 200).count();
    let refused = statuses.iter().filter(|status| **status == 503).count();
    assert_eq!(answered + refused, 1000);
    assert!(answered >= 512, "{answered} were answered");
    eventually(|| match http::request(address, "GET", "/metrics", "") {
        Ok(response) if response.status == 200 => Ok(()),
        other => Err(format!("{:?}", other.map(|response| response.status))),
    });
}

#[test]
fn the_endpoint_outlives_a_lack_of_file_descriptors() {
    let (_telemetry, address) = install();
    assert_eq!(status(ask(address)), 200);
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = Some(limit.current.unwrap_or(256).min(256));
    setrlimit(Resource::Nofile, limit).expect("a limit can be lowered");
    let mut held: Vec<File> = Vec::new();
    let full: io::Error = loop {
        match File::open("/dev/null") {
            Ok(file) => held.push(file),
            Err(error) => break error,
        }
    };
    assert!(full.to_string().contains("Too many open files"), "{full}");
    // The last one goes to the client, and none is left for the endpoint's side of the connection.
    held.pop();
    let client = ask(address);
    drop(held);
    assert_eq!(status(client), 200);
}
