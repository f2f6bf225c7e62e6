//! A client that can be as slow, half-closed or greedy as a test wants.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
};

use super::{PATIENCE, Server};

/// A client that knows just enough HTTP to read an answer, and can send anything.
pub(super) struct Client(pub(super) BufReader<TcpStream>);

#[derive(Debug, PartialEq)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

/// A reply whose body may be anything.
pub(super) struct Packed {
    pub(super) headers: Reply,
    pub(super) bytes: Vec<u8>,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(this, _)| this == name).map(|(_, value)| value.as_str())
    }
}

impl Client {
    pub(super) fn connect(server: &Server) -> Self {
        let stream = TcpStream::connect(server.address).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time");
        Self(BufReader::new(stream))
    }

    pub(super) fn send(&mut self, bytes: &str) {
        self.0.get_mut().write_all(bytes.as_bytes()).expect("the server reads");
    }

    /// `GET path` with further headers.
    pub(super) fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Packed {
        let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: test\r\n{lines}\r\n"));
        let headers = self.reply(false);
        let len = headers.header("content-length").expect("a length").parse().expect("a number");
        let mut bytes = vec![0; len];
        self.0.read_exact(&mut bytes).expect("the whole body comes");
        Packed { headers, bytes }
    }

    pub(super) fn ask(&mut self, method: &str, path: &str) -> Reply {
        self.send(&format!("{method} {path} HTTP/1.1\r\nhost: test\r\n\r\n"));
        self.reply(method != "HEAD")
    }

    pub(super) fn reply(&mut self, has_body: bool) -> Reply {
        let first = self.line();
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status line");
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            let Some((name, value)) = line.split_once(": ") else { break };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let mut reply = Reply { status, headers, body: String::new() };
        if has_body {
            let mut body = vec![0; reply.header("content-length").expect("a length").parse().expect("a number")];
            self.0.read_exact(&mut body).expect("the whole body comes");
            reply.body = String::from_utf8(body).expect("text");
        }
        reply
    }

    pub(super) fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("a line comes");
        line.trim_end().to_owned()
    }

    /// Reads to the end; true if there was nothing more.
    pub(super) fn is_closed(&mut self) -> bool {
        self.0.read(&mut [0; 64]).is_ok_and(|read| read == 0)
    }
}
