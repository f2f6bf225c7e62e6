//! The pipeline as a gRPC service. What a code generator would write is short enough for one method to be written here.

use std::{convert::Infallible, sync::Arc, task};

use tonic::{
    Code, Request, Response, Status,
    body::Body,
    codegen::{BoxFuture, Service, http},
    server::{Grpc, UnaryService},
};
use tonic_prost::ProstCodec;

use crate::{
    pipeline::{MOST_QUERIES, Pipeline, Refusal},
    protocol::{SCORE, ScoreRequest, ScoreResponse, Timed},
};

/// What answers every HTTP request.
#[derive(Clone)]
pub(crate) struct CrossEncoder(Arc<Pipeline>);

/// What answers a call of the method.
struct Score(Arc<Pipeline>);

impl CrossEncoder {
    pub(crate) fn new(pipeline: Pipeline) -> Self {
        Self(Arc::new(pipeline))
    }
}

impl Service<http::Request<Body>> for CrossEncoder {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> task::Poll<Result<(), Infallible>> {
        task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let pipeline = self.0.clone();
        Box::pin(async move {
            if request.uri().path() != SCORE {
                let message = format!("there is no method {}; call {SCORE}", request.uri().path());
                return Ok(Status::unimplemented(message).into_http());
            }
            let codec = Timed(ProstCodec::<ScoreResponse, ScoreRequest>::default());
            Ok(Grpc::new(codec).unary(Score(pipeline), request).await)
        })
    }
}

impl UnaryService<ScoreRequest> for Score {
    type Response = ScoreResponse;
    type Future = BoxFuture<Response<ScoreResponse>, Status>;

    fn call(&mut self, request: Request<ScoreRequest>) -> Self::Future {
        let pipeline = self.0.clone();
        Box::pin(async move {
            let scores = pipeline.score(request.into_inner().queries).await?;
            Ok(Response::new(ScoreResponse { scores }))
        })
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Size(queries) => {
                Self::new(Code::InvalidArgument, format!("{queries} queries in a request; bring 1 to {MOST_QUERIES}"))
            }
            Refusal::Closed => Self::new(Code::Unavailable, "the server ends; ask another one"),
        }
    }
}
