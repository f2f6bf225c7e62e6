//! The shop under attack: somebody makes up tenants, and the metrics stay small and complete.

use super::support::{deadline::eventually, http, prometheus::Prometheus, sample, shop::Shop};

#[test]
fn an_attack_is_shown_and_each_login_is_in_the_metrics() {
    let environment = [("METRICS_PORT", "0"), ("METRICS_GUARD_VALUES", "100")];
    let end = Shop::run(&["--no-load", "--attack", "--seconds", "2"], &environment);
    assert_eq!(end.code, Some(0), "{}", end.errors);
    let shown: Vec<_> = end.output.lines().filter(|line| line.contains("of 100 values")).collect();
    assert!(!shown.is_empty(), "{}", end.output);
    let last = end.output.lines().last().expect("it prints lines");
    let numbers: Vec<u64> = last.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect();
    assert!(last.starts_with("the attack is over") && numbers[0] == numbers[1] && numbers[0] > 1_000, "{last}");
    assert!(end.errors.contains("tenant") && end.errors.contains("attack.rs"), "no warning: {}", end.errors);
}

#[test]
fn a_server_with_a_limit_of_samples_never_misses_a_scrape() {
    const LIMIT: u32 = 500;
    let environment = [("METRICS_PORT", "0"), ("METRICS_GUARD_SAMPLES_PER_SCRAPE", "500")];
    let shop = Shop::open_with(&["--no-load", "--attack"], &environment);
    let prometheus = Prometheus::taking(shop.metrics(), LIMIT);
    // Not all of them: on a busy machine one may be late.
    eventually(|| match prometheus.value("sum_over_time(up%5B5m%5D)") {
        Some(scrapes) if scrapes >= 6.0 => Ok(()),
        scrapes => Err(format!("{scrapes:?} scrapes, the last one: {}", prometheus.last_error())),
    });
    let own = sample::of_text(&prometheus.own_page());
    let exceeded = own.iter().find(|sample| sample.name == "prometheus_target_scrapes_exceeded_sample_limit_total");
    assert_eq!(exceeded.map(|sample| sample.value), Some(0.0), "a scrape had too many samples");
    let most = prometheus.value("max_over_time(scrape_samples_scraped%5B5m%5D)").expect("it has scraped");
    assert!(most > 300.0, "the attack has filled {most} samples only, which shows nothing");
    let page = sample::of_text(&http::get(shop.metrics(), "/metrics"));
    let folded = page.iter().filter(|sample| sample.name == "tachometer_guard_folded_total");
    let most = folded.map(|folded| folded.value).fold(0.0, f64::max);
    assert!(most > 1_000.0, "{most}");
    let report = http::get(shop.metrics(), "/cardinality");
    assert!(report.contains(r#""label":"tenant""#) && report.contains(r#""offenders":[{"#), "{report}");
}
