//! What scrapers really send, and arbitrary headers beside a model that shares no code with what it judges.

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

const PROMETHEUS_2: &str = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                            text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
const PROMETHEUS_3: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
                            application/openmetrics-text;version=0.0.1;q=0.4,\
                            text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

fn chosen(accept: &str) -> Format {
    Format::negotiate([accept].into_iter())
}

#[test]
fn scrapers_get_what_they_like_best() {
    use super::{Escaping::*, Format::*};
    let protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
    for (accept, format) in [
        (PROMETHEUS_2, OpenMetrics1(Underscores)),
        (PROMETHEUS_3, OpenMetrics1(AllowUtf8)),
        (&format!("{protobuf};q=0.6,{PROMETHEUS_3}"), OpenMetrics1(AllowUtf8)),
        (&PROMETHEUS_3.replace("allow-utf-8", "underscores"), OpenMetrics1(Underscores)),
        ("application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", OpenMetrics0),
        ("text/plain;version=0.0.4;q=1,*/*;q=0.1", Text),
        (BROWSER, Text),
        ("*/*", Text),
        ("", Text),
        ("text/plain", Text),
        ("text/*", Text),
        ("application/*", OpenMetrics1(Underscores)),
        ("application/json", Text),
        (protobuf, Text),
    ] {
        assert_eq!(chosen(accept), format, "{accept}");
    }
    assert_eq!(Format::negotiate(std::iter::empty()), Text);
}

#[test]
fn weights_decide() {
    use super::{Escaping::*, Format::*};
    for (accept, format) in [
        ("application/openmetrics-text;q=0.1,text/plain;q=0.9", Text),
        ("application/openmetrics-text;q=0.9,text/plain;q=0.1", OpenMetrics1(Underscores)),
        ("application/openmetrics-text;q=0,*/*", Text),
        ("text/plain;q=0,*/*;q=0.5", OpenMetrics1(Underscores)),
        ("text/plain;version=0.0.4;q=0,text/plain", Text1(Underscores)),
        // The more specific clause counts, wherever it stands and whichever weight it has.
        ("*/*,application/openmetrics-text;q=0.5", Text),
        ("text/*;q=0.9,text/plain;q=0.2,application/openmetrics-text;q=0.3", OpenMetrics1(Underscores)),
        // Of equals the first one.
        ("application/openmetrics-text,text/plain", OpenMetrics1(Underscores)),
        ("text/plain,application/openmetrics-text", Text),
        // Who wants nothing gets what everybody reads.
        ("*/*;q=0", Text),
        ("text/plain;q=0", Text),
        // What is malformed does not count.
        ("application/openmetrics-text;q=1.5", Text),
        ("application/openmetrics-text;q=0.1234,text/plain;q=0.1", Text),
        ("application/openmetrics-text;q", Text),
        ("application/openmetrics-text;q=0.1;q=0.2,text/plain;q=0.01", Text),
        ("application/openmetrics-text;q=-1", Text),
        ("*/openmetrics-text", Text),
        ("openmetrics-text", Text),
        (",, ,;q=1,application/openmetrics-text,", OpenMetrics1(Underscores)),
    ] {
        assert_eq!(chosen(accept), format, "{accept}");
    }
}

#[test]
fn parameters_are_heeded() {
    use super::{Escaping::*, Format::*};
    for (accept, format) in [
        // A version that there is not is not served, and never claimed.
        ("application/openmetrics-text;version=9.9.9", Text),
        ("application/openmetrics-text;version=9.9.9,application/openmetrics-text;version=0.0.1;q=0.1", OpenMetrics0),
        ("APPLICATION/OpenMetrics-Text; Version=1.0.0; Q=0.3; Escaping=Allow-UTF-8", OpenMetrics1(AllowUtf8)),
        ("application/openmetrics-text \t;\t version=\"1.0.0\"", OpenMetrics1(Underscores)),
        ("application/openmetrics-text;q=0.5;version=0.0.1", OpenMetrics0),
        ("application/openmetrics-text;version=1.0.0;charset=utf-8", OpenMetrics1(Underscores)),
        ("application/openmetrics-text;charset=latin1", Text),
        ("application/openmetrics-text;version=1.0.0;escaping=dots", OpenMetrics1(Underscores)),
        ("text/plain;version=1.0.0;escaping=allow-utf-8", Text1(AllowUtf8)),
        ("text/plain;escaping=allow-utf-8", Text1(AllowUtf8)),
        ("text/plain;version=0.0.4;escaping=allow-utf-8", Text),
        ("text/plain;format=flowed,application/openmetrics-text;q=0.1", OpenMetrics1(Underscores)),
        // The scheme of a clause that fits nothing has no say.
        ("application/vnd.google.protobuf;escaping=allow-utf-8,text/plain;version=1.0.0;q=0.5", Text1(Underscores)),
        ("text/plain;x=\"a,b;version=1.0.0\",application/openmetrics-text;q=0.1", OpenMetrics1(Underscores)),
    ] {
        assert_eq!(chosen(accept), format, "{accept}");
    }
}

