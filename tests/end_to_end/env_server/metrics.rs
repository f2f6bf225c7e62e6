//! Names, types, labels and values.

use std::collections::BTreeSet;

use super::{
    deadline::eventually,
    http,
    prometheus::{Prometheus, promtool},
    sample,
    server::{Page, Server},
};

#[test]
fn every_metric_has_its_type_and_help_and_labels() {
    let server = Server::start_whole(2, &["--env-id", "a \"toy\""]);
    let text = http::get(server.address, "/metrics");
    for name in ["server_info", "active_tasks", "workers_total", "worker_active_tasks", "loop_lag_seconds"] {
        assert!(text.contains(&format!("# TYPE verifiers_env_{name} gauge\n")), "{text}");
        let help = text.lines().find_map(|line| line.strip_prefix(&format!("# HELP verifiers_env_{name} ")));
        assert!(help.is_some_and(|help| help.len() > 20), "{text}");
    }
    assert!(text.contains("verifiers_env_server_info{env_id=\"a \\\"toy\\\"\",version=\"0.1.0\"} 1\n"), "{text}");

    let page = Page(sample::of_text(&text));
    assert_eq!(page.of("verifiers_env_workers_total").next().map(|sample| sample.value), Some(2.0));
    let mut expected: BTreeSet<String> =
        ["active_tasks[]", "workers_total[]"].map(|it| format!("verifiers_env_{it}")).into();
    expected.extend(["0", "1"].map(|id| format!("verifiers_env_worker_active_tasks[(\"worker_id\", \"{id}\")]")));
    for id in ["router", "0", "1"] {
        let lag = |quantile| {
            format!("verifiers_env_loop_lag_seconds[(\"quantile\", \"{quantile}\"), (\"worker_id\", \"{id}\")]")
        };
        expected.extend(["p50", "p95", "p99"].map(lag));
        let lags = ["p50", "p95", "p99"].map(|quantile| page.lag(id, quantile).expect("it is there"));
        assert!(lags.is_sorted() && lags[0] >= 0.0, "{id}: {lags:?}");
    }
    let series = page.series().into_iter().filter(|series| !series.contains("server_info")).collect();
    assert_eq!(expected, series);
}

#[test]
fn the_first_scrape_has_all_that_is_known_from_the_start() {
    let server = Server::start(&["--workers", "3"]);
    let page = server.page();
    assert_eq!(page.active().len(), 3);
    assert_eq!(page.of("verifiers_env_workers_total").next().map(|sample| sample.value), Some(3.0));
    assert_eq!(page.of("verifiers_env_server_info").next().map(|sample| sample.value), Some(1.0));
    assert_eq!(page.active().iter().sum::<f64>(), page.total());
}

#[test]
fn the_total_is_the_sum_of_the_workers_in_every_scrape() {
    let server = Server::start(&["--workers", "3"]);
    let (mut scrapes, mut seen) = (0, BTreeSet::new());
    // Values are taken four times a second; a scrape in between sees those of the scrape before.
    eventually(|| {
        let page = server.page();
        let active = page.active();
        assert_eq!(active.iter().sum::<f64>(), page.total(), "{active:?}");
        scrapes += 1;
        seen.insert(format!("{active:?}"));
        if scrapes >= 50 && seen.len() >= 5 { Ok(()) } else { Err(format!("{scrapes} scrapes saw {seen:?}")) }
    });
}

#[test]
fn rollouts_are_counted_where_they_are() {
    let mut server = Server::start_whole(2, &["--no-load"]);
    assert_eq!(server.page().active(), [0.0, 0.0]);
    for _ in 0..3 {
        server.program.say("turns=60 think=60000");
    }
    server.becomes_active(3.0);
    let active = server.page().active();
    assert!(active == [1.0, 2.0] || active == [2.0, 1.0], "equals take turns: {active:?}");

    server.program.say("seed=1 turns=3 think=1");
    let line = server.program.line();
    assert!(line.starts_with("rollout 4 worker=") && line.contains(" reward="), "{line}");
    server.becomes_active(3.0);
    server.program.say("turns=three");
    assert_eq!(server.program.line(), "refused: `turns=three` is no number from 0 to 60");
}

/// The bounds are wide; the truth is near 150 ms.
#[test]
fn a_worker_that_is_blocked_a_fifth_of_the_time_shows_it() {
    let mut server = Server::start_whole(2, &["--no-load"]);
    server.program.say("turns=60 think=800 block=200");
    server.becomes_active(1.0);
    let page = server.page();
    let (blocked, other) = if page.active() == [1.0, 0.0] { ("0", "1") } else { ("1", "0") };
    eventually(|| {
        let page = server.page();
        let lag = |worker, quantile| page.lag(worker, quantile).unwrap_or(f64::NAN);
        let (p50, p95, p99) = (lag(blocked, "p50"), lag(blocked, "p95"), lag(blocked, "p99"));
        let is_shown = (0.08..0.6).contains(&p95) && p99 >= p95 && p50 < p95 / 2.0;
        let is_apart = lag(other, "p95") < p95 && lag("router", "p95") < p95;
        if is_shown && is_apart { Ok(()) } else { Err(format!("{:?}", page.lags().collect::<Vec<_>>())) }
    });
}

#[test]
fn promtool_complains_of_two_given_names_and_nothing_else() {
    let server = Server::start_whole(1, &[]);
    let page = http::get(server.address, "/metrics");
    let findings = promtool(&page);
    let text = [findings.stdout, findings.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let findings: BTreeSet<_> = text.lines().collect();
    let expected = BTreeSet::from([
        "verifiers_env_loop_lag_seconds non-summary metrics should not have \"quantile\" label",
        "verifiers_env_workers_total non-counter metrics should not have \"_total\" suffix",
    ]);
    assert_eq!(findings, expected, "{page}");
}

#[test]
fn prometheus_scrapes_all_of_it() {
    let mut server = Server::start_whole(2, &["--no-load", "--env-id", "guess-often"]);
    let prometheus = Prometheus::scraping(server.address);
    for _ in 0..3 {
        server.program.say("turns=60 think=60000");
    }
    let value = |query: &str| prometheus.query(query).first().map(|sample| sample.value);
    eventually(|| match value("verifiers_env_active_tasks") {
        Some(3.0) => Ok(()),
        total => Err(format!("{total:?} instead of 3")),
    });
    assert_eq!(value("verifiers_env_server_info{env_id=\"guess-often\"}"), Some(1.0));
    assert_eq!(value("verifiers_env_workers_total"), Some(2.0));
    assert_eq!(prometheus.query("sort(verifiers_env_worker_active_tasks)").iter().map(|it| it.value).sum::<f64>(), 3.0);
    let apart = "verifiers_env_active_tasks != on (instance) sum by (instance) (verifiers_env_worker_active_tasks)";
    assert!(prometheus.query(apart).is_empty());
    // Exactly the series that are printed, with the gauges' `quantile` as it is.
    eventually(|| match (server.page().series(), Page(prometheus.samples()).series()) {
        (printed, stored) if printed == stored => Ok(()),
        (printed, stored) => Err(format!("printed or stored only: {:#?}", &printed ^ &stored)),
    });
    let lags = prometheus.query("verifiers_env_loop_lag_seconds{quantile=\"p99\"}");
    let of: BTreeSet<_> = lags.iter().map(|lag| lag.label("worker_id")).collect();
    assert_eq!(of, BTreeSet::from(["0", "1", "router"]));
}
