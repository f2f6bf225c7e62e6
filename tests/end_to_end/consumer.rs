//! The consumer's children are killed, stopped and asked to end, and what the master shows is held against the ledger: what
//! each child has written into a file before it counted it.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    net::SocketAddr,
    path::PathBuf,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::support::{
    deadline::eventually,
    http,
    program::{Program, address_of_metrics},
    sample::{self, Sample},
};
use crate::outlets::redis_server::Server;

/// How often children tell, in milliseconds.
const INTERVAL: u64 = 250;

/// How long the machine may keep a child's thread from running, in milliseconds.
const SLACK: u64 = 750;

/// How many children are killed; `scripts/long` kills more.
fn kills() -> usize {
    env::var("TACHOMETER_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(50)
}

/// A consumer that runs, and its ledger.
struct Consumer {
    program: Program,
    address: SocketAddr,
    folder: TempDir,
}

/// A line of the ledger.
#[derive(Debug, Clone)]
struct Entry {
    consumer: String,
    pid: u32,
    at: u64,
    outcome: String,
}

fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970");
    u64::try_from(now.as_millis()).expect("it is not that late")
}

fn config(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).expect("there is room");
    path
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("there is room")
}

const TWO: &str = "\
Application:
  stats:
    statsd: {enabled: true, host: localhost, port: 8125}
    prometheus: {enabled: true, port: 0}
  Consumers:
    mail: {qty: 3}
    audit: {qty: 1}
";

impl Consumer {
    #[track_caller]
    fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let folder = folder();
        let config = config(&folder, "consumer.yml", TWO).display().to_string();
        let ledger = folder.path().join("ledger").display().to_string();
        let interval = (INTERVAL as f64 / 1e3).to_string();
        let environment = [environment, &[("METRICS_FLEET_INTERVAL", &*interval)]].concat();
        let arguments = [&["--config", &config, "--ledger", &ledger], arguments].concat();
        let mut program = Program::start("consumer", &arguments, &environment);
        let address = address_of_metrics(&program.line());
        Self { program, address, folder }
    }

    fn ledger(&self) -> Vec<Entry> {
        let text = fs::read_to_string(self.folder.path().join("ledger")).unwrap_or_default();
        let entry = |line: &str| {
            let words: Vec<_> = line.split(' ').collect();
            let [consumer, pid, at, outcome, _] = words[..] else { panic!("no entry: {line}") };
            let number = |text: &str| text.parse().expect("it is a number");
            let pid = u32::try_from(number(pid)).expect("it is a pid");
            Entry { consumer: consumer.to_owned(), pid, at: number(at), outcome: outcome.to_owned() }
        };
        // The last line may be half written.
        text.rsplit_once('\n').map_or(Vec::new(), |(lines, _)| lines.lines().map(entry).collect())
    }

    #[track_caller]
    fn page(&self) -> Vec<Sample> {
        sample::of_text(&http::get(self.address, "/metrics"))
    }

    /// A page on which all children show themselves, and all that they count.
    #[track_caller]
    fn whole_page(&self) -> Vec<Sample> {
        eventually(|| {
            let page = self.page();
            let workers = page.iter().filter(|it| it.name == "process_threads").count();
            let custom = page.iter().filter(|it| it.name == "rejected_custom_last_number").count();
            if (workers, custom) == (5, 2) { Ok(page) } else { Err(format!("{workers} {custom}")) }
        })
    }

    /// The processes that the master has started and that live.
    fn children(&self) -> Vec<u32> {
        let path = format!("/proc/{0}/task/{0}/children", self.program.id());
        let text = fs::read_to_string(path).unwrap_or_default();
        text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
    }
}

fn signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("it is a pid");
    // It may have ended.
    let _ = kill_process(pid, signal);
}

/// The sum over all series of this name that have this label, among others.
fn sum(page: &[Sample], name: &str, (label, value): (&str, &str)) -> f64 {
    let fits = |sample: &&Sample| sample.name == name && (label.is_empty() || sample.label(label) == value);
    page.iter().filter(fits).map(|sample| sample.value).sum()
}

const ALL: (&str, &str) = ("", "");

