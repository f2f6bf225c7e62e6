//! Families made by hand, for the tests of whatever reads families.

use std::time::SystemTime;

use crate::{
    families::{
        Details, Distribution, Exemplar, Exponential, Families, Family, Quantiles, Value, Visitor, trace::TraceContext,
    },
    metric::{
        block::{self, LabelBlock},
        kind::Kind,
        name,
        unit::Unit,
    },
};

pub(crate) type Labels<'a> = &'a [(&'a str, &'a str)];

/// Its labels, what counts as 0, the positive and the negative buckets, and the sum.
pub(crate) type NativeSeries<'a> = (Labels<'a>, u64, &'a [(i32, u64)], &'a [(i32, u64)], f64);

/// When all series began, in milliseconds since 1970.
const STARTED: u64 = 1_735_689_600_500;

#[derive(Debug)]
pub(crate) struct Fake {
    common: Vec<(String, String)>,
    common_block: Block,
    families: Vec<FakeFamily>,
    /// Those of each series.
    exemplars: Vec<Exemplar>,
}

#[derive(Debug)]
struct FakeFamily {
    name: String,
    original_name: String,
    kind: Kind,
    help: String,
    series: Vec<(Block, FakeValue)>,
}

#[derive(Debug)]
enum FakeValue {
    Counter(u64),
    FloatCounter(f64),
    Gauge(f64),
    Histogram(Vec<f64>, Vec<u64>, f64),
    Summary(Quantiles),
    Native {
        schema: i32,
        zero_count: u64,
        positive: Vec<(i32, u64)>,
        negative: Vec<(i32, u64)>,
        sum: f64,
        classic: Option<(Vec<f64>, Vec<u64>)>,
    },
}

#[derive(Debug)]
struct Block {
    text: String,
    classic: bool,
}

impl Fake {
    pub(crate) fn new() -> Self {
        Self { common: Vec::new(), common_block: Block::new(&[]), families: Vec::new(), exemplars: Vec::new() }
    }

    pub(crate) fn common(mut self, name: &str, value: &str) -> Self {
        self.common.push((name.to_owned(), value.to_owned()));
        self.common_block =
            Block::new(&self.common.iter().map(|(name, value)| (&**name, &**value)).collect::<Vec<_>>());
        self
    }

    pub(crate) fn exemplar(mut self, bucket: usize, value: f64, at: SystemTime) -> Self {
        let trace = TraceContext::new(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736, 0x00f0_67aa_0ba9_02b7);
        self.exemplars.push(Exemplar { bucket, trace, value, at });
        self
    }

