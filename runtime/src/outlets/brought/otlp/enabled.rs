//! Snapshots for a receiver of OTLP over HTTP: which requests there are, and what the answers mean.

use std::{collections::VecDeque, fmt, io::Write, time::Duration};

use flate2::{Compression, write::GzEncoder};
use hyper::{
    Method, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue},
};

use self::settings::Settings;
use crate::{
    Error,
    config::Environment,
    exporters::otlp::{Answer, Histograms, Points, Request, Temporality, Totals, refusal, resource},
    outlets::brought::http::{self, Client},
    push::{DroppedPoints, Outlet, Push, PushError},
};

mod environment;
#[cfg(test)]
mod outage;
mod settings;
#[cfg(test)]
mod tests;

/// How long a request is at most, before it is packed: what most receivers take.
const LONGEST: usize = 4 * 1024 * 1024;

/// Pushes to a receiver of OpenTelemetry's protocol, OTLP, over HTTP as protobuf.
///
/// `install` makes one by itself where the environment asks for it: `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT` is set, or
/// `OTEL_METRICS_EXPORTER` has `otlp` in its list. An empty variable is as good as none.
///
/// | variable | |
/// |---|---|
/// | `OTEL_METRICS_EXPORTER` | where it is set it decides: a list with `otlp` in it, or without it, `none` for example |
/// | `OTEL_SDK_DISABLED` | `true`: nothing is pushed |
/// | `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT` | the URL, as it is |
/// | `OTEL_EXPORTER_OTLP_ENDPOINT` | a URL to whose path `/v1/metrics` is added; `http://localhost:4318` without a word |
/// | `OTEL_EXPORTER_OTLP_[METRICS_]HEADERS` | `name=value,..`, percent-encoded where need be; a pair that is none is left out with a warning |
/// | `OTEL_EXPORTER_OTLP_[METRICS_]TIMEOUT` | milliseconds for a push with all that is tried again; 10000 |
/// | `OTEL_EXPORTER_OTLP_[METRICS_]COMPRESSION` | `gzip` or `none`; none |
/// | `OTEL_EXPORTER_OTLP_[METRICS_]PROTOCOL` | `http/protobuf`, the only one there is |
/// | `OTEL_EXPORTER_OTLP_[METRICS_]CERTIFICATE` | a PEM file of the authorities that are believed, in the place of the system's |
/// | `OTEL_EXPORTER_OTLP_[METRICS_]CLIENT_CERTIFICATE`, `.._CLIENT_KEY` | PEM files; all are read again for each connection |
/// | `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` | `cumulative`, or `delta` or `lowmemory` for differences; cumulative |
/// | `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION` | `explicit_bucket_histogram`: native histograms get explicit bounds; else they are exponential, and those with declared bounds keep them |
/// | `OTEL_METRIC_EXPORT_INTERVAL`, `OTEL_METRIC_EXPORT_TIMEOUT` | milliseconds; 60000, 30000 |
/// | `OTEL_RESOURCE_ATTRIBUTES` | `key=value,..`, percent-encoded where need be |
/// | `OTEL_SERVICE_NAME` | the attribute `service.name`; `unknown_service:` and the program's name without a word |
///
/// `service.instance.id` is always there, at random where no attribute says it.
///
/// A metric's name has neither `_total` nor the unit, which a collector that writes for Prometheus puts back. A request has
/// 4 MiB at most; one that is answered 413 is halved; all requests of a push have one time. Answers of 429, 502, 503 and 504
/// and broken connections are tried again, after the pause that `Retry-After` asks for; all others are final. Values that
/// are NaN or infinite are left out, as receivers refuse all of a request for one. It is the outlet `otlp`.
///
/// ```
/// use std::time::Duration;
/// use tachometer::outlets::Otlp;
///
/// let otlp = Otlp::new("https://collector.example/v1/metrics")?
///     .header("authorization", "Bearer 7f3a")?
///     .attribute("service.name", "scorer")
///     .interval(Duration::from_secs(30));
/// let builder = tachometer::builder().push(otlp);
/// # Ok::<(), tachometer::Error>(())
/// ```
#[must_use = "it has no effect until `Builder::push` gets it"]
pub struct Otlp {
    settings: Settings,
    /// None before the first push.
    client: Option<Client>,
    resource: Vec<u8>,
    /// What the receiver has, where it wants differences.
    totals: Option<Totals>,
    points: Points,
    /// What of these is not sent yet.
    waiting: VecDeque<Request>,
    longest: usize,
    told: Told,
}

/// What was said once.
#[derive(Debug, Default)]
struct Told {
    partial: bool,
    without_total: bool,
}

/// The outlet that the environment asks for.
///
/// # Errors
/// If a variable is malformed.
pub(in crate::outlets) fn of_environment(environment: &dyn Environment) -> Result<Option<Box<dyn Outlet>>, Error> {
    let settings = environment::settings(environment)?;
    Ok(settings.map(|settings| Box::new(Otlp::of(settings)) as Box<dyn Outlet>))
}

impl Otlp {
    /// Pushes to this URL, as it is. The environment has no say.
    ///
    /// # Errors
    /// [`Error::is_setting`] if it is no URL of HTTP.
    pub fn new(url: &str) -> Result<Self, Error> {
        Ok(Self::of(Settings::new(url)?))
    }

    fn of(settings: Settings) -> Self {
        let totals = (settings.temporality == Temporality::Delta).then(Totals::default);
        Self {
            settings,
            client: None,
            resource: Vec::new(),
            totals,
            points: Points::default(),
            waiting: VecDeque::new(),
            longest: LONGEST,
            told: Told::default(),
        }
    }

