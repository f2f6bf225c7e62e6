//! What each setting allows, by every way to say it.

use std::time::Duration;

use super::{super::table::SETTINGS, *};
use crate::credentials::{Credentials, Secret};

/// For each setting: values of a variable that are refused, values of the file that are, and one that is taken.
const CASES: [(&str, &[&str], &[&str], &str); 67] = [
    ("enabled", &["maybe", "2"], &["1", "'true'", "[]"], "true"),
    ("host", &[], &["''", "1", "true"], "'::1'"),
    (
        "port",
        &["80x", "-1", "+1", "65536", "1.0", "tcp://10.0.0.1:80"],
        &["-1", "65536", "1.0", "'80'", "0x1_0000"],
        "0x50",
    ),
    ("labels", &["a", "a=1,b", "le=1", "9=1"], &["[]", "'a=1'", "{ a = 1 }", "{ le = 'x' }"], "{ a = 'x' }"),
    (
        "buckets",
        &["a", "a=", "a=x", "a=2,1", "a*b=1", "=1", "a=inf"],
        &["1", "[1]", "[{ match = 'a' }]"],
        "[{ match = 'a', bounds = [1, 2.5] }]",
    ),
    ("listen_required", &["maybe", "2"], &["1", "'true'", "[]"], "false"),
    ("created", &["x", "2"], &["1", "'true'"], "true"),
    ("formats", &["xml", "text,"], &["1", "'text'", "['xml']", "[1]", "[]"], "['text', 'openmetrics']"),
    ("families.allow", &["a*b", "*"], &["1", "'a'", "['a*b']", "[1]"], "['jobs_*']"),
    ("families.deny", &["a*b", "*"], &["1", "'a'", "['a*b']", "[1]"], "['*_bytes', 'load']"),
    ("exemplar_age", &["x", "0.5", "-1"], &["'60'", "0.5"], "60"),
    ("exemplar_filter", &["on", "false", "trace"], &["true", "'on'", "[]"], "'Always_Off'"),
    (
        "collectors",
        &["gpus", "process,,gpu", ",", "off", "Process", "process gpu"],
        &["'gpu'", "1", "true", "['gpus']", "[1]", "['']", "['none']"],
        "['process', 'all']",
    ),
    ("collection_interval", &["0", "1s", "86401", "-1", "nan"], &["0", "'5'", "86400.5", "true"], "0.001"),
    (
        "collector_intervals",
        &["gpu", "gpu=", "gpu=0", "gpu=1s", "gpus=1", "=1", "gpu=1,"],
        &["1", "['gpu']", "{ gpu = 0 }", "{ gpu = '1' }", "{ gpus = 1 }", "{ gpu = 86401 }"],
        "{ gpu = 0.25, process = 15 }",
    ),
    ("fleet.interval", &["0", "1s", "0.01", "3601"], &["0", "'1'", "true"], "0.5"),
    ("fleet.pull_timeout", &["0", "1s", "3601"], &["0", "'1'", "true"], "0.1"),
    ("fleet.children", &["0", "65537", "-1"], &["0", "'1'", "1.0"], "65536"),
    ("fleet.series_per_child", &["0", "10000001", "-1"], &["0", "'1'", "1.0"], "1"),
    ("fleet.frame_bytes", &["65535", "67108865", "1e6"], &["65535", "'1'", "1.0"], "65536"),
    ("fleet.state_file", &[], &["1", "''", "false"], "'/var/lib/fleet'"),
    ("token", &["a b", "ä", "", " "], &["1", "''", "'a b'", "true"], "'hunter2'"),
    ("token_file", &["", " "], &["1", "''", "false"], "'/etc/token'"),
    ("tokens_file", &["", " "], &["1", "''", "false"], "'/etc/tokens.toml'"),
    ("tenant_label", &["le", "a b", "__x", ""], &["1", "''", "'le'"], "'org'"),
    ("web_config", &["", " "], &["1", "''", "{}"], "'web.yml'"),
    ("reload_interval", &["0.01", "-1", "3601", "1s", "nan"], &["0.01", "-1", "'1'", "nan", "inf"], "0"),
    ("endpoint.connections", &["0", "65537", "1e3", "-1"], &["0", "65537", "1.0", "'1'"], "65536"),
    ("endpoint.document_bytes", &["0", "1048575", "1g"], &["0", "1048575", "false"], "1_048_576"),
    ("endpoint.header_bytes", &["8191", "1048577", "16k"], &["8191", "1048577", "'16k'"], "1_048_576"),
    ("endpoint.header_timeout", &["0", "3601", "10s", "inf"], &["0", "3600.5", "'10'", "-0.0"], "0.5"),
    ("endpoint.idle_timeout", &["0", "3601", "10s", "inf"], &["0", "3601", "1979-05-27"], "1e3"),
    ("endpoint.write_timeout", &["0", "3601", "10s", "inf"], &["0", "3601", "[1]"], "3600"),
    (
        "routes.metrics",
        &["metrics", "off", "/a b", "/a?b", "/é"],
        &["false", "true", "1", "'metrics'", "'/%41'"],
        "'/m'",
    ),
    ("routes.snapshot", &["snapshot", "yes", "/a#b"], &["true", "'x'", "{}"], "false"),
    ("routes.cardinality", &["cardinality", "yes", "/a b"], &["true", "'x'", "0"], "'/guard'"),
    ("routes.catalog", &["catalog", "yes", "/a b"], &["true", "'x'", "0"], "'/measured'"),
    ("routes.health", &["health", "1", "/a\"b"], &["true", "''", "'/ '"], "'/-/healthy'"),
    ("routes.landing", &["index", "yes", "/?"], &["true", "''", "1"], "false"),
    ("guard.values", &["0", "many", "-1", "1e3"], &["0", "-1", "'5'", "1.0", "true"], "'unlimited'"),
    ("guard.series_per_metric", &["0", "none"], &["0", "'none'"], "1"),
    ("guard.series", &["0", "none"], &["0", "'none'"], "1_000"),
    ("guard.bytes", &["0", "64M"], &["0", "'64M'"], "0x400_0000"),
    ("guard.samples_per_scrape", &["0", "all"], &["0", "false"], "'unlimited'"),
    ("guard.metrics", &["0", "all"], &["0", "[]"], "1"),
    ("guard.labels", &["0", "33", "unlimited"], &["0", "33", "'unlimited'"], "32"),
    ("guard.value_bytes", &["0", "1k"], &["0", "-1"], "1"),
    ("guard.gauges", &["mean", "Max"], &["'mean'", "1", "true"], "'last'"),
    ("guard.passive", &["maybe"], &["1", "'true'"], "true"),
    ("guard.expire_after", &["0.5", "-1", "1h"], &["0.5", "-1", "'1h'"], "3600"),
    (
        "guard.expire_kinds",
        &["gauge", "gauges=1", "gauge=0.5", "gauge=x"],
        &["1", "{ gauges = 1 }", "{ gauge = 0.5 }"],
        "{ gauge = 60 }",
    ),
    ("guard.hash_reported_values", &["maybe"], &["1"], "true"),
    (
        "guard.override",
        &["a", "[", "[1]", "[{}]", "{ match = 'a' }", "[{ match = 'a' }]\nb = 1"],
        &[
            "1",
            "[{ match = 'a' }]",
            "[{ match = 'a*b', series = 1 }]",
            "[{ series = 1 }]",
            "[{ match = 'a', series = 0 }]",
            "[{ match = 'a', values = 1 }]",
            "[{ match = 'a', label = 'b' }]",
            "[{ match = 'a', label = 'b', values = '1' }]",
            "[{ match = 'a', label = 'b', allow = 'c' }]",
            "[{ match = 'a', label = 'b', allow = [], allow_only = [] }]",
            "[{ match = 'a', gauges = 'mean' }]",
            "[{ match = 'a', serie = 1 }]",
            "[{ match = 'a', drop_label = 1 }]",
        ],
        "[{ match = 'http_*', label = 'b', values = 1, allow_only = ['c'], drop_label = 'd', series = 7, gauges = 'max' }]",
    ),
    (
        "redis.url",
        &["localhost", "http://h", "redis://"],
        &["1", "''", "'localhost:6379'", "true"],
        "'rediss://:p@h/1'",
    ),
    ("redis.key", &[], &["1", "''", "[]"], "'SCORER_METRICS'"),
    ("redis.interval", &["0", "0.01", "1m", "86401"], &["0", "'60'", "nan"], "0.05"),
    ("redis.batch", &["0", "1025", "-1", "1.5"], &["0", "1025", "'1'"], "64"),
    (
        "pushgateway.url",
        &["h:9091", "ftp://h", "http://", "http://me:secret@h:9091"],
        &["1", "''", "'h'", "'https://me@h'"],
        "'https://h:9091/prefix'",
    ),
    ("pushgateway.job", &[], &["1", "''"], "'backup'"),
    ("pushgateway.group", &["a", "9=1", "job=x"], &["'a=1'", "{ a = 1 }", "{ job = 'x' }"], "{ instance = 'db/1' }"),
    ("pushgateway.user", &["a:b"], &["1", "''", "'a:b'"], "'kate'"),
    ("pushgateway.password", &[], &["1", "''", "true"], "'sesame'"),
    ("pushgateway.interval", &["-1", "0.01", "1m"], &["-1", "'0'", "86401"], "0"),
    ("textfile.path", &[], &["1", "''"], "'/var/lib/node_exporter/job.prom'"),
    ("textfile.interval", &["-1", "0.01", "1m"], &["-1", "'0'", "86401"], "0"),
    ("log.families", &["a*b", "*"], &["1", "'a'", "['a*b']"], "['jobs_*']"),
    ("log.interval", &["0", "0.01", "1m"], &["0", "'60'"], "300"),
];

