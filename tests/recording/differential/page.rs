//! A page of the text format 0.0.4, read back. It reads more than is allowed, because one of those who write does so.

use std::collections::BTreeMap;

/// All families by name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Page {
    pub(super) families: BTreeMap<String, Family>,
}

/// What stands under one or more TYPE lines of a name.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Family {
    pub(super) kind: Vec<String>,
    pub(super) help: Option<String>,
    /// Sorted.
    pub(super) samples: Vec<Sample>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sample {
    name: String,
    /// Sorted, and bounds as numbers.
    labels: Vec<(String, String)>,
    value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Count(u64),
    /// By its bits, so that there is an order and all NaN are one.
    Number(u64),
}

impl Page {
    pub(super) fn read(text: &str) -> Self {
        let (mut families, mut current) = (BTreeMap::<String, Family>::new(), String::new());
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, help) = help.split_once(' ').unwrap_or((help, ""));
                families.entry(name.to_owned()).or_default().help = Some(unescaped(help));
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.rsplit_once(' ').unwrap_or_else(|| panic!("no type: {line}"));
                current = name.to_owned();
                families.entry(current.clone()).or_default().kind.push(kind.to_owned());
            } else {
                let family = families.get_mut(&current).unwrap_or_else(|| panic!("of no family: {line}"));
                family.samples.push(Sample::read(line, family.kind.last().map_or("", String::as_str)));
            }
        }
        for family in families.values_mut() {
            family.samples.sort();
        }
        Self { families }
    }
}

impl Sample {
    fn read(line: &str, kind: &str) -> Self {
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("not a sample: {line}"));
        let (name, mut rest) = series.split_once('{').unwrap_or((series, "}"));
        let mut labels = Vec::new();
        while rest != "}" {
            let (label, quoted) = rest.split_once("=\"").unwrap_or_else(|| panic!("not a label: {rest} in {line}"));
            let end = closing_quote(quoted).unwrap_or_else(|| panic!("no end: {rest} in {line}"));
            let value = unescaped(&quoted[..end]);
            let value = if label == "le" { value.parse().map_or(value, |bound: f64| bound.to_string()) } else { value };
            labels.push((label.to_owned(), value));
            rest = quoted[end + 1..].strip_prefix(',').unwrap_or(&quoted[end + 1..]);
        }
        labels.sort();
        let is_of_buckets = kind == "histogram" && (name.ends_with("_bucket") || name.ends_with("_count"));
        let is_count = kind == "counter" || is_of_buckets;
        Self { name: name.to_owned(), labels, value: if is_count { Value::count(value) } else { Value::number(value) } }
    }
}

impl Value {
    fn count(text: &str) -> Self {
        Self::Count(text.parse().unwrap_or_else(|_| panic!("not a count: {text}")))
    }

    fn number(text: &str) -> Self {
        let value: f64 = text.parse().unwrap_or_else(|_| panic!("not a number: {text}"));
        Self::Number(if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() })
    }
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends.then_some(at)
    })
}

fn unescaped(text: &str) -> String {
    let (mut plain, mut chars) = (String::new(), text.chars());
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n') => plain.push('\n'),
                other => plain.extend(other),
            },
            (c, false) => plain.push(c),
        }
    }
    plain
}

#[test]
fn a_page_is_read() {
    let page = Page::read("# HELP a b\\nc\\\\\n# TYPE a gauge\na{x=\"1\",b=\"}\\\"\\\\\"} 2.0\n\na +Inf\n");
    let family = &page.families["a"];
    assert_eq!((family.kind.as_slice(), family.help.as_deref()), (&["gauge".to_owned()][..], Some("b\nc\\")));
    let labels = [("b", "}\"\\"), ("x", "1")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(family.samples[1], Sample { name: "a".to_owned(), labels: labels.to_vec(), value: Value::number("2") });
    assert_eq!(family.samples[0].value, Value::number("+Inf"));
}
