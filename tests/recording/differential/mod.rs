//! The store beside metrics-exporter-prometheus' recorder: both get the same operations, and print the same.

mod operation;
mod page;
mod quirks;

use std::collections::BTreeSet;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use proptest::prelude::*;
use tachometer::testing::Recorder;

use self::{
    operation::{Operation, operations},
    page::{Family, Page},
    quirks::{HELP, Quirk, VALUES},
};

/// What the store makes of some operations.
fn ours(operations: &[Operation]) -> Page {
    let recorder = Recorder::new();
    recorder.run(|| operations.iter().for_each(Operation::record));
    let mut page = Page::read(&recorder.render());
    // It counts what it refuses.
    page.families.retain(|name, _| !name.starts_with("tachometer_"));
    page
}

/// What metrics-exporter-prometheus makes of them, with the buckets that the store has for histograms that declare none.
fn theirs(operations: &[Operation]) -> Page {
    let bounds = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0];
    let seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
    let builder = PrometheusBuilder::new().set_buckets(&bounds).expect("there are some");
    let builder = builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &seconds);
    let recorder = builder.expect("there are some").build_recorder();
    metrics::with_local_recorder(&recorder, || operations.iter().for_each(Operation::record));
    Page::read(&recorder.handle().render())
}

/// The names of the families in which two pages differ, and how, but for what a list of quirks allows.
fn differences(operations: &[Operation], is_allowed: impl Fn(&[Quirk], &[&Operation]) -> bool) -> Vec<String> {
    let (ours, theirs) = (ours(operations), theirs(operations));
    let names: BTreeSet<_> = ours.families.keys().chain(theirs.families.keys()).collect();
    let mut differences = Vec::new();
    for name in names {
        let of_name: Vec<_> = operations.iter().filter(|operation| operation.is_printed_as(name)).collect();
        let (ours, theirs) = (ours.families.get(name), theirs.families.get(name));
        let values = |family: Option<&Family>| family.map(|family| (family.kind.clone(), family.samples.clone()));
        if values(ours) != values(theirs) && !is_allowed(VALUES, &of_name) {
            differences.push(format!("{name}: {ours:#?} and {theirs:#?}"));
        }
        // A family that only one of them has is told of above.
        if let (Some(ours), Some(theirs)) = (ours, theirs)
            && ours.help != theirs.help
            && !is_allowed(HELP, &of_name)
        {
            differences.push(format!("HELP of {name}: {:?} and {:?}", ours.help, theirs.help));
        }
    }
    differences
}

proptest! {
    #[test]
    fn both_print_the_same_but_for_known_quirks(operations in operations()) {
        let differences = differences(&operations, |quirks, of_name| quirks.iter().any(|quirk| (quirk.touches)(of_name)));
        prop_assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
}

/// A quirk that is gone is no longer allowed, and one that is allowed is seen.
#[test]
fn each_quirk_is_one() {
    for quirk in VALUES.iter().chain(HELP) {
        let operations = (quirk.example)();
        let touched: Vec<_> = operations.iter().collect();
        assert!((quirk.touches)(&touched), "{}: the example is none", quirk.name);
        let left = differences(&operations, |quirks, of_name| {
            quirks.iter().any(|other| other.name != quirk.name && (other.touches)(of_name))
        });
        assert!(
            !left.is_empty(),
            "{}: both print the same, so that this need not be allowed; {}",
            quirk.name,
            quirk.reason
        );
    }
}

/// Most of what is generated is compared, or the property would say nothing.
#[test]
fn quirks_are_rare_among_what_is_compared() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let (mut families, mut touched) = (0, 0);
    for _ in 0..200 {
        let operations = operations().new_tree(&mut runner).expect("nothing is filtered").current();
        for name in ours(&operations).families.keys() {
            let of_name: Vec<_> = operations.iter().filter(|operation| operation.is_printed_as(name)).collect();
            families += 1;
            touched += usize::from(VALUES.iter().any(|quirk| (quirk.touches)(&of_name)));
        }
    }
    assert!(touched * 2 < families, "{touched} of {families} families are not compared");
}
