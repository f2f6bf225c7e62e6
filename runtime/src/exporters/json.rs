//! A snapshot as JSON. Nothing here knows how it travels.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::ser::{Serialize, SerializeMap, SerializeSeq, SerializeStruct, Serializer};

use crate::{
    families::{Distribution, Exemplar, Exponential, Quantiles, RollingValues, Value, WindowValues},
    snapshot::{FamilySnapshot, SeriesSnapshot, Snapshot},
};

impl Snapshot {
    /// The snapshot as one JSON document.
    ///
    /// ```json
    /// {
    ///   "timestamp_unix_ms": 1735689600000,
    ///   "samples": 14,
    ///   "families": [
    ///     {
    ///       "name": "jobs_total", "type": "counter", "help": "Jobs done.",
    ///       "series": [{ "labels": { "queue": "mail" }, "value": 3 }]
    ///     },
    ///     {
    ///       "name": "job_seconds", "type": "histogram", "help": "Time of a job.", "unit": "seconds",
    ///       "series": [{
    ///         "labels": {}, "count": 3, "sum": 0.75,
    ///         "buckets": [{ "le": 0.25, "count": 1 }, { "le": 0.5, "count": 3 }, { "le": "+Inf", "count": 3 }]
    ///       }]
    ///     },
    ///     {
    ///       "name": "wait_seconds", "type": "summary", "help": "Time of waiting.", "unit": "seconds",
    ///       "series": [{
    ///         "labels": {}, "count": 3, "sum": 0.75,
    ///         "quantiles": [
    ///           { "quantile": 0.5, "value": 0.25 }, { "quantile": 0.9, "value": 0.25 }, { "quantile": 0.99, "value": 0.25 }
    ///         ]
    ///       }]
    ///     },
    ///     {
    ///       "name": "size_bytes", "type": "histogram", "help": "Size of a job.", "unit": "bytes",
    ///       "series": [{
    ///         "labels": {}, "count": 4, "sum": 7.5,
    ///         "schema": 3, "zero_threshold": 2.938735877055719e-39, "zero_count": 1,
    ///         "positive": [{ "index": 0, "count": 1 }, { "index": 15, "count": 2 }], "negative": []
    ///       }]
    ///     }
    ///   ],
    ///   "cardinality": { "series": 2, "series_limit": 200000, "metrics": [] }
    /// }
    /// ```
    ///
    /// A series that was recorded in traces has `exemplars` as well, the latest one of each bucket:
    /// `{ "trace_id": "4bf9..", "span_id": "00f0..", "value": 0.25, "timestamp_unix_ms": 1735689600000 }`. `cardinality` is
    /// what [`Report::to_json`](crate::Report::to_json) says, here shortened.
    ///
    /// Where there are rolling windows with names, `rolling` has them by name, empty windows as null:
    /// `"rolling": { "latency": { "current": 0.25, "1m": { "count": 0, "average": null, "min": null, "max": null, "rate": null,
    /// "p50": null, "p99": null }, "5m": { .. }, "15m": { .. } } }`.
    ///
    /// `size_bytes` is a native histogram: a bucket ends at 2^(index / 2^schema), and holds how many are in no other one. One
    /// that has bounds as well has `buckets` behind these.
    ///
    /// `type` is `counter`, `gauge`, `histogram` or `summary`; `unit` is left out where it is not known. Counts are exact
    /// integers up to 2⁶⁴ − 1, those of buckets cumulative; a counter of fractions is a number like a gauge's. A number that JSON cannot hold is one of the strings
    /// `"NaN"`, `"+Inf"` and `"-Inf"`. The labels that stand on every series are repeated on each.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(&Document(self)).expect("every key is a string, and nothing of it fails to serialize")
    }
}

struct Document<'a>(&'a Snapshot);

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = serializer.serialize_struct("Snapshot", 5)?;
        document.serialize_field("timestamp_unix_ms", &unix_millis(self.0.taken_at()))?;
        document.serialize_field("samples", &self.0.samples())?;
        document.serialize_field("families", &All(|| self.0.families().map(Family)))?;
        if !self.0.rolling().is_empty() {
            document.serialize_field("rolling", &Windows(self.0.rolling()))?;
        }
        if let Some(report) = self.0.cardinality() {
            document.serialize_field("cardinality", report)?;
        }
        document.end()
    }
}

/// Rolling windows by name.
struct Windows<'a>(&'a [RollingValues]);

impl Serialize for Windows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut windows = serializer.serialize_map(Some(self.0.len()))?;
        for values in self.0 {
            windows.serialize_entry(&values.name, &OfRolling(values))?;
        }
        windows.end()
    }
}

struct OfRolling<'a>(&'a RollingValues);