#[test]
fn what_is_not_allowed_is_refused_by_name_and_value() {
    let keys: Vec<_> = SETTINGS.iter().map(|setting| setting.key).collect();
    assert_eq!(CASES.map(|(key, ..)| key).to_vec(), keys, "each setting has its cases");
    for (setting, (key, texts, values, good)) in SETTINGS.iter().zip(CASES) {
        for text in texts {
            let message = message(&Flags::default(), &[(&setting.variable(), text)]);
            assert!(message.starts_with(&format!("environment variable {}", setting.variable())), "{message}");
            assert!(message.contains("; "), "no remedy: {message}");
        }
        for value in values {
            let error = super::super::file::parse("f", &format!("\n{key} = {value}")).expect_err(value);
            let message = error.to_string();
            assert!(error.is_setting() && message.starts_with("config file f, line 2, column "), "{message}");
            assert!(message.contains("; "), "no remedy: {message}");
        }
        let read = super::super::file::parse("f", &format!("{key} = {good}")).expect(key);
        assert!(setting.field.is_set(&read), "{key}");
    }
}

#[test]
fn messages_name_source_key_value_and_what_is_allowed() {
    let environment = |name, value| message(&Flags::default(), &[(name, value)]);
    assert_eq!(
        environment("METRICS_PORT", "80x"),
        "environment variable METRICS_PORT is `80x`; a port is a number from 0 to 65535"
    );
    assert_eq!(
        environment("OTEL_EXPORTER_PROMETHEUS_PORT", "x"),
        "environment variable OTEL_EXPORTER_PROMETHEUS_PORT is `x`; a port is a number from 0 to 65535"
    );
    assert_eq!(
        environment("METRICS_ENABLED", "maybe"),
        "environment variable METRICS_ENABLED is `maybe`; write true or false"
    );
    assert_eq!(
        environment("METRICS_LABELS", "a=1,b"),
        "environment variable METRICS_LABELS is `a=1,b`; write labels as name=value,name2=value2"
    );
    assert_eq!(
        environment("METRICS_LABELS", "le=1"),
        "environment variable METRICS_LABELS: label name `le` is reserved for histogram buckets; rename it"
    );
    assert_eq!(
        environment("METRICS_BUCKETS", "*_seconds=1,0.5"),
        "environment variable METRICS_BUCKETS: buckets of `*_seconds`: bucket 2 is not above the one before it; sort \
         the buckets"
    );
    for text in ["a=native,3", "a=native,schema=fine", "a=native,factor=2", "a=1,native,2", "a=native,1", "a=nativ"] {
        assert_eq!(
            environment("METRICS_BUCKETS", text),
            format!(
                "environment variable METRICS_BUCKETS is `{text}`; write buckets as \
                 http_*=0.1,1,10;*_bytes=256,1024,override;*_size=native"
            )
        );
    }
    assert_eq!(
        environment("METRICS_BUCKETS", "a=native,schema=8,max_buckets=2000"),
        "environment variable METRICS_BUCKETS: buckets of `a`: native buckets cannot be at most 2000; write a \
         `max_buckets` from 1 to 1024"
    );
    assert_eq!(
        environment("METRICS_ENDPOINT_HEADER_TIMEOUT", "10s"),
        "environment variable METRICS_ENDPOINT_HEADER_TIMEOUT is `10s`; write a number of seconds from 0.001 to 3600"
    );
}

