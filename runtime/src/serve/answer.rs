//! What is sent: documents in shared pieces, and the responses around them. It does not know how they come about.

use std::{
    io, mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use bytes::Bytes;
use hyper::{
    Response, StatusCode,
    body::{Body, Frame, SizeHint},
    header::{ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER, VARY},
};

use super::{
    budget::{Budget, Held, Reader},
    progress::Progress,
};
use crate::{config::settings::Routes, exporters::prometheus::chunks};

/// How much of a piece is handed on at a time: a client that has room for less is given it bit by bit, and it is known how
/// quickly it takes them.
const SLICE: usize = 64 * 1024;

const PLAIN: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";

/// What several responses may send at a time, each at its own pace, without a copy.
#[derive(Debug)]
pub(super) struct Document {
    content_type: &'static str,
    pieces: Vec<Bytes>,
    len: u64,
    /// The headers of a request that it depends on.
    vary: Option<&'static str>,
    is_packed: bool,
    /// When it was written.
    written: Instant,
    /// The bytes of memory that it has, if they are counted.
    held: Option<Held<Document>>,
}

/// A piece of a document, which goes back to the encoder when the last response has sent it.
struct Lent(Vec<u8>);

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        chunks::keep(mem::take(&mut self.0));
    }
}

impl Document {
    /// One whose bytes are counted in a budget.
    pub(super) fn new(content_type: &'static str, pieces: Vec<Vec<u8>>, budget: &Arc<Budget<Self>>) -> Self {
        let held = budget.hold(pieces.iter().map(|piece| piece.capacity() as u64).sum());
        let pieces = pieces.into_iter().map(|piece| Bytes::from_owner(Lent(piece))).collect();
        Self { held: Some(held), ..Self::of(content_type, pieces) }
    }

    /// When it was written.
    pub(super) fn written(&self) -> Instant {
        self.written
    }

    /// The bytes of memory that it has.
    pub(super) fn bytes(&self) -> u64 {
        self.held.as_ref().map_or(0, Held::bytes)
    }

    /// One that depends on these headers of a request, packed by gzip or not.
    pub(super) fn chosen(self, vary: &'static str, is_packed: bool) -> Self {
        Self { vary: Some(vary), is_packed, ..self }
    }

    fn of(content_type: &'static str, pieces: Vec<Bytes>) -> Self {
        let len = pieces.iter().map(|piece| piece.len() as u64).sum();
        Self { content_type, pieces, len, vary: None, is_packed: false, written: Instant::now(), held: None }
    }
}

/// A status and a document, and what the status demands besides.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    document: Arc<Document>,
}

impl Answer {
    pub(super) fn ok(document: Arc<Document>) -> Self {
        Self { status: StatusCode::OK, document }
    }

    pub(super) fn healthy() -> Self {
        Self::line(StatusCode::OK, "ok\n".to_owned())
    }

    /// A page that links what there is.
    pub(super) fn landing(routes: &Routes) -> Self {
        let mut page = String::from(
            "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>tachometer</title></head>\n\
             <body>\n<h1>tachometer</h1>\n<ul>\n",
        );
        let links = [
            (Some(&routes.metrics), "metrics for Prometheus"),
            (routes.snapshot.as_ref(), "the same as JSON"),
            (routes.cardinality.as_ref(), "what the guard over labels and series knows, as JSON"),
            (routes.catalog.as_ref(), "what the program measures: metrics and functions, as JSON"),
            (routes.health.as_ref(), "whether the process is alive"),
        ];
        for (path, what) in links {
            // A path holds nothing that is special to HTML.
            page += &path.map_or_else(String::new, |path| format!("<li><a href=\"{path}\">{path}</a>: {what}</li>\n"));
        }
        page += "</ul>\n</body>\n</html>\n";
        Self { status: StatusCode::OK, document: Arc::new(Document::of(HTML, vec![Bytes::from(page)])) }
    }

    /// A short document that is made for one request.
    pub(super) fn json(text: String) -> Self {
        Self { status: StatusCode::OK, document: Arc::new(Document::of(JSON, vec![Bytes::from(text)])) }
    }

    pub(super) fn forbidden() -> Self {
        Self::line(StatusCode::FORBIDDEN, "this is for those who see all metrics\n".to_owned())
    }

    /// For a request that a page of another machine may have sent, by a name that points to this one.
    pub(super) fn for_a_name() -> Self {
        let text = "this listens for its own machine alone, and is asked by a name that others may have; ask localhost, or \
                    set METRICS_TOKEN\n";
        Self::line(StatusCode::FORBIDDEN, text.to_owned())
    }

    pub(super) fn unauthorized() -> Self {
        Self::line(StatusCode::UNAUTHORIZED, "a token, or a user and a password, are needed here\n".to_owned())
    }

