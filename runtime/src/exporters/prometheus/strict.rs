//! A reader of the formats that knows their grammar and rules, and nothing of how they are written. It refuses what
//! any judge would refuse.

use std::collections::{BTreeMap, BTreeSet};

use super::negotiation::{Escaping, Format};
use crate::metric::{label, name};

mod messages;

/// One family, read back.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Family {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) help: String,
    pub(super) unit: Option<String>,
    pub(super) samples: Vec<Sample>,
}

/// One line, read back.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) value: f64,
}

/// All families of a document.
///
/// # Panics
/// If the document is not well-formed, or says something twice.
pub(super) fn read_bytes(document: &[u8], format: Format) -> Vec<Family> {
    if !matches!(format, Format::Protobuf(_)) {
        return read(std::str::from_utf8(document).expect("a text"), format);
    }
    let families = messages::read(document);
    check_names(&families);
    for family in &families {
        let is_named = format.escaping() == Escaping::AllowUtf8 || name::is_valid(&family.name);
        assert!(is_named, "not a name: {}", family.name);
        check_samples(family, false);
    }
    families
}

/// All families of a text.
///
/// # Panics
/// If the text is not well-formed, or says something twice.
pub(super) fn read(text: &str, format: Format) -> Vec<Family> {
    let is_open = matches!(format, Format::OpenMetrics0 | Format::OpenMetrics1(_));
    let text = if is_open { text.strip_suffix("# EOF\n").expect("the end is marked") } else { text };
    assert!(text.is_empty() || text.ends_with('\n'), "the last line ends");
    let mut reader = Reader { is_open, quotes: format.escaping() == Escaping::AllowUtf8, families: Vec::new() };
    text.split_terminator('\n').for_each(|line| reader.line(line));
    let families = reader.families;
    check_names(&families);
    for family in &families {
        check_samples(family, is_open);
    }
    families
}

struct Reader {
    is_open: bool,
    quotes: bool,
    families: Vec<Family>,
}

impl Reader {
    fn line(&mut self, line: &str) {
        assert!(!line.is_empty(), "a line is empty");
        let Some(described) = line.strip_prefix("# ") else { return self.sample(line) };
        let (word, rest) = described.split_once(' ').expect("a word, a name and a text");
        let mut rest = Chars(rest);
        let name = self.name(&mut rest);
        let text = rest.0.strip_prefix(' ').expect("a blank follows a name").to_owned();
        if self.families.last().is_none_or(|family| family.name != name) {
            self.families.push(Family { name, ..Family::default() });
        }
        let is_open = self.is_open;
        let family = self.families.last_mut().expect("it has just been added");
        assert!(family.samples.is_empty(), "a description stands behind samples: {line}");
        let slot = match word {
            "TYPE" => &mut family.kind,
            "HELP" => &mut family.help,
            "UNIT" if is_open => family.unit.get_or_insert_default(),
            _ => panic!("a comment: {line}"),
        };
        assert!(slot.is_empty(), "said twice: {line}");
        *slot = if word == "HELP" { unescaped(&text, is_open) } else { text };
    }

    fn sample(&mut self, line: &str) {
        let mut rest = Chars(line);
        let mut labels = BTreeMap::new();
        let mut name = None;
        if !line.starts_with('{') {
            name = Some(self.name(&mut rest));
        }
        if rest.take('{') {
            let mut is_first = true;
            while !rest.take('}') {
                assert!(is_first || rest.take(','), "a comma: {line}");
                is_first = false;
                let word = self.name(&mut rest);
                if !rest.take('=') {
                    assert!(name.is_none() && labels.is_empty(), "a name stands first: {line}");
                    name = Some(word);
                    continue;
                }
                let value = rest.quoted();
                assert!(!word.is_empty() && !word.starts_with("__"), "a label is called as none may be: {line}");
                assert!(labels.insert(word, value).is_none(), "a label stands twice: {line}");
            }
        }
        assert!(rest.take(' '), "a blank: {line}");
        let value = number(rest.0);
        let sample = Sample { name: name.expect("a name"), labels, value };
        self.families.last_mut().expect("a family is described first").samples.push(sample);
    }

    /// A name; in quotes just where it has to be. One that `=` follows is a label's.
    fn name(&self, rest: &mut Chars<'_>) -> String {
        let is_quoted = rest.0.starts_with('"');
        let name = if is_quoted {
            rest.quoted()
        } else {
            let end = rest.0.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'));
            let (name, behind) = rest.0.split_at(end.unwrap_or(rest.0.len()));
            rest.0 = behind;
            name.to_owned()
        };
        let is_classic = if rest.0.starts_with('=') { label::is_valid(&name) } else { name::is_valid(&name) };
        assert!(is_classic != is_quoted && (self.quotes || !is_quoted), "{name} before {}", rest.0);
        name
    }
}

