//! A client of the server, so that the numbers move. It reaches the pipeline over the network like any other client.

use std::{net::SocketAddr, time::Duration};

use tokio::{task::JoinSet, time};
use tonic::{
    Request, Status,
    client::Grpc,
    codegen::http::uri::PathAndQuery,
    transport::{Channel, Endpoint, Error},
};
use tonic_prost::ProstCodec;

use crate::{
    protocol::{Query, SCORE, ScoreRequest, ScoreResponse},
    random::Random,
};

/// Time between the beginnings of two bursts.
const PERIOD: Duration = Duration::from_millis(250);

/// The most requests of a burst, which are sent at once.
const BURST: usize = 4;

/// The most queries of a request.
const QUERIES: usize = 6;

const WORDS: [&str; 24] = [
    "kettle", "leaf", "water", "steep", "green", "black", "cup", "market", "harvest", "hill", "rain", "the", "of",
    "and", "how", "long", "does", "it", "take", "until", "cold", "brew", "sugar", "milk",
];

/// Asks for ever.
pub(crate) async fn run(server: SocketAddr) -> Result<(), Error> {
    let channel = Endpoint::from_shared(format!("http://{server}"))?.connect_lazy();
    let mut random = Random::seeded(1);
    let mut clock = time::interval(PERIOD);
    clock.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
    loop {
        clock.tick().await;
        let mut burst = JoinSet::new();
        for _ in 0..=random.below(BURST) {
            burst.spawn(ask(channel.clone(), request(&mut random)));
        }
        for answer in burst.join_all().await {
            if let Err(status) = answer {
                tracing::warn!("the load got no answer: {status}");
            }
        }
    }
}

async fn ask(channel: Channel, request: ScoreRequest) -> Result<ScoreResponse, Status> {
    let mut server = Grpc::new(channel);
    server.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let codec = ProstCodec::<ScoreRequest, ScoreResponse>::default();
    let response = server.unary(Request::new(request), PathAndQuery::from_static(SCORE), codec).await?;
    Ok(response.into_inner())
}

fn request(random: &mut Random) -> ScoreRequest {
    let queries = 1 + random.below(QUERIES);
    ScoreRequest { queries: (0..queries).map(|_| query(random)).collect() }
}

fn query(random: &mut Random) -> Query {
    Query { text: sentence(random, 3, 8), passage: sentence(random, 6, 30) }
}

fn sentence(random: &mut Random, least: usize, most: usize) -> String {
    let words = least + random.below(1 + most - least);
    let words: Vec<_> = (0..words).map(|_| WORDS[random.below(WORDS.len())]).collect();
    words.join(" ")
}
