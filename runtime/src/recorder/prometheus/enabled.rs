//! metrics-exporter-prometheus' recorder in the place of the store: built as the program wants it, told of all sites and
//! handles, kept up and printed. It changes nothing about that recorder, and knows nothing of endpoints.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread,
    time::Duration,
};

use metrics::{Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{Matcher as Theirs, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use crate::{
    Builder, Error,
    call::{adopt, target},
    config::{Commit, Reload, Reloadable, Settings},
    error::Kind,
    gate,
    metric::matcher::{Ladders, Matcher},
};

/// How often samples are moved into their buckets: as often as that crate does so where it runs its own upkeep.
const UPKEEP: Duration = Duration::from_secs(5);

/// The recorder of this process. The facade's is never replaced, so neither is this one.
static INSTALLED: OnceLock<Arc<Prometheus>> = OnceLock::new();

/// What the program wants recorded into.
#[derive(Debug)]
pub(crate) struct Wanted(PrometheusBuilder);

/// The recorder, which the facade shares.
pub(crate) struct Prometheus {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
    /// Whether it never forgets a series.
    keeps: bool,
    /// The histograms whose buckets it knows.
    told: HashSet<String>,
}

/// A thread that runs the recorder's upkeep until this is dropped.
#[derive(Debug)]
pub(crate) struct Upkeep {
    _running: Sender<()>,
}

impl Builder {
    /// Records into this recorder of [`metrics_exporter_prometheus`] rather than into tachometer's own store.
    ///
    /// For programs whose metrics must stay exactly what that crate prints. Attributes, handles and the facade record into
    /// its recorder, which is taken as it is; the endpoint and [`Telemetry::render`](crate::Telemetry::render) show what
    /// it prints, in the text format 0.0.4; its upkeep is run every 5 seconds for as long as the `Telemetry` lives. Where
    /// to listen is said as ever: a listener or a push gateway of the `PrometheusBuilder` is not started.
    ///
    /// ```
    /// use tachometer::{PrometheusBuilder, timed};
    ///
    /// #[timed(name = "wait_seconds", buckets = [0.1, 1.0])]
    /// fn wait() {}
    ///
    /// let prometheus = PrometheusBuilder::new().add_global_label("zone", "eu");
    /// let telemetry = tachometer::builder().no_listener().with_prometheus(prometheus).install()?;
    /// wait();
    /// assert!(telemetry.render().contains("wait_seconds_bucket{zone=\"eu\",le=\"0.1\"} 1\n"));
    /// # Ok::<(), tachometer::Error>(())
    /// ```
    ///
    /// | of tachometer's | with this recorder |
    /// |---|---|
    /// | series at 0 from the start, HELP, the labels of [`label`](Self::label) | as ever; these labels win over its own |
    /// | buckets of attributes, of requests that a `tower` layer measures, and of handles that exist before `install` | as ever: declared, by [`buckets`](Self::buckets), or those of the unit |
    /// | buckets of handles that are first used later | only by [`buckets`](Self::buckets), or as the `PrometheusBuilder` says, which makes a summary of what it knows nothing of; a warning tells of declared ones that are not used |
    /// | [native](crate::metric::bounds::Native) buckets | those of the unit, where declared ones would be used; the text has no others |
    /// | buckets of all other histograms | as [`buckets`](Self::buckets) says, and else the `PrometheusBuilder` |
    /// | [`Summary`](crate::Summary) | what the `PrometheusBuilder` makes of a histogram: its own summary, unless it has buckets for the name |
    /// | collectors | shown after what the recorder prints, with the labels of [`label`](Self::label) and none of its own; of a name that it prints as well, only its own family is, and the other is counted as a conflict |
    /// | a forked child starts from zero, with nothing locked | it starts from its parent's counts, with the locks of the recorder as other threads held them |
    /// | [`snapshot`](crate::Telemetry::snapshot), [`cardinality`](crate::Telemetry::cardinality) | empty |
    /// | [`guard`](Self::guard), its settings, [`set_policy`](crate::Telemetry::set_policy) | refused, at a reload as well: this recorder has no limits |
    /// | [`exemplars`](Self::exemplars) | refused; without, none are shown |
    /// | [`push`](Self::push) | outlets of text as ever, such as a textfile; those of values are refused |
    /// | tokens, TLS and users | as ever |
    /// | tenants in a [`tokens_file`](Self::tokens_file) | refused, at a reload as well: a text cannot be divided among them |
    /// | OpenMetrics, [`created`](Self::created), `name[]` | everybody gets all of the text, in 0.0.4 |
    /// | `/snapshot`, `/cardinality`, `/catalog` | answered with 501 |
    /// | changes of `buckets` while the program runs | at its next start |
    ///
    /// A recorder with an `idle_timeout` forgets series, and a handle that was kept of one would record into nothing: then
    /// calls look up their metrics each time.
    ///
    /// The facade's recorder is never replaced: once one installation has used this, all later ones of the process must,
    /// and go on with the recorder, values and labels of the first one. Their `PrometheusBuilder` is without effect. As
    /// nobody runs its upkeep in between, the samples of its histograms pile up until then.
    pub fn with_prometheus(mut self, prometheus: PrometheusBuilder) -> Self {
        self.prometheus = Some(Wanted(prometheus));
        self
    }
}

impl Wanted {
    /// The recorder, told the buckets of the `histograms` that are known. If there has been one before, that.
    ///
    /// # Errors
    /// If the facade has tachometer's own recorder already.
    pub(crate) fn build(
        self,
        settings: &Settings,
        histograms: &HashMap<String, Vec<f64>>,
    ) -> Result<Arc<Prometheus>, Error> {
        if target::is_ours_set() {
            let message = "an earlier installation has made tachometer's own recorder that of the `metrics` facade, which \
                           is never replaced; call `with_prometheus` for the first installation of the process";
            return Err(Error::new(Kind::RecorderTaken, message));
        }
        if let Some(installed) = INSTALLED.get() {
            tracing::warn!(
                "the recorder of the first `with_prometheus` goes on, and what later ones say of it is without effect"
            );
            return Ok(Arc::clone(installed));
        }
        let ladders = &settings.reloadable.buckets;
        let builder = with_buckets(with_labels(self.0, &settings.labels), ladders, histograms)?;
        let of_one = ladders.iter().filter_map(|(matcher, buckets)| match (matcher, buckets.ladder().bounds()) {
            (Matcher::Full(name), Some(_)) => Some(name),
            _ => None,
        });
        let told = histograms.keys().chain(of_one).cloned().collect();
        let keeps = keeps(&builder);
        let recorder = Arc::new(builder.build_recorder());
        Ok(Arc::new(Prometheus { handle: recorder.handle(), recorder, keeps, told }))
    }
}

impl Prometheus {
    /// Whether an installation of this process has made such a recorder that of the facade.
    pub(crate) fn is_installed() -> bool {
        INSTALLED.get().is_some()
    }

    /// Makes it the facade's recorder, and shows the series that are known.
    ///
    /// # Errors
    /// If the facade has another crate's.
    pub(crate) fn install(self: &Arc<Self>) -> Result<(), Error> {
        if Self::is_installed() {
            return Ok(());
        }
        metrics::set_global_recorder(Arc::clone(&self.recorder)).map_err(|_| {
            Error::new(
                Kind::RecorderTaken,
                "another recorder of the `metrics` facade is installed already; if it is metrics-exporter-prometheus', \
                 hand its builder to `with_prometheus` instead of installing it, or else record into the other one with \
                 `tachometer::adopt_global()`",
            )
        })?;
        let installed = Arc::clone(self);
        gate::within(|| drop(INSTALLED.set(installed)));
        if let Err(error) = adopt::adopt(self.keeps, Some(self.told.clone())) {
            tracing::warn!("calls are recorded by a slower way, and not shown before they happen: {error:?}");
        }
        Ok(())
    }

    /// Runs its upkeep from now on.
    ///
    /// # Errors
    /// If the operating system has no thread left.
    pub(crate) fn keep_up(&self) -> Result<Upkeep, Error> {
        self.keep_up_every(UPKEEP)
    }

    fn keep_up_every(&self, interval: Duration) -> Result<Upkeep, Error> {
        let (running, ended) = mpsc::channel();
        let handle = self.handle.clone();
        let work = move || {
            while ended.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                handle.run_upkeep();
            }
        };
        let started = thread::Builder::new().name("tachometer-upkeep".to_owned()).spawn(work);
        started.map(|_| Upkeep { _running: running }).map_err(|error| {
            let message = "cannot start the thread that runs the recorder's upkeep; raise the process's limits";
            Error::new(Kind::Environment, message).with_source(error)
        })
    }

    /// What tells that buckets which change meanwhile have to wait.
    pub(crate) fn reload(&self, settings: &Settings) -> Box<dyn Reload> {
        Box::new(Buckets(Mutex::new(settings.reloadable.buckets.clone())))
    }

    pub(crate) fn describe(&self, name: &'static str, help: &'static str) {
        // It keeps the descriptions of all kinds together.
        self.recorder.describe_counter(name.into(), None, help.into());
    }

    pub(crate) fn count(&self, name: &'static str, labels: Vec<Label>, amount: u64) {
        self.recorder.register_counter(&Key::from_parts(name, labels), &METADATA).increment(amount);
    }

    pub(crate) fn set(&self, name: &'static str, labels: Vec<Label>, value: f64) {
        self.recorder.register_gauge(&Key::from_parts(name, labels), &METADATA).set(value);
    }

    pub(crate) fn render(&self) -> String {
        self.handle.render()
    }
}

impl fmt::Debug for Prometheus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prometheus").field("keeps", &self.keeps).finish_non_exhaustive()
    }
}

static METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));

/// The buckets that were said last. The recorder has those of its beginning.
struct Buckets(Mutex<Ladders>);

impl Reload for Buckets {
    fn prepare<'a>(&'a self, settings: &'a Reloadable) -> Result<Commit<'a>, Error> {
        Ok(Box::new(|| {
            let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if *said != settings.buckets {
                tracing::warn!("buckets has changed, which takes effect when the program starts again");
                said.clone_from(&settings.buckets);
            }
        }))
    }
}

/// Whether what is built never forgets a series. The builder cannot be asked, but it prints itself; where it does not
/// say so clearly, it may forget.
fn keeps(builder: &PrometheusBuilder) -> bool {
    let printed = format!("{builder:?}");
    printed.contains("idle_timeout: None") && !printed.contains("idle_timeout: Some")
}

fn with_labels(builder: PrometheusBuilder, labels: &[(String, String)]) -> PrometheusBuilder {
    labels.iter().fold(builder, |builder, (name, value)| builder.add_global_label(name, value))
}

/// Says the buckets of these histograms, and those that settings have for others.
fn with_buckets(
    mut builder: PrometheusBuilder,
    ladders: &Ladders,
    histograms: &HashMap<String, Vec<f64>>,
) -> Result<PrometheusBuilder, Error> {
    // The text that it prints has no native buckets.
    let of_many = ladders.iter().filter_map(|(matcher, buckets)| Some((theirs(matcher), buckets.ladder().bounds()?)));
    let of_one = histograms.iter().map(|(name, bounds)| (Theirs::Full(name.clone()), bounds.as_slice()));
    for (matcher, bounds) in of_many.chain(of_one) {
        let of = format!("{matcher:?}");
        builder = builder.set_buckets_for_metric(matcher, bounds).map_err(|error| {
            Error::new(Kind::Setting, format!("the buckets of {of} are refused by the recorder; say others"))
                .with_source(error)
        })?;
    }
    Ok(builder)
}