#[test]
fn programs_are_held_to_the_same() {
    for (config, expected) in [
        (Config::default().label("a.b", ""), "label name `a.b` does not match [a-zA-Z_][a-zA-Z0-9_]*; rename it"),
        (
            Config::default().label("__a", ""),
            "label name `__a` starts with `__`, which Prometheus keeps for itself; rename it",
        ),
        (Config::default().connections(0), "endpoint.connections is `0`; write a number from 1 to 65536"),
        (
            Config::default().idle_timeout(Duration::ZERO),
            "endpoint.idle_timeout is `0`; write a number of seconds from 0.001 to 3600",
        ),
        (
            Config::default().metrics_route("metrics"),
            "routes.metrics is `metrics`; write a path such as /metrics, of letters, digits and -._~/",
        ),
    ] {
        assert_eq!(message(&overrides(config.clone()), &[]), format!("builder: {expected}"));
        assert_eq!(message(&super::config(config), &[]), format!("config: {expected}"));
    }
}

#[test]
fn who_may_read_is_decided_by_setting() {
    let variables = [
        ("METRICS_TOKEN", "from-env\n"),
        ("METRICS_TOKENS_FILE", "/etc/tokens.toml"),
        ("METRICS_TENANT_LABEL", " org "),
        ("METRICS_WEB_CONFIG", "web.yml"),
    ];
    let credentials = settings(&overrides(Config::default().token("told")), &variables).credentials;
    assert_eq!(credentials.token, Some(Secret::new("told")));
    assert_eq!(credentials.tokens_file, Some("/etc/tokens.toml".into()));
    assert_eq!((credentials.tenant_label.as_deref(), credentials.web_config), (Some("org"), Some("web.yml".into())));
    let credentials = settings(&Flags::default(), &variables[..1]).credentials;
    assert_eq!(credentials, Credentials { token: Some(Secret::new("from-env")), ..Credentials::default() });
    assert_eq!(Config::default().token("hunter2").to_string(), "token = \"***\"\n");
    assert!(!format!("{:?}", Config::default().token("hunter2")).contains("hunter2"));
}

