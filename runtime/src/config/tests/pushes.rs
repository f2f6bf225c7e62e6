//! Outlets that settings ask for, by every way to say it.

use std::time::Duration;

use super::*;
use crate::config::outlets::Outlets;

fn outlets(flags: &Flags, variables: &[(&str, &str)]) -> Outlets {
    let gathered = Sources::gather(flags, &Fake::new(variables)).expect("the settings are well formed");
    gathered.expect("they are not switched off").1.outlets()
}

#[test]
fn without_a_word_there_is_none() {
    assert_eq!(outlets(&Flags::default(), &[]), Outlets::default());
    let more = [("METRICS_REDIS_KEY", "k"), ("METRICS_TEXTFILE_INTERVAL", "5"), ("METRICS_REDIS_URL", "")];
    assert_eq!(outlets(&Flags::default(), &more), Outlets::default(), "how is not where");
}

#[test]
fn each_source_says_its_part() {
    let file = Written::new(
        "pushes",
        "[redis]\nurl = 'redis://:sesame@one'\nbatch = 7\n[pushgateway]\nurl = 'http://h:9091'\ngroup = { rack = '7' }\n\
         user = 'kate'\n[log]\nfamilies = ['jobs_*']\n",
    );
    let flags = Flags { config: Config::default().redis_key("mine").pushgateway_job("backup"), ..file.flags() };
    let variables = [
        ("METRICS_REDIS_URL", "rediss://two/3"),
        ("METRICS_PUSHGATEWAY_GROUP", "zone=eu"),
        ("METRICS_PUSHGATEWAY_PASSWORD", "sesame"),
        ("METRICS_TEXTFILE_PATH", "job.prom"),
        ("METRICS_TEXTFILE_INTERVAL", "0"),
    ];
    let Outlets { redis, pushgateway, textfile, log } = outlets(&flags, &variables);
    let redis = redis.expect("it is asked for");
    assert_eq!((redis.url.reveal(), redis.key.as_str(), redis.batch), ("rediss://two/3", "mine", 7));
    assert_eq!(redis.interval, Duration::from_secs(60));
    let gateway = pushgateway.expect("it is asked for");
    assert_eq!((gateway.job.as_deref(), gateway.interval), (Some("backup"), None));
    let group = [("rack", "7"), ("zone", "eu")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(gateway.group, group);
    assert_eq!(gateway.user.map(|(user, password)| user + password.reveal()).as_deref(), Some("katesesame"));
    assert_eq!(textfile, Some(("job.prom".into(), None)));
    let (families, interval) = log.expect("it is asked for");
    assert!(families[0].matches("jobs_total") && interval == Duration::from_secs(60));
}

#[test]
fn what_is_secret_is_in_no_message() {
    let told = message(&Flags::default(), &[("METRICS_REDIS_URL", "http://:hunter2@h")]);
    assert_eq!(
        told,
        "environment variable METRICS_REDIS_URL is `***`; write a URL such as redis://user:password@host:6379/0"
    );
    let told = message(&Flags::default(), &[("METRICS_PUSHGATEWAY_URL", "http://me:hunter2@h")]);
    assert!(told.contains("write that as pushgateway.user") && !told.contains("hunter2"), "{told}");
    let config = Config::default().redis_url("redis://:hunter2@h").pushgateway_password("hunter2");
    assert!(!format!("{config} {config:?}").contains("hunter2"));
}

#[test]
fn exemplars_are_left_out_by_opentelemetrys_word() {
    let keeps = |variables: &[_]| {
        let gathered = Sources::gather(&Flags::default(), &Fake::new(variables)).expect("they are well formed");
        gathered.expect("it is on").1.keeps_exemplars()
    };
    let filter = "OTEL_METRICS_EXEMPLAR_FILTER";
    assert!(
        keeps(&[]) && keeps(&[(filter, "always_on")]) && keeps(&[(filter, "TRACE_BASED")]) && keeps(&[(filter, "")])
    );
    assert!(!keeps(&[(filter, "always_off")]));
    assert!(keeps(&[(filter, "always_off"), ("METRICS_EXEMPLAR_FILTER", "trace_based")]));
    assert_eq!(
        message(&Flags::default(), &[(filter, "with_sampled_trace")]),
        "environment variable OTEL_METRICS_EXEMPLAR_FILTER is `with_sampled_trace`; write trace_based, always_on or always_off"
    );
}
