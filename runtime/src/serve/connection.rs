//! One connection from its first byte to its last. It knows nothing of what is asked and answered on it.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use hyper::{
    StatusCode,
    server::conn::http1::{Builder, Connection},
};
use tokio::{
    net::TcpStream,
    time::{self, Instant, Sleep},
};

use super::{
    access::Stream,
    answer::Answer,
    farewell::{answer_late, linger},
    limits::Limits,
    progress::{Phase, Progress, Watched},
    requests::{Endpoint, Requests},
};

/// Why a connection is no longer driven.
#[derive(Debug)]
enum End {
    /// Both sides are through with it, or the request could not be read.
    Closed(hyper::Result<()>),
    /// It was too long in this phase.
    Late(Phase),
    /// The endpoint stops, and no request is under way.
    Stopped,
}

/// Serves a connection, or tells each of its requests that there are too many.
pub(super) async fn drive(stream: TcpStream, endpoint: Arc<Endpoint>, is_refused: bool) {
    // Answers are written in few pieces; waiting for more would only delay them.
    let _ = stream.set_nodelay(true);
    let Some(stream) = agree(stream, &endpoint, is_refused).await else { return };
    let progress = Arc::<Progress>::default();
    let requests = Requests::new(Arc::clone(&endpoint), Arc::clone(&progress), is_refused);
    let limits = endpoint.current.limits();
    let mut connection = Builder::new()
        // `nc` closes its half after the request, and wants an answer all the same.
        .half_close(true)
        .keep_alive(!is_refused)
        // Time is kept by `Progress`, which tells a slow head from an idle connection.
        .header_read_timeout(None)
        .max_header_size(limits.head_bytes)
        .max_buf_size(4 * limits.head_bytes)
        .serve_connection(Watched::new(stream, Arc::clone(&progress)), requests);
    let end = run(&mut connection, &progress, &endpoint, &limits, is_refused).await;
    let stream = connection.into_parts().io.into_stream();
    match end {
        End::Closed(Err(error)) if error.is_parse_version_h2() => {
            answer_late(stream, &endpoint, Answer::other_version()).await;
        }
        End::Closed(Err(error)) if error.is_parse() => {
            endpoint.count_unread(status_of(&error));
            linger(stream, &endpoint).await;
        }
        End::Closed(_) if progress.has_unread_body() => linger(stream, &endpoint).await,
        End::Late(Phase::Fresh | Phase::Head) if is_refused => answer_late(stream, &endpoint, Answer::busy()).await,
        End::Late(Phase::Head) => answer_late(stream, &endpoint, Answer::late()).await,
        End::Closed(_) | End::Late(_) | End::Stopped => {}
    }
}

/// Agrees with a client on encryption, within the time that a head may take; none if that fails or the endpoint stops.
async fn agree(stream: TcpStream, endpoint: &Endpoint, is_refused: bool) -> Option<Stream> {
    let limits = endpoint.current.limits();
    let limit = if is_refused { limits.refusal } else { limits.head };
    let mut stopped = pin!(endpoint.stopped());
    let mut agreed = pin!(time::timeout(limit, endpoint.gate.accept(stream)));
    let agreed = poll_fn(|cx| match agreed.as_mut().poll(cx) {
        Poll::Ready(agreed) => Poll::Ready(Some(agreed)),
        Poll::Pending => stopped.as_mut().poll(cx).map(|()| None),
    });
    match agreed.await? {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(open)) => {
            endpoint.gate.handshake_failed();
            if let Some(stream) = open {
                answer_late(stream, endpoint, Answer::in_the_open()).await;
            }
            None
        }
        Err(_) => {
            endpoint.gate.handshake_failed();
            None
        }
    }
}

/// Drives a connection until it ends, is late, or the endpoint stops.
async fn run(
    connection: &mut Connection<Watched, Requests>,
    progress: &Progress,
    endpoint: &Endpoint,
    limits: &Limits,
    is_refused: bool,
) -> End {
    let mut stopped = pin!(endpoint.stopped());
    let mut cut = pin!(progress.is_cut());
    let mut is_stopping = false;
    let mut timer = pin!(time::sleep_until(Instant::now()));
    poll_fn(|cx| {
        if let Poll::Ready(result) = Pin::new(&mut *connection).poll(cx) {
            return Poll::Ready(End::Closed(result));
        }
        if cut.as_mut().poll(cx).is_ready() {
            return Poll::Ready(End::Late(Phase::Answering));
        }
        if !is_stopping && stopped.as_mut().poll(cx).is_ready() {
            is_stopping = true;
            if matches!(progress.phase(), Phase::Working | Phase::Answering) {
                Pin::new(&mut *connection).graceful_shutdown();
                // Once more, because the answer may have gone out in between.
                cx.waker().wake_by_ref();
            }
        }
        match progress.phase() {
            Phase::Fresh | Phase::Head | Phase::Idle if is_stopping => Poll::Ready(End::Stopped),
            phase => {
                poll_deadline(timer.as_mut(), progress.deadline(limits, is_refused), cx).map(|()| End::Late(phase))
            }
        }
    })
    .await
}

fn poll_deadline(mut timer: Pin<&mut Sleep>, deadline: Option<Instant>, cx: &mut Context<'_>) -> Poll<()> {
    let Some(deadline) = deadline else { return Poll::Pending };
    if timer.deadline() != deadline {
        timer.as_mut().reset(deadline);
    }
    timer.poll(cx)
}

/// What hyper has answered on its own.
fn status_of(error: &hyper::Error) -> StatusCode {
    if error.is_parse_too_large() { StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE } else { StatusCode::BAD_REQUEST }
}