#[test]
fn an_empty_secret_is_no_open_door() {
    let access =
        ["METRICS_TOKEN", "METRICS_TOKENS_FILE", "METRICS_TENANT_LABEL", "METRICS_WEB_CONFIG", "METRICS_CONFIG"];
    for name in access {
        let expected = format!("environment variable {name} is empty; set it, or unset it altogether");
        for value in ["", " "] {
            assert_eq!(message(&Flags::default(), &[(name, value)]), expected);
        }
    }
    let told = message(&Flags::default(), &[("METRICS_TOKEN", "hunter2 x")]);
    assert!(told.contains("METRICS_TOKEN") && !told.contains("hunter2"), "{told}");
    for token in ["", "hunter2 x"] {
        let told = message(&overrides(Config::default().token(token)), &[]);
        assert!(told.starts_with("builder: the token ") && !told.contains("hunter2"), "{told}");
    }
    let file = super::super::file::parse("f", "token = 'hunter2 x'").expect_err("it has a blank").to_string();
    assert!(file.contains("the token holds") && !file.contains("hunter2"), "{file}");
}

#[test]
fn a_label_of_all_series_tells_no_tenants_apart() {
    let variables = [("METRICS_TENANT_LABEL", "org"), ("METRICS_LABELS", "zone=eu,org=acme")];
    let expected =
        "the label `org` stands on every series as `acme` (METRICS_LABELS, or labels) and tells tenants apart";
    assert!(message(&Flags::default(), &variables).starts_with(expected));
    let own = config(Config::default().label("org", "acme"));
    assert!(message(&own, &variables[..1]).starts_with(expected), "wherever they are set");
    settings(&config(Config::default().label("zone", "eu")), &variables[..1]);
}

