//! Whatever labels there are: a tenant sees its own series, all of them, and no other.

use proptest::prelude::*;

use super::*;
use crate::{
    exporters::{fake::Fake, prometheus::text::Text},
    snapshot::Snapshot,
};

fn visible(fake: Fake, tenant: &str) -> Visible {
    Visible::new(Arc::new(fake), "org", tenant.into())
}

fn text(fake: Fake, tenant: &str) -> String {
    Text::encode_to_string(&visible(fake, tenant))
}

fn fake() -> Fake {
    Fake::new()
        .counter("jobs_total", "Jobs.", &[(&[("org", "a")], 1), (&[("org", "b")], 2), (&[], 3)])
        .gauge("only_b", "Of b.", &[(&[("org", "b")], 4.0)])
        .gauge("nobodys", "Of nobody.", &[(&[("x", "a")], 5.0)])
}

#[test]
fn a_tenant_sees_its_own_series() {
    assert_eq!(text(fake(), "a"), "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{org=\"a\"} 1\n");
    assert_eq!(text(fake(), "b").lines().filter(|line| !line.starts_with('#')).count(), 2);
    assert_eq!(text(fake(), "A"), "", "values are exact");
    assert_eq!(text(fake(), ""), "", "no label is not an empty one");
}

#[test]
fn a_value_cannot_pass_for_a_label() {
    let hostile = || {
        Fake::new().counter(
            "c_total",
            "C.",
            &[
                (&[("org", "b\",org=\"a")], 1),
                (&[("x", "\",org=\"a"), ("org", "b")], 2),
                (&[("x", "org=\"a\""), ("org", "b")], 3),
                (&[("my_org", "a")], 4),
                (&[("org", "a\\")], 5),
                (&[("org", "a\n")], 6),
            ],
        )
    };
    assert_eq!(text(hostile(), "a"), "");
    assert!(text(hostile(), "b\",org=\"a").ends_with("\nc_total{org=\"b\\\",org=\\\"a\"} 1\n"));
    assert!(text(hostile(), "a\\").ends_with(" 5\n"));
    assert!(text(hostile(), "a\n").ends_with(" 6\n"));
}

#[test]
fn names_that_are_printed_alike_hide_the_series() {
    let fake = || {
        Fake::new().counter(
            "c_total",
            "C.",
            &[(&[("org_id", "a"), ("org.id", "b")], 1), (&[("org.id", "a")], 2), (&[("org_id", "a")], 3)],
        )
    };
    let visible = |fake: Fake| Text::encode_to_string(&Visible::new(Arc::new(fake), "org_id", "a".into()));
    assert!(visible(fake()).ends_with("counter\nc_total{org_id=\"a\"} 3\n"));
    let common = Fake::new().common("org_id", "a").counter("c_total", "C.", &[(&[("org.id", "a")], 1), (&[], 2)]);
    assert!(visible(common).ends_with("counter\nc_total{org_id=\"a\"} 2\n"));
}

#[test]
fn a_label_on_everything_counts_unless_a_series_has_its_own() {
    let fake = || Fake::new().common("org", "a").counter("c_total", "C.", &[(&[], 1), (&[("org", "b")], 2)]);
    assert!(text(fake(), "a").ends_with("counter\nc_total{org=\"a\"} 1\n"));
    assert!(text(fake(), "b").ends_with("counter\nc_total{org=\"b\"} 2\n"));
}

/// Values that have to be escaped, or that look like what they are escaped to.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![Just("a".to_owned()), Just("b".to_owned()), "[ab\\\\\"\n,=org]{0,12}", any::<String>()]
}

fn label() -> impl Strategy<Value = (String, String)> {
    (prop_oneof![Just("org".to_owned()), Just("o-rg".to_owned()), "[a-z.\"]{1,4}", any::<String>()], value())
}

proptest! {
    #[test]
    fn nothing_of_another_tenant_is_seen(
        series in prop::collection::vec(prop::collection::vec(label(), 0..4), 0..12),
        tenant in value(),
    ) {
        let mut fake = Fake::new();
        for (at, labels) in series.iter().enumerate() {
            let labels: Vec<_> = labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            fake = fake.counter(&format!("c{at}_total"), "C.", &[(&labels, 1)]);
        }
        let seen = Snapshot::of(&visible(fake, &tenant));
        for (at, labels) in series.iter().enumerate() {
            let mut own = labels.iter().filter(|(name, _)| label::sanitize(name) == "org");
            let owner = own.next().filter(|(name, _)| name == "org" && own.next().is_none()).map(|(_, value)| value);
            let is_seen = seen.family(&format!("c{at}_total")).is_some();
            prop_assert_eq!(is_seen, owner == Some(&tenant), "{:?} for {:?}", labels, tenant);
        }
    }
}
