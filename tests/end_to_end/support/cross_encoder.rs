//! A client of the inference server that knows nothing of its code, only its protocol.

use std::net::SocketAddr;

use tokio::{
    runtime::{Builder, Runtime},
    task::JoinSet,
};
use tonic::{
    Request, Status,
    client::Grpc,
    codegen::http::uri::PathAndQuery,
    transport::{Channel, Endpoint},
};
use tonic_prost::ProstCodec;

/// The path of the one method.
pub(crate) const SCORE: &str = "/inference.CrossEncoder/Score";

/// A connection to an inference server.
pub(crate) struct Client {
    runtime: Runtime,
    channel: Channel,
}

/// What is asked: queries, each with the passage that may answer it.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ScoreRequest {
    #[prost(message, repeated, tag = "1")]
    pub(crate) queries: Vec<Query>,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Query {
    #[prost(string, tag = "1")]
    pub(crate) text: String,
    #[prost(string, tag = "2")]
    pub(crate) passage: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ScoreResponse {
    #[prost(float, repeated, tag = "1")]
    scores: Vec<f32>,
}

impl Client {
    #[track_caller]
    pub(crate) fn of(server: SocketAddr) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
        let endpoint = Endpoint::from_shared(format!("http://{server}")).expect("an address is valid");
        let channel = runtime.block_on(endpoint.connect()).expect("the server listens");
        Self { runtime, channel }
    }

    /// Sends all requests at the same time. The scores of each, in their order.
    pub(crate) fn score(&self, requests: Vec<ScoreRequest>) -> Vec<Result<Vec<f32>, Status>> {
        self.call(SCORE, requests)
    }

    /// Calls a method that takes and gives the same.
    pub(crate) fn call(&self, path: &'static str, requests: Vec<ScoreRequest>) -> Vec<Result<Vec<f32>, Status>> {
        self.runtime.block_on(async {
            let mut calls = JoinSet::new();
            for (at, request) in requests.into_iter().enumerate() {
                let call = call(self.channel.clone(), path, request);
                calls.spawn(async move { (at, call.await) });
            }
            let mut answers = calls.join_all().await;
            answers.sort_by_key(|(at, _)| *at);
            answers.into_iter().map(|(_, answer)| answer).collect()
        })
    }
}

impl ScoreRequest {
    /// A request with so many queries, which are others for another `number`.
    pub(crate) fn numbered(number: usize, queries: usize) -> Self {
        let query = |query| Query {
            text: format!("how long does tea {query} steep"),
            passage: format!("leaf {number} needs water and a while, {}", "more ".repeat(query % 20)),
        };
        Self { queries: (0..queries).map(query).collect() }
    }
}

async fn call(channel: Channel, path: &'static str, request: ScoreRequest) -> Result<Vec<f32>, Status> {
    let mut server = Grpc::new(channel);
    server.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let codec = ProstCodec::<ScoreRequest, ScoreResponse>::default();
    let response = server.unary(Request::new(request), PathAndQuery::from_static(path), codec).await?;
    Ok(response.into_inner().scores)
}
