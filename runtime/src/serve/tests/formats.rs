//! What a scraper gets for its headers and its query, over real sockets.

use super::*;
use crate::exporters::prometheus::negotiation::{Escaping, Format};

const OPENMETRICS: Format = Format::OpenMetrics1(Escaping::Underscores);
const PROMETHEUS_2: &str = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                            text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
const PROTOBUF: &str = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

fn many() -> Fake {
    Fake::new().counter("jobs_total", &"Jobs. ".repeat(1000), &[(&[("queue", "mail")], 3)]).histogram(
        "http.wait_seconds",
        "Wait.",
        &[0.5],
        &[(&[], &[1, 2], 0.5)],
    )
}

fn start_many() -> Server {
    start_as(&Reloadable::default())
}

fn start_as(settings: &Reloadable) -> Server {
    start_showing(settings, Shown::Families(Arc::new(many())))
}

fn start_showing(settings: &Reloadable, shown: Shown) -> Server {
    start_shared(&Served::new(settings, Arc::new(open())), shown)
}

fn start_shared(served: &Served, shown: Shown) -> Server {
    let bound = Server::bind("127.0.0.1:0".parse().expect("an address")).expect("a port is free");
    bound.start(served, shown, |_, _| {}).expect("a thread is free")
}

#[test]
fn the_format_is_negotiated() {
    let server = start_many();
    let mut client = Client::connect(&server);
    for (accept, format) in [
        ("*/*", Format::Text),
        (PROMETHEUS_2, OPENMETRICS),
        (
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,*/*;q=0.1",
            Format::OpenMetrics1(Escaping::AllowUtf8),
        ),
        ("text/plain;version=1.0.0;escaping=allow-utf-8", Format::Text1(Escaping::AllowUtf8)),
        (&format!("{PROTOBUF},{PROMETHEUS_2};q=0.8"), Format::Protobuf(Escaping::Underscores)),
        (&format!("{PROTOBUF};escaping=allow-utf-8"), Format::Protobuf(Escaping::AllowUtf8)),
        (&PROTOBUF.replace("delimited", "text"), Format::Text),
    ] {
        let reply = client.get("/metrics", &[("accept", accept)]);
        assert_eq!(reply.headers.header("content-type"), Some(format.content_type()), "{accept}");
        assert_eq!(reply.headers.header("vary"), Some("Accept, Accept-Encoding"));
        assert_eq!(reply.headers.header("content-encoding"), None);
        assert_eq!(reply.bytes, format.encode_to_vec(&many(), false));
    }
    let reply = client.get("/metrics", &[("accept", "text/plain;q=0.1"), ("accept", "application/openmetrics-text")]);
    assert_eq!(reply.headers.header("content-type"), Some(OPENMETRICS.content_type()));
}

#[test]
fn a_text_that_is_written_already_is_sent_as_it_is() {
    let server = start_showing(&Reloadable::default(), Shown::Text(Arc::new(|| "jobs 1\n".repeat(1000))));
    let mut client = Client::connect(&server);
    for path in ["/metrics", "/metrics?name[]=other"] {
        let reply = client.get(path, &[("accept", PROMETHEUS_2)]);
        assert_eq!(reply.headers.header("content-type"), Some(Format::Text.content_type()), "{path}");
        assert_eq!(reply.bytes, "jobs 1\n".repeat(1000).into_bytes());
    }
    let packed = client.get("/metrics", &[("accept", "*/*"), ("accept-encoding", "gzip")]);
    assert_eq!(packed.headers.header("content-encoding"), Some("gzip"));
    for path in ["/snapshot", "/cardinality"] {
        let reply = client.ask("GET", path);
        assert_eq!((reply.status, reply.body.contains("which is at /metrics\n")), (501, true), "{}", reply.body);
    }
    let links = client.ask("GET", "/").body;
    assert!(links.contains("/metrics") && links.contains("/healthz"), "{links}");
    assert!(!links.contains("/snapshot") && !links.contains("/cardinality"), "{links}");
}

#[test]
fn beginnings_are_a_setting() {
    let served = Served::new(&Reloadable { created: true, ..Reloadable::default() }, Arc::new(open()));
    let server = start_shared(&served, Shown::Families(Arc::new(many())));
    let mut client = Client::connect(&server);
    let mut text = || {
        let reply = client.get("/metrics", &[("accept", PROMETHEUS_2)]);
        String::from_utf8(reply.bytes).expect("text")
    };
    assert_eq!(text(), OPENMETRICS.encode_to_string(&many(), true));
    served.reload().prepare(&Reloadable::default()).expect("nothing can fail")();
    assert_eq!(text(), OPENMETRICS.encode_to_string(&many(), false));
}

#[test]
fn large_answers_are_packed_on_request() {
    let server = start_many();
    let mut client = Client::connect(&server);
    for (path, accept) in [
        ("/metrics", "*/*"),
        ("/metrics", PROTOBUF),
        ("/snapshot", "*/*"),
        ("/metrics?name[]=jobs_total", "*/*"),
        ("/metrics?name[]=jobs_total", PROTOBUF),
    ] {
        let plain = client.get(path, &[("accept", accept), ("accept-encoding", "gzip;q=0")]);
        assert_eq!(plain.headers.header("content-encoding"), None);
        let packed = client.get(path, &[("accept", accept), ("accept-encoding", "gzip")]);
        assert_eq!(packed.headers.header("content-encoding"), Some("gzip"));
        assert_eq!(packed.headers.header("content-type"), plain.headers.header("content-type"));
        assert!(packed.headers.header("vary").is_some_and(|vary| vary.contains("Accept-Encoding")));
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(&*packed.bytes).read_to_end(&mut text).expect("it is gzip");
        assert_eq!(text.len(), plain.bytes.len());
        if path != "/snapshot" {
            assert_eq!(text, plain.bytes);
        }
    }
    for path in ["/healthz", "/metrics?name[]=nothing"] {
        let small = client.get(path, &[("accept-encoding", "gzip")]);
        assert_eq!(small.headers.header("content-encoding"), None, "{path}");
    }
}

#[test]
fn a_query_names_what_is_wanted() {
    let server = start_many();
    let mut client = Client::connect(&server);
    let mut wanted = |query: &str, accept: &str| {
        let reply = client.get(&format!("/metrics?{query}"), &[("accept", accept)]);
        String::from_utf8_lossy(&reply.bytes).into_owned()
    };
    assert!(wanted("name[]=http_wait_seconds_bucket", "*/*").starts_with("# HELP http_wait_seconds Wait.\n"));
    assert!(wanted("name%5B%5D=jobs_total", "*/*").ends_with("jobs_total{queue=\"mail\"} 3\n"));
    assert_eq!(wanted("name[]=nothing", "*/*"), "");
    assert_eq!(wanted("name[]=nothing", PROMETHEUS_2), "# EOF\n");
    assert_eq!(wanted("name[]=nothing", PROTOBUF), "");
    let protobuf = wanted("name[]=http.wait_seconds_count", PROTOBUF);
    assert!(protobuf.contains("http_wait_seconds") && !protobuf.contains("jobs_total"), "{protobuf:?}");
    let snapshot = client.get("/snapshot?name[]=jobs_total", &[]);
    let snapshot = String::from_utf8(snapshot.bytes).expect("text");
    assert!(snapshot.contains("jobs_total") && !snapshot.contains("wait"), "{snapshot}");
}

#[test]
fn head_tells_of_the_format_that_get_has() {
    let server = start_many();
    let mut client = Client::connect(&server);
    for accept in [PROTOBUF, PROMETHEUS_2] {
        let get = client.get("/metrics", &[("accept", accept)]).headers;
        client.send(&format!("HEAD /metrics HTTP/1.1\r\naccept: {accept}\r\n\r\n"));
        let head = client.reply(false);
        for header in ["content-type", "content-length", "vary"] {
            assert!(head.header(header).is_some() && head.header(header) == get.header(header), "{header}: {head:?}");
        }
    }
}

#[test]
fn routes_are_moved_and_left_out() {
    let mut settings = Reloadable::default();
    settings.routes.health = Some("/live".to_owned());
    settings.routes.snapshot = None;
    let server = start_as(&settings);
    assert_eq!(get(&server, "/live").body, "ok\n");
    for path in ["/healthz", "/snapshot"] {
        assert_eq!(get(&server, path).status, 404, "{path}");
    }
    let page = get(&server, "/");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    for path in ["/metrics", "/live"] {
        assert!(page.body.contains(&format!("<a href=\"{path}\">")), "{}", page.body);
    }
    assert!(!page.body.contains("snapshot"));
    settings.routes.landing = None;
    let bare = start_as(&settings);
    assert_eq!(get(&bare, "/").status, 404);
}

#[test]
fn a_scraper_that_waits_no_longer_is_told_so() {
    let (families, has_entered, let_go) = gated();
    let (server, answered) = start_with(Limits::default(), families);
    let mut client = Client::connect(&server);
    let mut patient = Client::connect(&server);
    patient.send("GET /metrics HTTP/1.1\r\nx-prometheus-scrape-timeout-seconds: 3600\r\n\r\n");
    has_entered.recv_timeout(PATIENCE).expect("the document is written");
    let reply = client.get("/metrics", &[("x-prometheus-scrape-timeout-seconds", "0.05")]).headers;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
    let_go.send(()).expect("it waits");
    assert_eq!(patient.reply(true).status, 200, "who waits gets it");
    assert_eq!(*answered.lock().expect("nobody panics"), [("/metrics", 503), ("/metrics", 200)]);
}

#[test]
fn another_http_is_told_so() {
    let (server, answered) = start();
    let mut client = Client::connect(&server);
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    let reply = client.reply(true);
    assert_eq!((reply.status, &*reply.body), (505, "HTTP/2 is not spoken here; ask in HTTP/1.1\n"));
    assert!(client.is_closed());
    server.stop(PATIENCE).expect("nothing is under way");
    assert_eq!(*answered.lock().expect("nobody panics"), [("other", 505)]);
}

/// For those whose dashboards ask for `le="10"`, as text has it.
#[test]
fn formats_that_are_not_offered_are_not_given() {
    let text = |served: &Served, accept: &str| {
        let server = start_shared(served, Shown::Families(Arc::new(many())));
        let reply = Client::connect(&server).get("/metrics", &[("accept", accept)]);
        reply.headers.header("content-type").expect("it has one").to_owned()
    };
    let of = |names: &[&str]| {
        let formats = names.iter().map(|name| (*name).to_owned()).collect();
        Served::new(&Reloadable { formats, ..Reloadable::default() }, Arc::new(open()))
    };
    for accept in [PROMETHEUS_2, PROTOBUF] {
        assert!(text(&of(&["text"]), accept).starts_with("text/plain; version=0.0.4"), "{accept}");
    }
    assert!(text(&of(&["text", "openmetrics"]), PROMETHEUS_2).starts_with("application/openmetrics-text"));
    let served = of(&["text"]);
    served.reload().prepare(&Reloadable::default()).expect("nothing can fail")();
    assert!(text(&served, PROTOBUF).starts_with("application/vnd.google.protobuf"));
}

#[test]
fn families_that_are_denied_are_not_shown_and_may_be_again() {
    let (served, server, _) = start_served(Limits::default(), many(), open());
    let mut client = Client::connect(&server);
    let whole = client.ask("GET", "/metrics").body;
    let change = |allow: &[&str], deny: &[&str]| {
        let matchers = |names: &[&str]| names.iter().map(|name| name.parse().expect("a matcher")).collect();
        let lists = crate::config::shown::Lists { allow: matchers(allow), deny: matchers(deny) };
        let settings = Reloadable { lists, ..Reloadable::default() };
        served.reload().prepare(&settings).expect("nothing can fail")();
    };
    change(&[], &["jobs_*"]);
    let page = client.ask("GET", "/metrics").body;
    assert!(whole.contains("jobs_total") && !page.contains("jobs_total") && page.contains("# TYPE"), "{page}");
    assert!(!client.ask("GET", "/snapshot").body.contains("jobs_total"));
    assert!(!client.ask("GET", "/metrics?name[]=jobs_total").body.contains("jobs_total"));
    change(&["jobs_total"], &[]);
    let types = client.ask("GET", "/metrics").body.lines().filter(|line| line.starts_with("# TYPE")).count();
    assert_eq!(types, 1);
    change(&[], &[]);
    assert_eq!(client.ask("GET", "/metrics").body, whole);
}