#[test]
fn several_headers_are_one() {
    let accept = ["text/plain;q=0.5", "application/openmetrics-text"];
    assert_eq!(Format::negotiate(accept.into_iter()), Format::OpenMetrics1(Escaping::Underscores));
}

#[test]
fn a_long_header_is_read_so_far() {
    let filler = "image/png;q=0.1,";
    assert_eq!(chosen(&format!("{}application/openmetrics-text", filler.repeat(199))).content_type(), OPENMETRICS);
    assert_eq!(chosen(&format!("{}application/openmetrics-text", filler.repeat(100_000))), Format::Text);
}

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores";

/// A clause as its author means it.
#[derive(Debug, Clone)]
struct Wish {
    range: &'static str,
    version: Option<&'static str>,
    escaping: Option<&'static str>,
    unknown: bool,
    weight: u16,
}

/// What there is: content type, version, whether a scheme can be chosen, the scheme; the server's favourite first.
const OFFERS: [(&str, &str, bool, &str); 6] = [
    ("text/plain", "0.0.4", false, ""),
    ("application/openmetrics-text", "1.0.0", true, "underscores"),
    ("application/openmetrics-text", "1.0.0", true, "allow-utf-8"),
    ("text/plain", "1.0.0", true, "underscores"),
    ("text/plain", "1.0.0", true, "allow-utf-8"),
    ("application/openmetrics-text", "0.0.1", false, ""),
];

impl Wish {
    fn write(&self, is_shouted: bool) -> String {
        let mut text = if is_shouted { self.range.to_uppercase() } else { self.range.to_owned() };
        for (name, value) in [("version", self.version), ("escaping", self.escaping)] {
            if let Some(value) = value {
                text += &if is_shouted { format!(" ; {name}=\"{value}\"") } else { format!(";{name}={value}") };
            }
        }
        if self.unknown {
            text += ";level=1";
        }
        text + &format!(";q={}.{:03}", self.weight / 1000, self.weight % 1000)
    }

    /// How many things of the offer it names, if it means the offer.
    fn depth(&self, (media, version, chooses, scheme): (&str, &str, bool, &str)) -> Option<u8> {
        let range = match self.range {
            "*/*" => 0,
            range if range == media => 20,
            range if range.strip_suffix("/*") == media.split('/').next() => 10,
            _ => return None,
        };
        let wrong_version = self.version.is_some_and(|wanted| wanted != version);
        let wanted = if self.escaping == Some("allow-utf-8") { "allow-utf-8" } else { "underscores" };
        if self.unknown || wrong_version || (chooses && wanted != scheme) {
            return None;
        }
        Some(range + u8::from(self.version.is_some()) + u8::from(chooses && self.escaping.is_some()))
    }
}

/// The place of the offer that these wishes lead to.
fn model(wishes: &[Wish]) -> usize {
    let mut ranked = Vec::new();
    for (place, offer) in OFFERS.into_iter().enumerate() {
        let mut meant: Vec<_> = wishes
            .iter()
            .enumerate()
            .filter_map(|(at, wish)| Some((wish.depth(offer)?, wish.weight, usize::MAX - at)))
            .collect();
        meant.sort_unstable();
        if let Some((depth, weight, early)) = meant.pop().filter(|(_, weight, _)| *weight > 0) {
            ranked.push((weight, depth, early, usize::MAX - place));
        }
    }
    ranked.sort_unstable();
    ranked.pop().map_or(0, |(.., place)| usize::MAX - place)
}

fn wish() -> impl Strategy<Value = Wish> {
    let range =
        select(vec!["*/*", "text/*", "text/plain", "application/*", "application/openmetrics-text", "image/png"]);
    let version = select(vec![None, None, Some("0.0.4"), Some("1.0.0"), Some("0.0.1"), Some("2.0")]);
    let escaping = select(vec![None, None, Some("allow-utf-8"), Some("underscores"), Some("dots")]);
    let weight = select(vec![0, 1, 100, 250, 500, 999, 1000]);
    (range, version, escaping, prop::bool::weighted(0.1), weight)
        .prop_map(|(range, version, escaping, unknown, weight)| Wish { range, version, escaping, unknown, weight })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn agrees_with_the_model(wishes in vec(wish(), 0..8), is_shouted: bool) {
        let header = wishes.iter().map(|wish| wish.write(is_shouted)).collect::<Vec<_>>().join(", ");
        prop_assert_eq!(chosen(&header), Format::ALL[model(&wishes)], "{}", header);
    }

    #[test]
    fn any_header_is_answered(header in "[ -~]{0,80}", bits in "[a-z/*;,=\"\\\\ q.01-]{0,80}", wild: String) {
        for header in [&header, &bits, &wild] {
            let format = chosen(header);
            prop_assert!(Format::ALL.contains(&format));
            prop_assert!(format.content_type().contains("; charset=utf-8"));
        }
    }
}
