//! The configuration file: which source wins, what changes while the shop is open, and how mistakes read.

use std::fs;

use tempfile::NamedTempFile;

use super::support::{
    deadline::eventually,
    http::{self, request},
    sample,
    shop::Shop,
};

/// A file that is gone when the test ends.
struct Written(NamedTempFile);

impl Written {
    fn new(text: &str) -> Self {
        let file = NamedTempFile::new().expect("temporary files can be made");
        fs::write(file.path(), text).expect("there is room");
        Self(file)
    }

    fn change(&self, text: &str) {
        fs::write(self.0.path(), text).expect("there is room");
    }

    fn name(&self) -> &str {
        self.0.path().to_str().expect("temporary files have plain names")
    }

    /// Opens a shop that looks at the file often.
    fn open(&self) -> Shop {
        Shop::open_with(&["--no-load"], &[("METRICS_CONFIG", self.name()), ("METRICS_RELOAD_INTERVAL", "0.05")])
    }
}

fn status(shop: &Shop, path: &str) -> u16 {
    request(shop.metrics(), "GET", path, "").expect("the endpoint answers").status
}

/// Asks until a page is answered so.
fn becomes(shop: &Shop, path: &str, expected: u16) {
    eventually(|| match status(shop, path) {
        status if status == expected => Ok(()),
        status => Err(format!("{path} is answered {status} instead of {expected}:\n{}", shop.errors())),
    });
}

fn value(shop: &Shop, name: &str) -> f64 {
    let samples = sample::of_text(&http::get(shop.metrics(), "/metrics"));
    samples.iter().find(|sample| sample.name == name).unwrap_or_else(|| panic!("there is no {name}")).value
}

#[test]
fn the_environment_wins_over_the_file() {
    let file =
        Written::new("port = 1\nroutes.health = '/alive'\nroutes.snapshot = '/file'\nlabels = { zone = 'file' }\n");
    let environment = [
        ("METRICS_CONFIG", file.name()),
        ("METRICS_PORT", "0"),
        ("METRICS_ROUTES_SNAPSHOT", "/variable"),
        ("METRICS_LABELS", "rack=7"),
    ];
    let shop = Shop::open_with(&["--no-load"], &environment);
    assert_ne!(shop.metrics().port(), 1);
    assert_eq!(["/alive", "/healthz"].map(|path| status(&shop, path)), [200, 404]);
    assert_eq!(["/variable", "/file", "/snapshot"].map(|path| status(&shop, path)), [200, 404, 404]);
    assert!(http::get(shop.metrics(), "/metrics").contains("{zone=\"file\",rack=\"7\","));
}

#[test]
fn a_change_takes_effect_while_the_shop_is_open() {
    let file = Written::new("port = 0\n");
    let shop = file.open();
    assert_eq!(["/healthz", "/alive"].map(|path| status(&shop, path)), [200, 404]);
    file.change("port = 0\nroutes.health = '/alive'\n");
    becomes(&shop, "/alive", 200);
    assert_eq!(status(&shop, "/healthz"), 404);
    assert_eq!(value(&shop, "tachometer_config_last_reload_successful"), 1.0);
}

#[test]
fn a_broken_file_changes_nothing_and_is_told_once() {
    let file = Written::new("port = 0\n");
    let shop = file.open();
    file.change("prot = 0\nroutes.health = '/alive'\n");
    eventually(|| match value(&shop, "tachometer_config_last_reload_successful") {
        0.0 => Ok(()),
        other => Err(format!("the last reload is said to be {other}")),
    });
    assert_eq!(["/healthz", "/alive"].map(|path| status(&shop, path)), [200, 404]);
    file.change("port = 0\nroutes.health = '/alive'\n");
    becomes(&shop, "/alive", 200);
    assert_eq!(value(&shop, "tachometer_config_reload_errors_total"), 1.0);
    let errors = shop.errors();
    let told: Vec<_> = errors.lines().filter(|line| line.contains("unknown key `prot`")).collect();
    let place = format!("config file {}, line 1, column 1", file.name());
    assert!(matches!(told[..], [line] if line.contains("ERROR") && line.contains(&place)), "{errors}");
}

#[test]
fn what_cannot_change_is_told_and_waits() {
    let file = Written::new("port = 0\n");
    let shop = file.open();
    let before = shop.metrics();
    file.change("port = 1\nroutes.health = '/alive'\n");
    becomes(&shop, "/alive", 200);
    file.change("port = 1\nroutes.health = '/well'\n");
    becomes(&shop, "/well", 200);
    assert_eq!(shop.metrics(), before);
    let errors = shop.errors();
    let told: Vec<_> = errors.lines().filter(|line| line.contains("port has changed")).collect();
    assert!(matches!(told[..], [line] if line.contains("WARN")), "expected one warning: {errors}");
}

#[test]
fn a_file_with_mistakes_opens_nothing() {
    let file = Written::new("port = '80'\n\n[rotues]\nhealth = 1\n");
    let end = Shop::run(&["--no-load"], &[("METRICS_CONFIG", file.name())]);
    assert_eq!((end.code, end.output.as_str()), (Some(1), ""), "{}", end.errors);
    for line in [
        "line 1, column 8: port is `'80'`; a port is a number from 0 to 65535",
        "line 3, column 2: unknown key `rotues`; did you mean `routes`?",
    ] {
        let line = format!("config file {}, {line}", file.name());
        assert!(end.errors.contains(&line), "{line} is missing:\n{}", end.errors);
    }
}

#[test]
fn a_file_that_is_not_there_opens_nothing() {
    let end = Shop::run(&["--no-load"], &[("METRICS_CONFIG", "no/such/file.toml")]);
    assert_eq!(end.code, Some(1), "{}", end.errors);
    assert!(end.errors.contains("config file no/such/file.toml cannot be read; create it"), "{}", end.errors);
}