/// Fails if a total is less than it was.
fn assert_rises(before: &mut BTreeMap<String, f64>, page: &[Sample]) {
    let is_total = |name: &str| ["_total", "_count", "_bucket"].iter().any(|end| name.ends_with(end));
    for sample in page.iter().filter(|sample| is_total(&sample.name)) {
        let last = before.insert(sample.series(), sample.value);
        assert!(last.is_none_or(|last| last <= sample.value), "{sample:?} was {last:?}");
    }
    let is_shown = |series: &String| page.iter().any(|sample| sample.series() == *series);
    let lost: Vec<_> = before.keys().filter(|series| !is_shown(series)).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn its_metrics_are_there_from_the_first_answer_on() {
    let consumer = Consumer::start(&["--no-load"], &[]);
    let page = consumer.page();
    let messages = ["acked", "dropped", "failed", "nacked", "processed", "redelivered", "requeued"];
    for name in ["mail", "audit"] {
        let of = ("consumer", name);
        let shown = |metric: &str| page.iter().filter(|it| it.name == metric && it.label("consumer") == name).count();
        for message in messages {
            assert_eq!(shown(&format!("rejected_messages_{message}_total")), 1, "{message}");
        }
        assert_eq!(shown("rejected_processing_seconds_total"), 1);
        let types: BTreeSet<_> = page
            .iter()
            .filter(|it| it.name == "rejected_exceptions_total")
            .collect::<Vec<_>>()
            .into_iter()
            .map(|it| it.label("type"))
            .collect();
        let expected = ["consumer_exception", "message_exception", "processing_exception", "unhandled_exception"];
        assert_eq!(types, BTreeSet::from(expected));
        for histogram in ["rejected_processing_duration_seconds", "rejected_message_age_seconds"] {
            assert_eq!(shown(&format!("{histogram}_bucket")), 15);
        }
        assert_eq!(sum(&page, "rejected_messages_processed_total", of), 0.0);
    }
    eventually(|| match sum(&consumer.page(), "rejected_consumer_processes", ("consumer", "mail")) {
        3.0 => Ok(()),
        other => Err(format!("there are {other}")),
    });
    let errors = consumer.program.errors();
    assert_eq!(errors.matches("statsd").count(), 1, "{errors}");
    let end = consumer.program.stop(Signal::TERM);
    assert_eq!(end.code, Some(0), "{}", end.errors);
}

/// The messages of a list that is worked off are counted exactly, whichever children end by SIGTERM meanwhile.
#[test]
fn children_that_are_asked_to_end_lose_nothing() {
    let server = Server::start(&[]);
    let messages: Vec<String> = (1..=2_000).map(|number| format!("{number} {} 0", now())).collect();
    let mut push = vec!["RPUSH", "consumer:mail"];
    push.extend(messages.iter().map(String::as_str));
    server.cli(&push);
    let url = format!("redis://127.0.0.1:{}/0", server.port);
    let consumer = Consumer::start(&["--no-load", "--rate", "400", "--redis", &url], &[]);
    for round in 0..6 {
        eventually(|| match consumer.ledger().len() {
            lines if lines > round * 200 => Ok(()),
            lines => Err(format!("{lines} lines")),
        });
        consumer.children().into_iter().for_each(|pid| signal(pid, Signal::TERM));
    }
    // Three of each hundred are put back once.
    let (all, put_back) = (2_060.0, 60.0);
    eventually(|| match consumer.ledger().len() {
        2_060 => Ok(()),
        lines => Err(format!("{lines} lines")),
    });
    let of = ("consumer", "mail");
    let page = eventually(|| {
        let page = consumer.page();
        let processed = sum(&page, "rejected_messages_processed_total", of);
        if processed >= all { Ok(page) } else { Err(format!("{processed} are counted")) }
    });
    for (name, expected) in [
        ("rejected_messages_processed_total", all),
        ("rejected_messages_acked_total", 1_920.0 + put_back),
        ("rejected_messages_dropped_total", 20.0),
        ("rejected_messages_failed_total", 40.0),
        ("rejected_messages_nacked_total", 40.0),
        ("rejected_messages_requeued_total", put_back),
        ("rejected_messages_redelivered_total", put_back),
        ("rejected_exceptions_total", 80.0),
        ("rejected_processing_duration_seconds_count", all),
        ("rejected_message_age_seconds_count", all),
        ("rejected_custom_checksum_seconds_count", 1_920.0 + put_back),
    ] {
        assert_eq!(sum(&page, name, of), expected, "{name}");
    }
    let acked: usize = consumer.ledger().iter().filter(|entry| entry.outcome == "acked").count();
    assert_eq!(acked as f64, 1_920.0 + put_back);
    assert_eq!(sum(&page, "tachometer_fleet_unreported_seconds_total", ALL), 0.0);
    assert!(sum(&page, "tachometer_fleet_ended_total", ALL) >= 4.0);
    let end = consumer.program.stop(Signal::TERM);
    assert_eq!(end.code, Some(0), "{}", end.errors);
}

/// A killed child loses what it recorded since it last told, at most; totals never fall, and nothing grows with restarts.
#[test]
fn killed_children_lose_an_interval_at_most() {
    let consumer = Consumer::start(&["--rate", "200"], &[]);
    let mut totals = BTreeMap::new();
    let begun = consumer.whole_page();
    let (mut killed, mut random) = (BTreeMap::new(), 0x2545_f491_4f6c_dd1d_u64);
    while killed.len() < kills() {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // Those that have begun to work, so that there is something to lose.
        let ledger = consumer.ledger();
        let works = |pid: &u32| ledger.iter().any(|entry| entry.pid == *pid) && !killed.contains_key(pid);
        let children: Vec<u32> = consumer.children().into_iter().filter(works).collect();
        if let Some(pid) = children.get((random >> 33) as usize % children.len().max(1)) {
            signal(*pid, Signal::KILL);
            killed.insert(*pid, now());
        }
        let page = consumer.page();
        assert_rises(&mut totals, &page);
    }
    // All places are taken again, and all killed ones are forgotten.
    eventually(|| {
        let page = consumer.page();
        let (ended, living) = (
            sum(&page, "tachometer_fleet_ended_total", ALL),
            sum(&page, "tachometer_fleet_children", ("state", "live")),
        );
        if ended >= killed.len() as f64 && living == 4.0 { Ok(()) } else { Err(format!("{ended} {living}")) }
    });
    let page = consumer.whole_page();
    assert_rises(&mut totals, &page);
    assert!(page.len() <= begun.len() + 4, "{} became {}", begun.len(), page.len());
    let held = |page| sum(page, "process_resident_memory_bytes", ("role", ""));
    assert!(held(&page) <= held(&begun) + 8e6, "{} became {}", held(&begun), held(&page));
    // Children stand still, so that both sides say what was done until then.
    consumer.children().into_iter().for_each(|pid| signal(pid, Signal::TERM));
    let page = consumer.page();
    let ledger = consumer.ledger();
    let after: usize = {
        // What was entered since: the page may not have it yet.
        let begun = consumer.children();
        ledger.iter().filter(|entry| begun.contains(&entry.pid)).count()
    };
    let counted = sum(&page, "rejected_messages_processed_total", ALL);
    let at_risk =
        ledger.iter().filter(|entry| killed.get(&entry.pid).is_some_and(|died| entry.at + INTERVAL + SLACK >= *died));
    let (entered, at_risk) = (ledger.len(), at_risk.count());
    let missing = entered as f64 - counted;
    assert!(missing >= 0.0, "{counted} of {entered} are counted");
    assert!(missing <= (at_risk + after + 4) as f64, "{missing} of {entered} are missing, and {at_risk} were at risk");
    let unreported = sum(&page, "tachometer_fleet_unreported_seconds_total", ALL);
    let most = killed.len() as f64 * (INTERVAL + SLACK) as f64 / 1e3;
    assert!(unreported > 0.0 && unreported <= most, "{unreported} of {most}");
    let by_consumer = |name: &str| ledger.iter().filter(|entry| entry.consumer == name).count();
    assert!(by_consumer("mail") > by_consumer("audit"));
}

#[test]
fn a_stopped_child_delays_no_more_than_one_scrape() {
    let consumer = Consumer::start(&[], &[("METRICS_FLEET_PULL_TIMEOUT", "2")]);
    eventually(|| {
        let live = sum(&consumer.page(), "tachometer_fleet_children", ("state", "live"));
        if live == 4.0 { Ok(()) } else { Err(format!("{live} live")) }
    });
    let before = sum(&consumer.page(), "rejected_messages_processed_total", ALL);
    let stopped = consumer.children()[0];
    signal(stopped, Signal::STOP);
    let begin = Instant::now();
    for _ in 0..10 {
        assert!(sum(&consumer.page(), "rejected_messages_processed_total", ALL) >= before);
    }
    // One of them may wait for two seconds; if each did, it were twenty.
    assert!(begin.elapsed().as_secs() < 15, "{:?}", begin.elapsed());
    let page = consumer.page();
    assert_eq!(sum(&page, "tachometer_fleet_children", ("state", "late")), 1.0);
    let stale = page.iter().filter(|it| it.name == "tachometer_fleet_child_stale_seconds");
    assert_eq!(stale.count(), 4);
    signal(stopped, Signal::CONT);
    eventually(|| {
        let late = sum(&consumer.page(), "tachometer_fleet_children", ("state", "late"));
        if late == 0.0 { Ok(()) } else { Err(format!("{late} late")) }
    });
}

#[test]
fn gauges_and_processes_go_with_their_children() {
    let consumer = Consumer::start(&[], &[]);
    let page = eventually(|| {
        let page = consumer.page();
        let of_mail = |sample: &&Sample| sample.name == "process_threads" && sample.label("role") == "mail";
        let workers: BTreeSet<&str> = page.iter().filter(of_mail).map(|sample| sample.label("worker")).collect();
        let custom = page.iter().any(|sample| sample.name == "rejected_custom_last_number");
        if workers == BTreeSet::from(["0", "1", "2"]) && custom {
            Ok(page)
        } else {
            Err(format!("{workers:?} {custom}"))
        }
    });
    let own = page.iter().filter(|it| it.name == "process_threads" && it.label("role").is_empty());
    assert_eq!(own.count(), 1, "the master's own");
    let end = consumer.program.stop(Signal::INT);
    assert_eq!(end.code, Some(0), "{}", end.errors);
}

/// What a child starts inherits the variable, which is not for it.
#[test]
fn a_variable_for_another_parent_is_left_alone_and_a_malformed_one_is_an_error() {
    let consumer = Consumer::start(&["--no-load"], &[("TACHOMETER_FLEET", "1:1:0:mail:/nowhere")]);
    let errors = consumer.program.errors();
    assert!(
        errors.contains("TACHOMETER_FLEET is for the children of process 1, and the parent of this one is "),
        "{errors}"
    );
    assert_eq!(sum(&consumer.page(), "rejected_messages_acked_total", ALL), 0.0);
    let end = Program::run("consumer", &["--no-load"], &[("TACHOMETER_FLEET", "1:1:x:mail:/nowhere")]);
    assert!(
        end.code == Some(1) && end.errors.contains("TACHOMETER_FLEET is `1:1:x:mail:/nowhere`; "),
        "{}",
        end.errors
    );
}

#[test]
fn without_prometheus_nothing_listens() {
    let folder = folder();
    let toml = config(&folder, "c.toml", "[Application.Consumers.mail]\nqty = 1\n").display().to_string();
    let mut program = Program::start("consumer", &["--config", &toml], &[]);
    assert_eq!(program.line(), "metrics are off");
    let end = program.stop(Signal::TERM);
    assert_eq!(end.code, Some(0), "{}", end.errors);
}

#[test]
fn a_taken_port_and_a_malformed_file_start_nothing() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("it has one");
    let folder = folder();
    let busy = format!(
        "[Application.stats.prometheus]\nenabled = true\nport = {}\n[Application.Consumers.mail]\n",
        address.port()
    );
    let busy = config(&folder, "busy.toml", &busy).display().to_string();
    let end = Program::run("consumer", &["--config", &busy], &[]);
    assert_eq!(end.code, Some(1));
    assert!(end.errors.contains(&format!("cannot listen on {address}; stop what listens there")), "{}", end.errors);
    let broken = config(&folder, "broken.yml", "Application: {Consumers: {mail: {qty: x}}}").display().to_string();
    let end = Program::run("consumer", &["--config", &broken], &[]);
    assert!(end.code == Some(1) && end.errors.contains("broken.yml") && end.errors.contains("qty"), "{}", end.errors);
    assert!(Program::run("consumer", &["--help"], &[]).output.contains("METRICS_FLEET_"));
}
