//! The master: it starts children, replaces those that end, and exports all of them.

use std::{
    env,
    error::Error,
    io::{self, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    process::{Child, Command},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tachometer::{
    BuildInfo, Telemetry, Termination,
    fleet::{GaugeMode, Parent},
    metric::matcher::Matcher,
};

use crate::{
    args::Master,
    config::Config,
    messages::{self, Message},
    stats::Stats,
};

/// How often it is looked whether a child has ended.
const LOOK: Duration = Duration::from_millis(100);

/// How long children may take to end, before they are killed; and then the endpoint.
const GRACE: Duration = Duration::from_secs(3);
const LAST: Duration = Duration::from_millis(1500);

/// A child's place, and the process that has it now.
struct Place {
    consumer: String,
    slot: u32,
    child: Option<Child>,
}

/// Runs until the process is asked to end.
pub(crate) fn run(settings: &Master) -> Result<(), Box<dyn Error>> {
    let termination = Termination::listen()?;
    let config = settings.config.as_deref().map_or_else(|| Ok(Config::usual()), Config::read)?;
    if let Some(unserved) = config.unserved() {
        tracing::warn!("{unserved}");
    }
    let fleet = listen(&config)?;
    announce(fleet.as_ref().map(|(telemetry, _)| telemetry))?;
    let is_over = Arc::new(AtomicBool::new(false));
    let over = Arc::clone(&is_over);
    thread::spawn(move || {
        termination.wait();
        over.store(true, Ordering::Relaxed);
    });
    if let Some(url) = settings.work.redis.clone().filter(|_| settings.load) {
        let consumers: Vec<String> = config.application.consumers.keys().cloned().collect();
        let over = Arc::clone(&is_over);
        thread::spawn(move || supply(&url, &consumers, &over));
    }
    let mut places = places(&config);
    while !is_over.load(Ordering::Relaxed) {
        for place in &mut places {
            place.keep_alive(settings, fleet.as_ref().map(|(_, parent)| parent))?;
        }
        show(&config, &places);
        thread::sleep(LOOK);
    }
    end(&mut places);
    show(&config, &places);
    fleet.map_or(Ok(()), |(telemetry, _)| telemetry.shutdown(LAST))?;
    Ok(())
}

/// Opens the endpoint, if the configuration wants one. Without it there is no fleet, and nothing is recorded.
fn listen(config: &Config) -> Result<Option<(Telemetry, Parent)>, Box<dyn Error>> {
    let prometheus = &config.application.stats.prometheus;
    if !prometheus.enabled {
        return Ok(None);
    }
    let host = env::var("METRICS_HOST").ok().filter(|host| !host.is_empty());
    let host: IpAddr = match &host {
        Some(host) => host.parse().map_err(|_| format!("METRICS_HOST is `{host}`; write an IP address"))?,
        None => Ipv4Addr::LOCALHOST.into(),
    };
    let address = SocketAddr::new(host, prometheus.port);
    // The value of a key is that of the child that set it last.
    let custom = Matcher::Prefix("rejected_custom_".to_owned());
    let parent = Parent::builder().gauges(custom, GaugeMode::Last).build()?;
    let installed = tachometer::builder()
        .listen(address)
        .fleet(&parent)
        .build_info(BuildInfo::default().version(env!("CARGO_PKG_VERSION")))
        .install();
    let telemetry = installed.map_err(|error| match error.source() {
        Some(reason) if error.is_address() => {
            let remedy =
                "stop what listens there, or choose another Application.stats.prometheus.port (0 picks a free one)";
            format!("cannot listen on {address}; {remedy}: {reason}").into()
        }
        _ => Box::<dyn Error>::from(error),
    })?;
    // All of it is at 0 before the first child tells of it.
    for name in config.application.consumers.keys() {
        drop(Stats::new(name));
        Stats::set_processes(name, 0);
    }
    Ok(Some((telemetry, parent)))
}

/// Says where the metrics are, on the first line.
fn announce(telemetry: Option<&Telemetry>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match telemetry.and_then(Telemetry::local_addr) {
        Some(address) => writeln!(out, "http://{address}/metrics")?,
        None => writeln!(out, "metrics are off")?,
    }
    // A reader at the other end of a pipe waits for this line.
    out.flush()
}

/// The places of all consumers.
fn places(config: &Config) -> Vec<Place> {
    let of = |(consumer, about): (&String, &crate::config::Consumer)| {
        let consumer = consumer.clone();
        (0..about.qty).map(move |slot| Place { consumer: consumer.clone(), slot, child: None })
    };
    config.application.consumers.iter().flat_map(of).collect()
}

fn show(config: &Config, places: &[Place]) {
    for name in config.application.consumers.keys() {
        let living = places.iter().filter(|place| place.consumer == *name && place.child.is_some()).count();
        Stats::set_processes(name, living);
    }
}

impl Place {
    /// Starts another child if the last one has ended.
    fn keep_alive(&mut self, settings: &Master, parent: Option<&Parent>) -> Result<(), Box<dyn Error>> {
        if let Some(child) = &mut self.child {
            match child.try_wait()? {
                None => return Ok(()),
                Some(status) => {
                    tracing::warn!("child {} of {} has ended, {status}; it is replaced", self.slot, self.consumer);
                    self.child = None;
                }
            }
        }
        let mut command = Command::new(env::current_exe()?);
        command.args(["--child", &self.consumer]).args(settings.work.flags());
        if !settings.load {
            command.arg("--no-load");
        }
        match parent {
            Some(parent) => parent.enlist(&mut command, &self.consumer, self.slot)?,
            None => drop(command.env("METRICS_ENABLED", "false")),
        }
        self.child = Some(command.spawn()?);
        Ok(())
    }
}

/// Asks all children to end, and kills those that do not.
fn end(places: &mut [Place]) {
    for child in places.iter().filter_map(|place| place.child.as_ref()) {
        // One that has ended is waited for below.
        let _ = kill_process(Pid::from_child(child), Signal::TERM);
    }
    let until = Instant::now() + GRACE;
    for place in places {
        let Some(mut child) = place.child.take() else { continue };
        while Instant::now() < until && matches!(child.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(10));
        }
        if matches!(child.try_wait(), Ok(None)) {
            tracing::warn!("child {} of {} does not end, and is killed", place.slot, place.consumer);
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Puts messages into the lists of Redis, for as long as it is there.
fn supply(url: &str, consumers: &[String], is_over: &AtomicBool) {
    let (mut connection, mut number) = (None, 0);
    while !is_over.load(Ordering::Relaxed) {
        if connection.is_none() {
            connection = messages::connect(url).map_err(|problem| tracing::warn!("{problem}")).ok();
        }
        let batch: Vec<Message> = (number + 1..=number + 20).map(Message::new).collect();
        let done = connection.as_mut().is_some_and(|connection| {
            consumers.iter().all(|consumer| messages::push(connection, &messages::list(consumer), &batch).is_ok())
        });
        if done {
            number += 20;
        } else {
            connection = None;
        }
        thread::sleep(Duration::from_millis(200));
    }
}
