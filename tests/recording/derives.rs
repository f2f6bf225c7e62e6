//! What the derives make of structs and enums.

use std::borrow::Cow;

use tachometer::{
    Counter, ErrorKind, Family, FiniteLabel, FloatCounter, Gauge, Histogram, Label, Labels, Metrics, counted,
    families::Value,
};

use super::{counter, fractions, gauge, histogram, installed};

#[derive(Metrics)]
#[metrics(prefix = "session", labels(peer), owned)]
struct SessionMetrics {
    /// Frames received.
    frames: Counter,
    /// Frames that wait.
    waiting: Gauge,
    /// Frames by their kind.
    #[metric(labels(kind))]
    kinds: Family<Counter, (&'static str,)>,
    #[metrics(flatten)]
    errors: SessionErrors,
}

#[derive(Metrics)]
#[metrics(prefix = "errors")]
struct SessionErrors {
    /// Frames that were refused.
    refused: Counter,
}

#[test]
fn series_end_with_their_owner_and_their_totals_stay() {
    let early = SessionMetrics::with_labels("early");
    let telemetry = installed();
    let names = ["session_frames_total", "session_waiting", "session_kinds_total", "session_errors_refused_total"];
    let series = || {
        let snapshot = telemetry.snapshot();
        names.map(|name| snapshot.family(name).map_or(0, |family| family.series().len()))
    };
    assert_eq!(series(), [1, 1, 0, 1], "known before the installation");
    drop(early);
    assert_eq!(series(), [0; 4]);
    let sessions = ["north", "south"].map(SessionMetrics::with_labels);
    let again = SessionMetrics::with_labels("south");
    for session in sessions.iter().chain([&again]) {
        session.frames.increment(3);
        session.waiting.set(2);
        session.errors.refused.increment(1);
        ["data", "ack"].into_iter().for_each(|kind| session.kinds.with(kind).increment(1));
    }
    assert_eq!(series(), [2, 2, 4, 2]);
    let [north, south] = sessions;
    let kept = north.frames.clone();
    drop((north, south));
    assert_eq!(series(), [2, 2, 4, 2], "one has a handle that lives, of the other there is another instance");
    drop(again);
    assert_eq!(series(), [1, 1, 2, 1]);
    kept.increment(1);
    assert_eq!(counter(&telemetry.snapshot(), names[0], &[("peer", "north")]), 4);
    drop(kept);
    assert_eq!(series(), [0; 4]);
    let report = telemetry.cardinality();
    let retired = names.map(|name| report.metric(name).map(|it| (it.retired_series, it.retired)));
    assert_eq!(retired, [Some((3, 10)), Some((3, 0)), Some((4, 6)), Some((3, 3))]);
    let back = SessionMetrics::with_labels("south");
    back.frames.increment(1);
    assert_eq!(counter(&telemetry.snapshot(), names[0], &[("peer", "south")]), 1, "it begins anew");
    assert_eq!(series(), [1, 1, 0, 1]);
}

#[test]
fn an_owner_that_ends_while_metrics_are_read_waits_for_nobody() {
    let telemetry = installed();
    std::thread::scope(|scope| {
        let readers: Vec<_> =
            (0..2).map(|_| scope.spawn(|| (0..200).for_each(|_| drop(telemetry.snapshot())))).collect();
        let mut sessions = 0;
        while readers.iter().any(|reader| !reader.is_finished()) {
            SessionMetrics::with_labels("brief").frames.increment(1);
            sessions += 1;
        }
        let report = || telemetry.cardinality().metric("session_frames_total").map_or(0, |it| it.retired);
        drop(telemetry.snapshot());
        assert_eq!(report(), sessions, "each has counted once");
        assert!(telemetry.snapshot().family("session_frames_total").is_none_or(|it| it.series().len() == 0));
    });
}

#[derive(Label, Clone, Copy)]
enum Codec {
    Raw,
    GZip,
    #[label(rename = "z-standard")]
    Zstd,
}

#[derive(Label)]
#[label(rename_all = "SCREAMING-KEBAB-CASE")]
enum r#Type {
    r#Self_,
    HTTPServer,
}

const ITEMS: &[f64] = &[1.0, 2.0];

#[derive(Metrics)]
#[metrics(prefix = "scorer")]
struct ScorerMetrics {
    /// Tokens that are padding.
    padded_tokens: Counter,
    /// Requests waiting
    /// for a batch.
    ///
    /// Not more than a batch of them.
    #[doc(hidden)]
    queue_size: Gauge,
    #[doc = "Bytes received."]
    #[metric(unit = "bytes", labels(worker, codec))]
    received: Family<Histogram, (u8, Codec)>,
    /// Bytes sent.
    #[metric(unit = "bytes")]
    sent_bytes: Counter,
    /// Energy used.
    #[metric(rename = "energy", unit = "joules", scale = 1e-6)]
    used: FloatCounter,
    /// Items of a batch.
    #[metric(buckets = ITEMS)]
    items: Histogram,
    /// Answers by what was asked.
    #[metric(rename = "answers_total")]
    answers: Family<Counter, Asked<'static>>,
    /// Named by another system.
    #[metric(as_is, rename = "LegacyMilliseconds", unit = "seconds")]
    legacy: Counter,
    /// A name that is a keyword.
    r#type: Gauge,
    #[metric(skip)]
    note: Option<String>,
    #[metrics(flatten)]
    cache: CacheMetrics,
    #[metrics(flatten, prefix = "disk")]
    disk: CacheMetrics,
}

