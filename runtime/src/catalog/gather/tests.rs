//! What sites, the store and collectors become in the catalogue.

use super::*;
use crate::{
    call::site::{Counted, Declaration, Left, More, Source, Timed},
    metric::name::Name,
    slo::{Slo, ms},
};

const SLO: Slo = Slo::new("checkout").success_rate(99.9).latency(ms(250), 99.0);

const fn at(line: u32, function: &'static str) -> Source {
    Source::new("shop", "shop::desk", "src/desk.rs", line, function)
}

fn catalog(sites: &[Site]) -> Catalog {
    let mut gathered = Gathered::default();
    gathered.sites(sites);
    gathered.finish()
}

#[test]
fn a_function_is_one_whatever_its_sites_are() {
    let counted = Counted::new(Name::counter("pay_total"), "Payments.").result().slo(SLO);
    let timed = Timed::new(Name::timer("pay_seconds"), "").slo(SLO);
    let team = &More { team: Some("money"), left: &[] };
    let sites = [
        Site::leaked(
            at(9, "pay"),
            Declaration::new().counter(counted).labels(&["kind"]).values(&[Some(&["card", "cash"])]).more(team),
        ),
        Site::leaked(at(9, "pay"), Declaration::new().timer(timed)),
        Site::leaked(at(2, "look"), Declaration::new().counter(Counted::FUNCTION).function("look")),
    ];
    let catalog = catalog(&sites);
    let names: Vec<&str> = catalog.functions().iter().map(Function::name).collect();
    assert_eq!(names, ["look", "pay"]);
    let pay = &catalog.functions()[1];
    assert_eq!((pay.team(), pay.slo(), pay.line()), (Some("money"), Some(SLO), 9));
    assert_eq!(pay.metrics(), ["pay_seconds", "pay_total"]);
    let family = catalog.family("pay_total").expect("it is there");
    let values: Vec<_> =
        family.labels().iter().map(|label| (label.name(), label.values().unwrap_or_default().join(" "))).collect();
    assert_eq!(values, [("kind", "card cash".to_owned()), ("result", "ok error panicked".to_owned())]);
    assert_eq!(catalog.family("pay_seconds").expect("it is there").unit(), Some("seconds"));
    assert_eq!(catalog.teams(), ["money"]);
}

#[test]
fn what_is_left_alone_is_listed_with_its_reason() {
    let more = &More { team: None, left: &[Left { function: "Desk::new", line: 4, why: "it is a `const fn`" }] };
    let sites = [
        Site::leaked(at(7, "call"), Declaration::new().counter(Counted::FUNCTION).left()),
        Site::leaked(at(3, "Desk"), Declaration::new().without_zero().more(more)),
    ];
    let catalog = catalog(&sites);
    assert_eq!((catalog.functions().len(), catalog.families().len()), (0, 0));
    let skipped: Vec<_> = catalog.skipped().iter().map(|it| (it.name(), it.line(), it.reason())).collect();
    let reason = "it returns a future or a stream that cannot be followed to its end";
    assert_eq!(skipped, [("Desk::new", 4, "it is a `const fn`"), ("call", 7, reason)]);
    assert!(catalog.to_json().contains("\"reason\": \"it is a `const fn`\""));
}

#[test]
fn ten_thousand_functions_stay_usable() {
    let sites: Vec<Site> = (0..10_000)
        .map(|line| {
            Site::leaked(
                at(line, "f"),
                Declaration::new().counter(Counted::FUNCTION).timer(Timed::FUNCTION).function("f"),
            )
        })
        .collect();
    let catalog = catalog(&sites);
    assert_eq!((catalog.functions().len(), catalog.families().len()), (10_000, 2));
    assert!(catalog.to_json().len() < 8 << 20);
}

#[test]
fn a_store_and_collectors_are_in_it_as_well() {
    const JOBS: Descriptor = Descriptor::gauge("spool_jobs", "Jobs that wait.").labels(&["queue"]);
    let store = Store::new(0, || 0);
    store.describe("mails_total", Some(Kind::Counter), None, "Mails that were sent.");
    store.describe("told_of", None, None, "Of no kind.");
    let family = store.family("letters_bytes", Kind::Histogram).expect("it is new");
    assert_eq!(family.name(), "letters_bytes");
    let mut gathered = Gathered::default();
    gathered.collector("spool", &[JOBS]);
    gathered.store(&store);
    let catalog = gathered.finish();
    let of = |name: &str| catalog.family(name).unwrap_or_else(|| panic!("{name} is not there"));
    assert_eq!((of("mails_total").kind(), of("mails_total").help()), (Kind::Counter, "Mails that were sent."));
    assert_eq!(of("spool_jobs").origin(), &Origin::Collector("spool".to_owned()));
    assert_eq!(of("letters_bytes").buckets(), Some(&Buckets::Bounds(bounds::BYTES.to_vec())));
    assert_eq!(of("tachometer_conflicts_total").origin(), &Origin::Tachometer);
    assert_eq!(catalog.family("told_of"), None);
}
