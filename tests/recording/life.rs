//! The life of an installation.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use tachometer::{Config, counted};

use super::{counter, gauge, installed};

const SOON: Duration = Duration::from_secs(5);

#[counted(name = "lives_total")]
fn live() {}

pub(super) fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("somebody listens");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").expect("it is open");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it is text");
    answer
}

#[test]
fn calls_before_the_installation_are_not_recorded() {
    live();
    let telemetry = installed();
    live();
    assert_eq!(counter(&telemetry.snapshot(), "lives_total", &[]), 1);
}

#[test]
fn a_second_installation_is_refused_while_the_first_lives() {
    let first = installed();
    let error = tachometer::builder().no_listener().install().expect_err("there is one");
    assert!(error.is_installed());
    assert!(error.to_string().contains("shut it down"), "{error}");
    first.shutdown(SOON).expect("nothing is under way");
    drop(installed());
}

#[test]
fn values_outlive_an_installation() {
    let first = installed();
    live();
    first.shutdown(SOON).expect("nothing is under way");
    live();
    let second = installed();
    live();
    assert_eq!(counter(&second.snapshot(), "lives_total", &[]), 3);
}

#[test]
fn a_busy_port_leaves_nothing_behind() {
    let other = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let busy = other.local_addr().expect("it is bound");
    let error = tachometer::builder().listen(busy).install().expect_err("it is taken");
    assert!(error.is_address());
    assert!(error.to_string().contains(&busy.to_string()), "{error}");
    live();
    metrics::counter!("early_total").increment(1);
    drop(other);
    let telemetry = tachometer::builder().listen(busy).install().expect("it is free now");
    assert_eq!(telemetry.local_addr(), Some(busy));
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "lives_total", &[]), 0, "there was no recorder");
    assert!(snapshot.family("early_total").is_none());
}

#[test]
fn the_port_is_free_after_a_shutdown() {
    let first = tachometer::builder().listen(([127, 0, 0, 1], 0).into()).install().expect("any port will do");
    let address = first.local_addr().expect("it listens");
    assert!(get(address, "/metrics").contains("\nlives_total 0\n"));
    first.shutdown(SOON).expect("nothing is under way");
    let second = tachometer::builder().listen(address).install().expect("it is free");
    assert!(get(address, "/metrics").starts_with("HTTP/1.1 200 OK\r\n"));
    let requests =
        counter(&second.snapshot(), "tachometer_http_requests_total", &[("route", "/metrics"), ("code", "200")]);
    assert_eq!(requests, 2);
}

#[test]
fn labels_and_the_build_stand_where_they_were_asked_for() {
    let build = tachometer::BuildInfo::default().version("1.2.3").commit("abc");
    let telemetry = tachometer::builder()
        .no_listener()
        .config(Config::default().label("zone", "eu").label("service", "shop"))
        .label("service", "till")
        .build_info(build)
        .install()
        .expect("it is the only one");
    metrics::counter!("own_total", "zone" => "mars").increment(1);
    let text = telemetry.render();
    assert!(text.contains("\nlives_total{zone=\"eu\",service=\"till\"} 0\n"), "{text}");
    assert!(
        text.contains("\nown_total{service=\"till\",zone=\"mars\"} 1\n") || text.contains("zone=\"mars\""),
        "{text}"
    );
    assert!(!text.contains("zone=\"eu\",service=\"till\",zone"), "{text}");
    let labels = [("version", "1.2.3"), ("commit", "abc"), ("branch", "")];
    assert_eq!(gauge(&telemetry.snapshot(), "build_info", &labels), 1.0);
}

#[test]
fn switched_off_means_inert() {
    let config = Config::default().enabled(false);
    let telemetry = tachometer::builder().config(config).listen(([127, 0, 0, 1], 0).into()).install();
    let telemetry = telemetry.expect("nothing is started that could fail");
    live();
    metrics::counter!("early_total").increment(1);
    assert_eq!(telemetry.local_addr(), None);
    assert_eq!(telemetry.render(), "");
    assert_eq!(telemetry.snapshot().samples(), 0);
    assert!(tachometer::builder().install().expect_err("there is one").is_installed());
    telemetry.shutdown(SOON).expect("there is nothing to end");
    assert_eq!(counter(&installed().snapshot(), "lives_total", &[]), 0);
}

#[test]
fn a_malformed_setting_starts_nothing() {
    let error = tachometer::builder().no_listener().label("9lives", "cat").install().expect_err("no such label");
    assert!(error.is_setting());
    assert!(error.to_string().contains("9lives"), "{error}");
    drop(installed());
}
