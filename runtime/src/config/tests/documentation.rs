//! The table of settings in the documentation, and configs as texts.

use std::{env, fmt::Write as _, fs, time::Duration};

use proptest::prelude::*;

use crate::metric::{bounds::Native, matcher::Matcher};

use super::{
    super::{file::parse, sources::library, table::SETTINGS},
    *,
};

/// The method of `Config` that sets it.
fn method(key: &str) -> String {
    match key.split_once('.') {
        Some(("routes", page)) => format!("{page}_route"),
        Some(("families", list)) => format!("{list}_families"),
        Some(("guard", _)) => "guard".to_owned(),
        Some(("redis" | "pushgateway" | "textfile" | "log", _)) => key.replace('.', "_"),
        Some(("fleet", name)) => format!("fleet_{name}"),
        Some((_, name)) => name.to_owned(),
        None if ["labels", "collector_intervals"].contains(&key) => key.trim_end_matches('s').to_owned(),
        None => key.to_owned(),
    }
}

/// Written anew by `UPDATE_EXPECT=1`.
#[test]
fn the_documented_table_is_the_table() {
    let mut table = "| key in the file | what it is | variable | method | default | changes live |\n".to_owned();
    table.push_str("|---|---|---|---|---|---|\n");
    for setting in &SETTINGS {
        let (key, meaning, method) = (setting.key, setting.meaning, method(setting.key));
        let variables: Vec<_> = setting.variables().map(|name| format!("`{name}`")).collect();
        let default = if setting.default.is_empty() { "none".to_owned() } else { format!("`{}`", setting.default) };
        let reloads = if setting.reloads { "yes" } else { "" };
        let variables = variables.join(", else ");
        let _ = writeln!(
            table,
            "| `{key}` | {meaning} | {variables} | [`{method}`](Self::{method}) | {default} | {reloads} |"
        );
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/config/settings.md");
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(path, &table).expect("the file can be written");
    }
    assert_eq!(include_str!("../settings.md"), table, "settings.md is not what the table says; set UPDATE_EXPECT=1");
}

#[test]
fn keys_go_with_each_other() {
    for setting in &SETTINGS {
        let is_word =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(setting.key.split('.').all(is_word), "{}", setting.key);
        let alike = |other: &&setting::Setting| {
            other.variable() == setting.variable() || other.key.starts_with(&format!("{}.", setting.key))
        };
        assert_eq!(SETTINGS.iter().filter(alike).count(), 1, "{} is a setting, and nothing else", setting.key);
        let has_default = setting.field.joins() || setting.is_access || setting.field.is_set(&library());
        // What an outlet is pushed to, and the file in which a fleet is kept; without it there is none.
        let is_open = ["redis.url", "textfile.path"].contains(&setting.key)
            || setting.key.starts_with("pushgateway.")
            || setting.key.ends_with("_file");
        assert!(has_default || is_open, "{} has no default", setting.key);
    }
}

#[test]
fn a_config_prints_what_it_says() {
    assert_eq!(Config::default().to_string(), "");
    let config = Config::default()
        .health_route(None)
        .port(80)
        .label("zone", "a\"b\u{7f}\n")
        .header_timeout(Duration::from_millis(1500))
        .buckets("http_*".parse().expect("a matcher"), [0.5, 1.0]);
    let text = "port = 80\nlabels = { zone = \"a\\\"b\\u007f\\n\" }\nbuckets = [{ match = \"http_*\", bounds = [0.5, 1] \
                }]\nendpoint.header_timeout = 1.5\nroutes.health = false\n";
    assert_eq!(config.to_string(), text);
    assert_eq!(parse("f", text).expect("it is TOML"), config);
    let commented = format!("{:#}", Config::default().port(80));
    assert_eq!(commented, "# and at which port; 0 is any that is free\nport = 80\n");
    assert_eq!(parse("f", &format!("{:#}", library())).expect("comments are no settings"), library());
}

proptest! {
    #[test]
    fn whatever_it_says_can_be_read_back(
        host in ".+",
        port: u16,
        label in "[a-z]{1,8}",
        value in ".*",
        millis in 1..3_600_000_u64,
        bounds in proptest::collection::btree_set(-1_000_000..1_000_000_i32, 1..20),
        matcher in "[^*]{1,9}",
        schema in -4..=8,
        max_buckets in 1..=1024_usize,
    ) {
        let bounds: Vec<_> = bounds.into_iter().map(|bound| f64::from(bound) / 7.0).collect();
        prop_assume!(label != "le");
        let config = Config::default()
            .host(host)
            .port(port)
            .label(label, value)
            .write_timeout(Duration::from_millis(millis))
            .buckets(Matcher::Prefix(matcher.clone()), Native::new().schema(schema).max_buckets(max_buckets))
            .buckets(Matcher::Full(matcher.clone()), Native::new().schema(schema).min_reset(Duration::from_secs(millis)).beside(bounds.clone()))
            .buckets(Matcher::Suffix(matcher), bounds);
        prop_assert_eq!(parse("f", &config.to_string()).expect("it is TOML"), config);
    }

    #[test]
    fn no_file_makes_it_panic(text in "([a-z_.]{1,9}|[\\[\\]{}=,.#'\"\n 0-9-]|é|port = |\\[routes\\]\n|\"\"\"){0,40}") {
        let _ = parse("f", &text);
    }
}
