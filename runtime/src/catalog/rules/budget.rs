//! Objectives: what is recorded of them, and when too much of what may be missed is gone.

use std::collections::BTreeMap;

use super::{Alert, Catalog, Group, Options, Rule, Severity, bucket};
use crate::{
    catalog::options::quoted,
    metric::{kind::Kind, name},
    slo::Slo,
};

/// One half of an objective, in one metric.
struct Promise<'a> {
    metric: &'a str,
    objective: &'static str,
    percent: f64,
    /// Within which calls shall end; none where they shall succeed.
    threshold: Option<f64>,
    team: Option<&'static str>,
}

/// How quickly what may be missed is used up, where people are to be told.
struct Speed {
    /// Its share of what may be missed in the period.
    share: f64,
    short: &'static str,
    long: &'static str,
    hours: f64,
    wait: &'static str,
    severity: Severity,
}

/// Those of the SRE workbook.
const SPEEDS: [Speed; 4] = [
    Speed { share: 0.02, short: "5m", long: "1h", hours: 1.0, wait: "2m", severity: Severity::Page },
    Speed { share: 0.05, short: "30m", long: "6h", hours: 6.0, wait: "15m", severity: Severity::Page },
    Speed { share: 0.1, short: "2h", long: "1d", hours: 24.0, wait: "1h", severity: Severity::Ticket },
    Speed { share: 0.1, short: "6h", long: "3d", hours: 72.0, wait: "3h", severity: Severity::Ticket },
];

/// How often objectives are looked at, in seconds.
const EVERY: u32 = 30;

/// The windows that are recorded, each once. The first is that of the rates.
const WINDOWS: [&str; 8] = ["5m", "30m", "1h", "2h", "6h", "1d", "3d", "period"];

/// The rules of all objectives, a group for each.
pub(super) fn groups(catalog: &Catalog, options: &Options) -> Vec<Group> {
    let mut promises: BTreeMap<String, Promise<'_>> = BTreeMap::new();
    for function in &catalog.functions {
        for objective in &function.objectives {
            let Some(family) = catalog.family(&objective.metric) else { continue };
            let Some(promise) = promise(family.kind, &objective.metric, objective.slo, function.team) else { continue };
            let known = promises.entry(promise.key()).or_insert(promise);
            // What several teams share is of none of them.
            if known.team != function.team {
                known.team = None;
            }
        }
    }
    promises.values().map(|promise| promise.group(options)).collect()
}

fn promise<'a>(kind: Kind, metric: &'a str, slo: Slo, team: Option<&'static str>) -> Option<Promise<'a>> {
    let Slo { name: objective, success_rate, latency } = slo;
    let (percent, threshold) = match kind {
        Kind::Counter => (success_rate?, None),
        _ => latency.map(|(threshold, percent)| (percent, Some(threshold.as_secs_f64())))?,
    };
    Some(Promise { metric, objective, percent, threshold, team })
}

