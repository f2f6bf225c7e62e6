//! Arbitrary families, what every format shall say of them, and that it does. It knows nothing of how the formats are
//! written.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    negotiation::{Escaping, Format},
    strict::{self, Sample},
};
use crate::{
    exporters::fake::{Fake, Labels, NativeSeries},
    metric::{label, name},
};

/// One series as it is drawn: its labels, and numbers of which its kind takes some.
pub(crate) type Row = (Vec<(String, String)>, u64, f64, [u64; 3]);

/// One family as it is drawn: its name as the program would write it, which kind it is, its HELP and its series.
pub(crate) type Drawn = (String, u8, String, Vec<Row>);

/// Families as the store would show them: by printed name, and each label set once.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    families: BTreeMap<String, Drawn>,
}

/// What names of samples end in, which may be refused.
const RESERVED: [&str; 4] = ["_bucket", "_sum", "_count", "_created"];

/// The bounds of all histograms.
const BOUNDS: [f64; 2] = [0.5, 1e6];

impl Plan {
    /// What is left of some families where the store has refused what it refuses.
    pub(crate) fn of(drawn: Vec<Drawn>) -> Self {
        let mut families = BTreeMap::new();
        for (name, kind, help, rows) in drawn {
            let printed = name::sanitize(&name).into_owned();
            if RESERVED.iter().any(|suffix| printed.ends_with(suffix)) {
                continue;
            }
            // A histogram or summary beside what is called like one of its samples is refused by the store.
            let kind = if printed.starts_with('a') { kind % KINDS } else { kind % 3 };
            families.entry(printed).or_insert((name, kind, help, distinct(rows)));
        }
        Self { families }
    }

    pub(crate) fn fake(&self) -> Fake {
        let mut fake = Fake::new().common("zone", "z\"");
        for (name, kind, help, rows) in self.families.values() {
            let labels: Vec<Vec<(&str, &str)>> =
                rows.iter().map(|row| row.0.iter().map(|(name, value)| (&**name, &**value)).collect()).collect();
            fake = add(fake, name, *kind, help, &rows.iter().zip(labels.iter().map(|it| &**it)).collect::<Vec<_>>());
        }
        fake
    }

    /// Writes the families in a format, reads them back, and compares.
    ///
    /// # Panics
    /// If they are not what they were.
    pub(crate) fn check(&self, format: Format) {
        let written = format.encode(&self.fake(), false).concat();
        assert_eq!(written, format.encode(&self.fake(), false).concat(), "the same state is the same bytes");
        let families = strict::read_bytes(&written, format);
        let helps: Vec<_> = families.iter().map(|family| &family.help).collect();
        assert_eq!(helps, self.families.values().map(|(_, _, help, _)| help).collect::<Vec<_>>());
        let read = families.into_iter().flat_map(|family| family.samples);
        // Numbers that are none are equal here.
        let comparable = |sample: Sample| (sample.name, sample.labels, sample.value.to_string());
        let read: Vec<_> = read.map(comparable).collect();
        assert_eq!(read, self.expected(format).into_iter().map(comparable).collect::<Vec<_>>());
    }

    /// The samples: name, labels and value, as a scraper shall see them.
    fn expected(&self, format: Format) -> Vec<Sample> {
        let is_utf8 = format.escaping() == Escaping::AllowUtf8;
        let mut samples = Vec::new();
        for (printed, (original, kind, _, rows)) in &self.families {
            let name = if is_utf8 { original } else { printed };
            for row in rows {
                let label = |name: &String| {
                    let is_held = is_utf8 && !name.is_empty() && !name.starts_with("__");
                    let name = if is_held { name.clone() } else { label::sanitize(name).into_owned() };
                    // Samples need it themselves.
                    if name == "le" && [3, 5].contains(kind) { "exported_le".to_owned() } else { name }
                };
                let mut labels = BTreeMap::from([("zone".to_owned(), "z\"".to_owned())]);
                labels.extend(row.0.iter().map(|(name, value)| (label(name), value.clone())));
                for (suffix, more, value) in expected(*kind, row, format) {
                    let mut labels = labels.clone();
                    labels.extend(more.map(|(name, value)| (name.to_owned(), value)));
                    samples.push(Sample { name: [name, suffix].concat(), labels, value });
                }
            }
        }
        samples
    }
}

/// How many kinds of series there are: counters, those of fractions, gauges, histograms, summaries, native histograms.
const KINDS: u8 = 6;

/// A native histogram.
struct Native {
    zeros: u64,
    negative: Vec<(i32, u64)>,
    positive: Vec<(i32, u64)>,
}

impl Native {
    /// One with these numbers in its buckets, of which some stand side by side and some far from each other.
    fn of([zeros, first, second]: [u64; 3]) -> Self {
        let filled = |buckets: [(i32, u64); 2]| buckets.into_iter().filter(|(_, count)| *count > 0).collect();
        let behind = |index: i32, count: u64| index + 1 + (count % 5) as i32;
        let negative = filled([(-7, second), (behind(-7, first), zeros)]);
        Self { zeros, negative, positive: filled([(3, first), (behind(3, second), second)]) }
    }

    fn count(&self) -> u64 {
        self.negative.iter().chain(&self.positive).map(|(_, count)| count).sum::<u64>() + self.zeros
    }
}

/// The rows whose printed labels no row before them has.
fn distinct(rows: Vec<Row>) -> Vec<Row> {
    let mut printed = BTreeSet::new();
    let is_new = |labels: &[(String, String)]| {
        let names = labels.iter().map(|(name, value)| (label::sanitize(name).into_owned(), value.clone()));
        let names: BTreeMap<_, _> = names.collect();
        names.len() == labels.len() && printed.insert(names)
    };
    let mut is_new = is_new;
    rows.into_iter().filter(|(labels, ..)| is_new(labels)).collect()
}