struct Chars<'t>(&'t str);

impl Chars<'_> {
    fn take(&mut self, expected: char) -> bool {
        let rest = self.0.strip_prefix(expected);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn quoted(&mut self) -> String {
        assert!(self.take('"'), "a quote: {}", self.0);
        let mut is_escaped = false;
        let end = self.0.find(|c| {
            let is_end = c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            is_end
        });
        let (text, rest) = self.0.split_at(end.expect("quotes are closed"));
        self.0 = &rest[1..];
        unescaped(text, true)
    }
}

fn unescaped(text: &str, has_quotes: bool) -> String {
    let (mut plain, mut chars) = (String::new(), text.chars());
    while let Some(c) = chars.next() {
        plain.push(match c {
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some('\\') => '\\',
                Some('"') if has_quotes => '"',
                other => panic!("not an escape: {other:?} in {text}"),
            },
            '"' if has_quotes => panic!("a bare quote in {text}"),
            c => c,
        });
    }
    plain
}

fn number(text: &str) -> f64 {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.e".contains(&byte));
    match text {
        "NaN" => f64::NAN,
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        _ => text.parse().ok().filter(|_| is_plain).unwrap_or_else(|| panic!("not a number: {text}")),
    }
}

/// The names that samples of a kind may have.
fn suffixes(kind: &str, is_open: bool) -> &'static [&'static str] {
    match (kind, is_open) {
        ("counter", true) => &["_total", "_created"],
        ("counter" | "gauge", false) | ("gauge" | "unknown", true) => &[""],
        ("histogram", true) => &["_bucket", "_sum", "_count", "_created"],
        ("summary", true) => &["", "_sum", "_count", "_created"],
        ("summary", false) => &["", "_sum", "_count"],
        ("histogram", false) => &["_bucket", "_sum", "_count"],
        _ => panic!("not a kind: {kind}"),
    }
}

/// Families are told apart by all of their names, and samples by names and labels.
fn check_names(families: &[Family]) {
    let mut names = BTreeSet::new();
    for family in families {
        assert!(names.insert(family.name.as_str()), "{} is described twice", family.name);
    }
    let mut samples = BTreeSet::new();
    for sample in families.iter().flat_map(|family| &family.samples) {
        assert!(samples.insert((&sample.name, &sample.labels)), "{sample:?} stands twice");
    }
}

fn check_samples(family: &Family, is_open: bool) {
    let Family { name, kind, unit, samples, .. } = family;
    let suffixes = suffixes(kind, is_open);
    for sample in samples {
        let suffix = sample.name.strip_prefix(name.as_str()).unwrap_or_else(|| panic!("{sample:?} in {name}"));
        assert!(suffixes.contains(&suffix), "{sample:?} in the {kind} {name}");
        let is_quantile = kind == "summary" && suffix.is_empty();
        let is_count = is_open && kind != "gauge" && kind != "unknown" && !is_quantile;
        assert!(!is_quantile || sample.labels.contains_key("quantile"), "{sample:?} is of no quantile");
        assert!(!is_count || sample.value >= 0.0, "{sample:?} is no total");
    }
    let base = name.strip_suffix("_total").filter(|_| kind == "counter").unwrap_or(name);
    assert!(unit.as_ref().is_none_or(|unit| base.ends_with(&format!("_{unit}"))), "{name} is not in {unit:?}");
    if kind == "histogram" {
        check_buckets(family, is_open);
        let of = |suffix: &str| samples.iter().filter(|sample| sample.name == [name, suffix].concat()).count();
        assert!(!is_open || of("_sum") == of("_count"), "{name} has one of sum and count");
    }
}

/// The buckets of each series stand together, rise, and end with the count.
fn check_buckets(family: &Family, is_open: bool) {
    let (mut last, mut bound) = (0.0, f64::NEG_INFINITY);
    for sample in &family.samples {
        if sample.name.ends_with("_count") {
            assert_eq!((sample.value, bound), (last, f64::INFINITY), "{sample:?} is not the last bucket");
        }
        let Some(le) = sample.labels.get("le").filter(|_| sample.name.ends_with("_bucket")) else { continue };
        let le_value = number(le);
        assert!(!is_open || le.contains(['.', 'e']) || le == "+Inf", "le is {le}");
        let restarts = bound == f64::INFINITY;
        assert!(restarts || (le_value > bound && sample.value >= last), "{sample:?} does not rise");
        (last, bound) = (sample.value, le_value);
    }
}
