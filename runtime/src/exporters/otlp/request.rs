//! Requests, put together from ranges of points, and the answers to them.

use std::ops::Range;

use prost::Message;

use super::{
    messages::{ExportResponse, KeyValue, Resource, Scope, Status},
    points::Points,
};

/// What a request has besides its points, as much as it can be.
const AROUND: usize = 64;

/// The points of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request(pub(crate) Range<usize>);

/// A program's resource, encoded: what it is, and which one of its kind.
pub(crate) fn resource(attributes: &[(String, String)]) -> Vec<u8> {
    let attributes = attributes.iter().map(|(key, value)| KeyValue::new(key, value)).collect();
    Resource { attributes }.encode_to_vec()
}

impl Request {
    /// Requests for all points, none of which is longer than this unless a single point is.
    pub(crate) fn all(points: &Points, resource: &[u8], longest: usize) -> Vec<Self> {
        let (mut requests, mut begin, mut len) = (Vec::new(), 0, 0);
        let (mut start, mut head) = (0, None);
        for (number, point) in points.points.iter().enumerate() {
            let own = point.end - start;
            start = point.end;
            let heading = points.heads[point.head].bytes.len() + AROUND;
            let more = if head == Some(point.head) { own } else { own + heading };
            if number > begin && resource.len() + AROUND + len + more > longest {
                requests.push(Self(begin..number));
                (begin, len) = (number, own + heading);
            } else {
                len += more;
            }
            head = Some(point.head);
        }
        if begin < points.len() {
            requests.push(Self(begin..points.len()));
        }
        requests
    }

    /// Two requests for its points; none if it has but one.
    pub(crate) fn halves(&self) -> Option<[Self; 2]> {
        let Range { start, end } = self.0;
        let middle = start + (end - start) / 2;
        (middle > start).then_some([Self(start..middle), Self(middle..end)])
    }

    /// The body of the request.
    pub(crate) fn encode(&self, points: &Points, resource: &[u8]) -> Vec<u8> {
        let mut metrics = Vec::new();
        let mut at = self.0.start;
        while at < self.0.end {
            let head_number = points.points[at].head;
            let own = points.points[at..self.0.end].iter().take_while(|point| point.head == head_number).count();
            let (begin, end) = (start_of(points, at), points.points[at + own - 1].end);
            let head = &points.heads[head_number];
            let (data, tail) = (&points.bytes[begin..end], &head.tail);
            let data_len = data.len() + tail.len();
            let len = head.bytes.len() + 1 + prost::length_delimiter_len(data_len) + data_len;
            open(&mut metrics, 2, len);
            metrics.extend_from_slice(&head.bytes);
            open(&mut metrics, head.field, data_len);
            metrics.extend_from_slice(data);
            metrics.extend_from_slice(tail);
            at += own;
        }
        let scope = Scope { name: "tachometer".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() };
        let mut scope_metrics = Vec::with_capacity(metrics.len() + AROUND);
        append(&mut scope_metrics, 1, &scope.encode_to_vec());
        scope_metrics.extend_from_slice(&metrics);
        let mut resource_metrics = Vec::with_capacity(scope_metrics.len() + resource.len() + AROUND);
        append(&mut resource_metrics, 1, resource);
        append(&mut resource_metrics, 2, &scope_metrics);
        let mut request = Vec::with_capacity(resource_metrics.len() + AROUND);
        append(&mut request, 1, &resource_metrics);
        request
    }
}

fn start_of(points: &Points, point: usize) -> usize {
    point.checked_sub(1).map_or(0, |before| points.points[before].end)
}

/// Begins a field of so many bytes.
fn open(out: &mut Vec<u8>, field: u8, len: usize) {
    out.push(field << 3 | 2);
    prost::encode_length_delimiter(len, out).expect("a vector grows");
}

fn append(out: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    open(out, field, bytes.len());
    out.extend_from_slice(bytes);
}

/// What a receiver says of a request that it took.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Answer {
    /// Points that it did not take.
    pub(crate) rejected: u64,
    /// Why, or a warning.
    pub(crate) message: String,
}

impl Answer {
    /// Reads it; one that is not to be read says nothing.
    pub(crate) fn read(body: &[u8]) -> Self {
        let partial = ExportResponse::decode(body).ok().and_then(|response| response.partial_success);
        partial.map_or_else(Self::default, |partial| Self {
            rejected: u64::try_from(partial.rejected_points).unwrap_or_default(),
            message: partial.message,
        })
    }
}

/// Why a request was refused, as far as the answer says it: a few words for the log.
pub(crate) fn refusal(body: &[u8]) -> Option<String> {
    let said = Status::decode(body).map(|status| status.message).ok().filter(|said| !said.is_empty());
    let said = said.or_else(|| std::str::from_utf8(body).ok().map(|text| text.trim().to_owned()))?;
    let said: String = said.chars().filter(|c| !c.is_control()).take(200).collect();
    (!said.is_empty()).then_some(said)
}