/// Adds a family, of rows with their labels.
fn add(fake: Fake, name: &str, kind: u8, help: &str, rows: &[(&Row, Labels<'_>)]) -> Fake {
    match kind {
        0 => fake.counter(name, help, &rows.iter().map(|(row, labels)| (*labels, row.1)).collect::<Vec<_>>()),
        1 => {
            let rows: Vec<_> = rows.iter().map(|(row, labels)| (*labels, row.1 as f64 / 8.0)).collect();
            fake.float_counter(name, help, &rows)
        }
        2 => fake.gauge(name, help, &rows.iter().map(|(row, labels)| (*labels, row.2)).collect::<Vec<_>>()),
        3 => {
            let rows: Vec<(Labels<'_>, &[u64], f64)> =
                rows.iter().map(|(row, labels)| (*labels, &row.3[..], row.1 as f64)).collect();
            fake.histogram(name, help, &BOUNDS, &rows)
        }
        4 => {
            let values = |row: &Row| [row.2, 0.5, f64::NAN];
            let rows: Vec<_> = rows.iter().map(|(row, labels)| (*labels, values(row), row.1 as f64, row.1)).collect();
            fake.summary(name, help, &rows)
        }
        _ => {
            let natives: Vec<_> = rows.iter().map(|(row, _)| Native::of(row.3)).collect();
            let rows: Vec<NativeSeries<'_>> = rows
                .iter()
                .zip(&natives)
                .map(|((row, labels), it)| (*labels, it.zeros, &it.positive[..], &it.negative[..], row.1 as f64))
                .collect();
            fake.native(name, help, 3, &rows)
        }
    }
}

/// A sample of a series: what its name ends in, a label that it has besides those of its series, and its value.
type Expected = (&'static str, Option<(&'static str, String)>, f64);

fn expected(kind: u8, (_, count, value, counts): &Row, format: Format) -> Vec<Expected> {
    let is_open = matches!(format, Format::OpenMetrics0 | Format::OpenMetrics1(_));
    let total = *count as f64;
    let with = |label: &'static str, value: &str| Some((label, value.to_owned()));
    match kind {
        0 => vec![("", None, total)],
        1 => vec![("", None, total / 8.0)],
        2 => vec![("", None, *value)],
        3 => {
            let bounds = match format {
                Format::Text | Format::Text1(_) => ["0.5", "1000000", "+Inf"],
                Format::OpenMetrics0 | Format::OpenMetrics1(_) => ["0.5", "1e+06", "+Inf"],
                Format::Protobuf(_) => ["0.5", "1000000.0", "+Inf"],
            };
            let mut so_far = 0;
            let mut bucket = |(bound, count): (&str, &u64)| {
                so_far += count;
                ("_bucket", with("le", bound), so_far as f64)
            };
            let mut samples: Vec<Expected> = bounds.into_iter().zip(counts).map(&mut bucket).collect();
            samples.extend([("_sum", None, total), ("_count", None, so_far as f64)]);
            samples
        }
        4 => {
            let quantile = |(quantile, value)| ("", with("quantile", quantile), value);
            let mut samples: Vec<_> =
                [("0.5", *value), ("0.9", 0.5), ("0.99", f64::NAN)].into_iter().map(quantile).collect();
            // A sum that may fall is left out.
            samples.extend((!is_open || value.is_nan() || *value >= 0.0).then_some(("_sum", None, total)));
            samples.push(("_count", None, total));
            samples
        }
        _ => {
            let native = Native::of(*counts);
            let mut samples = Vec::new();
            if matches!(format, Format::Protobuf(_)) {
                let bucket = |label: &'static str, (index, count): &(i32, u64)| {
                    ("_bucket", with(label, &index.to_string()), *count as f64)
                };
                samples.extend(native.negative.iter().map(|it| bucket("negative", it)));
                samples.push(("_bucket", with("zero", "0.001"), native.zeros as f64));
                samples.extend(native.positive.iter().map(|it| bucket("positive", it)));
            }
            samples.push(("_bucket", with("le", "+Inf"), native.count() as f64));
            // Without a sum, which might fall, there is no count either.
            if !is_open || native.negative.is_empty() {
                samples.extend([("_sum", None, total), ("_count", None, native.count() as f64)]);
            }
            samples
        }
    }
}

/// A family by chance.
#[cfg(test)]
pub(crate) fn drawn() -> impl proptest::strategy::Strategy<Value = Drawn> {
    use proptest::{arbitrary::any, collection::vec};
    (tests::name(), any::<u8>(), any::<String>(), vec(tests::row(), 1..4))
}

#[cfg(test)]
mod tests {
    use proptest::{
        collection::{btree_map, vec},
        prelude::*,
        sample::select,
    };

    use super::*;

    pub(super) fn name() -> impl Strategy<Value = String> {
        prop_oneof!["[ab]{1,2}(_total|_seconds|_seconds_total)?", "[aé.\"\\\\\n -]{1,4}(_total)?", any::<String>()]
    }

    pub(super) fn row() -> impl Strategy<Value = Row> {
        let labels = btree_map(prop_oneof!["[a-d]", "[a.é\"\\\\]{1,3}"], any::<String>(), 0..3);
        let labels = labels.prop_map(|labels| labels.into_iter().collect());
        (labels, any::<u64>(), any::<f64>(), [0_u64..1 << 40, 0..1 << 40, 0..1 << 40])
    }

    proptest! {
        #[test]
        fn every_format_reads_back(
            drawn in vec(drawn(), 0..5),
            format in select(Format::ALL.to_vec()),
        ) {
            Plan::of(drawn).check(format);
        }
    }
}
