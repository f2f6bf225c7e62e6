//! Which rules there are for which catalogue; promtool tries them elsewhere.

use super::*;
use crate::{
    call::site::{Counted, Declaration, More, Site, Source, Timed},
    catalog::gather::Gathered,
    collectors::Descriptor,
    metric::name::Name,
    slo::{Slo, ms},
};

const fn at(line: u32) -> Source {
    Source::new("shop", "shop", "src/shop.rs", line, "pay")
}

fn catalog(slo: Slo, descriptors: &[Descriptor]) -> Catalog {
    let counted = Counted::new(Name::counter("pay_total"), "").result().slo(slo);
    let timed = Timed::new(Name::timer("pay_seconds"), "").slo(slo);
    let team = &More { team: Some("money"), left: &[] };
    let mut gathered = Gathered::default();
    gathered.sites(&[Site::leaked(at(1), Declaration::new().counter(counted).timer(timed).more(team))]);
    gathered.collector("x", descriptors);
    gathered.finish()
}

fn alerts(catalog: &Catalog, options: &Options) -> Vec<Alert> {
    let rules = catalog.groups(options).into_iter().flat_map(|group| group.rules);
    rules
        .filter_map(|rule| match rule {
            Rule::Alert(alert) => Some(alert),
            Rule::Record { .. } => None,
        })
        .collect()
}

/// The thresholds of an objective's alerts, by their long windows.
fn limits(percent: f64, days: u32) -> String {
    let catalog = catalog(Slo::new("pay").success_rate(percent), &[]);
    let burns = alerts(&catalog, &Options::new("shop").period_days(days)).into_iter();
    let burns = burns.filter(|alert| alert.name == "SloBudgetBurn").map(|alert| {
        let window = alert.labels.iter().find(|(name, _)| *name == "window").map(|(_, window)| window.clone());
        let limit = alert.expr.split(" > ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        format!("{} {limit}", window.unwrap_or_default())
    });
    burns.collect::<Vec<_>>().join(", ")
}

#[test]
fn factors_belong_to_period_and_window() {
    assert_eq!(limits(99.9, 30), "1h 0.0144, 6h 0.006, 1d 0.003, 3d 0.001");
    assert_eq!(limits(99.9, 28), "1h 0.01344, 6h 0.0056, 1d 0.0028");
    assert_eq!(limits(99.0, 7), "1h 0.0336, 6h 0.014");
}

#[test]
fn windows_that_cannot_fire_are_left_out() {
    // 14.4 times 10 % are more than all calls.
    assert_eq!(limits(90.0, 30), "6h 0.6, 1d 0.3, 3d 0.1");
    assert_eq!(limits(50.0, 30), "3d 0.5");
}

#[test]
fn whole_seconds_are_found_in_both_spellings() {
    let rules = catalog(Slo::new("pay").latency(ms(1_000), 99.0), &[]).rules(&Options::new("shop").job("shop"));
    assert!(rules.contains(r#"le=~\"1|1[.]0\""#), "{rules}");
    assert!(rules.contains(r#"objective_latency_threshold=\"1\""#), "{rules}");
    assert!(!rules.contains("pay_total"), "{rules}");
}

#[test]
fn every_alert_says_what_to_do_and_asks_for_what_there_is() {
    const UP: Descriptor = Descriptor::gauge("gpu_up", "Up.").labels(&["gpu"]);
    const XID: Descriptor = Descriptor::gauge("gpu_xid_last_timestamp_seconds", "When.").labels(&["gpu", "xid"]);
    let catalog = catalog(Slo::new("pay").success_rate(99.9).latency(ms(250), 99.0), &[UP, XID]);
    let alerts = alerts(&catalog, &Options::new("shop").job("shop"));
    assert!(alerts.iter().all(|alert| alert.action.ends_with('.') && alert.action.len() > 10));
    let health: Vec<&str> = alerts.iter().filter(|alert| alert.labels.is_empty()).map(|alert| alert.name).collect();
    assert_eq!(health, ["TargetDown", "GpuLost", "GpuXidCritical", "GpuXidWarning"]);
    let team = ("team", "money".to_owned());
    assert!(alerts.iter().filter(|alert| !alert.labels.is_empty()).all(|alert| alert.labels.contains(&team)));
    let xid = alerts.iter().find(|alert| alert.name == "GpuXidWarning").expect("it is there");
    assert_eq!(xid.expr, r#"time() - gpu_xid_last_timestamp_seconds{job="shop",xid="94"} < 600"#);
}

#[test]
fn absence_stands_alone_in_its_rule() {
    let catalog = catalog(Slo::new("pay").success_rate(99.9), &[]);
    let absent = alerts(&catalog, &Options::new("shop")).into_iter().filter(|alert| alert.expr.contains("absent("));
    let absent: Vec<String> = absent.map(|alert| alert.expr).collect();
    assert_eq!(absent, [r#"absent(pay_total{objective_name="pay",objective_percentile="99.9"})"#]);
}

#[test]
fn the_operator_gets_the_same_rules() {
    let catalog = catalog(Slo::new("pay").success_rate(99.9), &[]);
    let text = catalog.kubernetes(&Options::new("The Shop"));
    for line in
        ["kind: PrometheusRule", "kind: ServiceMonitor", "kind: PodMonitor", "  name: the-shop", "      interval: 15s"]
    {
        assert!(text.lines().any(|it| it.trim_end() == line.trim_end() || it.contains(line)), "{line}:\n{text}");
    }
    assert_eq!(text.matches("- alert: ").count(), catalog.rules(&Options::new("x")).matches("- alert: ").count());
}
