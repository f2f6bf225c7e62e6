//! How a connection ends on which there is more to read than anyone will. It knows nothing of requests.

use std::{future::poll_fn, io, pin::Pin, pin::pin, task::Poll};

use tokio::{io::AsyncWrite, net::TcpStream, time};

use super::{answer::Answer, requests::Endpoint};

/// How much is read for nothing, so that a client gets to see its answer.
const BYTES: usize = 1024 * 1024;

/// Answers a request whose head has not come to its end.
pub(super) async fn answer_late(stream: TcpStream, endpoint: &Endpoint, answer: Answer) {
    endpoint.count_unread(answer.status());
    let bytes = answer.into_bytes();
    // A client that has left, or does not read, has no use for an answer.
    let _ = time::timeout(endpoint.current.limits().linger, write(&stream, &bytes)).await;
    linger(stream, endpoint).await;
}

/// Closes our side, and reads for a while what the client still sends: a socket that is closed with bytes unread is
/// reset, and the client might never see the answer.
pub(super) async fn linger(mut stream: TcpStream, endpoint: &Endpoint) {
    let mut stopped = pin!(endpoint.stopped());
    let mut read = pin!(time::timeout(endpoint.current.limits().linger, async move {
        poll_fn(|cx| Pin::new(&mut stream).poll_shutdown(cx)).await?;
        read(&stream).await
    }));
    poll_fn(|cx| match read.as_mut().poll(cx) {
        Poll::Ready(_) => Poll::Ready(()),
        Poll::Pending => stopped.as_mut().poll(cx),
    })
    .await;
}

async fn write(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn read(stream: &TcpStream) -> io::Result<()> {
    let mut buffer = [0; 4096];
    let mut left = BYTES;
    while left > 0 {
        stream.readable().await?;
        match stream.try_read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => left = left.saturating_sub(read),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
