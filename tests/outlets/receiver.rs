//! A server that answers what a test says, and keeps what it was sent. And a client that asks for a page.

use std::{
    collections::VecDeque,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// What a receiver does with one request.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// A status, further headers, and a body.
    Status(u16, &'static str, Vec<u8>),
    /// Nothing, for as long as the connection lasts.
    Hang,
    /// The end of the connection, with the request unread.
    Reset,
    /// The end of the connection, with the request read.
    Close,
    /// The end of what it says, in the middle of an answer, while it goes on listening.
    HalfClose,
    /// The beginning of an answer, and then nothing.
    Torn,
}

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Receiver {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
    script: Arc<Mutex<VecDeque<Answer>>>,
}

impl Receiver {
    /// One that answers so, and 200 from then on.
    pub(crate) fn start(script: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
        let port = listener.local_addr().expect("it is bound").port();
        let script: VecDeque<_> = script.into_iter().collect();
        let receiver = Self { port, requests: Arc::default(), script: Arc::new(Mutex::new(script)) };
        let its = receiver.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (its, Ok(stream)) = (its.clone(), stream) else { continue };
                // A client that goes away is no failure of the receiver.
                thread::spawn(move || drop(its.serve(stream)));
            }
        });
        receiver
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/v1/metrics", self.port)
    }

    /// The same by another scheme, which it does not speak.
    pub(crate) fn encrypted_url(&self) -> String {
        self.url().replacen("http", "https", 1)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("nothing panics").clone()
    }

    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        let answer = self.script.lock().expect("nothing panics").pop_front();
        if matches!(answer, Some(Answer::Reset)) {
            return stream.shutdown(Shutdown::Both);
        }
        let request = read(&stream)?;
        self.requests.lock().expect("nothing panics").push(request);
        let (status, headers, body) = match answer {
            Some(Answer::Status(status, headers, body)) => (status, headers, body),
            Some(Answer::Hang) => {
                // Until the client has had enough.
                return io::copy(&mut stream, &mut io::sink()).map(drop);
            }
            Some(Answer::Close) => return stream.shutdown(Shutdown::Both),
            Some(Answer::HalfClose) => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc")?;
                stream.shutdown(Shutdown::Write)?;
                return io::copy(&mut stream, &mut io::sink()).map(drop);
            }
            Some(Answer::Torn) => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-le")?;
                return io::copy(&mut stream, &mut io::sink()).map(drop);
            }
            Some(Answer::Reset) | None => (200, "", Vec::new()),
        };
        write!(stream, "HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n", body.len())?;
        stream.write_all(&body)
    }
}

fn read(stream: &TcpStream) -> io::Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut request = Request::default();
    reader.read_line(&mut request.line)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        request.headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    request.body.resize(length, 0);
    reader.read_exact(&mut request.body)?;
    Ok(request)
}

/// The status and the body of a page, if there is an answer.
pub(crate) fn get(port: u16, path: &str) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(stream, "GET {path} HTTP/1.0\r\nhost: localhost\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| io::Error::other(answer.clone()))?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok((status.ok_or_else(|| io::Error::other(head.to_owned()))?, body.to_owned()))
}
