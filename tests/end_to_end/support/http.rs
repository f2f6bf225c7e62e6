//! Just enough of an HTTP client: one request on one connection, whose end is the end of the body.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// What a server answered.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: String,
    head: String,
}

impl Response {
    /// The value of a header, if it is there.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.into_iter().find(|(this, _)| this.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// `GET path`, answered by 200.
#[track_caller]
pub(crate) fn get(server: SocketAddr, path: &str) -> String {
    let response = request(server, "GET", path, "").unwrap_or_else(|error| panic!("GET {server}{path}: {error}"));
    assert_eq!(response.status, 200, "GET {server}{path}: {}", response.body);
    response.body
}

/// `GET path` in a media type, answered by 200.
#[track_caller]
pub(crate) fn get_as(server: SocketAddr, path: &str, accept: &str) -> String {
    let response = send(server, "GET", path, &format!("Accept: {accept}\r\n"), "");
    let response = response.unwrap_or_else(|error| panic!("GET {server}{path}: {error}"));
    assert_eq!(response.status, 200, "GET {server}{path}: {}", response.body);
    response.body
}

/// `GET path`, answered by a JSON document.
#[track_caller]
pub(crate) fn get_json(server: SocketAddr, path: &str) -> Value {
    let body = get(server, path);
    serde_json::from_str(&body).unwrap_or_else(|error| panic!("GET {server}{path}: {error} in {body}"))
}

/// Sends one request, with a JSON body if it is not empty.
pub(crate) fn request(server: SocketAddr, method: &str, path: &str, body: &str) -> io::Result<Response> {
    send(server, method, path, "Content-Type: application/json\r\n", body)
}

fn send(server: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> io::Result<Response> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    // HTTP/1.0, so that no server answers in chunks or keeps the connection.
    write!(stream, "{method} {path} HTTP/1.0\r\nHost: {server}\r\nContent-Length: {}\r\n", body.len())?;
    write!(stream, "{headers}\r\n{body}")?;

    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    Ok(Response { status, body: body.to_owned(), head: head.to_owned() })
}
