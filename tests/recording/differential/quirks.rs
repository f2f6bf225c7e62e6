//! All that metrics-exporter-prometheus prints otherwise than the store, and why it may. There are no other differences.

use std::collections::BTreeSet;

use super::operation::{Kind, Operation, What, starts_badly};

/// One difference that is allowed.
pub(super) struct Quirk {
    pub(super) name: &'static str,
    pub(super) reason: &'static str,
    /// Whether the family that these operations are about may differ.
    pub(super) touches: fn(&[&Operation]) -> bool,
    /// Operations on one family after which it does.
    pub(super) example: fn() -> Vec<Operation>,
}

/// Differences in types, series and values.
pub(super) const VALUES: &[Quirk] = &[
    Quirk {
        name: "label values are not escaped injectively",
        reason: "of `\\\\` they print one backslash, of `\\\"` none, and of a backslash before a line's end the two in \
                 the wrong order; Prometheus then takes two series for one",
        touches: |of_name| of_name.iter().any(|it| it.labels.iter().any(|(_, value)| is_escaped_badly(value))),
        example: || vec![counter("a_total", &[("x", "\\\\")], 1)],
    },
    Quirk {
        name: "of names that print alike, one overwrites the other",
        reason: "counters and gauges `a.b` and `a-b` are kept apart and printed as one, so that one's value is lost; the \
                 store makes one metric of them",
        touches: |of_name| !is_only(of_name, Kind::Histogram) && names(of_name).len() > 1,
        example: || vec![counter("a.b", &[], 1), counter("a-b", &[], 2)],
    },
    Quirk {
        name: "label names that print alike make lines that are alike",
        reason: "series that differ in such names only are kept apart and printed as two lines of one series, which \
                 Prometheus refuses; the store makes one series of them",
        touches: |of_name| {
            let printed: BTreeSet<_> = of_name.iter().filter(recorded).map(|it| it.printed_labels()).collect();
            let written: BTreeSet<_> = of_name.iter().filter(recorded).map(|it| sorted(&it.labels)).collect();
            printed.len() < written.len()
        },
        example: || vec![counter("a_total", &[("x.y", "1")], 1), counter("a_total", &[("x-y", "1")], 2)],
    },
    Quirk {
        name: "one label may stand on a series twice",
        reason: "they print a line that has it twice, which Prometheus refuses, or the last one; the store refuses the \
                 series and counts that",
        touches: |of_name| {
            of_name.iter().any(|it| it.printed_labels().windows(2).any(|labels| labels[0].0 == labels[1].0))
        },
        example: || vec![counter("a_total", &[("x.y", "1"), ("x-y", "2")], 1)],
    },
    Quirk {
        name: "one name may have several kinds",
        reason: "they print a TYPE line for each, which Prometheus refuses; in the store the first use decides, and the \
                 others are counted as conflicts",
        touches: |of_name| of_name.iter().filter_map(|it| it.kind()).collect::<BTreeSet<_>>().len() > 1,
        example: || vec![counter("a", &[], 1), Operation::new("a", &[], What::Set(2.0))],
    },
    Quirk {
        name: "a suffix is left out after a name that ends in its letters",
        reason: "the sum of a histogram `checksum` is printed as `checksum`, the count of `x_count` as `x_count`",
        touches: |of_name| {
            let is_so = |name: &str| ["sum", "count", "bucket"].iter().any(|suffix| name.ends_with(suffix));
            of_name.iter().any(|it| it.kind() == Some(Kind::Histogram) && is_so(&it.name))
        },
        example: || vec![histogram("checksum", &[], 1.0)],
    },
    Quirk {
        name: "what is not finite is an observation",
        reason: "NaN falls into no bucket, so that the buckets do not add up to the count, and each of them makes the sum \
                 useless for ever; the store drops and counts it",
        touches: |of_name| of_name.iter().any(|it| matches!(it.what, What::Observe(value, 1..) if !value.is_finite())),
        example: || vec![histogram("a", &[], f64::INFINITY)],
    },
    Quirk {
        name: "a gauge may be changed by what is not finite",
        reason: "no later change makes a number of it again; the store drops and counts that",
        touches: |of_name| {
            of_name.iter().any(|it| matches!(it.what, What::Add(value) | What::Subtract(value) if !value.is_finite()))
        },
        example: || vec![Operation::new("a", &[], What::Set(2.0)), Operation::new("a", &[], What::Add(f64::NAN))],
    },
    Quirk {
        name: "a first digit is replaced",
        reason: "`9lives` is printed as `_lives`, the same as `8lives`; the store prints `_9lives`. Empty names of labels \
                 are printed, which Prometheus refuses; the store prints `_`",
        touches: |of_name| {
            of_name.iter().any(|it| starts_badly(&it.name) || it.labels.iter().any(|(name, _)| starts_badly(name)))
        },
        example: || vec![counter("9lives_total", &[], 1)],
    },
    Quirk {
        name: "a label may begin with `__`",
        reason: "Prometheus keeps these names for itself, and refuses a page on which `__name__` is one; the store prints \
                 one `_` of them",
        touches: |of_name| of_name.iter().any(|it| it.printed_labels().iter().any(|(name, _)| name.starts_with("__"))),
        example: || vec![counter("a_total", &[("__name__", "x")], 1)],
    },
    Quirk {
        name: "a histogram may have a label `le` of its own",
        reason: "they print a line that has it twice, which Prometheus refuses; the store renames the program's",
        touches: |of_name| {
            let has_le = |it: &&&Operation| it.labels.iter().any(|(name, _)| name == "le");
            of_name.iter().filter(has_le).any(|it| it.kind() == Some(Kind::Histogram))
        },
        example: || vec![histogram("a", &[("le", "x")], 1.0)],
    },
];

