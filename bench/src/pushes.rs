//! What a push of many series over OTLP takes, beside OpenTelemetry's own exporter: to a receiver on the same machine, which
//! reads and forgets.

use std::{
    error::Error,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use opentelemetry::{KeyValue, metrics::MeterProvider};
use opentelemetry_otlp::{MetricExporter, Protocol, WithExportConfig};
use opentelemetry_sdk::metrics::{Instrument, PeriodicReader, SdkMeterProvider, Stream};
use serde::{Deserialize, Serialize};
use tachometer::{Policy, outlets::Otlp};

use crate::{
    collectors::processor_time,
    setup::Setup,
    stores::{Kind, best, fill_with},
};

/// The figures of one library.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Pushed {
    /// Counters of two labels.
    pub(crate) series: usize,
    /// Milliseconds of a push until it is acknowledged.
    pub(crate) push_ms: f64,
    /// Bytes of its requests.
    pub(crate) bytes: usize,
    /// Milliseconds of processors, the receiver's among them; none where the system does not say.
    pub(crate) processor_ms: Option<f64>,
}

/// No push comes by itself.
const NEVER: Duration = Duration::from_hours(24);

/// Longer than any push takes.
const PATIENCE: Duration = Duration::from_mins(2);

/// Pushes so many series, again and again.
pub(crate) fn push(setup: Setup, policy: Policy, series: usize) -> Result<Pushed, Box<dyn Error>> {
    let receiver = Receiver::start()?;
    let url = format!("http://{}/v1/metrics", receiver.address);
    if setup == Setup::Ours {
        let outlet = Otlp::new(&url)?.interval(NEVER).timeout(PATIENCE);
        let builder = tachometer::builder().no_listener().no_default_collectors().guard(policy);
        let telemetry = builder.push(outlet).install()?;
        fill_with(Kind::Counter, series);
        return measured(series, &receiver, || Ok(telemetry.flush(PATIENCE)?));
    }
    let exporter = MetricExporter::builder().with_http().with_protocol(Protocol::HttpBinary);
    let exporter = exporter.with_endpoint(&url).with_timeout(PATIENCE).build()?;
    let reader = PeriodicReader::builder(exporter).with_interval(NEVER).build();
    // Beyond 2,000 series it would fold them.
    let unlimited = move |_: &Instrument| Stream::builder().with_cardinality_limit(series + 1).build().ok();
    let provider = SdkMeterProvider::builder().with_reader(reader).with_view(unlimited).build();
    let counter = provider.meter("bench").u64_counter("bench_requests").build();
    for n in 0..series {
        let labels = [KeyValue::new("worker", format!("w{}", n % 100)), KeyValue::new("tenant", format!("t{n:06}"))];
        counter.add(n as u64, &labels);
    }
    measured(series, &receiver, || Ok(provider.force_flush()?))
}

fn measured(
    series: usize,
    receiver: &Receiver,
    mut push: impl FnMut() -> Result<(), Box<dyn Error>>,
) -> Result<Pushed, Box<dyn Error>> {
    push()?;
    let (bytes, before) = (receiver.bytes.load(Ordering::Relaxed), processor_time());
    let mut pushes = 0;
    let (push_ms, ()) = best(|| {
        pushes += 1;
        push()
    })?;
    let spent = before.zip(processor_time()).map(|(before, after)| after.saturating_sub(before));
    let processor_ms = spent.map(|spent| spent.as_secs_f64() * 1e3 / f64::from(pushes));
    Ok(Pushed { series, push_ms, bytes, processor_ms })
}

/// A server that takes whatever comes.
struct Receiver {
    address: SocketAddr,
    bytes: Arc<AtomicUsize>,
}

impl Receiver {
    fn start() -> Result<Self, Box<dyn Error>> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (address, bytes) = (listener.local_addr()?, Arc::<AtomicUsize>::default());
        let its = Arc::clone(&bytes);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let its = Arc::clone(&its);
                // A client that goes away ends its own connection alone.
                thread::spawn(move || drop(serve(stream, &its)));
            }
        });
        Ok(Self { address, bytes })
    }
}

fn serve(mut stream: TcpStream, bytes: &AtomicUsize) -> std::io::Result<()> {
    let mut reader = BufReader::with_capacity(1 << 16, stream.try_clone()?);
    let mut body = Vec::new();
    loop {
        let (mut length, mut line) = (0, String::new());
        while reader.read_line(&mut line)? > 2 {
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
            line.clear();
        }
        if line.is_empty() {
            return Ok(());
        }
        body.resize(length, 0);
        reader.read_exact(&mut body)?;
        bytes.fetch_add(length, Ordering::Relaxed);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n")?;
    }
}
