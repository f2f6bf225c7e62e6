//! An environment server: one router and N workers that play rollouts, and metrics that say how busy and how late each
//! of their event loops is.
//!
//! The metrics are in `stats`; nothing else knows how they leave the program.

mod args;
mod clients;
mod environment;
mod router;
mod stats;
mod worker;

use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use tachometer::{BuildInfo, Config, Telemetry, Termination, catalog::Options};
use tokio::{runtime::Builder, sync::mpsc};

use crate::{
    args::Settings,
    router::{Request, Router},
    stats::{Board, Stats},
};

/// How long the router and its workers may take to end, and then the endpoint.
const GRACE: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    // With a flag such as `--print-rules` the program ends here.
    let stats = Stats { board: Arc::new(Board::new(1)), env_id: String::new() };
    if let Err(problem) = builder(stats).print_if_asked(&options(), || ()) {
        let _ = writeln!(io::stderr(), "env-server: {problem}");
        return ExitCode::FAILURE;
    }
    let settings = args::settings();
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    match serve(&settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to be told if this cannot be printed.
            let _ = writeln!(io::stderr(), "env-server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(settings: &Settings) -> Result<(), Box<dyn Error>> {
    let termination = Termination::listen()?;
    let board = Arc::new(Board::new(settings.workers));
    let (requests, requested) = mpsc::channel(64);
    let router = Router::start(&board, settings.workers, settings.stats_log_interval, requested)?;
    // Only now: who can ask finds a router.
    let telemetry = listen(settings, board)?;
    announce(telemetry.as_ref())?;
    work(settings.load, requests, router, termination)?;
    telemetry.map_or(Ok(()), |telemetry| telemetry.shutdown(GRACE))?;
    Ok(())
}

/// Opens the endpoint, if there is to be one. Without it nothing is installed, which costs nothing.
fn listen(settings: &Settings, board: Arc<Board>) -> Result<Option<Telemetry>, Box<dyn Error>> {
    let Some(address) = settings.metrics else { return Ok(None) };
    let pages = Config::default().metrics_route("/metrics").landing_route(None).snapshot_route(None);
    let pages = pages.cardinality_route(None).catalog_route(None).health_route(None);
    let stats = Stats { board, env_id: settings.env_id.clone() };
    let installed = builder(stats).listen(address).overrides(pages).install();
    installed.map(Some).map_err(|error| match error.source() {
        Some(reason) if error.is_address() => {
            let remedy =
                "stop what listens there, or choose another --metrics-port (0 picks a free one) or --metrics-host";
            format!("cannot listen on {address}; {remedy}: {reason}").into()
        }
        _ => error.into(),
    })
}

/// What is collected.
fn builder(stats: Stats) -> tachometer::Builder {
    tachometer::builder()
        .build_info(BuildInfo::default().version(env!("CARGO_PKG_VERSION")))
        .config(Config::default().collectors([""; 0]))
        .collect(stats)
}

/// What the dashboards and rules in `observability` are made with.
fn options() -> Options {
    Options::new("env-server").job("env-server").target("127.0.0.1:9464").scrape_interval_seconds(1)
}

/// Says where the metrics are, on the first line.
fn announce(telemetry: Option<&Telemetry>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match telemetry.and_then(Telemetry::local_addr) {
        Some(address) => writeln!(out, "http://{address}/metrics")?,
        None => writeln!(out, "metrics are off")?,
    }
    // Whoever reads through a pipe waits for this line.
    out.flush()
}

/// Has clients ask for rollouts until the program is asked to stop, and then stops the router.
fn work(
    load: bool,
    requests: mpsc::Sender<Request>,
    mut router: Router,
    termination: Termination,
) -> Result<(), Box<dyn Error>> {
    // The clients' own loop, so that they are no load on the router's.
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let is_asked = runtime.block_on(async {
        if load {
            tokio::spawn(clients::load(requests))
        } else {
            tokio::spawn(clients::ask(requests))
        };
        tokio::select! {
            () = termination => true,
            () = router.ended() => false,
        }
    });
    if !is_asked {
        return Err("the router has ended, which it should not; see the log".into());
    }
    if !router.stop(GRACE) {
        tracing::warn!("a rollout blocks its worker, and is left behind");
    }
    Ok(())
}
