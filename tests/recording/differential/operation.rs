//! What is done to both recorders, by their facade.

use metrics::{Key, Label, Level, Metadata};
use proptest::prelude::*;

/// One use of the facade.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Operation {
    pub(super) name: String,
    pub(super) labels: Vec<(String, String)>,
    pub(super) what: What,
}

/// What is done to the metric.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    Describe(String),
    Count(u64),
    Raise(u64),
    Set(f64),
    Add(f64),
    Subtract(f64),
    Observe(f64, usize),
}

/// The kind of metric that it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Operation {
    pub(super) fn new(name: &str, labels: &[(&str, &str)], what: What) -> Self {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { name: name.to_owned(), labels, what }
    }

    /// Does it to the recorder of this thread.
    pub(super) fn record(&self) {
        let labels: Vec<_> = self.labels.iter().map(|(name, value)| Label::new(name.clone(), value.clone())).collect();
        let key = Key::from_parts(self.name.clone(), labels);
        let metadata = Metadata::new("", Level::INFO, None);
        metrics::with_recorder(|recorder| match &self.what {
            What::Describe(text) => recorder.describe_counter(self.name.clone().into(), None, text.clone().into()),
            What::Count(amount) => recorder.register_counter(&key, &metadata).increment(*amount),
            What::Raise(value) => recorder.register_counter(&key, &metadata).absolute(*value),
            What::Set(value) => recorder.register_gauge(&key, &metadata).set(*value),
            What::Add(amount) => recorder.register_gauge(&key, &metadata).increment(*amount),
            What::Subtract(amount) => recorder.register_gauge(&key, &metadata).decrement(*amount),
            What::Observe(value, count) => recorder.register_histogram(&key, &metadata).record_many(*value, *count),
        });
    }

    pub(super) fn kind(&self) -> Option<Kind> {
        match self.what {
            What::Describe(_) => None,
            What::Count(_) | What::Raise(_) => Some(Kind::Counter),
            What::Set(_) | What::Add(_) | What::Subtract(_) => Some(Kind::Gauge),
            What::Observe(..) => Some(Kind::Histogram),
        }
    }

    /// Whether either recorder has the metric under this name.
    pub(super) fn is_printed_as(&self, name: &str) -> bool {
        printed(&self.name, true) == name || replaced(&self.name, true) == name
    }

    /// The labels as both print them where they agree, in the order of their names.
    pub(super) fn printed_labels(&self) -> Vec<(String, &str)> {
        let mut labels: Vec<_> =
            self.labels.iter().map(|(name, value)| (printed(name, false), value.as_str())).collect();
        labels.sort();
        labels
    }
}

/// A name as the store prints it: what does not fit becomes `_`, and `_` stands before what must not come first.
fn printed(name: &str, colons: bool) -> String {
    let first = if starts_badly(name) { "_" } else { "" };
    first.to_owned() + &name.replace(|c| !fits(c, colons), "_")
}

/// A name as metrics-exporter-prometheus prints it: what must not come first is replaced as well.
fn replaced(name: &str, colons: bool) -> String {
    let mut chars = name.chars();
    let first = chars.next().map(|first| if fits(first, colons) && !first.is_ascii_digit() { first } else { '_' });
    first.into_iter().chain(chars.map(|c| if fits(c, colons) { c } else { '_' })).collect()
}

fn fits(c: char, colons: bool) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || colons && c == ':'
}

/// Whether a name is empty, or begins with what no name may begin with.
pub(super) fn starts_badly(name: &str) -> bool {
    name.chars().next().is_none_or(|first| first.is_ascii_digit())
}

/// Some operations on metrics of few names, so that these meet.
pub(super) fn operations() -> impl Strategy<Value = Vec<Operation>> {
    proptest::collection::vec(operation(), 0..30)
}

