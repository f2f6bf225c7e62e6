//! For organisations: who comes in, and what they see.

use super::{
    super::support::{
        client::curl,
        deadline::eventually,
        executor::{Executor, authorization, value},
        prometheus::{Prometheus, promtool},
    },
    assert_all_at_zero, tools,
};

/// Two organisations, one of them with two tokens, and an operator.
const TOKENS: &str = "token-a = \"acme\"\n\"token-a.2\" = \"acme\"\ntoken-u = \"umbrella\"\noperator = true\n";
/// The same with an organisation that would like to be another one.
const HOSTILE: &str = "token-a = \"acme\"\n\"token-a.2\" = \"acme\"\ntoken-u = 'u\",org=\"acme'\noperator = true\n";

/// An executor whose organisations have each called what the other has not.
fn called() -> Executor {
    let executor = Executor::cloud(&["--no-load"], HOSTILE);
    for (token, client) in [("token-a", "acme-client"), ("token-u", "umbrella-client")] {
        let headers = format!("User-Agent: {client}/1.0\r\n{}", authorization(token));
        let answer = executor.send("POST", "/api/tools/math.stats.mean", &headers, r#"{"numbers": [1]}"#);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(executor.execute(token, &format!("secret.of.{client}"), "{}").status, 404);
    }
    executor
}

#[test]
fn the_first_answer_has_every_tool_of_the_organisation_at_zero() {
    let executor = Executor::cloud(&["--no-load"], "ta = \"acme\"\ntu = \"umbrella\"\nop = true\n");
    let (acme, umbrella, all) = (executor.samples("ta"), executor.samples("tu"), executor.samples("op"));
    let names = tools(&executor, "ta");
    assert_all_at_zero(&acme, &names, Some("acme"));
    assert_all_at_zero(&umbrella, &names, Some("umbrella"));
    for org in ["acme", "umbrella"] {
        assert_all_at_zero(&all, &names, Some(org));
    }
    assert_eq!(value(&all, "executor_organisations", &[]), 2.0);
}

#[test]
fn an_organisation_sees_nothing_of_another() {
    let executor = called();
    let names = ["name[]=executor_clients_total", "name[]=executor_unknown_tools_total", "name[]=build_info"];
    let metrics = format!("http://{}/api/metrics", executor.address);
    let narrow = format!("{metrics}?{}", names.join("&"));
    let snapshot = format!("http://{}/api/snapshot", executor.address);
    let utf8 = "accept: application/openmetrics-text;version=1.0.0;escaping=allow-utf-8";
    for (token, own, foreign) in [
        ("token-a", "acme-client", "umbrella-client"),
        ("token-a.2", "acme-client", "umbrella-client"),
        ("token-u", "umbrella-client", "acme-client"),
    ] {
        let token = format!("authorization: Bearer {token}");
        for (url, more) in [
            (&metrics, &[][..]),
            (&metrics, &["--header", "accept: application/openmetrics-text;version=1.0.0"]),
            (&metrics, &["--header", utf8]),
            (&metrics, &["--compressed"]),
            (&narrow, &["--globoff"]),
            (&snapshot, &[]),
            (&snapshot, &["--compressed"]),
        ] {
            let (status, text) = curl(&[&["--header", &token], more, &[url]].concat());
            assert!(status == 200 && text.contains(own), "{url} {more:?}: {status} {text}");
            for hidden in [foreign, "build_info", "http_server", "process_", "executor_organisations"] {
                assert!(!text.contains(hidden), "{hidden} is in {url} {more:?}: {text}");
            }
        }
        for path in ["cardinality", "", "rules.yml", "../metrics", "metrics/"] {
            let (status, text) = curl(&["--path-as-is", "--header", &token, &metrics.replace("metrics", path)]);
            assert!(status >= 400, "{path}: {status} {text}");
            assert!(!text.contains("umbrella") && !text.contains("acme"), "{path}: {text}");
        }
    }
    for sample in executor.samples("token-a") {
        assert_eq!(sample.label("org"), "acme", "{sample:?}");
    }
}

#[test]
fn an_operator_sees_all_and_calls_nothing() {
    let executor = called();
    let page = executor.page("operator");
    for seen in ["acme-client", "umbrella-client", "build_info", "http_server_request_duration_seconds"] {
        assert!(page.contains(seen), "{seen} is missing: {page}");
    }
    let answer = executor.execute("operator", "math.stats.mean", r#"{"numbers": [1]}"#);
    assert!(answer.status == 403 && answer.body.contains("calls no tools"), "{answer:?}");
    // What an organisation sees and what all see is as others expect it.
    for token in ["operator", "token-a"] {
        let findings = promtool(&executor.page(token));
        let text = String::from_utf8_lossy(&[findings.stdout, findings.stderr].concat()).into_owned();
        assert!(findings.status.success() && text.is_empty(), "promtool check metrics: {text}");
    }
}

#[test]
fn nobody_else_comes_in() {
    let executor = called();
    let before = executor.samples("token-a");
    let twice = [authorization("token-a"), authorization("token-u")].concat();
    let mut refused = vec![
        String::new(),
        twice,
        "Authorization: Basic dG9rZW4tYTp0b2tlbi1h\r\n".to_owned(),
        "Authorization: token-a\r\n".to_owned(),
    ];
    let wrong = ["unknown", "token-", "token-aa", "TOKEN-A", "acme", "true", "\"token-a\"", "token-a.2 x"];
    refused.extend(wrong.map(authorization));
    refused.push("Authorization: Bearer \r\n".to_owned());
    for headers in refused {
        for (method, path) in [
            ("GET", "/api/metrics"),
            ("HEAD", "/api/metrics"),
            ("GET", "/api/metrics?name[]=executor_clients_total"),
            ("GET", "/api/snapshot"),
            ("GET", "/api/tools"),
            ("POST", "/api/tools/text.case.upper"),
            ("POST", "/api/tools/no.such.tool"),
            ("GET", "/elsewhere"),
        ] {
            let answer = executor.send(method, path, &headers, r#"{"text": "tea"}"#);
            assert_eq!(answer.status, 401, "{method} {path} with {headers:?}: {answer:?}");
            assert!(answer.head.contains("www-authenticate: bearer"), "{answer:?}");
            assert!(!answer.body.contains("executor_") && !answer.body.contains("acme"), "{answer:?}");
        }
    }
    assert_eq!(executor.get("", "/api/healthz").body, "ok\n");
    let of_tools = |samples: Vec<super::Sample>| -> Vec<super::Sample> {
        samples.into_iter().filter(|sample| sample.name.starts_with("executor_")).collect()
    };
    assert_eq!(of_tools(executor.samples("token-a")).len(), of_tools(before).len());
    assert_eq!(value(&executor.samples("token-a"), "executor_tool_input_bytes_count", &[]), 1.0);
}

#[test]
fn one_organisations_flood_takes_no_room_of_another() {
    let executor = Executor::cloud(&["--no-load"], TOKENS);
    for number in 0..80 {
        executor.execute("token-a", &format!("made.up.{number}"), "{}");
    }
    executor.execute("token-u", "one.of.mine", "{}");
    let requested = |token: &str| {
        let samples = executor.samples(token).into_iter();
        let samples = samples.filter(|sample| sample.name == "executor_unknown_tools_total");
        samples.fold((0, 0.0), |(series, total), sample| (series + 1, total + sample.value))
    };
    assert_eq!(requested("token-a"), (51, 80.0));
    assert_eq!(requested("token-u"), (2, 1.0));
    let own = [("requested", "one.of.mine")];
    assert_eq!(value(&executor.samples("token-u"), "executor_unknown_tools_total", &own), 1.0);
}

#[test]
fn an_organisations_prometheus_stores_its_own_series_alone() {
    let executor = called();
    let settings = "metrics_path: /api/metrics, authorization: { credentials: token-a },";
    let prometheus = Prometheus::scraping_as(executor.address, settings);
    let of_scrape = |name: &str| name == "up" || name.starts_with("scrape_");
    let samples = eventually(|| {
        let samples = prometheus.samples();
        let is_there = samples.iter().any(|sample| sample.name == "executor_tool_calls_total");
        if is_there { Ok(samples) } else { Err(format!("{samples:?}")) }
    });
    assert_eq!(value(&samples, "up", &[]), 1.0);
    let called = [("mcp_tool_name", "math.stats.mean"), ("result", "ok")];
    assert_eq!(value(&samples, "executor_tool_calls_total", &called), 1.0);
    for sample in samples.iter().filter(|sample| !of_scrape(&sample.name)) {
        assert_eq!(sample.label("org"), "acme", "{sample:?}");
    }
    // The next one has its address.
    drop(prometheus);

    let settings = "metrics_path: /api/metrics, authorization: { credentials: token-b },";
    let prometheus = Prometheus::scraping_as(executor.address, settings);
    let samples = eventually(|| match prometheus.samples() {
        samples if samples.is_empty() => Err("there was no scrape".to_owned()),
        samples => Ok(samples),
    });
    assert_eq!(value(&samples, "up", &[]), 0.0);
}

#[test]
fn tools_are_called_for_each_organisation() {
    let executor = Executor::cloud(&[], TOKENS);
    for token in ["token-a", "token-u"] {
        eventually(|| match value(&executor.samples(token), "executor_tool_input_bytes_count", &[]) {
            count if count > 10.0 => Ok(()),
            count => Err(format!("{count} calls for {token}")),
        });
    }
}