/// Differences in HELP alone.
pub(super) const HELP: &[Quirk] = &[
    Quirk {
        name: "what is not described has no HELP",
        reason: "promtool complains of families without; the store says that there is no description",
        touches: |of_name| texts(of_name).is_empty(),
        example: || vec![counter("a_total", &[], 1)],
    },
    Quirk {
        name: "HELP is not escaped injectively",
        reason: "as label values are",
        touches: |of_name| texts(of_name).iter().any(|text| is_escaped_badly(text)),
        example: || vec![counter("a_total", &[], 1), described("a_total", "a\\\\b")],
    },
    Quirk {
        name: "names that print alike share a description",
        reason: "the store keeps it for what is printed, under whichever name it was given",
        touches: |of_name| names(of_name).len() > 1,
        example: || vec![counter("_", &[], 0), described("", "Jobs.")],
    },
];

fn counter(name: &str, labels: &[(&str, &str)], amount: u64) -> Operation {
    Operation::new(name, labels, What::Count(amount))
}

fn histogram(name: &str, labels: &[(&str, &str)], value: f64) -> Operation {
    Operation::new(name, labels, What::Observe(value, 1))
}

fn described(name: &str, text: &str) -> Operation {
    Operation::new(name, &[], What::Describe(text.to_owned()))
}

/// Whether a text has a backslash before something that is escaped itself.
fn is_escaped_badly(text: &str) -> bool {
    ["\\\\", "\\\"", "\\\n"].iter().any(|pair| text.contains(pair))
}

fn recorded(operation: &&&Operation) -> bool {
    operation.kind().is_some()
}

fn is_only(of_name: &[&Operation], kind: Kind) -> bool {
    of_name.iter().filter_map(|it| it.kind()).all(|of| of == kind)
}

fn names<'a>(of_name: &[&'a Operation]) -> BTreeSet<&'a str> {
    of_name.iter().map(|it| it.name.as_str()).collect()
}

fn texts<'a>(of_name: &[&'a Operation]) -> BTreeSet<&'a str> {
    let text = |it: &&'a Operation| match &it.what {
        What::Describe(text) => Some(text.as_str()),
        _ => None,
    };
    of_name.iter().filter_map(text).collect()
}

fn sorted(labels: &[(String, String)]) -> Vec<(String, String)> {
    let mut labels = labels.to_vec();
    labels.sort();
    labels
}