    pub(super) fn not_found(metrics: &str) -> Self {
        Self::line(StatusCode::NOT_FOUND, format!("nothing is here; the metrics are at {metrics}\n"))
    }

    /// For a page of values where there is nothing but a text.
    pub(super) fn only_text(metrics: &str) -> Self {
        let text = format!("this program's recorder tells nothing but its text, which is at {metrics}\n");
        Self::line(StatusCode::NOT_IMPLEMENTED, text)
    }

    pub(super) fn other_method() -> Self {
        Self::line(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are answered here\n".to_owned())
    }

    pub(super) fn failed() -> Self {
        Self::line(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the answer could not be made; see the program's log\n".to_owned(),
        )
    }

    pub(super) fn busy() -> Self {
        Self::line(StatusCode::SERVICE_UNAVAILABLE, "too many connections; try again in a second\n".to_owned())
    }

    pub(super) fn checking() -> Self {
        Self::line(
            StatusCode::SERVICE_UNAVAILABLE,
            "too many passwords are being checked; try again in a second\n".to_owned(),
        )
    }

    pub(super) fn too_slow() -> Self {
        Self::line(
            StatusCode::SERVICE_UNAVAILABLE,
            "the metrics were not written before the scraper's timeout; raise it, or lower the number of series\n"
                .to_owned(),
        )
    }

    pub(super) fn other_version() -> Self {
        Self::line(StatusCode::HTTP_VERSION_NOT_SUPPORTED, "HTTP/2 is not spoken here; ask in HTTP/1.1\n".to_owned())
    }

    pub(super) fn in_the_open() -> Self {
        Self::line(StatusCode::BAD_REQUEST, "this port speaks TLS; ask with https://\n".to_owned())
    }

    pub(super) fn late() -> Self {
        Self::line(StatusCode::REQUEST_TIMEOUT, "the request's head did not arrive in time\n".to_owned())
    }

    fn line(status: StatusCode, text: String) -> Self {
        Self { status, document: Arc::new(Document::of(PLAIN, vec![Bytes::from(text)])) }
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// The response; `progress` is told when its body has been handed over.
    pub(super) fn into_response(self, progress: Arc<Progress>) -> Response<Sending> {
        let Self { status, document } = self;
        let content_type = HeaderValue::from_static(document.content_type);
        let (len, vary, is_packed) = (document.len, document.vary, document.is_packed);
        let mut response = Response::new(Sending::of(document, progress));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, content_type);
        headers.insert(CONTENT_LENGTH, HeaderValue::from(len));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(vary) = vary {
            headers.insert(VARY, HeaderValue::from_static(vary));
        }
        if is_packed {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        match status {
            StatusCode::METHOD_NOT_ALLOWED => headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD")),
            StatusCode::SERVICE_UNAVAILABLE => headers.insert(RETRY_AFTER, HeaderValue::from_static("1")),
            _ => None,
        };
        response
    }

    /// The whole response as bytes, for a client whose request could not be read.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        let Self { status, document } = self;
        let retry = if status == StatusCode::SERVICE_UNAVAILABLE { "retry-after: 1\r\n" } else { "" };
        let mut bytes = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {}\r\ncontent-length: {}\r\ncache-control: no-store\r\n{retry}\
             connection: close\r\n\r\n",
            document.content_type, document.len
        )
        .into_bytes();
        document.pieces.iter().for_each(|piece| bytes.extend_from_slice(piece));
        bytes
    }
}

/// A document on its way to one client.
#[derive(Debug)]
pub(super) struct Sending {
    reader: Arc<Reader<Document>>,
    /// The piece that is next, and how much of it has been handed on.
    next: (usize, usize),
    left: u64,
    progress: Arc<Progress>,
}

impl Sending {
    fn of(document: Arc<Document>, progress: Arc<Progress>) -> Self {
        let (left, waits) = (document.len, Arc::clone(&progress));
        let end = move || waits.cut();
        let reader = match &document.held {
            Some(held) => held.read(Arc::clone(&document), end),
            None => Arc::new(Reader::new(document, end)),
        };
        Self { reader, next: (0, 0), left, progress }
    }

    /// What is handed on next.
    fn slice(&mut self, document: &Document) -> Option<Bytes> {
        let (piece, from) = self.next;
        let bytes = document.pieces.get(piece)?;
        let to = (from + SLICE).min(bytes.len());
        self.next = if to == bytes.len() { (piece + 1, 0) } else { (piece, to) };
        Some(bytes.slice(from..to))
    }
}

impl Body for Sending {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let Some(document) = self.reader.document() else {
            let message = "cut off, because slower than others while there was no room for another document";
            return Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::TimedOut, message))));
        };
        let Some(slice) = self.slice(&document) else { return Poll::Ready(None) };
        self.left -= slice.len() as u64;
        self.reader.took(slice.len() as u64);
        Poll::Ready(Some(Ok(Frame::data(slice))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.progress.body_handed_over();
    }
}
