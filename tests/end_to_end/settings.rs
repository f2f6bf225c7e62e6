//! The environment: what it sets, what is refused, and how the refusal reads.

use std::{
    collections::BTreeSet,
    net::{SocketAddr, TcpListener, TcpStream},
};

use super::support::{http, prometheus::own_loopback, shop::Shop};

#[test]
fn host_and_port_come_from_the_environment() {
    let host = own_loopback().to_string();
    let shop = Shop::open_with(&["--no-load"], &[("METRICS_HOST", &host), ("METRICS_PORT", "9465")]);
    assert_eq!(shop.first_line, format!("http://{host}:9465/metrics"));
    http::get(shop.metrics(), "/metrics");
}

#[test]
fn a_busy_port_is_an_error_that_names_the_address() {
    let busy = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = busy.local_addr().expect("it is bound");
    let end = Shop::run(&["--no-load"], &[("METRICS_PORT", &address.port().to_string())]);
    assert_eq!(end.code, Some(1), "{}", end.errors);
    assert!(end.errors.contains(&address.to_string()), "{}", end.errors);
    assert_eq!(end.output, "");
}

#[test]
fn a_malformed_port_is_an_error_that_names_variable_and_value() {
    let end = Shop::run(&["--no-load"], &[("METRICS_PORT", "94x64")]);
    assert_eq!(end.code, Some(1), "{}", end.errors);
    assert!(end.errors.contains("METRICS_PORT") && end.errors.contains("94x64"), "{}", end.errors);
}

#[test]
fn the_port_that_kubernetes_injects_for_a_service_is_ignored() {
    let host = own_loopback().to_string();
    let injected =
        [("METRICS_HOST", host.as_str()), ("METRICS_PORT", "tcp://10.0.0.1:80"), ("METRICS_SERVICE_HOST", "10.0.0.1")];
    let shop = Shop::open_with(&["--no-load"], &injected);
    assert_eq!(shop.metrics(), SocketAddr::from((own_loopback(), 9464)));
    let errors = shop.errors();
    let warnings: Vec<_> = errors.lines().filter(|line| line.contains("METRICS_PORT")).collect();
    assert!(matches!(warnings[..], [line] if line.contains("WARN")), "expected one warning: {errors}");
}

#[test]
fn without_the_service_such_a_port_is_malformed() {
    let end = Shop::run(&["--no-load"], &[("METRICS_PORT", "tcp://10.0.0.1:80")]);
    assert_eq!(end.code, Some(1), "{}", end.errors);
    assert!(end.errors.contains("METRICS_PORT") && end.errors.contains("tcp://10.0.0.1:80"), "{}", end.errors);
}

#[test]
fn switched_off_there_is_no_listener() {
    let host = own_loopback().to_string();
    let off = [("METRICS_ENABLED", "false"), ("METRICS_HOST", host.as_str()), ("METRICS_PORT", "9466")];
    let shop = Shop::open_with(&["--requests", "20"], &off);
    assert_eq!(shop.first_line, "metrics are off");
    http::get(shop.address, "/items");
    let refused = TcpStream::connect((own_loopback(), 9466)).expect_err("nothing listens");
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[cfg(target_os = "linux")]
#[test]
fn collectors_are_chosen_by_the_environment() {
    let names = |shop: &Shop| -> BTreeSet<String> {
        let text = http::get(shop.metrics(), "/metrics");
        let label = |line: &str| {
            Some(line.split_once("collector_duration_seconds{collector=\"")?.1.split_once('"')?.0.to_owned())
        };
        text.lines().filter_map(label).collect()
    };
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    for (chosen, expected) in [
        ("process, system", &["process", "system"][..]),
        ("none", &[]),
        ("all", &["cgroup", "gpu", "process", "system", "tokio"]),
    ] {
        let shop = Shop::open_with(&["--no-load"], &[("METRICS_COLLECTORS", chosen), ("METRICS_PORT", "0")]);
        assert_eq!(names(&shop), set(expected), "{chosen}");
    }
    let end = Shop::run(&["--no-load"], &[("METRICS_COLLECTORS", "process,gpus"), ("METRICS_PORT", "0")]);
    assert_eq!(end.code, Some(1), "{}", end.errors);
    assert!(
        end.errors.contains("METRICS_COLLECTORS: there is no collector `gpus`; did you mean `gpu`?"),
        "{}",
        end.errors
    );
}
