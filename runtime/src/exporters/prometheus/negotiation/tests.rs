//! What scrapers really send, and arbitrary headers beside a model that shares no code with what it judges.

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

const PROMETHEUS_2: &str = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                            text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
const PROMETHEUS_3: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
                            application/openmetrics-text;version=0.0.1;q=0.4,\
                            text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
/// The clause that all clients send alike.
const PROTOBUF: &str = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

fn chosen(accept: &str) -> Format {
    Format::negotiate([accept].into_iter())
}

#[test]
fn scrapers_get_what_they_like_best() {
    use super::{Escaping::*, Format::*};
    // What they send once they know native histograms: 2.40 to 2.48, the latest of 2 and from 3.2 on, and 3.0.
    let native_2 = format!("{PROTOBUF},{}", PROMETHEUS_2.replace("1.0.0,", "1.0.0;q=0.8,"));
    let native_3 = format!("{PROTOBUF};q=0.6,{PROMETHEUS_3}");
    let native_3_0 = native_3.replace("delimited", "delimited;escaping=allow-utf-8");
    for (accept, format) in [
        (PROMETHEUS_2, OpenMetrics1(Underscores)),
        (PROMETHEUS_3, OpenMetrics1(AllowUtf8)),
        (&native_2, Protobuf(Underscores)),
        (&native_3, Protobuf(Underscores)),
        (&native_3_0, Protobuf(AllowUtf8)),
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
        (PROTOBUF, Protobuf(Underscores)),
    ] {
        assert_eq!(chosen(accept), format, "{accept}");
    }
    assert_eq!(Format::negotiate(std::iter::empty()), Text);
}

#[test]
fn protobuf_is_told_by_its_message_and_its_encoding() {
    use super::{Escaping::*, Format::*};
    let kind = "application/vnd.google.protobuf";
    for (accept, format) in [
        (kind, Protobuf(Underscores)),
        (&format!("{kind};encoding=delimited"), Protobuf(Underscores)),
        (
            &format!("{kind}; ENCODING=\"delimited\"; Proto=\"io.prometheus.client.MetricFamily\""),
            Protobuf(Underscores),
        ),
        (&format!("{PROTOBUF};charset=utf-8"), Protobuf(Underscores)),
        (&format!("{PROTOBUF};escaping=dots"), Protobuf(Underscores)),
        (&format!("{PROTOBUF};escaping=allow-utf-8"), Protobuf(AllowUtf8)),
        // What nobody here writes.
        (&PROTOBUF.replace("delimited", "text"), Text),
        (&PROTOBUF.replace("delimited", "compact-text"), Text),
        (&PROTOBUF.replace("MetricFamily", "MetricSet"), Text),
        (&PROTOBUF.replace("MetricFamily", "metricfamily"), Text),
        (&format!("{PROTOBUF};version=1.0.0"), Text),
        (&format!("{PROTOBUF};charset=latin1"), Text),
        (&format!("{kind};encoding=text,application/openmetrics-text;q=0.1"), OpenMetrics1(Underscores)),
        // Its parameters are nobody else's.
        ("text/plain;encoding=delimited", Text),
        ("application/openmetrics-text;proto=io.prometheus.client.MetricFamily", Text),
        (&format!("{PROTOBUF};q=0,*/*;q=0.5"), Text),
        (&format!("{PROTOBUF};q=0,{kind};q=0.5"), Text),
        (&format!("{PROTOBUF};q=0,{kind};escaping=allow-utf-8;q=0.5"), Protobuf(AllowUtf8)),
    ] {
        assert_eq!(chosen(accept), format, "{accept}");
    }
}

#[test]
fn whoever_takes_only_text_gets_text() {
    for accept in [PROTOBUF, &format!("{PROTOBUF},{PROMETHEUS_2}"), "application/*", "*/*"] {
        let format = Format::negotiate_text(accept);
        assert!(Format::TEXTS.contains(&format) && format.content_type().contains("; charset=utf-8"), "{accept}");
    }
    assert_eq!(Format::TEXTS.len() + 2, Format::ALL.len());
    assert!(!Format::TEXTS.iter().any(|format| matches!(format, Format::Protobuf(_))));
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
        ("application/x-protobuf;escaping=allow-utf-8,text/plain;version=1.0.0;q=0.5", Text1(Underscores)),
        // A parameter that stands twice is as malformed as two weights.
        ("text/plain;version=1.0.0;Version=1.0.0,application/openmetrics-text;q=0.1", OpenMetrics1(Underscores)),
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
    let protobuf = Format::Protobuf(Escaping::Underscores);
    assert_eq!(chosen(&format!("{}{PROTOBUF}", filler.repeat(199))), protobuf);
    // 64 KiB of one clause: of one parameter, of many, and of one value.
    assert_eq!(chosen(&format!("{PROTOBUF}{}", ";charset=utf-8".repeat(4_700))), Format::Text);
    let many: String = (0..8_000).map(|n| format!(";p{n}=1")).collect();
    assert_eq!(chosen(&format!("{PROTOBUF}{many}")), Format::Text);
    assert_eq!(chosen(&format!("{PROTOBUF}{}", "x".repeat(64 * 1024))), Format::Text);
}

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores";