impl Promise<'_> {
    fn key(&self) -> String {
        format!("{} {} {:?} {}", self.objective, self.metric, self.threshold, self.percent)
    }

    fn kind(&self) -> &'static str {
        if self.threshold.is_some() { "latency" } else { "success" }
    }

    /// How large a share of calls may miss it.
    fn allowed(&self) -> f64 {
        (100.0 - self.percent) / 100.0
    }

    /// What all rules of it are labelled with.
    fn labels(&self) -> Vec<(&'static str, String)> {
        let mut labels = vec![
            ("slo", self.objective.to_owned()),
            ("objective", self.kind().to_owned()),
            ("metric", self.metric.to_owned()),
            ("percent", number(self.percent)),
        ];
        labels.extend(self.threshold.map(|threshold| ("threshold", number(threshold))));
        labels.extend(self.team.map(|team| ("team", team.to_owned())));
        labels
    }

    /// The matchers of what is recorded of it.
    fn recorded(&self, options: &Options) -> String {
        let named = self.labels().into_iter().filter(|(name, _)| *name != "team");
        let labels: Vec<String> = named.map(|(name, value)| format!("{name}={}", quoted(&value))).collect();
        options.selector(&labels)
    }

    /// The calls that the objective is for, as matchers.
    fn selector(&self, options: &Options, more: Option<String>) -> String {
        let mut matchers = vec![
            format!("objective_name={}", quoted(self.objective)),
            format!("objective_percentile={}", quoted(&self.percent.to_string())),
        ];
        let threshold = self.threshold.map(|it| format!("objective_latency_threshold={}", quoted(&it.to_string())));
        matchers.extend(threshold);
        matchers.extend(more);
        options.selector(&matchers)
    }

    /// All calls, and those that met it.
    fn samples(&self, options: &Options) -> [String; 2] {
        let metric = self.metric;
        match self.threshold {
            None => [
                format!("{metric}{}", self.selector(options, None)),
                format!("{metric}{}", self.selector(options, Some("result=\"ok\"".to_owned()))),
            ],
            Some(threshold) => [
                format!("{metric}_count{}", self.selector(options, None)),
                format!("{metric}_bucket{}", self.selector(options, Some(bucket::matcher(threshold)))),
            ],
        }
    }

    fn group(&self, options: &Options) -> Group {
        let mut rules = self.records(options);
        rules.extend(SPEEDS.iter().filter_map(|speed| self.alert(speed, options)).map(Rule::Alert));
        rules.push(Rule::Alert(self.absence(options)));
        let objective = name::to_word(self.objective, false);
        Group {
            name: format!("{}-slo-{objective}-{}-{}", options.slug(), self.kind(), self.metric),
            interval: Some(EVERY),
            rules,
        }
    }

    fn records(&self, options: &Options) -> Vec<Rule> {
        let [all, good] = self.samples(options);
        let recorded = self.recorded(options);
        let record = |record: String, expr: String| Rule::Record { record, expr, labels: self.labels() };
        let total = format!("sum by (job) (rate({all}[5m]))");
        let mut rules = vec![
            record("job_slo:calls:rate5m".to_owned(), total.clone()),
            // Of a metric that has no such calls yet there is no series, and all of its calls have missed it.
            record(
                "job_slo:missed:rate5m".to_owned(),
                format!("clamp_min({total} - (sum by (job) (rate({good}[5m])) or 0 * {total}), 0)"),
            ),
        ];
        for window in WINDOWS {
            let (range, suffix) = match window {
                "period" => (format!("{}d", options.period_days), "period".to_owned()),
                window => (window.to_owned(), window.to_owned()),
            };
            let sum = |of: &str| match window {
                "5m" => format!("job_slo:{of}:rate5m{recorded}"),
                _ => format!("sum_over_time(job_slo:{of}:rate5m{recorded}[{range}])"),
            };
            // 0 of 0 calls is no share.
            let expr = format!("{} / ({} > 0)", sum("missed"), sum("calls"));
            rules.push(record(format!("job_slo:missed:ratio{suffix}"), expr));
        }
        rules.push(record(
            "job_slo:budget_left:ratio".to_owned(),
            format!("1 - job_slo:missed:ratioperiod{recorded} / {}", number(self.allowed())),
        ));
        rules
    }

    /// The alert of one speed; none if not even a total failure is so quick, or what it tells of is no loss.
    fn alert(&self, speed: &Speed, options: &Options) -> Option<Alert> {
        let Speed { share, short, long, hours, wait, severity } = speed;
        let factor = share * f64::from(options.period_days) * 24.0 / hours;
        let limit = factor * self.allowed();
        if limit >= 1.0 || factor < 1.0 {
            return None;
        }
        let (recorded, limit) = (self.recorded(options), number(limit));
        // Of each evaluation in the window what was missed until the next one: also where the window reaches further back
        // than what is recorded, this is no more than what was missed.
        let missed = format!("sum_over_time(job_slo:missed:rate5m{recorded}[{long}]) * {EVERY}");
        let expr = format!(
            "job_slo:missed:ratio{short}{recorded} > {limit} and job_slo:missed:ratio{long}{recorded} > {limit} and \
             {missed} >= {}",
            options.failures
        );
        let mut labels = self.labels();
        labels.extend([("window", (*long).to_owned())]);
        let percent = number(share * 100.0);
        let days = options.period_days;
        Some(Alert {
            name: "SloBudgetBurn",
            expr,
            wait,
            keep: Some("5m"),
            severity: *severity,
            labels,
            summary: format!(
                "{{{{ $labels.job }}}}: objective {} ({}) is missed by {{{{ $value | humanizePercentage }}}} of its calls, \
                 which uses {percent} % of what may be missed in {days} days within {long}",
                self.objective,
                self.sentence(),
            ),
            action: self.action(),
        })
    }

    fn sentence(&self) -> String {
        match self.threshold {
            None => format!("{} % of the calls in {} succeed", number(self.percent), self.metric),
            Some(threshold) => {
                format!(
                    "{} % of the calls in {} take at most {} s",
                    number(self.percent),
                    self.metric,
                    number(threshold)
                )
            }
        }
    }

    fn action(&self) -> String {
        match self.threshold {
            None => format!(
                "Look at which label values the errors of {} have, and what was deployed when they began; roll back, or \
                 take the failing dependency out.",
                self.metric
            ),
            Some(_) => format!(
                "Look at the heatmap of {}, at saturation and at loop lag beside it; add capacity, or shed load, \
                 until calls are quick again.",
                self.metric
            ),
        }
    }

    /// That the metric is not there at all, so that no objective is watched.
    fn absence(&self, options: &Options) -> Alert {
        let [all, _] = self.samples(options);
        Alert {
            name: "SloMetricAbsent",
            expr: format!("absent({all})"),
            wait: "15m",
            keep: None,
            severity: Severity::Ticket,
            labels: self.labels(),
            summary: format!("Nothing is known of objective {}: {} is not there", self.objective, self.metric),
            action:
                "See whether the program runs and is scraped under this job; if the function was renamed or removed, \
                     make the rules anew from the program's catalogue."
                    .to_owned(),
        }
    }
}

/// A number without what floating point adds to it.
fn number(value: f64) -> String {
    let rounded = (value * 1e9).round() / 1e9;
    rounded.to_string()
}