impl Serialize for OfRolling<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut values = serializer.serialize_map(Some(1 + self.0.windows.len()))?;
        values.serialize_entry("current", &self.0.current)?;
        for window in &self.0.windows {
            values.serialize_entry(&length(window.length), &OfWindow(window))?;
        }
        values.end()
    }
}

/// A time in the largest unit of which it is so many: `15m`, `90s`.
fn length(time: Duration) -> String {
    let seconds = time.as_secs();
    match (time.subsec_nanos(), seconds % 3_600, seconds % 60) {
        (0, 0, _) if seconds > 0 => format!("{}h", seconds / 3_600),
        (0, _, 0) if seconds > 0 => format!("{}m", seconds / 60),
        _ => format!("{}s", time.as_secs_f64()),
    }
}

struct OfWindow<'a>(&'a WindowValues);

impl Serialize for OfWindow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let WindowValues { length: _, count, average, min, max, rate, p50, p99 } = self.0;
        let mut window = serializer.serialize_struct("Window", 7)?;
        window.serialize_field("count", count)?;
        for (name, value) in
            [("average", average), ("min", min), ("max", max), ("rate", rate), ("p50", p50), ("p99", p99)]
        {
            window.serialize_field(name, value)?;
        }
        window.end()
    }
}

/// A sequence of what an iterator yields.
struct All<F>(F);

impl<F, I> Serialize for All<F>
where
    F: Fn() -> I,
    I: Iterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(None)?;
        for item in (self.0)() {
            sequence.serialize_element(&item)?;
        }
        sequence.end()
    }
}

struct Family<'a>(FamilySnapshot<'a>);

impl Serialize for Family<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut family = serializer.serialize_struct("Family", 5)?;
        family.serialize_field("name", self.0.name())?;
        family.serialize_field("type", self.0.kind().as_str())?;
        family.serialize_field("help", self.0.help())?;
        if let Some(unit) = self.0.unit() {
            family.serialize_field("unit", unit.as_str())?;
        }
        family.serialize_field("series", &All(|| self.0.series().map(Series)))?;
        family.end()
    }
}

struct Series<'a>(SeriesSnapshot<'a>);

impl Serialize for Series<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut series = serializer.serialize_struct("Series", 5)?;
        series.serialize_field("labels", &Labels(self.0))?;
        match self.0.value() {
            Value::Counter(count) => series.serialize_field("value", &count)?,
            Value::FloatCounter(value) | Value::Gauge(value) => series.serialize_field("value", &Number(value))?,
            Value::Histogram(distribution) => {
                series.serialize_field("count", &distribution.count())?;
                series.serialize_field("sum", &Number(distribution.sum))?;
                series.serialize_field("buckets", &All(|| buckets(distribution)))?;
            }
            Value::Summary(Quantiles { values, sum, count }) => {
                series.serialize_field("count", &count)?;
                series.serialize_field("sum", &Number(sum))?;
                let quantiles = || values.into_iter().map(|(quantile, value)| Quantile { quantile, value });
                series.serialize_field("quantiles", &All(quantiles))?;
            }
            Value::NativeHistogram(native) => {
                let Exponential { schema, zero_threshold, zero_count, positive, negative, sum, classic } = native;
                series.serialize_field("count", &native.count())?;
                series.serialize_field("sum", &Number(sum))?;
                series.serialize_field("schema", &schema)?;
                series.serialize_field("zero_threshold", &Number(zero_threshold))?;
                series.serialize_field("zero_count", &zero_count)?;
                series.serialize_field("positive", &All(|| positive.iter().map(Bin)))?;
                series.serialize_field("negative", &All(|| negative.iter().map(Bin)))?;
                if let Some(classic) = classic {
                    series.serialize_field("buckets", &All(|| buckets(classic)))?;
                }
            }
        }
        let exemplars = self.0.exemplars();
        if !exemplars.is_empty() {
            series.serialize_field("exemplars", &All(|| exemplars.iter().map(Traced)))?;
        }
        series.end()
    }
}

struct Labels<'a>(SeriesSnapshot<'a>);

impl Serialize for Labels<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut labels = serializer.serialize_map(None)?;
        for (name, value) in self.0.labels() {
            labels.serialize_entry(&*name, &*value)?;
        }
        labels.end()
    }
}

struct Bucket {
    le: f64,
    count: u64,
}

impl Serialize for Bucket {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bucket = serializer.serialize_struct("Bucket", 2)?;
        bucket.serialize_field("le", &Number(self.le))?;
        bucket.serialize_field("count", &self.count)?;
        bucket.end()
    }
}

struct Bin<'a>(&'a (i32, u64));

impl Serialize for Bin<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bin = serializer.serialize_struct("Bin", 2)?;
        bin.serialize_field("index", &self.0.0)?;
        bin.serialize_field("count", &self.0.1)?;
        bin.end()
    }
}

struct Quantile {
    quantile: f64,
    value: f64,
}

