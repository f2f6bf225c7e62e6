//! The endpoint's answers, and how the server ends.

use std::net::TcpStream;

use rustix::process::Signal;

use super::{http, server::Server};

#[test]
fn the_metrics_are_at_one_path_and_nothing_else_is() {
    let server = Server::start(&[]);
    let answer = |method, path| http::request(server.address, method, path, "").expect("it answers");
    for method in ["GET", "HEAD"] {
        let response = answer(method, "/metrics");
        let content_type = response.header("content-type");
        assert_eq!(
            (response.status, content_type),
            (200, Some("text/plain; version=0.0.4; charset=utf-8")),
            "{method}"
        );
        assert_eq!(response.body.is_empty(), method == "HEAD");
        for path in ["/", "/snapshot", "/healthz", "/metrics/", "/favicon.ico"] {
            assert_eq!(answer(method, path).status, 404, "{method} {path}");
        }
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        assert_eq!(answer(method, "/metrics").status, 405, "{method}");
    }
}

#[test]
fn signals_stop_it_and_its_endpoint() {
    for signal in [Signal::TERM, Signal::INT] {
        let server = Server::start(&[]);
        let address = server.address;
        let end = server.stop(signal);
        assert_eq!(end.code, Some(0), "{}", end.errors);
        assert!(TcpStream::connect(address).is_err());
    }
}

#[test]
fn a_blocked_worker_does_not_delay_the_end() {
    let mut server = Server::start_whole(1, &["--no-load"]);
    server.program.say("think=0 block=60000");
    server.becomes_active(1.0);
    let end = server.stop(Signal::TERM);
    assert_eq!(end.code, Some(0), "{}", end.errors);
    assert!(end.errors.contains("blocks its worker"), "{}", end.errors);
}
