//! A small shop whose functions are measured: run it, open the address that it prints, watch the numbers move.
//!
//! Annotated code is in `shop`, `stock` and `warehouse`; nothing there knows how metrics leave the program.

mod args;
mod attack;
mod shop;
mod stock;
mod traffic;
mod warehouse;

use std::{error::Error, io, io::Write, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use tachometer::{Telemetry, Termination, catalog::Options};
use tokio::{
    net::TcpListener,
    sync::oneshot,
    time::{Instant, interval, timeout},
};

use crate::{attack::Attack, shop::Shop, traffic::Ledger};

/// How long open connections may hold up a shop that closes.
const GRACE: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // With a flag such as `--print-rules` the program ends here.
    let builder = tachometer::builder().print_if_asked(&options(), describe)?;
    let args = args::args();
    tracing_subscriber::fmt().with_writer(io::stderr).init();

    // From here on everything annotated is recorded, and served at `METRICS_HOST:METRICS_PORT`.
    let telemetry = Arc::new(builder.install()?);
    let termination = Termination::listen()?;
    describe();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    announce(&telemetry, listener.local_addr()?)?;

    let (shop, inbox) = Shop::open();
    let (shop, ledger) = (shop.routes(), Arc::new(Ledger::default()));
    tokio::spawn(warehouse::work(inbox));
    tokio::spawn(traffic::run(shop.clone(), Arc::clone(&ledger), args.requests));
    let attack = args.attack.then(|| Attack::begin(Arc::clone(&telemetry)));
    let until = closing_time(args.closes_after, attack.as_ref(), termination);
    serve(listener, shop.merge(traffic::routes(ledger)), until).await?;

    attack.map_or(Ok(()), Attack::end)?;
    if let Some(telemetry) = Arc::into_inner(telemetry) {
        telemetry.shutdown(2 * GRACE)?;
    }
    Ok(())
}

/// Says what is recorded by hand.
fn describe() {
    shop::describe();
    warehouse::describe();
}

/// What the dashboards and rules in `observability` are made with.
fn options() -> Options {
    Options::new("quickstart").job("quickstart").target("127.0.0.1:9464").scrape_interval_seconds(1)
}

/// Waits until the shop is to close, and shows meanwhile how an attack goes.
async fn closing_time(after: Option<Duration>, attack: Option<&Attack>, mut termination: Termination) {
    let closes_at = after.map(|after| Instant::now() + after);
    let mut seconds = interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            () = &mut termination => return,
            _ = seconds.tick() => {}
        }
        if closes_at.is_some_and(|closes_at| closes_at <= Instant::now()) {
            return;
        }
        if let Some(attack) = attack {
            // It goes on where nobody reads how it goes.
            let _ = attack.show();
        }
    }
}

/// Prints both addresses: the metrics' on the first line, the shop's on the second.
fn announce(telemetry: &Telemetry, shop: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match telemetry.local_addr() {
        Some(metrics) => writeln!(out, "http://{metrics}/metrics")?,
        None => writeln!(out, "metrics are off")?,
    }
    writeln!(out, "shop listening on http://{shop}")?;
    // Whoever reads through a pipe waits for these lines.
    out.flush()
}

/// Serves until the program is asked to stop, then lets the requests end that have begun.
async fn serve(listener: TcpListener, routes: Router, until: impl Future<Output = ()>) -> Result<(), Box<dyn Error>> {
    let (close, closed) = oneshot::channel::<()>();
    let server = axum::serve(listener, routes).with_graceful_shutdown(async { drop(closed.await) });
    let server = tokio::spawn(server.into_future());

    until.await;
    drop(close);
    if let Ok(ended) = timeout(GRACE, server).await {
        ended??;
    }
    Ok(())
}
