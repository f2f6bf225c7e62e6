//! Settings that change while the endpoint runs.

use super::*;
use crate::config::settings::Endpoint;

/// Hands the endpoint other settings, as a change of the file does.
fn change(served: &Served, change: impl FnOnce(&mut Reloadable)) {
    let mut settings = Reloadable::default();
    change(&mut settings);
    let part = served.reload();
    part.prepare(&settings).expect("nothing can fail")();
}

#[test]
fn pages_move_also_for_those_who_are_connected() {
    let (served, server, answered) = start_served(Limits::default(), fake(), open());
    let mut client = Client::connect(&server);
    assert_eq!(client.ask("GET", "/metrics").status, 200);
    change(&served, |settings| {
        settings.routes.metrics = "/numbers".to_owned();
        settings.routes.health = None;
    });
    assert_eq!(client.ask("GET", "/numbers").body, Text::encode_to_string(&fake()));
    let nothing = client.ask("GET", "/metrics");
    assert_eq!((nothing.status, &*nothing.body), (404, "nothing is here; the metrics are at /numbers\n"));
    assert_eq!(client.ask("GET", "/healthz").status, 404);
    let expected = [("/metrics", 200), ("/metrics", 200), ("other", 404), ("other", 404)];
    assert_eq!(*answered.lock().expect("nobody panics"), expected, "labels stay what they are");
}

#[test]
fn limits_are_those_of_later_connections() {
    let (served, server, _) = start_served(Limits::default(), fake(), open());
    let mut early = Client::connect(&server);
    assert_eq!(early.ask("GET", "/healthz").status, 200);
    change(&served, |settings| {
        settings.endpoint = Endpoint { idle_timeout: SHORT, header_bytes: 8192, ..settings.endpoint.clone() };
    });
    let mut late = Client::connect(&server);
    assert_eq!(late.ask("GET", "/healthz").status, 200);
    assert!(late.is_closed());
    let long = format!("GET /healthz HTTP/1.1\r\nhost: test\r\nx: {}\r\n\r\n", "x".repeat(10_000));
    let status = |client: &mut Client| {
        client.send(&long);
        client.reply(true).status
    };
    assert_eq!(status(&mut early), 200);
    assert_eq!(status(&mut Client::connect(&server)), 431);
}
