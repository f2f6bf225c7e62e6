//! A server that tells how well passages answer queries, and whose stages are measured.
//!
//! Requests go through `service`, `pipeline`, `tokenizer`, `batcher` and `model`; what is annotated is annotated there,
//! what is not a call is in `metrics` and `throughput`.

mod args;
mod load;
mod service;

mod protocol;

mod pipeline;

mod pool;

mod tokenizer;

mod batcher;

mod model;

mod queue;

mod metrics;

mod throughput;

mod random;

use std::{error::Error, io, io::Write, net::SocketAddr, sync::Arc, time::Duration};

use tachometer::{
    Builder, Config, Telemetry, Termination,
    catalog::Options,
    collectors::{gpu::Gpu, process::Process},
};
use tokio::{net::TcpListener, sync::oneshot, time::timeout};
use tonic::transport::{Server, server::TcpIncoming};

use crate::{
    args::Args,
    model::Model,
    pipeline::Pipeline,
    service::CrossEncoder,
    throughput::{Progress, Throughput},
};

/// How long open connections may hold up a server that ends.
const GRACE: Duration = Duration::from_secs(1);

/// Where the metrics are, unless a flag or a variable says otherwise.
const METRICS_PORT: u16 = 8_000;

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    // With a flag such as `--print-rules` the program ends here.
    drop(builder(Arc::default()).print_if_asked(&options(), pool::declare)?);
    let args = args::read();
    tracing_subscriber::fmt().with_writer(io::stderr).init();

    let listener = listen(args.port).await?;
    let address = listener.local_addr()?;
    let model = Model::load();
    model.warm_up();
    // The workers' metrics exist before the endpoint does, which shows all of them from its first answer on.
    let pipeline = Pipeline::start(model)?;
    let telemetry = install(&args, &pipeline)?;
    let termination = Termination::listen()?;
    announce(&telemetry, address)?;

    let load = args.load.then(|| tokio::spawn(load::run(address)));
    serve(listener, CrossEncoder::new(pipeline), termination).await?;
    if let Some(load) = load {
        load.abort();
    }

    telemetry.shutdown(2 * GRACE)?;
    Ok(())
}

async fn listen(port: u16) -> Result<TcpListener, String> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| format!("cannot listen for requests on {address}: {error}; choose another --port"))
}

/// From here on everything annotated is recorded, and served.
fn install(args: &Args, pipeline: &Pipeline) -> Result<Telemetry, tachometer::Error> {
    let mut builder = builder(pipeline.progress());
    if let Some(port) = args.metrics_port {
        builder = builder.overrides(Config::default().port(port));
    }
    if let Some(interval) = args.collection_interval {
        builder = builder.collection_interval(interval);
    }
    builder.install()
}

/// Where metrics go unless a flag or a variable says otherwise, and what is collected.
fn builder(progress: Arc<Progress>) -> Builder {
    tachometer::builder()
        .config(Config::default().port(METRICS_PORT))
        .collect(Gpu::new().aliases())
        .collect(Process::new().cpu_percent())
        .collect(Throughput::of(progress))
}

/// What the dashboards and rules in `observability` are made with.
fn options() -> Options {
    let options = Options::new("cross_encoder_server").job("cross_encoder_server");
    options.target(format!("127.0.0.1:{METRICS_PORT}")).scrape_interval_seconds(1)
}

/// Prints both addresses: the metrics' on the first line, the service's on the second.
fn announce(telemetry: &Telemetry, service: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match telemetry.local_addr() {
        Some(metrics) => writeln!(out, "http://{metrics}/metrics")?,
        None => writeln!(out, "metrics are off")?,
    }
    writeln!(out, "answering requests on http://{service}")?;
    // Whoever reads through a pipe waits for these lines.
    out.flush()
}

/// Serves until the program is asked to stop, then lets the requests end that have begun.
async fn serve(listener: TcpListener, service: CrossEncoder, termination: Termination) -> Result<(), Box<dyn Error>> {
    let (close, closed) = oneshot::channel::<()>();
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let server = Server::builder().serve_with_incoming_shutdown(service, incoming, async { drop(closed.await) });
    let server = tokio::spawn(server);

    termination.await;
    drop(close);
    if let Ok(ended) = timeout(GRACE, server).await {
        ended??;
    }
    Ok(())
}
