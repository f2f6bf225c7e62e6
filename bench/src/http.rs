//! As much of an HTTP client as a scrape takes.

use std::{
    error::Error,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

/// Reads a whole answer, and says how long its first byte took.
pub(crate) fn get(address: SocketAddr, path: &str) -> Result<Duration, Box<dyn Error>> {
    let begin = Instant::now();
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut buffer = vec![0; 1 << 18];
    let head = stream.read(&mut buffer)?;
    let first_byte = begin.elapsed();
    if !buffer[..head].starts_with(b"HTTP/1.1 200 ") {
        let line = String::from_utf8_lossy(&buffer[..head]).lines().next().unwrap_or_default().to_owned();
        return Err(format!("http://{address}{path} answered `{line}`").into());
    }
    while stream.read(&mut buffer)? > 0 {}
    Ok(first_byte)
}