    pub(crate) fn counter(self, name: &str, help: &str, series: &[(Labels<'_>, u64)]) -> Self {
        let series = series.iter().map(|(labels, value)| (Block::new(labels), FakeValue::Counter(*value)));
        self.family(name, Kind::Counter, help, series.collect())
    }

    pub(crate) fn float_counter(self, name: &str, help: &str, series: &[(Labels<'_>, f64)]) -> Self {
        let series = series.iter().map(|(labels, value)| (Block::new(labels), FakeValue::FloatCounter(*value)));
        self.family(name, Kind::Counter, help, series.collect())
    }

    pub(crate) fn gauge(self, name: &str, help: &str, series: &[(Labels<'_>, f64)]) -> Self {
        let series = series.iter().map(|(labels, value)| (Block::new(labels), FakeValue::Gauge(*value)));
        self.family(name, Kind::Gauge, help, series.collect())
    }

    pub(crate) fn histogram(
        self,
        name: &str,
        help: &str,
        bounds: &[f64],
        series: &[(Labels<'_>, &[u64], f64)],
    ) -> Self {
        let series = series.iter().map(|(labels, counts, sum)| {
            (Block::new(labels), FakeValue::Histogram(bounds.to_vec(), counts.to_vec(), *sum))
        });
        self.family(name, Kind::Histogram, help, series.collect())
    }

    /// Series with the values of the quantiles, the sum and the count.
    pub(crate) fn summary(self, name: &str, help: &str, series: &[(Labels<'_>, [f64; 3], f64, u64)]) -> Self {
        let series = series.iter().map(|(labels, [median, high, highest], sum, count)| {
            let values = [(0.5, *median), (0.9, *high), (0.99, *highest)];
            (Block::new(labels), FakeValue::Summary(Quantiles { values, sum: *sum, count: *count }))
        });
        self.family(name, Kind::Summary, help, series.collect())
    }

    pub(crate) fn native(self, name: &str, help: &str, schema: i32, series: &[NativeSeries<'_>]) -> Self {
        let series = series.iter().map(|&(labels, zero_count, positive, negative, sum)| {
            let (positive, negative) = (positive.to_vec(), negative.to_vec());
            (Block::new(labels), FakeValue::Native { schema, zero_count, positive, negative, sum, classic: None })
        });
        self.family(name, Kind::Histogram, help, series.collect())
    }

    /// Native histograms of schema 3 that have the buckets of bounds as well.
    pub(crate) fn both(
        mut self,
        name: &str,
        help: &str,
        bounds: &[f64],
        series: &[(NativeSeries<'_>, &[u64])],
    ) -> Self {
        for (native, counts) in series {
            self = self.native(name, help, 3, &[*native]);
            let family = self.families.pop().expect("it was added");
            let mut added = family.series;
            for (_, value) in &mut added {
                if let FakeValue::Native { classic, .. } = value {
                    *classic = Some((bounds.to_vec(), counts.to_vec()));
                }
            }
            match self.families.last_mut().filter(|last| last.original_name == name) {
                Some(last) => last.series.append(&mut added),
                None => self.families.push(FakeFamily { series: added, ..family }),
            }
        }
        self
    }

    fn family(mut self, original: &str, kind: Kind, help: &str, series: Vec<(Block, FakeValue)>) -> Self {
        self.families.push(FakeFamily {
            name: name::sanitize(original).into_owned(),
            original_name: original.to_owned(),
            kind,
            help: help.to_owned(),
            series,
        });
        self
    }
}

impl Block {
    fn new(labels: Labels<'_>) -> Self {
        let (text, classic) = block::of(labels.iter().copied());
        Self { text, classic }
    }

    fn get(&self) -> LabelBlock<'_> {
        LabelBlock::new(&self.text, self.classic)
    }
}

impl Families for Fake {
    fn common_labels(&self) -> LabelBlock<'_> {
        self.common_block.get()
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        for family in &self.families {
            visitor.family(&Family {
                name: &family.name,
                original_name: &family.original_name,
                kind: family.kind,
                help: &family.help,
                unit: Unit::of_name(&family.name, family.kind),
            });
            for (labels, value) in &family.series {
                let value = match value {
                    FakeValue::Counter(count) => Value::Counter(*count),
                    FakeValue::FloatCounter(value) => Value::FloatCounter(*value),
                    FakeValue::Gauge(value) => Value::Gauge(*value),
                    FakeValue::Histogram(bounds, counts, sum) => {
                        Value::Histogram(Distribution::new(bounds, counts, *sum))
                    }
                    FakeValue::Summary(quantiles) => Value::Summary(*quantiles),
                    FakeValue::Native { schema, zero_count, positive, negative, sum, classic } => {
                        let classic = classic.as_ref();
                        Value::NativeHistogram(Exponential {
                            schema: *schema,
                            zero_threshold: 0.001,
                            zero_count: *zero_count,
                            positive,
                            negative,
                            sum: *sum,
                            classic: classic.map(|(bounds, counts)| Distribution::new(bounds, counts, *sum)),
                        })
                    }
                };
                visitor.series(labels.get(), value, &Details::new(STARTED, &self.exemplars));
            }
        }
    }
}
