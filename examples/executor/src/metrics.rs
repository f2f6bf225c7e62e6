//! What is recorded, what it means, and how much room there is for it. It knows no callers.

use std::sync::Arc;

use tachometer::{Counter, Family, Gauge, KnownLabels, Policy, Summary, metric::matcher::Matcher};

use crate::tools::TOOLS;

/// An organisation's name; the one user that there is in `--local` has none.
pub(crate) type Org = Option<Arc<str>>;

/// The label that tells organisations apart, and their names from one another's series.
pub(crate) const ORGANISATION: &str = "org";

/// What stands for everything that there is no more room for; the guard's word for it, too.
pub(crate) const OTHER: &str = "other";

/// Most tools are done within a millisecond, and one waits.
pub(crate) const BUCKETS: [f64; 12] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];

/// Every tool of every organisation, from the moment that it is known.
pub(crate) static CALLS: KnownLabels<2> = KnownLabels::new();

pub(crate) static INPUT: Family<Summary, (Org,)> =
    Family::new("executor_tool_input_bytes", &[ORGANISATION]).help("Size of the inputs of tools.");

pub(crate) static CLIENTS: Family<Counter, (String, Org)> =
    Family::new("executor_clients_total", &["client", ORGANISATION])
        .help("Requests to execute a tool, by the client's name; `other` beyond 50 of an organisation.");

pub(crate) static UNKNOWN: Family<Counter, (String, Org)> =
    Family::new("executor_unknown_tools_total", &["requested", ORGANISATION])
        .help("Requests of tools that do not exist; `other` beyond 50 names of an organisation.");

pub(crate) static ORGANISATIONS: Gauge =
    Gauge::new("executor_organisations").help("Organisations that the tokens file names.");

/// Different texts of one frequency that each organisation has room for.
const TEXTS: u64 = 50;

/// Organisations whose series there is room for.
const MOST_ORGANISATIONS: u64 = 1_000;

/// How many series there may be. Each organisation has its own room for texts, which no other can take; where there is
/// one user, of no organisation, there is no label for it.
pub(crate) fn policy(is_for_one: bool) -> Policy {
    let all = || Matcher::Prefix("executor_".to_owned());
    let policy = Policy::default().series_of(all(), 2 * MOST_ORGANISATIONS * (TEXTS + 1));
    if is_for_one {
        let policy = policy.drop_label(all(), ORGANISATION);
        return policy.values_of(all(), "client", TEXTS).values_of(all(), "requested", TEXTS);
    }
    policy
        .values_of(all(), ORGANISATION, MOST_ORGANISATIONS)
        .values_within(all(), "client", ORGANISATION, TEXTS)
        .values_within(all(), "requested", ORGANISATION, TEXTS)
}

/// Shows all series of an organisation, at 0 unless it has been here before.
pub(crate) fn show(org: &Org) {
    for tool in &TOOLS {
        CALLS.show([&tool.name, org]);
    }
    drop((INPUT.with(org), CLIENTS.with(OTHER, org), UNKNOWN.with(OTHER, org)));
}
