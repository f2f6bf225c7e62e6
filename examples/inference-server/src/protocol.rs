//! What goes over the wire, and how its translation is timed. It knows no scores.
//!
//! For other languages:
//!
//! ```proto
//! syntax = "proto3";
//! package inference;
//!
//! service CrossEncoder {
//!   rpc Score(ScoreRequest) returns (ScoreResponse);
//! }
//! message ScoreRequest { repeated Query queries = 1; }
//! message Query { string text = 1; string passage = 2; }
//! message ScoreResponse { repeated float scores = 1; }
//! ```

use prost::Message;
use tachometer::timed;
use tonic::{
    Status,
    codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};

use crate::metrics::LATENCY;

/// The path of the one method.
pub(crate) const SCORE: &str = "/inference.CrossEncoder/Score";

/// Queries that are answered together.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ScoreRequest {
    #[prost(message, repeated, tag = "1")]
    pub(crate) queries: Vec<Query>,
}

/// Does this passage answer this query?
#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct Query {
    #[prost(string, tag = "1")]
    pub(crate) text: String,
    #[prost(string, tag = "2")]
    pub(crate) passage: String,
}

/// A score for each query, in their order, from 0 to 1.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ScoreResponse {
    #[prost(float, repeated, tag = "1")]
    pub(crate) scores: Vec<f32>,
}

/// A codec, or one of its halves, whose work is timed. Clients in this program use the plain one.
#[derive(Clone, Default)]
pub(crate) struct Timed<C>(pub(crate) C);

impl<C: Codec> Codec for Timed<C> {
    type Encode = C::Encode;
    type Decode = C::Decode;
    type Encoder = Timed<C::Encoder>;
    type Decoder = Timed<C::Decoder>;

    fn encoder(&mut self) -> Self::Encoder {
        Timed(self.0.encoder())
    }

    fn decoder(&mut self) -> Self::Decoder {
        Timed(self.0.decoder())
    }
}

impl<E: Encoder<Error = Status>> Encoder for Timed<E> {
    type Item = E::Item;
    type Error = Status;

    /// Time that it takes to write a response.
    #[timed(name = "grpc_serialize_latency_seconds", buckets = LATENCY)]
    fn encode(&mut self, item: Self::Item, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        self.0.encode(item, to)
    }

    fn buffer_settings(&self) -> BufferSettings {
        self.0.buffer_settings()
    }
}

impl<D: Decoder<Error = Status>> Decoder for Timed<D> {
    type Item = D::Item;
    type Error = Status;

    /// Time that it takes to read a request.
    #[timed(name = "grpc_deserialize_latency_seconds", buckets = LATENCY)]
    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Self::Item>, Status> {
        self.0.decode(from)
    }

    fn buffer_settings(&self) -> BufferSettings {
        self.0.buffer_settings()
    }
}