#[derive(Metrics)]
#[metrics(prefix = "cache")]
struct CacheMetrics {
    /// Look-ups that found something.
    hits: Counter,
}

#[derive(Labels)]
struct Asked<'a> {
    method: &'a str,
    #[label(rename = "status_code")]
    status: u16,
    r#type: Cow<'a, str>,
}

#[derive(Metrics)]
#[metrics(prefix = "pool", labels(shard, zone))]
struct PoolMetrics {
    /// Connections in use.
    connections: Gauge,
    /// Waits by priority.
    #[metric(labels(priority))]
    waits: Family<Counter, (bool,)>,
    #[metrics(flatten)]
    cache: CacheMetrics,
}

#[test]
fn each_field_is_a_metric_of_its_own() {
    let telemetry = installed();
    let metrics = ScorerMetrics::default();
    metrics.padded_tokens.increment(1);
    metrics.queue_size.set(2);
    metrics.received.with(7, Codec::GZip).record(300);
    metrics.sent_bytes.increment(4);
    metrics.used.add(0.5);
    metrics.items.record(2);
    metrics.answers.with(Asked { method: "GET", status: 200, r#type: "a".into() }).increment(6);
    metrics.legacy.increment(7);
    metrics.r#type.set(8);
    metrics.cache.hits.increment(9);
    metrics.disk.hits.increment(10);
    assert!(metrics.note.is_none());
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "scorer_padded_tokens_total", &[]), 1);
    assert_eq!(gauge(&snapshot, "scorer_queue_size", &[]), 2.0);
    assert_eq!(histogram(&snapshot, "scorer_received_bytes", &[("worker", "7"), ("codec", "g_zip")]), (1, 300.0));
    assert_eq!(counter(&snapshot, "scorer_sent_bytes_total", &[]), 4);
    assert_eq!(fractions(&snapshot, "scorer_energy_joules_total", &[]), 0.5);
    assert_eq!(histogram(&snapshot, "scorer_items", &[]), (1, 2.0));
    let asked = [("method", "GET"), ("status_code", "200"), ("type", "a")];
    assert_eq!(counter(&snapshot, "scorer_answers_total", &asked), 6);
    assert_eq!(counter(&snapshot, "scorer_LegacyMilliseconds", &[]), 7);
    assert_eq!(gauge(&snapshot, "scorer_type", &[]), 8.0);
    assert_eq!(counter(&snapshot, "scorer_cache_hits_total", &[]), 9);
    assert_eq!(counter(&snapshot, "scorer_disk_hits_total", &[]), 10);
    let family = |name| snapshot.family(name).expect("it is there");
    assert_eq!(family("scorer_queue_size").help(), "Requests waiting for a batch.");
    assert_eq!(family("scorer_energy_joules_total").unit().expect("it is declared").as_str(), "joules");
    let Some(Value::Histogram(sizes)) = family("scorer_received_bytes").series().next().map(|series| series.value())
    else {
        panic!("it is a histogram");
    };
    assert_eq!(sizes.bounds[0], 256.0);
}

#[test]
fn a_struct_is_at_zero_from_the_installation_on_whenever_it_was_built() {
    let early = ScorerMetrics::with_prefix("early");
    drop(ScorerMetrics::with_prefix("gone"));
    let global = ScorerMetrics::global();
    global.padded_tokens.increment(100);
    let telemetry = installed();
    let _late = ScorerMetrics::with_prefix("late");
    let snapshot = telemetry.snapshot();
    for prefix in ["early", "scorer", "late"] {
        assert_eq!(counter(&snapshot, &format!("{prefix}_padded_tokens_total"), &[]), 0, "{prefix}");
        assert_eq!(gauge(&snapshot, &format!("{prefix}_queue_size"), &[]), 0.0, "{prefix}");
        assert_eq!(fractions(&snapshot, &format!("{prefix}_energy_joules_total"), &[]), 0.0, "{prefix}");
        assert_eq!(histogram(&snapshot, &format!("{prefix}_items"), &[]).0, 0, "{prefix}");
        assert_eq!(counter(&snapshot, &format!("{prefix}_cache_hits_total"), &[]), 0, "{prefix}");
    }
    assert!(snapshot.family("gone_queue_size").is_none());
    early.padded_tokens.increment(1);
    global.padded_tokens.increment(2);
    ScorerMetrics::default().padded_tokens.increment(3);
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "early_padded_tokens_total", &[]), 1);
    assert_eq!(counter(&snapshot, "scorer_padded_tokens_total", &[]), 5);
    assert_eq!(snapshot.family("scorer_padded_tokens_total").expect("it is there").series().len(), 1);
    assert!(std::ptr::eq(global, ScorerMetrics::global()));
}