fn operation() -> impl Strategy<Value = Operation> {
    let labels = proptest::collection::vec((label_name(), label_value()), 0..4);
    (named(), labels).prop_map(|((name, what), labels)| Operation { name, labels, what })
}

/// A metric and what is done to it: mostly what fits its name.
fn named() -> impl Strategy<Value = (String, What)> {
    let of = |names: &'static [&'static str], what: BoxedStrategy<What>| {
        (proptest::sample::select(names).prop_map(str::to_owned), what)
    };
    let any = prop_oneof![counted(), gauged(), observed(), described()];
    prop_oneof![
        6 => of(&["jobs_total", "größe_total", "a:b", "http.replies", "_"], counted().boxed()),
        6 => of(&["depth", "load.1m", "x y", "temperature_celsius"], gauged().boxed()),
        6 => of(&["sizes", "wait_seconds", "s/t", "batch.items"], observed().boxed()),
        3 => of(&["jobs_total", "depth", "sizes", "wait_seconds"], described().boxed()),
        1 => of(&["http_replies", "load_1m", "batch_items", "checksum", "9lives", "", "x_count", "x_bucket"], any.boxed()),
        1 => ("[a-zß.:_-]{1,5}", prop_oneof![counted(), gauged(), observed()]),
    ]
}

fn counted() -> impl Strategy<Value = What> {
    prop_oneof![
        8 => (0..1_000_u64).prop_map(What::Count),
        1 => any::<u64>().prop_map(What::Count),
        2 => any::<u64>().prop_map(What::Raise),
    ]
}

fn gauged() -> impl Strategy<Value = What> {
    let level = prop_oneof![4 => any::<f64>(), 1 => Just(f64::NAN), 1 => Just(f64::NEG_INFINITY), 1 => Just(-0.0)];
    let change = prop_oneof![60 => any::<f64>(), 10 => Just(-0.0), 1 => Just(f64::NAN), 1 => Just(f64::NEG_INFINITY)];
    prop_oneof![
        1 => level.prop_map(What::Set),
        2 => (change, any::<bool>()).prop_map(|(by, up)| if up { What::Add(by) } else { What::Subtract(by) }),
    ]
}

/// In quarters, so that sums do not depend on the order in which they are added up, and at bounds.
fn observed() -> impl Strategy<Value = What> {
    let value = prop_oneof![
        160 => (-40_000..40_000_i32).prop_map(|quarters| f64::from(quarters) / 4.0),
        80 => proptest::sample::select(&[0.0, 1.0, 2.0, 5.0, 10.0, 1_000.0, 0.25, 0.5][..]),
        3 => proptest::sample::select(&[f64::INFINITY, f64::NEG_INFINITY, f64::NAN][..]),
    ];
    (value, 0..4_usize).prop_map(|(value, count)| What::Observe(value, count))
}

fn described() -> impl Strategy<Value = What> {
    let text = proptest::sample::select(&["Jobs.", "Größe in \"cm\".", "two\nlines", "C:\\new", "a\\\\b"][..]);
    text.prop_map(|text| What::Describe(text.to_owned()))
}

fn label_name() -> impl Strategy<Value = String> {
    let usual =
        proptest::sample::select(&["queue", "zone", "mcp.tool", "a:b", "__x", "größe"][..]).prop_map(str::to_owned);
    let odd = proptest::sample::select(&["mcp_tool", "a_b", "le", "9th", ""][..]).prop_map(str::to_owned);
    prop_oneof![40 => usual, 1 => odd]
}

fn label_value() -> impl Strategy<Value = String> {
    let usual = proptest::sample::select(
        &["", "mail", "a\"b", "two\nlines", "C:\\dir", "}", "a=\"b\",c", "\\", "é", " x "][..],
    );
    let odd = proptest::sample::select(&["\\\\", "\\\"", "\\\n"][..]);
    prop_oneof![30 => usual.prop_map(str::to_owned), 10 => "[^\\\\]{0,6}", 1 => odd.prop_map(str::to_owned)]
}
