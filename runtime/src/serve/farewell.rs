//! How a connection ends on which there is more to read than anyone will. It knows nothing of requests.

use std::{future::poll_fn, io, pin::pin, task::Poll};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time,
};

use super::{access::Stream, answer::Answer, requests::Endpoint};

/// How much is read for nothing, so that a client gets to see its answer.
const BYTES: usize = 1024 * 1024;

/// Answers a request whose head has not come to its end.
pub(super) async fn answer_late(mut stream: Stream, endpoint: &Endpoint, answer: Answer) {
    endpoint.count_unread(answer.status());
    let bytes = answer.into_bytes();
    // A client that has left, or does not read, has no use for an answer.
    let _ = time::timeout(endpoint.current.limits().linger, write(&mut stream, &bytes)).await;
    linger(stream, endpoint).await;
}

/// Closes our side, and reads for a while what the client still sends: a socket that is closed with bytes unread is
/// reset, and the client might never see the answer.
pub(super) async fn linger(mut stream: Stream, endpoint: &Endpoint) {
    let mut stopped = pin!(endpoint.stopped());
    let mut read = pin!(time::timeout(endpoint.current.limits().linger, async move {
        stream.shutdown().await?;
        read(&mut stream).await
    }));
    poll_fn(|cx| match read.as_mut().poll(cx) {
        Poll::Ready(_) => Poll::Ready(()),
        Poll::Pending => stopped.as_mut().poll(cx),
    })
    .await;
}

async fn write(stream: &mut Stream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}

async fn read(stream: &mut Stream) -> io::Result<()> {
    let mut buffer = [0; 4096];
    let mut left = BYTES;
    while left > 0 {
        match stream.read(&mut buffer).await? {
            0 => break,
            read => left = left.saturating_sub(read),
        }
    }
    Ok(())
}
