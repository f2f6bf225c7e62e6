//! What a child says in a frame of values: families, layouts of buckets and series are declared once a connection, by
//! numbers of its choice; values are named by these numbers and are totals, so that the same frame twice changes nothing.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{
    reader::{Fault, List, Reader},
    writer::Write,
};
use crate::{
    families::{Exemplar, trace::TraceContext},
    metric::kind::Kind,
};

const FAMILY: u8 = 1;
const LAYOUT: u8 = 2;
const SERIES: u8 = 3;
const VALUE: u8 = 4;
const GONE: u8 = 5;

const COUNTER: u8 = 1;
const FLOAT: u8 = 2;
const GAUGE: u8 = 3;
const HISTOGRAM: u8 = 4;
const NATIVE: u8 = 5;
const SUMMARY: u8 = 6;

/// A bucket by its number, and how much is in it.
pub(crate) type Bin = (i32, u64);

/// One thing that a child says.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Entry<'a> {
    /// A metric.
    Family(Family<'a>),
    /// The upper bounds of buckets.
    Layout { id: u64, bounds: List<'a, f64> },
    /// A label set of a metric, and when it began, in milliseconds since 1970; 0 where that is not known.
    Series { id: u64, family: u64, layout: u64, started: u64, labels: List<'a, (&'a str, &'a str)> },
    /// The value of a series.
    Value { id: u64, value: Sent<'a>, exemplars: List<'a, Exemplar> },
    /// A series has ended in the child.
    Gone { id: u64 },
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Family<'a> {
    pub(crate) id: u64,
    /// As the program wrote it.
    pub(crate) name: &'a str,
    pub(crate) kind: Kind,
    pub(crate) help: &'a str,
    /// Empty where it is not known.
    pub(crate) unit: &'a str,
}

/// A value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sent<'a> {
    Counter(u64),
    Float(f64),
    Gauge(f64),
    Histogram { counts: List<'a, u64>, sum: f64 },
    Native(Native<'a>),
    Summary { count: u64, sum: f64, window: List<'a, Bin> },
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Native<'a> {
    pub(crate) schema: i32,
    pub(crate) zero_threshold: f64,
    pub(crate) zero_count: u64,
    pub(crate) positive: List<'a, Bin>,
    pub(crate) negative: List<'a, Bin>,
    pub(crate) sum: f64,
}

fn bin(reader: &mut Reader<'_>) -> Result<Bin, Fault> {
    Ok((reader.signed()?, reader.number()?))
}

fn pair<'a>(reader: &mut Reader<'a>) -> Result<(&'a str, &'a str), Fault> {
    Ok((reader.text()?, reader.text()?))
}

fn exemplar(reader: &mut Reader<'_>) -> Result<Exemplar, Fault> {
    let bucket = reader.small()? as usize;
    let trace = TraceContext::new(u128::from_be_bytes(reader.array()?), u64::from_be_bytes(reader.array()?));
    let (value, at) = (reader.float()?, Duration::from_millis(reader.number()?));
    Ok(Exemplar { bucket, trace, value, at: UNIX_EPOCH.checked_add(at).ok_or(Fault::Number)? })
}

fn kind(byte: u8) -> Result<Kind, Fault> {
    match byte {
        1 => Ok(Kind::Counter),
        2 => Ok(Kind::Gauge),
        3 => Ok(Kind::Histogram),
        4 => Ok(Kind::Summary),
        _ => Err(Fault::Kind),
    }
}

fn byte_of(kind: Kind) -> u8 {
    match kind {
        Kind::Counter => 1,
        Kind::Gauge => 2,
        Kind::Histogram => 3,
        Kind::Summary => 4,
    }
}

impl<'a> Entry<'a> {
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        match reader.byte()? {
            FAMILY => Ok(Self::Family(Family {
                id: reader.number()?,
                name: reader.text()?,
                kind: kind(reader.byte()?)?,
                help: reader.text()?,
                unit: reader.text()?,
            })),
            LAYOUT => Ok(Self::Layout { id: reader.number()?, bounds: reader.list(Reader::float)? }),
            SERIES => Ok(Self::Series {
                id: reader.number()?,
                family: reader.number()?,
                layout: reader.number()?,
                started: reader.number()?,
                labels: reader.list(pair)?,
            }),
            VALUE => {
                Ok(Self::Value { id: reader.number()?, value: Sent::read(reader)?, exemplars: reader.list(exemplar)? })
            }
            GONE => Ok(Self::Gone { id: reader.number()? }),
            _ => Err(Fault::Kind),
        }
    }

    /// All entries of a frame; nothing is handed on before all of them are known to be such.
    pub(crate) fn all(entries: Reader<'a>, mut take: impl FnMut(Entry<'a>) -> Result<(), Fault>) -> Result<(), Fault> {
        let mut reader = entries;
        while !reader.is_empty() {
            Self::read(&mut reader)?;
        }
        let mut reader = entries;
        while !reader.is_empty() {
            take(Self::read(&mut reader)?)?;
        }
        Ok(())
    }
}

impl<'a> Sent<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        match reader.byte()? {
            COUNTER => reader.number().map(Self::Counter),
            FLOAT => reader.float().map(Self::Float),
            GAUGE => reader.float().map(Self::Gauge),
            HISTOGRAM => Ok(Self::Histogram { counts: reader.list(Reader::number)?, sum: reader.float()? }),
            NATIVE => Ok(Self::Native(Native {
                schema: reader.signed()?,
                zero_threshold: reader.float()?,
                zero_count: reader.number()?,
                positive: reader.list(bin)?,
                negative: reader.list(bin)?,
                sum: reader.float()?,
            })),
            SUMMARY => Ok(Self::Summary { count: reader.number()?, sum: reader.float()?, window: reader.list(bin)? }),
            _ => Err(Fault::Kind),
        }
    }
}