    /// Adds a header to each request. It is in no message.
    ///
    /// # Errors
    /// [`Error::is_setting`] if it is no header.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, Error> {
        self.settings.add_header(name, value)?;
        Ok(self)
    }

    /// Says what the program is, `service.name` for example.
    pub fn attribute(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.set_attribute(key.into(), value.into());
        self
    }

    /// How often it is pushed; one minute without a word.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.settings.interval = interval;
        self
    }

    /// How long a push may take, with all that is tried again; 10 s without a word.
    pub fn timeout(mut self, time: Duration) -> Self {
        self.settings.timeout = time;
        self
    }

    /// Packs requests by gzip.
    pub fn gzip(mut self) -> Self {
        self.settings.is_packed = true;
        self
    }

    /// Pushes by how much totals have risen since the receiver last took them, in the place of totals.
    pub fn delta(mut self) -> Self {
        self.settings.temporality = Temporality::Delta;
        self.totals = Some(Totals::default());
        self
    }

    /// Gives native histograms explicit bounds, for receivers that know no exponential ones.
    pub fn explicit_histograms(mut self) -> Self {
        self.settings.histograms = Histograms::Explicit;
        self
    }

    fn encode(&mut self, push: &mut Push<'_>) {
        if self.resource.is_empty() {
            self.resource = resource(&self.settings.attributes());
        }
        self.points = Points::of(push.snapshot(), self.settings.histograms, self.totals.as_mut());
        self.waiting = Request::all(&self.points, &self.resource, self.longest).into();
        push.dropped_points(DroppedPoints::NotFinite, self.points.left_out());
        if let Some(name) = self.points.without_total().filter(|_| !self.told.without_total) {
            tracing::warn!(
                "outlet `otlp`: counter `{name}` does not end in `_total`, which receivers that write for Prometheus add \
                 to its name; call it `{name}_total`"
            );
            self.told.without_total = true;
        }
    }

    fn send(&mut self, request: &Request, within: Duration) -> Result<http::Answer, PushError> {
        let mut body = request.encode(&self.points, &self.resource);
        let mut headers = self.settings.headers.clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        if self.settings.is_packed {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            body = packed(&body)?;
        }
        let Settings { target, certificates, .. } = &self.settings;
        let client = self.client.get_or_insert_with(|| Client::new(target.clone(), certificates.clone()));
        client.send(Method::POST, headers, body, within).map_err(|error| {
            PushError::retry(format!("{target}: {error}; see that the receiver runs and can be reached from here"))
        })
    }

    /// Notes that a request was taken, and what of it was not.
    fn taken(&mut self, request: &Request, body: &[u8], push: &mut Push<'_>) {
        let Answer { rejected, message } = Answer::read(body);
        push.dropped_points(DroppedPoints::Rejected, rejected);
        if (rejected > 0 || !message.is_empty()) && !std::mem::replace(&mut self.told.partial, true) {
            let target = &self.settings.target;
            tracing::warn!("outlet `otlp`: {target} did not take {rejected} values: {message}");
        }
        if let Some(totals) = &mut self.totals {
            totals.acknowledge(self.points.acks(request.0.clone()));
        }
    }

    /// Halves a request that is too large; one of a single point is given up.
    fn halve(&mut self, request: &Request, push: &mut Push<'_>) {
        match request.halves() {
            Some([first, second]) => {
                self.waiting.push_front(second);
                self.waiting.push_front(first);
                self.longest = (self.longest / 2).max(64 * 1024);
            }
            None => push.dropped_points(DroppedPoints::Rejected, 1),
        }
    }

    fn refused(&self, answer: &http::Answer) -> String {
        let why = refusal(&answer.body).map(|why| format!(": {why}")).unwrap_or_default();
        let (target, status) = (&self.settings.target, answer.status);
        format!("{target} answered {status}{why}; see that the URL and the headers are right")
    }
}

impl Outlet for Otlp {
    fn name(&self) -> &str {
        "otlp"
    }

    fn interval(&self) -> Option<Duration> {
        Some(self.settings.interval)
    }

    fn timeout(&self) -> Duration {
        self.settings.timeout
    }

    fn push(&mut self, push: &mut Push<'_>) -> Result<(), PushError> {
        if push.attempt() == 0 {
            self.encode(push);
        }
        let mut refused = None;
        while let Some(request) = self.waiting.front().cloned() {
            let answer = self.send(&request, push.time_left())?;
            match answer.status {
                status if status.is_success() => self.taken(&request, &answer.body, push),
                StatusCode::TOO_MANY_REQUESTS
                | StatusCode::BAD_GATEWAY
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::GATEWAY_TIMEOUT => {
                    let error = PushError::retry(format!("{} answered {}", self.settings.target, answer.status));
                    return Err(match answer.retry_after {
                        Some(pause) => error.after(pause),
                        None => error,
                    });
                }
                StatusCode::PAYLOAD_TOO_LARGE => {
                    self.waiting.pop_front();
                    self.halve(&request, push);
                    continue;
                }
                _ => refused = Some(self.refused(&answer)),
            }
            self.waiting.pop_front();
        }
        refused.map_or(Ok(()), |message| Err(PushError::give_up(message)))
    }
}

fn packed(body: &[u8]) -> Result<Vec<u8>, PushError> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(body)?;
    Ok(packer.finish()?)
}

impl fmt::Debug for Otlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Otlp")
            .field("url", &self.settings.target.to_string())
            .field("interval", &self.settings.interval)
            .finish_non_exhaustive()
    }
}
