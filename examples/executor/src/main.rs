//! A service that executes tools for organisations, each of which sees its own metrics: the README tells what and why.
//!
//! `metrics` has all that is recorded, `service` is where that happens, and nothing else knows of it.

mod args;
mod load;
mod metrics;
mod service;
mod tokens;
mod tools;

use std::{io, io::Write, net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};

use tachometer::{Builder, Telemetry, Termination, catalog};
use tokio::{net::TcpListener, sync::oneshot, task, time};

use crate::{
    args::{Mode, Options},
    metrics::ORGANISATION,
    tokens::{Door, TokensFile},
};

/// How long calls and connections may hold up a service that ends.
const GRACE: Duration = Duration::from_secs(3);
/// How long the telemetry may take after that.
const LAST: Duration = Duration::from_secs(1);
/// How often the tokens file is looked at.
const LOOKS: Duration = Duration::from_millis(500);

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    // With a flag such as `--print-rules` the program ends here.
    if let Err(problem) = local().print_if_asked(&observability(), || metrics::show(&None)) {
        let _ = writeln!(io::stderr(), "executor: {problem}");
        return ExitCode::FAILURE;
    }
    let options = args::options();
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            let _ = writeln!(io::stderr(), "executor: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), Failure> {
    // Before anything else: where somebody else listens, nothing is started.
    let listener = TcpListener::bind(options.address)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}; take another --port, or 0 for any", options.address))?;
    let address = listener.local_addr()?;
    let telemetry = install(&options.mode)?;
    let termination = Termination::listen()?;
    let door = Arc::new(open(options.mode)?);
    announce(address)?;

    let watch = task::spawn(watch(Arc::clone(&door)));
    let load = options.load.then(|| task::spawn(load::run(Arc::clone(&door))));
    serve(listener, service::routes(&telemetry, door), termination).await?;
    watch.abort();
    if let Some(load) = load {
        load.abort();
    }
    telemetry.shutdown(LAST)?;
    Ok(())
}

/// From here on everything is recorded. The service itself shows it, so that there is no other listener.
fn install(mode: &Mode) -> Result<Telemetry, Failure> {
    let builder = match mode {
        Mode::Local => local(),
        Mode::Cloud(tokens) => {
            let builder = tachometer::builder().no_listener().guard(metrics::policy(false));
            builder.tokens_file(tokens).tenant_label(ORGANISATION)
        }
    };
    Ok(builder.install()?)
}

fn local() -> Builder {
    tachometer::builder().no_listener().guard(metrics::policy(true))
}

/// What the dashboards and rules in `observability` are made with.
fn observability() -> catalog::Options {
    let options = catalog::Options::new("executor").job("executor").target("127.0.0.1:4788");
    options.path("/api/metrics").scrape_interval_seconds(1)
}

/// All series exist from here on, before anybody can ask for them.
fn open(mode: Mode) -> Result<Door, Failure> {
    Ok(match mode {
        Mode::Local => Door::open(),
        Mode::Cloud(tokens) => Door::Guarded(TokensFile::open(tokens)?),
    })
}

/// Prints the address, and where the metrics are.
fn announce(address: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{address}\nmetrics at http://{address}/api/metrics")?;
    // Whoever reads through a pipe waits for these lines.
    out.flush()
}

/// Follows changes of the tokens file.
async fn watch(door: Arc<Door>) {
    let mut looks = time::interval(LOOKS);
    loop {
        looks.tick().await;
        let door = Arc::clone(&door);
        // A file system may take its time.
        if task::spawn_blocking(move || door.look()).await.is_err() {
            tracing::error!("a look at the tokens file has panicked");
        }
    }
}

/// Serves until the program is asked to stop, then lets the calls end that have begun.
async fn serve(listener: TcpListener, routes: axum::Router, termination: Termination) -> Result<(), Failure> {
    let (close, closed) = oneshot::channel::<()>();
    let server = axum::serve(listener, routes).with_graceful_shutdown(async { drop(closed.await) });
    let server = task::spawn(server.into_future());

    termination.await;
    drop(close);
    if let Ok(ended) = time::timeout(GRACE, server).await {
        ended??;
    }
    Ok(())
}