/// Declares a family.
pub(crate) fn write_family(out: &mut Vec<u8>, family: &Family<'_>) {
    out.byte(FAMILY);
    out.number(family.id);
    out.text(family.name);
    out.byte(byte_of(family.kind));
    out.text(family.help);
    out.text(family.unit);
}

/// Declares a layout.
pub(crate) fn write_layout(out: &mut Vec<u8>, id: u64, bounds: &[f64]) {
    out.byte(LAYOUT);
    out.number(id);
    out.list(bounds.iter(), |out, bound| out.float(*bound));
}

/// Declares a series.
pub(crate) fn write_series<'l>(
    out: &mut Vec<u8>,
    [id, family, layout, started]: [u64; 4],
    labels: impl ExactSizeIterator<Item = (&'l str, &'l str)>,
) {
    out.byte(SERIES);
    [id, family, layout, started].into_iter().for_each(|number| out.number(number));
    out.list(labels, |out, (name, value)| {
        out.text(name);
        out.text(value);
    });
}

/// Says that a series has ended.
pub(crate) fn write_gone(out: &mut Vec<u8>, id: u64) {
    out.byte(GONE);
    out.number(id);
}

/// Begins the value of a series; what [`write_value`] has written follows.
pub(crate) fn write_value_of(out: &mut Vec<u8>, id: u64, value: &[u8]) {
    out.byte(VALUE);
    out.number(id);
    out.bytes(value);
}

/// A value and its exemplars, as they follow a series' number.
pub(crate) fn write_value(
    out: &mut Vec<u8>,
    value: &crate::families::Value<'_>,
    window: &[Bin],
    exemplars: &[Exemplar],
) {
    use crate::families::Value;
    let bins = |out: &mut Vec<u8>, bins: &[Bin]| {
        out.list(bins.iter(), |out, (number, count)| {
            out.signed(*number);
            out.number(*count);
        });
    };
    match value {
        Value::Counter(value) => {
            out.byte(COUNTER);
            out.number(*value);
        }
        Value::FloatCounter(value) => {
            out.byte(FLOAT);
            out.float(*value);
        }
        Value::Gauge(value) => {
            out.byte(GAUGE);
            out.float(*value);
        }
        Value::Histogram(distribution) => {
            out.byte(HISTOGRAM);
            out.list(distribution.counts.iter(), |out, count| out.number(*count));
            out.float(distribution.sum);
        }
        Value::NativeHistogram(native) => {
            out.byte(NATIVE);
            out.signed(native.schema);
            out.float(native.zero_threshold);
            out.number(native.zero_count);
            bins(out, native.positive);
            bins(out, native.negative);
            out.float(native.sum);
        }
        Value::Summary(quantiles) => {
            out.byte(SUMMARY);
            out.number(quantiles.count);
            out.float(quantiles.sum);
            bins(out, window);
        }
    }
    out.list(exemplars.iter(), write_exemplar);
}

fn write_exemplar(out: &mut Vec<u8>, exemplar: &Exemplar) {
    out.number(exemplar.bucket.min(u32::MAX as usize) as u64);
    out.bytes(&exemplar.trace.trace_id().to_be_bytes());
    out.bytes(&exemplar.trace.span_id().to_be_bytes());
    out.float(exemplar.value);
    out.number(millis(exemplar.at));
}

fn millis(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