/// A clause as its author means it.
#[derive(Debug, Clone)]
struct Wish {
    range: &'static str,
    version: Option<&'static str>,
    encoding: Option<&'static str>,
    proto: Option<&'static str>,
    escaping: Option<&'static str>,
    unknown: bool,
    weight: u16,
}

/// What there is: content type, version, message and encoding, the scheme if one can be chosen; the server's favourite
/// first.
type Offer = (&'static str, Option<&'static str>, Option<(&'static str, &'static str)>, Option<&'static str>);

const OFFERS: [Offer; 8] = [
    ("text/plain", Some("0.0.4"), None, None),
    ("application/openmetrics-text", Some("1.0.0"), None, Some("underscores")),
    ("application/openmetrics-text", Some("1.0.0"), None, Some("allow-utf-8")),
    ("text/plain", Some("1.0.0"), None, Some("underscores")),
    ("text/plain", Some("1.0.0"), None, Some("allow-utf-8")),
    ("application/openmetrics-text", Some("0.0.1"), None, None),
    ("application/vnd.google.protobuf", None, Some(BINARY), Some("underscores")),
    ("application/vnd.google.protobuf", None, Some(BINARY), Some("allow-utf-8")),
];

const BINARY: (&str, &str) = ("io.prometheus.client.MetricFamily", "delimited");

impl Wish {
    fn write(&self, is_shouted: bool) -> String {
        let mut text = if is_shouted { self.range.to_uppercase() } else { self.range.to_owned() };
        let Self { version, encoding, proto, escaping, .. } = *self;
        let parameters = [("version", version), ("encoding", encoding), ("proto", proto), ("escaping", escaping)];
        for (name, value) in parameters {
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
    fn depth(&self, (media, version, binary, scheme): Offer) -> Option<u8> {
        let range = match self.range {
            "*/*" => 0,
            range if range == media => 20,
            range if range.strip_suffix("/*") == media.split('/').next() => 10,
            _ => return None,
        };
        let asked =
            [(self.version, version), (self.proto, binary.map(|it| it.0)), (self.encoding, binary.map(|it| it.1))];
        let is_wrong = asked.iter().any(|(wanted, offered)| wanted.is_some() && wanted != offered);
        let wanted = if self.escaping == Some("allow-utf-8") { "allow-utf-8" } else { "underscores" };
        if self.unknown || is_wrong || scheme.is_some_and(|scheme| wanted != scheme) {
            return None;
        }
        let named = asked.iter().filter(|(wanted, _)| wanted.is_some()).count() as u8;
        Some(range + named + u8::from(scheme.is_some() && self.escaping.is_some()))
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
    let range = select(vec![
        "*/*",
        "text/*",
        "text/plain",
        "application/*",
        "application/openmetrics-text",
        "application/vnd.google.protobuf",
        "image/png",
    ]);
    let version = select(vec![None, None, None, Some("0.0.4"), Some("1.0.0"), Some("0.0.1"), Some("2.0")]);
    let encoding = select(vec![None, None, None, Some("delimited"), Some("text"), Some("compact-text")]);
    let proto = select(vec![None, None, None, Some("io.prometheus.client.MetricFamily"), Some("MetricFamily")]);
    let escaping = select(vec![None, None, Some("allow-utf-8"), Some("underscores"), Some("dots")]);
    let weight = select(vec![0, 1, 100, 250, 500, 999, 1000]);
    (range, version, encoding, proto, escaping, prop::bool::weighted(0.1), weight).prop_map(
        |(range, version, encoding, proto, escaping, unknown, weight)| Wish {
            range,
            version,
            encoding,
            proto,
            escaping,
            unknown,
            weight,
        },
    )
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
            let is_binary = matches!(format, Format::Protobuf(_));
            prop_assert_eq!(format.content_type().contains("; charset=utf-8"), !is_binary);
        }
    }
}