#[test]
fn two_pages_cannot_be_at_one_path() {
    let own = config(Config::default().health_route(Some("/metrics")));
    assert_eq!(message(&own, &[]), "routes.health and routes.metrics are both `/metrics`; give each a path of its own");
    let swapped = [("METRICS_ROUTES_METRICS", "/snapshot"), ("METRICS_ROUTES_SNAPSHOT", "off")];
    let routes = settings(&Flags::default(), &swapped).reloadable.routes;
    assert_eq!((&*routes.metrics, routes.snapshot), ("/snapshot", None));
}

#[test]
fn collectors_are_chosen_by_their_names() {
    let plan = |config: Config, variables: &[(&str, &str)]| settings(&super::config(config), variables).collectors;
    let library = plan(Config::default(), &[]);
    assert_eq!((library.names, library.interval), (vec!["all".to_owned()], Duration::from_secs(5)));
    let own = Config::default().collectors(["process"]).collector_interval("process", Duration::from_secs(30));
    assert_eq!(plan(own.clone(), &[("METRICS_COLLECTORS", "none")]).names, [""; 0]);
    let variables = [
        ("METRICS_COLLECTORS", "process, cgroup"),
        ("METRICS_COLLECTION_INTERVAL", "0.5"),
        ("METRICS_COLLECTOR_INTERVALS", "cgroup=15"),
    ];
    let told = plan(own, &variables);
    assert_eq!((told.names, told.interval.as_millis()), (vec!["process".to_owned(), "cgroup".to_owned()], 500));
    let seconds = told.intervals.iter().map(|(name, interval)| (name.as_str(), interval.as_secs()));
    assert_eq!(seconds.collect::<Vec<_>>(), [("process", 30), ("cgroup", 15)]);
    assert_eq!(
        message(&Flags::default(), &[("METRICS_COLLECTORS", "process,gpus")]),
        "environment variable METRICS_COLLECTORS: there is no collector `gpus`; did you mean `gpu`?"
    );
    assert_eq!(
        message(&overrides(Config::default().collectors(["printer"])), &[]),
        "builder: there is no collector `printer`; remove it, or write one of `process`, `cgroup`, `system`, `gpu`, \
         `tokio`, `all`"
    );
    assert_eq!(
        message(&Flags::default(), &[("METRICS_COLLECTOR_INTERVALS", "process=0")]),
        "environment variable METRICS_COLLECTOR_INTERVALS: the interval of collector `process` is `0`; write a number \
         of seconds from 0.001 to 86400"
    );
}