fn theirs(matcher: &Matcher) -> Theirs {
    match matcher {
        Matcher::Full(name) => Theirs::Full(name.clone()),
        Matcher::Prefix(prefix) => Theirs::Prefix(prefix.clone()),
        Matcher::Suffix(suffix) => Theirs::Suffix(suffix.clone()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use metrics_util::MetricKindMask;

    use super::*;
    use crate::Config;

    #[test]
    fn samples_are_moved_into_their_buckets_without_a_look_at_them() {
        let builder = PrometheusBuilder::new().set_buckets(&[1.0]).expect("there is one");
        let prometheus = Wanted(builder)
            .build(&Settings::new(&Config::default(), None), &HashMap::new())
            .expect("there is none yet");
        let _upkeep = prometheus.keep_up_every(Duration::from_millis(1)).expect("a thread is free");
        prometheus.recorder.register_histogram(&Key::from_name("wait"), &METADATA).record(0.5);
        let deadline = Instant::now() + Duration::from_secs(20);
        // The recorder cannot be asked without being drained, but it prints itself.
        while !format!("{:?}", prometheus.recorder).contains("count: 1") {
            assert!(Instant::now() < deadline, "nobody moves them");
            thread::yield_now();
        }
    }

    #[test]
    fn a_recorder_that_may_forget_is_known_as_one() {
        let second = Some(Duration::from_secs(1));
        assert!(keeps(&PrometheusBuilder::new()));
        assert!(!keeps(&PrometheusBuilder::new().idle_timeout(MetricKindMask::COUNTER, second)));
        let liar = PrometheusBuilder::new().add_global_label("x", "idle_timeout: None");
        assert!(!keeps(&liar.idle_timeout(MetricKindMask::ALL, second)));
    }
}
