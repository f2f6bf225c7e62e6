//! The catalogue as JSON.

use serde_json::{Value, json};

use super::{Catalog, Family, Function, Origin, Skipped};
use crate::{metric::bounds::Buckets, slo::Slo};

pub(super) fn of(catalog: &Catalog) -> String {
    let document = json!({
        "version": 1,
        "metrics": catalog.families.iter().map(metric).collect::<Vec<_>>(),
        "functions": catalog.functions.iter().map(function).collect::<Vec<_>>(),
        "skipped": catalog.skipped.iter().map(skipped).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

fn metric(family: &Family) -> Value {
    let labels: Vec<Value> =
        family.labels.iter().map(|label| json!({ "name": label.name, "values": label.values })).collect();
    let buckets = match &family.buckets {
        None => Value::Null,
        Some(Buckets::Bounds(bounds)) => json!(bounds),
        Some(Buckets::Native(native)) => json!({ "schema": native.schema, "max_buckets": native.max_buckets }),
        Some(Buckets::Both(bounds, native)) => {
            json!({ "bounds": bounds, "schema": native.schema, "max_buckets": native.max_buckets })
        }
    };
    let collector = match &family.origin {
        Origin::Collector(name) => Some(name),
        _ => None,
    };
    json!({
        "name": family.name,
        "type": family.kind.as_str(),
        "unit": family.unit,
        "help": family.help,
        "labels": labels,
        "buckets": buckets,
        "origin": family.origin.as_str(),
        "collector": collector,
    })
}

fn function(function: &Function) -> Value {
    let mut slos: Vec<Slo> = Vec::new();
    for objective in &function.objectives {
        if !slos.contains(&objective.slo) {
            slos.push(objective.slo);
        }
    }
    json!({
        "function": function.name(),
        "module": function.module(),
        "package": function.package(),
        "file": function.file(),
        "line": function.line(),
        "team": function.team,
        "metrics": function.metrics,
        "objectives": slos.into_iter().map(objective).collect::<Vec<_>>(),
    })
}

fn objective(slo: Slo) -> Value {
    let latency =
        slo.latency.map(|(threshold, percent)| json!({ "seconds": threshold.as_secs_f64(), "percent": percent }));
    json!({ "name": slo.name, "success_rate": slo.success_rate, "latency": latency })
}

fn skipped(skipped: &Skipped) -> Value {
    json!({
        "function": skipped.name(),
        "module": skipped.module(),
        "file": skipped.file(),
        "line": skipped.line(),
        "reason": skipped.reason,
    })
}
