//! Families whose label values are known show all their series at 0.

use tachometer::{Counter, Family, Gauge, Histogram, Label, Labels, Metrics, Snapshot, Summary};

use super::{counter, installed};

#[derive(Label)]
enum Codec {
    Raw,
    Gzip,
    #[label(rename = "z-standard")]
    Zstd,
}

#[derive(Labels)]
struct Answer {
    #[label(rename = "by")]
    codec: Codec,
    cached: bool,
}

#[derive(Labels)]
struct Asked<'a> {
    codec: Codec,
    path: &'a str,
}

static PACKED: Family<Counter, (Codec, bool)> = Family::new("packed_total", &["codec", "fast"]);
static LEVEL: Family<Gauge, Answer> = Family::labelled("packing_level");
static ASKED: Family<Counter, Asked<'static>> = Family::labelled("asked_total");
static OPEN: Family<Counter, (Codec, u8)> = Family::new("tries_total", &["codec", "tries"]);
static WAIT: Family<Summary, (bool,)> = Family::new("pack_wait_seconds", &["fast"]);

#[derive(Metrics)]
#[metrics(prefix = "packer", labels(shard))]
struct PackerMetrics {
    /// Time by codec.
    #[metric(unit = "seconds", labels(codec))]
    took: Family<Histogram, (Codec,)>,
    /// Answers by codec and source.
    answers: Family<Counter, Answer>,
    /// Faults by codec.
    #[metric(labels(codec), zero = false)]
    faults: Family<Counter, (Codec,)>,
    /// Restarts.
    #[metric(zero = false)]
    restarts: Counter,
    /// Starts.
    #[metric(zero = true)]
    starts: Counter,
    /// Names of peers.
    #[metric(labels(peer))]
    peers: Family<Counter, (String,)>,
}

type Flags = (bool, bool, bool, bool, bool, bool, bool, bool);
type Many = (Codec, bool, bool, bool, bool, bool, bool, bool);

static FLAGS: Family<Counter, Flags> = Family::new("flags_total", &["a", "b", "c", "d", "e", "f", "g", "h"]);
static MANY: Family<Counter, Many> = Family::new("many_total", &["a", "b", "c", "d", "e", "f", "g", "h"]);

/// The values of a family's labels, series by series.
fn shown(snapshot: &Snapshot, name: &str) -> Vec<String> {
    let values = |series: tachometer::SeriesSnapshot<'_>| {
        series.labels().map(|(_, value)| value.into_owned()).collect::<Vec<_>>().join(" ")
    };
    snapshot.family(name).map_or_else(Vec::new, |family| family.series().map(values).collect())
}

#[test]
fn a_static_shows_all_its_series_from_its_first_use_on() {
    let telemetry = installed();
    assert!(telemetry.snapshot().family("packed_total").is_none(), "nobody has touched it");
    PACKED.with(Codec::Gzip, true).increment(2);
    let (_raw, _cached) = (LEVEL.with(Answer { codec: Codec::Raw, cached: true }), WAIT.with(true));
    ASKED.with(Asked { codec: Codec::Zstd, path: "/" }).increment(1);
    OPEN.with(Codec::Raw, 3).increment(1);
    let snapshot = telemetry.snapshot();
    let all = ["raw false", "raw true", "gzip false", "gzip true", "z-standard false", "z-standard true"];
    assert_eq!(shown(&snapshot, "packed_total"), all);
    assert_eq!(shown(&snapshot, "packing_level"), all);
    assert_eq!(shown(&snapshot, "pack_wait_seconds"), ["false", "true"]);
    assert_eq!(shown(&snapshot, "asked_total"), ["z-standard /"], "a path may be anything");
    assert_eq!(shown(&snapshot, "tries_total"), ["raw 3"]);
    assert_eq!(counter(&snapshot, "packed_total", &[("codec", "gzip"), ("fast", "true")]), 2);
    assert_eq!(counter(&snapshot, "packed_total", &[("codec", "raw"), ("fast", "true")]), 0);
}

#[test]
fn a_struct_shows_all_series_of_its_families_whenever_it_was_built() {
    let early = PackerMetrics::with_labels(1);
    drop(PackerMetrics::with_labels(2));
    let telemetry = installed();
    let _late = PackerMetrics::with_labels(3);
    early.took.with(Codec::Gzip).record(1);
    early.peers.with("north").increment(1);
    early.answers.with(Answer { codec: Codec::Raw, cached: true }).increment(1);
    let snapshot = telemetry.snapshot();
    let of = |shard: &str| ["raw", "gzip", "z-standard"].map(|codec| format!("{shard} {codec}"));
    assert_eq!(shown(&snapshot, "packer_took_seconds"), [of("1"), of("3")].concat());
    assert_eq!(shown(&snapshot, "packer_answers_total").len(), 12);
    assert_eq!(shown(&snapshot, "packer_peers_total"), ["1 north"]);
    let labels = [("shard", "1"), ("by", "raw"), ("cached", "true")];
    assert_eq!(counter(&snapshot, "packer_answers_total", &labels), 1);
}

static SELDOM: Family<Counter, (bool,)> = Family::new("seldom_total", &["at_night"]).without_zero();

#[test]
fn what_is_seldom_is_shown_when_it_happens() {
    let metrics = PackerMetrics::with_labels(1);
    let telemetry = installed();
    SELDOM.with(true).increment(1);
    let snapshot = telemetry.snapshot();
    assert_eq!(shown(&snapshot, "seldom_total"), ["true"]);
    assert_eq!(shown(&snapshot, "packer_starts_total"), ["1"]);
    assert!(snapshot.family("packer_restarts_total").is_none() && snapshot.family("packer_faults_total").is_none());
    metrics.faults.with(Codec::Gzip).increment(2);
    metrics.restarts.increment(3);
    metrics.starts.increment(4);
    let snapshot = telemetry.snapshot();
    assert_eq!(shown(&snapshot, "packer_faults_total"), ["1 gzip"]);
    assert_eq!(counter(&snapshot, "packer_restarts_total", &[("shard", "1")]), 3);
}

#[test]
fn more_than_256_sets_are_shown_when_they_are_named() {
    let telemetry = installed();
    FLAGS.with(true, true, true, true, true, true, true, true).increment(1);
    MANY.with(Codec::Raw, true, true, true, true, true, true, true).increment(1);
    let snapshot = telemetry.snapshot();
    assert_eq!(shown(&snapshot, "flags_total").len(), 256);
    assert_eq!(shown(&snapshot, "many_total").len(), 1);
}
