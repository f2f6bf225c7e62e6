//! The expressions that the documents give for alerts, tried by promtool on series as they come.

use std::fs;

use super::support::prometheus::test_rules;

/// The first expression of a page, which stands below a comment.
fn first_expression(page: &str) -> String {
    let block = page.split("```promql\n").nth(1).expect("there is one");
    let lines = block.lines().skip_while(|line| line.starts_with('#')).take_while(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}

/// Whether the alert of labels with too many values fires at these minutes, for a counter with these values.
fn assert_fires(values: &str, at: &[(u32, bool)]) {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/CARDINALITY.md")).expect("it is there");
    let expression = first_expression(&page);
    let rules = format!("groups: [{{ name: guard, rules: [{{ alert: Folded, expr: \"{expression}\" }}] }}]\n");
    let labels = "metric=\"m\",label=\"v\",reason=\"label_limit\"";
    let cases: String = at
        .iter()
        .map(|(minute, fires)| {
            let alert = "{ exp_labels: { metric: m, label: v, reason: label_limit } }";
            let alerts = if *fires { alert } else { "" };
            format!("      - {{ eval_time: {minute}m, alertname: Folded, exp_alerts: [{alerts}] }}\n")
        })
        .collect();
    let tests = format!(
        "rule_files: [rules.yml]\nevaluation_interval: 1m\ntests:\n  - interval: 1m\n    input_series:\n      - series: \
         'tachometer_guard_folded_total{{{labels}}}'\n        values: '{values}'\n    alert_rule_test:\n{cases}"
    );
    test_rules(&rules, &tests);
}

/// As it was until the counter began at 0: a program that folds nothing has none, and it is born by the first flood.
#[test]
fn a_burst_that_a_counter_is_born_by_is_seen() {
    assert_fires("_ _ _ _ 395x60", &[(2, false), (4, true), (5, true), (8, true), (30, false)]);
}

#[test]
fn a_burst_after_which_nothing_comes_is_seen() {
    assert_fires("0 0 0 0 395x60", &[(2, false), (5, true), (8, true), (30, false)]);
    assert_fires("0x60", &[(2, false), (30, false)]);
}
