//! The endpoint over real sockets, with limits short enough to be met.

mod access;
mod client;
mod formats;
mod reloads;

use std::{
    io::Read,
    net::{Shutdown, TcpStream},
    sync::{Mutex, mpsc},
};

use self::client::{Client, Reply};
use super::{limits::Limits, *};
use crate::{
    config::Reloadable,
    credentials::{Credentials, Offer},
    exporters::{fake::Fake, prometheus::text::Text},
    families::{Families, Visitor},
    metric::block::LabelBlock,
};

/// Longer than anything takes, so that a test that hangs fails instead.
const PATIENCE: Duration = Duration::from_secs(20);
/// A limit that a test waits for.
const SHORT: Duration = Duration::from_millis(50);

type Answered = Arc<Mutex<Vec<(&'static str, u16)>>>;

fn start_with(limits: Limits, families: impl Families + Send + Sync + 'static) -> (Server, Answered) {
    start_behind(limits, families, open())
}

/// A gate that lets everybody see everything.
fn open() -> Gate {
    Gate::open(&Credentials::default(), Offer::Series).expect("there is nothing to read")
}

fn start_behind(
    limits: Limits,
    families: impl Families + Send + Sync + 'static,
    gate: impl Into<Arc<Gate>>,
) -> (Server, Answered) {
    let (_, server, answered) = start_served(limits, families, gate);
    (server, answered)
}

/// One with what it shares with routers.
fn start_served(
    limits: Limits,
    families: impl Families + Send + Sync + 'static,
    gate: impl Into<Arc<Gate>>,
) -> (Served, Server, Answered) {
    let answered = Answered::default();
    let log = Arc::clone(&answered);
    let bound = Server::bind("127.0.0.1:0".parse().expect("an address")).expect("a port is free");
    let record = move |route, status| log.lock().expect("nobody panics").push((route, status));
    let served = Served::within(limits, &Reloadable::default(), gate.into());
    let server = bound.start(&served, Shown::Families(Arc::new(families)), record).expect("a thread is free");
    (served, server, answered)
}

fn fake() -> Fake {
    Fake::new().counter("jobs_total", "Jobs.", &[(&[("queue", "mail")], 3)])
}

fn start() -> (Server, Answered) {
    start_with(Limits::default(), fake())
}

fn get(server: &Server, path: &str) -> Reply {
    Client::connect(server).ask("GET", path)
}

#[test]
fn answers_its_routes() {
    let (server, answered) = start();
    let metrics = get(&server, "/metrics");
    assert_eq!(metrics.status, 200);
    assert_eq!(metrics.body, Text::encode_to_string(&fake()));
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert_eq!(metrics.header("cache-control"), Some("no-store"));
    assert_eq!(get(&server, "/metrics?other=x").body, metrics.body);

    let snapshot = get(&server, "/snapshot");
    assert_eq!((snapshot.status, snapshot.header("content-type")), (200, Some("application/json")));
    assert!(snapshot.body.contains(r#""name":"jobs_total""#), "{}", snapshot.body);
    let health = get(&server, "/healthz");
    assert_eq!((health.status, &*health.body), (200, "ok\n"));
    let nothing = get(&server, "/nothing");
    assert_eq!((nothing.status, &*nothing.body), (404, "nothing is here; the metrics are at /metrics\n"));

    server.stop(PATIENCE).expect("nothing is under way");
    let expected =
        [("/metrics", 200), ("/metrics", 200), ("/snapshot", 200), ("/healthz", 200), ("other", 404)].to_vec();
    assert_eq!(*answered.lock().expect("nobody panics"), expected);
}

#[test]
fn other_methods_are_refused() {
    let (server, answered) = start();
    let mut client = Client::connect(&server);
    client.send("POST /metrics HTTP/1.1\r\nhost: test\r\ncontent-length: 100000\r\n\r\n");
    client.send(&"x".repeat(100_000));
    let reply = client.reply(true);
    assert_eq!((reply.status, reply.header("allow")), (405, Some("GET, HEAD")));
    assert_eq!(Client::connect(&server).ask("DELETE", "/nothing").status, 404);
    assert_eq!(*answered.lock().expect("nobody panics"), [("/metrics", 405), ("other", 404)]);
}

#[test]
fn head_is_get_without_a_body() {
    let (server, _) = start();
    for path in ["/metrics", "/snapshot", "/healthz", "/", "/nothing"] {
        let mut client = Client::connect(&server);
        let (get, head) = (client.ask("GET", path), client.ask("HEAD", path));
        let stable = |reply: &Reply| {
            let stable =
                |(name, _): &&(String, String)| name != "date" && (path != "/snapshot" || name != "content-length");
            reply.headers.iter().filter(stable).cloned().collect::<Vec<_>>()
        };
        assert_eq!((head.status, stable(&head)), (get.status, stable(&get)), "{path}");
        assert!(head.header("content-length").is_some());
        assert_eq!(client.ask("GET", "/healthz").body, "ok\n", "the next answer begins where it should");
    }
}

#[test]
fn requests_may_follow_each_other_at_once() {
    let (server, _) = start();
    let mut client = Client::connect(&server);
    let request = "GET /metrics HTTP/1.1\r\nhost: test\r\n\r\n";
    client.send(&request.repeat(5));
    for _ in 0..5 {
        assert_eq!(client.reply(true).status, 200);
    }
    client.send("GET /healthz HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
    assert_eq!(client.reply(true).status, 200);
    assert!(client.is_closed());
}

#[test]
fn a_client_may_close_its_half_first() {
    let (server, _) = start();
    let mut client = Client::connect(&server);
    client.send("GET /metrics HTTP/1.0\r\n\r\n");
    client.0.get_mut().shutdown(Shutdown::Write).expect("it is open");
    assert_eq!(client.reply(true).body, Text::encode_to_string(&fake()));
    assert!(client.is_closed());
}

#[test]
fn a_head_has_a_bounded_size() {
    let (server, answered) = start();
    let request = |len| format!("GET /metrics HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(len));
    let mut client = Client::connect(&server);
    client.send(&request(15 * 1024));
    assert_eq!(client.reply(true).status, 200);
    for len in [17 * 1024, 60 * 1024, 500 * 1024] {
        let mut client = Client::connect(&server);
        client.send(&request(len));
        assert_eq!(client.reply(true).status, 431, "{len}");
        assert!(client.is_closed(), "{len}");
    }
    let mut client = Client::connect(&server);
    client.send("GET no HTTP/9\r\n\r\n");
    assert_eq!(client.reply(true).status, 400);
    // What could not be read is counted when the answer has gone out.
    server.stop(PATIENCE).expect("nothing is under way");
    let counted: Vec<_> = answered.lock().expect("nobody panics").iter().map(|(_, status)| *status).collect();
    assert_eq!(counted, [200, 431, 431, 431, 400]);
}

#[test]
fn a_head_has_a_bounded_time() {
    let (server, answered) = start_with(Limits { head: SHORT, ..Limits::default() }, fake());
    let mut silent = Client::connect(&server);
    let mut slow = Client::connect(&server);
    slow.send("GET /metrics HTT");
    assert_eq!(slow.reply(true).status, 408);
    assert!(slow.is_closed());
    assert!(silent.is_closed());
    assert_eq!(*answered.lock().expect("nobody panics"), [("other", 408)]);

    let mut idle = Client::connect(&server);
    assert_eq!(idle.ask("GET", "/healthz").status, 200);
    slow = Client::connect(&server);
    slow.send("GET");
    assert_eq!(slow.reply(true).status, 408);
    assert_eq!(idle.ask("GET", "/healthz").status, 200, "between requests there is more time");
}

#[test]
fn an_idle_connection_is_closed() {
    let (server, _) = start_with(Limits { idle: SHORT, ..Limits::default() }, fake());
    let mut client = Client::connect(&server);
    assert_eq!(client.ask("GET", "/metrics").status, 200);
    assert!(client.is_closed());
}

#[test]
fn one_connection_too_many_is_told_so() {
    let limits = Limits { connections: 2, refusal: SHORT, ..Limits::default() };
    let (server, answered) = start_with(limits, fake());
    let mut held: Vec<_> = (0..2).map(|_| Client::connect(&server)).collect();
    for client in &mut held {
        assert_eq!(client.ask("GET", "/healthz").status, 200);
    }
    for path in ["/metrics", "/healthz"] {
        let reply = get(&server, path);
        assert_eq!(
            (reply.status, reply.header("retry-after"), reply.header("connection")),
            (503, Some("1"), Some("close"))
        );
    }
    let mut silent = Client::connect(&server);
    let reply = silent.reply(true);
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
    assert!(silent.is_closed());
    let counted = answered.lock().expect("nobody panics").clone();
    assert_eq!(counted[2..], [("/metrics", 503), ("/healthz", 503), ("other", 503)]);

    held.pop();
    let deadline = Instant::now() + PATIENCE;
    while get(&server, "/metrics").status != 200 {
        assert!(Instant::now() < deadline, "a place has become free");
    }
}

#[test]
fn a_reader_that_does_not_read_is_cut_off() {
    let help = "x".repeat(32 * 1024 * 1024);
    let (server, _) = start_with(Limits { answer: SHORT, ..Limits::default() }, Fake::new().counter("c", &help, &[]));
    let mut client = Client::connect(&server);
    client.send("GET /metrics HTTP/1.1\r\n\r\n");
    assert!(client.line().contains("200"));
    server.stop(PATIENCE).expect("the reader is cut off long before");
    let mut rest = Vec::new();
    let _ = client.0.read_to_end(&mut rest);
    assert!(rest.len() < help.len());
}

/// Readers that rest have each a document of their own, until there is no room for another.
#[test]
fn readers_that_rest_leave_a_scrape_its_answer() {
    const MIB: u64 = 1024 * 1024;
    let help = "x".repeat(16 * MIB as usize);
    let fake = Fake::new().counter("c", &help, &[]);
    let limits = Limits { document_bytes: 40 * MIB, ..Limits::default() };
    let (served, server, _) = start_served(limits, fake, open());
    let mut resting = Vec::new();
    for number in 0..12 {
        let mut client = Client::connect(&server);
        let path = if number % 2 == 0 { "/metrics" } else { "/metrics?name[]=c" };
        client.send(&format!("GET {path} HTTP/1.1\r\n\r\n"));
        assert!(client.line().contains("200"), "{number}");
        assert!(!served.budget.is_short(0), "{number} of them are within the budget");
        resting.push(client);
    }
    assert!(get(&server, "/metrics").body.len() > help.len());
}

/// Families whose visit waits until it is let go.
struct Gated {
    entered: Mutex<mpsc::Sender<()>>,
    go: Mutex<mpsc::Receiver<()>>,
}

impl Families for Gated {
    fn common_labels(&self) -> LabelBlock<'_> {
        LabelBlock::EMPTY
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        self.entered.lock().expect("nobody panics").send(()).expect("the test listens");
        let _ = self.go.lock().expect("nobody panics").recv();
        fake().visit(visitor);
    }
}

fn gated() -> (Gated, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let ((entered, has_entered), (let_go, go)) = (mpsc::channel(), mpsc::channel());
    (Gated { entered: Mutex::new(entered), go: Mutex::new(go) }, has_entered, let_go)
}

#[test]
fn the_loop_answers_while_a_document_is_written() {
    let (families, has_entered, let_go) = gated();
    let (server, _) = start_with(Limits::default(), families);
    let mut client = Client::connect(&server);
    client.send("GET /metrics HTTP/1.1\r\n\r\n");
    has_entered.recv_timeout(PATIENCE).expect("the document is written");
    assert_eq!(get(&server, "/healthz").status, 200);
    let_go.send(()).expect("it waits");
    assert_eq!(client.reply(true).status, 200);
}

#[test]
fn stopping_lets_an_answer_go_out() {
    let (families, has_entered, let_go) = gated();
    let (server, _) = start_with(Limits::default(), families);
    let mut idle = Client::connect(&server);
    assert_eq!(idle.ask("GET", "/healthz").status, 200);
    let (mut fresh, mut half) = (Client::connect(&server), Client::connect(&server));
    half.send("GET /met");
    let mut busy = Client::connect(&server);
    busy.send("GET /metrics HTTP/1.1\r\n\r\n");
    has_entered.recv_timeout(PATIENCE).expect("the document is written");

    let address = server.address;
    let stopping = thread::spawn(move || server.stop(PATIENCE));
    assert!(idle.is_closed(), "an idle connection is closed at once");
    assert!(!matches!(fresh.0.read(&mut [0; 1]), Ok(1..)), "and so is a fresh one");
    assert!(!matches!(half.0.read(&mut [0; 1]), Ok(1..)), "and one whose request is not complete");
    let_go.send(()).expect("it waits");
    let reply = busy.reply(true);
    assert_eq!((reply.status, reply.body), (200, Text::encode_to_string(&fake())));
    assert!(busy.is_closed());
    stopping.join().expect("no panic").expect("everything ended in time");
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
    Server::bind(address).expect("the address is free again");
}

#[test]
fn stopping_has_a_deadline() {
    let (families, has_entered, _let_go) = gated();
    let (server, _) = start_with(Limits::default(), families);
    let mut client = Client::connect(&server);
    client.send("GET /metrics HTTP/1.1\r\n\r\n");
    has_entered.recv_timeout(PATIENCE).expect("the document is written");
    let error = server.stop(SHORT).expect_err("the document is never written");
    assert!(error.is_timed_out());
    assert!(error.to_string().contains("1 connection had to be cut off"), "{error}");
    assert!(client.is_closed());
}

#[test]
fn dropping_it_stops_it() {
    let (server, _) = start();
    let address = server.address;
    let mut client = Client::connect(&server);
    assert_eq!(client.ask("GET", "/healthz").status, 200);
    drop(server);
    assert!(client.is_closed());
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_busy_port_is_named() {
    let (server, _) = start();
    let error = Server::bind(server.address).expect_err("the port is taken");
    assert!(error.is_address());
    let remedy = "stop what listens there, or set METRICS_PORT (0 picks a free one)";
    assert_eq!(error.to_string(), format!("cannot listen on {}; {remedy}", server.address));
    assert!(std::error::Error::source(&error).is_some_and(<dyn std::error::Error>::is::<io::Error>));
}

/// Families that cannot be visited the first time.
struct Broken(Mutex<bool>);

impl Families for Broken {
    fn common_labels(&self) -> LabelBlock<'_> {
        LabelBlock::EMPTY
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        let is_first = std::mem::replace(&mut *self.0.lock().expect("it is released first"), false);
        assert!(!is_first, "a visit fails, as this test wants it to");
        fake().visit(visitor);
    }
}

#[test]
fn a_panic_is_an_answer_and_not_the_end() {
    let (server, answered) = start_with(Limits::default(), Broken(Mutex::new(true)));
    let mut client = Client::connect(&server);
    assert_eq!(client.ask("GET", "/metrics").status, 500);
    assert_eq!(client.ask("GET", "/metrics").status, 200);
    assert_eq!(*answered.lock().expect("nobody panics"), [("/metrics", 500), ("/metrics", 200)]);

    let bound = Server::bind("127.0.0.1:0".parse().expect("an address")).expect("a port is free");
    let count = |_: &str, _: u16| panic!("counting fails, as this test wants it to");
    let shown = Shown::Families(Arc::new(fake()));
    let server = bound.start(&Served::new(&Reloadable::default(), Arc::new(open())), shown, count);
    let server = server.expect("a thread is free");
    let mut client = Client::connect(&server);
    assert_eq!(client.ask("GET", "/metrics").status, 500);
}
