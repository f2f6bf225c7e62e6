//! What a label's value may be: texts, what is optional, newtypes, what displays itself, and types of one's own.

use std::{
    borrow::Cow,
    cell::Cell,
    fmt,
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU16,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use tachometer::{
    Counter, Displayed, Family, FiniteLabel, Label, LabelBuffer, LabelValue, Labels, Snapshot, counted, testing,
};

use super::{catch, counter, installed};

#[derive(Label, Clone, Copy)]
enum Codec {
    Raw,
    Gzip,
}

#[derive(Label)]
struct Region(&'static str);

#[derive(Label)]
struct Id {
    number: u64,
}

#[derive(Label)]
struct Wrapped<T>(T);

#[derive(Label)]
struct Borrowed<'a>(&'a str);

#[derive(Label)]
struct Peer(#[label(display)] IpAddr);

#[derive(Label)]
struct Shown<T>(#[label(display)] T);

#[derive(Label)]
#[label(display)]
struct Version {
    major: u8,
    minor: u8,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}.{}", self.major, self.minor)
    }
}

#[derive(Labels)]
struct By {
    tenant: Option<Arc<str>>,
    #[label(display)]
    peer: IpAddr,
    #[label(rename = "code", display)]
    ratio: f64,
}

/// One that is implemented by hand.
struct Class(u16);

impl LabelValue for Class {
    fn text<'a>(&'a self, buffer: &'a mut LabelBuffer) -> &'a str {
        match self.0 {
            0 => "none",
            code => buffer.display(format_args!("{}xx", code / 100)),
        }
    }
}

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

static SEEN: Family<Counter, By> = Family::labelled("label_seen_total");
static FROM: Family<Counter, (Region, Id, Wrapped<String>)> =
    Family::new("label_from_total", &["region", "id", "name"]);
static PEERS: Family<Counter, (Peer, Shown<f32>, Version)> =
    Family::new("label_peers_total", &["peer", "load", "version"]);
static DIALLED: Family<Counter, (Displayed<IpAddr>, String)> = Family::new("label_dialled_total", &["to", "port"]);
type Asked = (Option<String>, Option<Arc<str>>, Option<Codec>);
type Texts = (Arc<str>, Cow<'static, str>, Box<str>);

static ASKED: Family<Counter, Asked> = Family::new("label_asked_total", &["a", "b", "codec"]);
static PACKED: Family<Counter, (Option<Codec>, Wrapped<bool>)> = Family::new("label_packed_total", &["codec", "last"]);
static CLASSES: Family<Counter, (Class,)> = Family::new("label_classes_total", &["class"]);
static TEXTS: Family<Counter, Texts> = Family::new("label_texts_total", &["a", "b", "c"]);
static ODD: Family<Counter, (Odd,)> = Family::new("label_odd_total", &["odd"]);

#[counted(name = "label_calls_total", labels(tenant))]
fn call(tenant: Option<&str>) {
    let _ = tenant;
}

#[counted(name = "label_packs_total", labels(codec, last = Wrapped(true)))]
fn pack(codec: Option<Codec>) {
    let _ = codec;
}

#[counted(name = "label_visits_total", labels(region, version, class, peer = %peer, port))]
fn visit(region: Region, version: Version, class: Class, peer: IpAddr, port: NonZeroU16) {
    let _ = (region, version, class, peer, port);
}

#[test]
fn none_is_an_empty_label() {
    let telemetry = installed();
    call(None);
    call(Some("a"));
    for tenant in [None, Some("a")] {
        SEEN.with(By { tenant: tenant.map(Arc::from), peer: HERE, ratio: 0.5 }).increment(1);
        ASKED.with(tenant, tenant, Some(Codec::Raw)).increment(1);
    }
    let owned = Some(String::from("a"));
    ASKED.with(owned.as_ref(), None::<&str>, None::<Codec>).increment(1);
    ASKED.with(owned, Some(Arc::from("b")), None::<&Codec>).increment(1);
    let snapshot = telemetry.snapshot();
    for tenant in ["", "a"] {
        assert_eq!(counter(&snapshot, "label_calls_total", &[("tenant", tenant)]), 1);
        assert_eq!(counter(&snapshot, "label_asked_total", &[("a", tenant), ("b", tenant), ("codec", "raw")]), 1);
        let labels = [("tenant", tenant), ("peer", "127.0.0.1"), ("code", "0.5")];
        assert_eq!(counter(&snapshot, "label_seen_total", &labels), 1);
    }
    for b in ["", "b"] {
        assert_eq!(counter(&snapshot, "label_asked_total", &[("a", "a"), ("b", b), ("codec", "")]), 1);
    }
    assert!(telemetry.render().contains("\nlabel_calls_total{tenant=\"\"} 1\n"));
}

/// The values of a label that are shown.
fn shown(snapshot: &Snapshot, name: &str, label: &str) -> Vec<String> {
    let family = snapshot.family(name).expect("it is there");
    family.series().filter_map(|series| series.label(label).map(Cow::into_owned)).collect()
}

#[test]
fn what_may_be_missing_and_has_few_values_is_at_zero_in_all_of_them() {
    assert_eq!(Option::<Codec>::VALUES, ["raw", "gzip", ""]);
    assert_eq!(Wrapped::<bool>::VALUES, bool::VALUES);
    let telemetry = installed();
    assert!(telemetry.snapshot().family("label_packs_total").is_none(), "nothing is known of `last`");
    pack(None);
    PACKED.with(Some(Codec::Gzip), Wrapped(true)).increment(1);
    let snapshot = telemetry.snapshot();
    assert_eq!(shown(&snapshot, "label_packs_total", "codec"), [""]);
    assert_eq!(shown(&snapshot, "label_packed_total", "codec"), ["raw", "raw", "gzip", "gzip", "", ""]);
    assert_eq!(counter(&snapshot, "label_packed_total", &[("codec", "gzip"), ("last", "true")]), 1);
    assert_eq!(counter(&snapshot, "label_packed_total", &[("codec", ""), ("last", "false")]), 0);
}

#[counted(name = "label_sends_total", labels(codec))]
fn send(codec: Option<Codec>) {
    let _ = codec;
}

#[test]
fn an_optional_argument_of_few_values_is_at_zero_from_the_installation_on() {
    let telemetry = installed();
    assert_eq!(shown(&telemetry.snapshot(), "label_sends_total", "codec"), ["raw", "gzip", ""]);
    send(Some(Codec::Raw));
    assert_eq!(counter(&telemetry.snapshot(), "label_sends_total", &[("codec", "raw")]), 1);
}

#[test]
fn newtypes_are_what_they_hold() {
    let telemetry = installed();
    FROM.with(Region("north"), Id { number: 7 }, Wrapped("x".to_owned())).increment(1);
    PEERS.with(Peer(HERE), Shown(0.5), Version { major: 1, minor: 2 }).increment(1);
    DIALLED.with(Displayed(HERE), Displayed(443)).increment(1);
    DIALLED.with(Displayed(&HERE), "443").increment(1);
    CLASSES.with(Class(503)).increment(1);
    let class = Class(0);
    CLASSES.with(&class).increment(1);
    TEXTS.with("a", "b", "c").increment(1);
    let port = NonZeroU16::new(80).expect("it is not zero");
    visit(Region("south"), Version { major: 0, minor: 9 }, Class(200), HERE, port);
    assert_eq!(LabelValue::text(&Borrowed("lent"), &mut LabelBuffer::default()), "lent");
    let snapshot = telemetry.snapshot();
    let is = |name, labels: &[_], count| assert_eq!(counter(&snapshot, name, labels), count, "{name}");
    is("label_from_total", &[("region", "north"), ("id", "7"), ("name", "x")], 1);
    is("label_peers_total", &[("peer", "127.0.0.1"), ("load", "0.5"), ("version", "v1.2")], 1);
    is("label_dialled_total", &[("to", "127.0.0.1"), ("port", "443")], 2);
    is("label_classes_total", &[("class", "5xx")], 1);
    is("label_classes_total", &[("class", "none")], 1);
    is("label_texts_total", &[("a", "a"), ("b", "b"), ("c", "c")], 1);
    let visited = [("region", "south"), ("version", "v0.9"), ("class", "2xx"), ("peer", "127.0.0.1"), ("port", "80")];
    is("label_visits_total", &visited, 1);
}

/// A value that panics, records itself, or is another one each time.
enum Odd {
    Panics,
    Records,
    Changes(Cell<u8>),
}

impl LabelValue for Odd {
    fn text<'a>(&'a self, buffer: &'a mut LabelBuffer) -> &'a str {
        match self {
            Self::Panics => panic!("it has no text"),
            Self::Records => {
                ODD.with(Odd::Changes(Cell::new(9))).increment(1);
                "records"
            }
            Self::Changes(times) => {
                times.set(times.get() + 1);
                buffer.display(times.get())
            }
        }
    }
}

#[test]
fn a_value_that_does_what_it_likes_breaks_nothing() {
    let telemetry = installed();
    catch(|| ODD.with(Odd::Panics).increment(1));
    let value = Odd::Changes(Cell::new(0));
    (0..3).for_each(|_| ODD.with(&value).increment(1));
    ODD.with(Odd::Records).increment(1);
    let snapshot = telemetry.snapshot();
    let mut values = shown(&snapshot, "label_odd_total", "odd");
    values.sort();
    assert_eq!(values, ["1", "10", "2", "3", "records"]);
    assert!(values.iter().all(|value| counter(&snapshot, "label_odd_total", &[("odd", value)]) == 1));
    let recorded = testing::record(|| {
        let caught = catch_unwind(AssertUnwindSafe(|| ODD.with(Odd::Panics)));
        ODD.with(Odd::Changes(Cell::new(0))).increment(1);
        caught.is_err()
    });
    assert!(recorded.value());
    recorded.assert_counter("label_odd_total", &[("odd", "1")], 1);
}