#[test]
fn a_prefix_from_outside_is_made_to_fit() {
    let telemetry = installed();
    let [odd, none] = ["my-pool.1", ""].map(CacheMetrics::with_prefix);
    odd.hits.increment(1);
    none.hits.increment(2);
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "my_pool_1_hits_total", &[]), 1);
    assert_eq!(counter(&snapshot, "hits_total", &[]), 2);
}

#[test]
fn instances_are_told_apart_by_labels() {
    let telemetry = installed();
    let [a, b] = [1_u8, 2].map(|shard| PoolMetrics::with_labels(shard, "eu"));
    let other = PoolMetrics::with_prefix("other", 3, String::from("us"));
    a.connections.set(1);
    b.connections.set(2);
    b.waits.with(true).increment(3);
    b.cache.hits.increment(4);
    other.waits.with(false).increment(5);
    let snapshot = telemetry.snapshot();
    assert_eq!(gauge(&snapshot, "pool_connections", &[("shard", "1"), ("zone", "eu")]), 1.0);
    assert_eq!(gauge(&snapshot, "pool_connections", &[("shard", "2"), ("zone", "eu")]), 2.0);
    assert_eq!(counter(&snapshot, "pool_waits_total", &[("shard", "2"), ("zone", "eu"), ("priority", "true")]), 3);
    assert_eq!(counter(&snapshot, "pool_cache_hits_total", &[("shard", "2"), ("zone", "eu")]), 4);
    assert_eq!(counter(&snapshot, "pool_cache_hits_total", &[("shard", "1"), ("zone", "eu")]), 0);
    assert_eq!(counter(&snapshot, "other_waits_total", &[("shard", "3"), ("zone", "us"), ("priority", "false")]), 5);
}

#[counted(name = "coded_total", labels(codec, kind))]
fn code(codec: Codec, kind: &Type) {
    let _ = (codec, kind);
}

#[test]
fn an_enum_is_a_label_with_known_values() {
    let telemetry = installed();
    code(Codec::Raw, &Type::HTTPServer);
    code(Codec::Zstd, &Type::Self_);
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "coded_total", &[("codec", "raw"), ("kind", "HTTP-SERVER")]), 1);
    assert_eq!(counter(&snapshot, "coded_total", &[("codec", "z-standard"), ("kind", "SELF")]), 1);
    assert_eq!(Codec::VALUES, ["raw", "g_zip", "z-standard"]);
    assert_eq!(bool::VALUES, ["false", "true"]);
    let codecs: Family<Counter, (Codec,)> = Family::new("codecs_total", &["codec"]);
    codecs.with(Codec::GZip).increment(1);
    assert_eq!(counter(&telemetry.snapshot(), "codecs_total", &[("codec", "g_zip")]), 1);
}

#[derive(Labels)]
struct Pair<'a, T: tachometer::LabelValue + 'static, const N: usize> {
    first: &'a T,
    second: T,
}

#[test]
fn a_struct_of_labels_may_borrow_and_have_parameters() {
    static PAIRS: Family<Counter, Pair<'static, u8, 3>> = Family::labelled("labelled_pairs_total");
    let telemetry = installed();
    let first = 1;
    let pair = Pair { first: &first, second: 2 };
    PAIRS.with(&pair).increment(1);
    PAIRS.with(pair).increment(1);
    assert_eq!(counter(&telemetry.snapshot(), "labelled_pairs_total", &[("first", "1"), ("second", "2")]), 2);
}

#[derive(ErrorKind)]
enum Inner {
    TimedOut,
    Refused((), ()),
    #[result(ok)]
    Empty {},
}

#[derive(ErrorKind)]
#[error_kind(rename_all = "kebab-case")]
enum Outer<'a, E, const N: usize> {
    Unit,
    #[error_kind(rename = "other")]
    Wide(std::marker::PhantomData<&'a str>, [(); N]),
    NamedFields {
        _code: u8,
    },
    #[error_kind(nested)]
    Inner(Inner),
    #[error_kind(nested)]
    Boxed {
        source: Box<E>,
    },
    #[error_kind(result(ok))]
    Fine(),
}

#[derive(ErrorKind)]
enum Never {}

#[test]
fn an_error_tells_its_kind() {
    type Error<'a> = Outer<'a, Inner, 2>;
    assert_eq!(Error::KINDS, ["unit", "other", "named-fields", "timed_out", "refused"]);
    let errors: [(Error<'_>, &str, bool); 7] = [
        (Outer::Unit, "unit", false),
        (Outer::Wide(std::marker::PhantomData, [(); 2]), "other", false),
        (Outer::NamedFields { _code: 1 }, "named-fields", false),
        (Outer::Inner(Inner::TimedOut), "timed_out", false),
        (Outer::Boxed { source: Box::new(Inner::Refused((), ())) }, "refused", false),
        (Outer::Boxed { source: Box::new(Inner::Empty {}) }, "empty", true),
        (Outer::Fine(), "fine", true),
    ];
    for (error, kind, ok) in &errors {
        assert_eq!((error.kind(), error.is_ok()), (*kind, *ok));
    }
    assert!(Never::KINDS.is_empty());
}
