//! Rules and scrapes as objects for the operator of Prometheus in Kubernetes.

use super::{Group, Options, yaml};

pub(super) fn of(groups: &[Group], options: &Options) -> String {
    let (name, interval, path) = (options.slug(), options.interval_seconds, &options.path);
    let mut text = format!(
        "# Made from the catalogue of {}; what is written here by hand is lost.\n\
         apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: {name}\n  labels:\n    \
         app.kubernetes.io/name: {name}\nspec:\n  groups:\n",
        options.name
    );
    for group in groups {
        yaml::group(group, 2, &mut text);
    }
    for (kind, endpoints) in [("ServiceMonitor", "endpoints"), ("PodMonitor", "podMetricsEndpoints")] {
        text += &format!(
            "---\napiVersion: monitoring.coreos.com/v1\nkind: {kind}\nmetadata:\n  name: {name}\n  labels:\n    \
             app.kubernetes.io/name: {name}\nspec:\n  jobLabel: app.kubernetes.io/name\n  selector:\n    matchLabels:\n      \
             app.kubernetes.io/name: {name}\n  {endpoints}:\n    - port: metrics\n      path: {path}\n      interval: \
             {interval}s\n"
        );
    }
    text
}
