//! The program's call sites on their way into the store: first checked against each other, then registered.

use std::collections::HashMap;

use crate::{
    Error,
    call::{
        backend,
        pending::{self, Spread},
        site::{Metric, Site, Source},
    },
    error::Kind,
    metric::{
        bounds::{Buckets, Ladder},
        kind,
        matcher::Ladders,
        name::sanitize,
        unit::Unit,
    },
    recorder::{live::BUILD_INFO, routes},
    store::{family::default_bounds, registry},
};

/// What all sites of one name must agree on.
#[derive(PartialEq)]
struct Shape {
    kind: kind::Kind,
    labels: Vec<&'static str>,
    buckets: Ladder<'static>,
}

impl Shape {
    fn of(metric: &Metric<'_>) -> Self {
        Self { kind: metric.kind, labels: metric.label_names(), buckets: metric.buckets }
    }

    /// What this one and another do not agree on.
    fn difference(&self, other: &Self) -> String {
        if self.kind != other.kind {
            return format!("a {} and a {}", self.kind, other.kind);
        }
        if self.labels != other.labels {
            return format!("with the labels {} and {}", listed(&self.labels), listed(&other.labels));
        }
        format!("with the buckets {} and {}", self.buckets, other.buckets)
    }
}

/// Fails if two sites of one package declare one metric differently.
///
/// Sites of different packages cannot be brought to agree by their users; there the first one wins, at registration.
pub(crate) fn check(sites: &[Site]) -> Result<(), Error> {
    let mut first: HashMap<(&str, String), (Shape, Source)> = HashMap::new();
    let mut conflicts = Vec::new();
    for site in sites {
        for metric in site.metrics() {
            let (name, shape) = (metric.name(), Shape::of(&metric));
            let (known, source) =
                first.entry((site.source.package, name.clone())).or_insert_with(|| (Shape::of(&metric), site.source));
            if *known != shape {
                conflicts.push(describe(&name, (known, *source), (&shape, site.source)));
            }
        }
    }
    if conflicts.is_empty() {
        return Ok(());
    }
    // The order in which sites are linked means nothing.
    conflicts.sort();
    let message = format!("{}; give them different names, or declare them alike", conflicts.join("; "));
    Err(Error::new(Kind::Conflict, message))
}

/// Who records a metric of this name already, in words; a site, this program, or tachometer itself.
pub(crate) fn owner(name: &str, sites: &[Site]) -> Option<String> {
    if name.starts_with("tachometer_") || name == BUILD_INFO.0 {
        return Some("tachometer itself".to_owned());
    }
    let of_name = |site: &&Site| site.metrics().any(|metric| metric.name() == name);
    if let Some(Source { file, line, .. }) = sites.iter().find(of_name).map(|site| site.source) {
        return Some(format!("the function at {file}:{line}"));
    }
    registry::existing().and_then(|store| store.find(name)).map(|_| "the program".to_owned())
}

/// The histograms of sites, of handles that wait for a recorder, and of requests to the program's own server, with the bounds that each is to have: the declared
/// ones, or those that settings have for it, or else those of its unit; so too where they are native. A site has the last word.
pub(crate) fn histograms(sites: &[Site], ladders: &Ladders) -> HashMap<String, Vec<f64>> {
    let mut histograms = HashMap::new();
    let mut add = |Spread { name, buckets, unit }: Spread<'_>| {
        let bounds = in_force(name, buckets, ladders).bounds().unwrap_or_else(|| default_bounds(unit));
        histograms.insert(name.to_owned(), bounds.to_vec());
    };
    for (name, bounds) in routes::histograms() {
        let buckets = bounds.map_or(Ladder::OfUnit, Ladder::Bounds);
        add(Spread { name, buckets, unit: Unit::of_name(name, kind::Kind::Histogram) });
    }
    pending::each_histogram(&mut add);
    for metric in sites.iter().filter_map(Site::timer_metric) {
        add(Spread { name: &metric.name(), buckets: metric.buckets, unit: Some(Unit::SECONDS) });
    }
    histograms
}