impl Serialize for Quantile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut quantile = serializer.serialize_struct("Quantile", 2)?;
        quantile.serialize_field("quantile", &self.quantile)?;
        quantile.serialize_field("value", &Number(self.value))?;
        quantile.end()
    }
}

fn buckets(distribution: Distribution<'_>) -> impl Iterator<Item = Bucket> {
    let bounds = distribution.bounds.iter().copied().chain([f64::INFINITY]);
    bounds.zip(distribution.counts).scan(0_u64, |count, (le, more)| {
        *count = count.wrapping_add(*more);
        Some(Bucket { le, count: *count })
    })
}

struct Traced<'a>(&'a Exemplar);

impl Serialize for Traced<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut exemplar = serializer.serialize_struct("Exemplar", 4)?;
        exemplar.serialize_field("trace_id", &format!("{:032x}", self.0.trace.trace_id()))?;
        exemplar.serialize_field("span_id", &format!("{:016x}", self.0.trace.span_id()))?;
        exemplar.serialize_field("value", &Number(self.0.value))?;
        exemplar.serialize_field("timestamp_unix_ms", &unix_millis(self.0.at))?;
        exemplar.end()
    }
}

fn unix_millis(at: SystemTime) -> u64 {
    u64::try_from(at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

/// A number, or the word for one that JSON cannot hold.
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            value if value.is_finite() => serializer.serialize_f64(value),
            value if value.is_nan() => serializer.serialize_str("NaN"),
            value if value > 0.0 => serializer.serialize_str("+Inf"),
            _ => serializer.serialize_str("-Inf"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use crate::{exporters::fake::Fake, snapshot::Snapshot};

    #[test]
    fn writes_the_documented_shape() {
        let fake = Fake::new()
            .common("region", "eu")
            .counter("jobs_total", "Jobs \"done\".", &[(&[("queue", "mail")], u64::MAX), (&[("region", "us")], 0)])
            .float_counter("joules_total", "J.", &[(&[("k", "1")], 0.25)])
            .gauge(
                "load",
                "Load.",
                &[(&[("k", "1")], f64::NAN), (&[("k", "2")], f64::NEG_INFINITY), (&[("k", "3")], 1.5)],
            )
            .histogram("job_seconds", "Time.", &[0.25, 10.0], &[(&[], &[1, 2, 3], 0.75)])
            .summary("wait", "Wait.", &[(&[], [0.5, 1.0, f64::NAN], 2.5, 4)])
            .native("width", "Width.", -1, &[(&[], 3, &[(-2, 1), (5, u64::MAX - 5)], &[(0, 1)], -0.5)]);
        let snapshot = Snapshot::at(&fake, UNIX_EPOCH + Duration::from_millis(1_735_689_600_123));
        let expected = concat!(
            r#"{"timestamp_unix_ms":1735689600123,"samples":19,"families":["#,
            r#"{"name":"jobs_total","type":"counter","help":"Jobs \"done\".","series":["#,
            r#"{"labels":{"region":"eu","queue":"mail"},"value":18446744073709551615},"#,
            r#"{"labels":{"region":"us"},"value":0}]},"#,
            r#"{"name":"joules_total","type":"counter","help":"J.","series":["#,
            r#"{"labels":{"region":"eu","k":"1"},"value":0.25}]},"#,
            r#"{"name":"load","type":"gauge","help":"Load.","series":["#,
            r#"{"labels":{"region":"eu","k":"1"},"value":"NaN"},"#,
            r#"{"labels":{"region":"eu","k":"2"},"value":"-Inf"},"#,
            r#"{"labels":{"region":"eu","k":"3"},"value":1.5}]},"#,
            r#"{"name":"job_seconds","type":"histogram","help":"Time.","unit":"seconds","series":["#,
            r#"{"labels":{"region":"eu"},"count":6,"sum":0.75,"buckets":["#,
            r#"{"le":0.25,"count":1},{"le":10.0,"count":3},{"le":"+Inf","count":6}]}]},"#,
            r#"{"name":"wait","type":"summary","help":"Wait.","series":["#,
            r#"{"labels":{"region":"eu"},"count":4,"sum":2.5,"quantiles":["#,
            r#"{"quantile":0.5,"value":0.5},{"quantile":0.9,"value":1.0},{"quantile":0.99,"value":"NaN"}]}]},"#,
            r#"{"name":"width","type":"histogram","help":"Width.","series":["#,
            r#"{"labels":{"region":"eu"},"count":18446744073709551615,"sum":-0.5,"schema":-1,"zero_threshold":0.001,"#,
            r#""zero_count":3,"positive":[{"index":-2,"count":1},{"index":5,"count":18446744073709551610}],"#,
            r#""negative":[{"index":0,"count":1}]}]}]}"#,
        );
        assert_eq!(snapshot.to_json(), expected);
    }
}