/// The buckets of a histogram that declares these, where settings have a say.
pub(super) fn in_force<'a>(name: &str, declared: Ladder<'a>, ladders: &'a Ladders) -> Ladder<'a> {
    let printed = sanitize(name);
    let told = match declared {
        Ladder::OfUnit => ladders.of(name, &printed),
        Ladder::Bounds(_) | Ladder::Native(_) | Ladder::Both(..) => ladders.over(name, &printed),
    };
    told.map_or(declared, Buckets::ladder)
}

/// Makes all sites known to the store, and those series whose labels are known.
pub(crate) fn register(sites: &[Site]) {
    sites.iter().for_each(backend::register);
}

fn describe(name: &str, a: (&Shape, Source), b: (&Shape, Source)) -> String {
    let ((shape_a, at_a), (shape_b, at_b)) = if place(a.1) <= place(b.1) { (a, b) } else { (b, a) };
    let [a, b] = [at_a, at_b].map(|at| format!("{}:{}", at.file, at.line));
    format!("metric `{name}` is declared twice, {}: at {a} and at {b}", shape_a.difference(shape_b))
}

fn place(source: Source) -> (&'static str, u32) {
    (source.file, source.line)
}

fn listed(labels: &[&str]) -> String {
    if labels.is_empty() { "(none)".to_owned() } else { format!("({})", labels.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        call::site::{Counted, Declaration, Timed},
        metric::{bounds::Native, name::Name},
    };

    const fn at(package: &'static str, line: u32) -> Source {
        Source::new(package, "shop", "src/shop.rs", line, "checkout")
    }

    fn site(source: Source, declaration: Declaration) -> Site {
        Site::of(source, Box::leak(Box::new(declaration)))
    }

    fn timer(package: &'static str, line: u32, timed: Timed) -> Site {
        site(at(package, line), Declaration::new().timer(timed))
    }

    fn counter(package: &'static str, line: u32, counted: Counted) -> Site {
        site(at(package, line), Declaration::new().counter(counted))
    }

    #[test]
    fn two_label_sets_of_one_name_are_refused_with_both_lines() {
        let jobs = Counted::new(Name::counter("jobs_total"), "");
        let sites = [
            site(at("shop", 30), Declaration::new().counter(jobs).labels(&["queue"])),
            site(at("shop", 4), Declaration::new().counter(jobs)),
        ];
        let error = check(&sites).expect_err("they differ");
        assert!(error.is_conflict());
        assert_eq!(
            error.to_string(),
            "metric `jobs_total` is declared twice, with the labels (none) and (queue): at src/shop.rs:4 and at \
             src/shop.rs:30; give them different names, or declare them alike"
        );
    }

    #[test]
    fn two_bucket_lists_are_refused() {
        let timed = Timed::new(Name::timer("wait_seconds"), "");
        let sites = [timer("shop", 1, timed), timer("shop", 2, timed.buckets(&[0.5, 1.0]))];
        assert!(check(&sites).expect_err("they differ").to_string().contains("with the buckets [] and [0.5, 1.0]"));
        let native = timed.native(Native::new());
        let sites = [timer("shop", 1, native), timer("shop", 2, timed.buckets(&[0.5, 1.0]))];
        let message = check(&sites).expect_err("they differ").to_string();
        assert!(message.contains("with the buckets native, schema=3, max_buckets=160 and [0.5, 1.0]"), "{message}");
        let finer = timed.native(Native::new().schema(4));
        check(&[timer("shop", 1, native), timer("shop", 2, finer)]).expect_err("they differ");
        check(&[timer("shop", 1, native), timer("shop", 2, native)]).expect("they agree");
    }

    #[test]
    fn equal_declarations_and_other_packages_pass() {
        let counted = Counted::new(Name::counter("jobs_total"), "");
        let sites = [counter("shop", 1, counted), counter("shop", 2, counted), counter("other", 3, counted.result())];
        assert!(check(&sites).is_ok());
    }
}
