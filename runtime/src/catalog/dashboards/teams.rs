//! A dashboard for each team: its objectives and its functions.

use super::{
    super::{Catalog, Family, Function, options::quoted},
    Board, Panel, Row, queries,
};
use crate::metric::name;

/// How many metrics a team's dashboard shows.
const MOST: usize = 24;

pub(super) fn boards(catalog: &Catalog) -> Vec<Board> {
    catalog.teams().into_iter().map(|team| board(catalog, team)).collect()
}

fn board(catalog: &Catalog, team: &str) -> Board {
    let own: Vec<&Function> = catalog.functions.iter().filter(|function| function.team == Some(team)).collect();
    let mut rows = Vec::new();
    if own.iter().any(|function| !function.objectives.is_empty()) {
        let selected = format!("{{job=~\"$job\",team={}}}", quoted(team));
        rows.push(Row::new(
            "Objectives",
            vec![
                Panel::lines("Budget left", "What is left of what may be missed, by objective.", "percentunit").target(
                    format!("min by (slo, objective) (job_slo:budget_left:ratio{selected})"),
                    "{{slo}} {{objective}}",
                ),
                Panel::lines(
                    "Burn within an hour",
                    "Share of the last hour's calls that missed an objective.",
                    "percentunit",
                )
                .target(
                    format!("max by (slo, objective) (job_slo:missed:ratio1h{selected}) or vector(0)"),
                    "{{slo}} {{objective}}",
                ),
            ],
        ));
    }
    let mut families: Vec<&Family> =
        own.iter().flat_map(|function| &function.metrics).filter_map(|name| catalog.family(name)).collect();
    families.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    families.dedup_by(|a, b| a.name == b.name);
    for family in families.into_iter().take(MOST) {
        let more = if family.has_label("function") { functions(&own, &family.name) } else { String::new() };
        rows.push(Row::new(family.name.clone(), queries::panels(family, &more)));
    }
    let id = format!("team-{}", name::to_word(team, false).replace('_', "-").to_ascii_lowercase());
    Board::new(id, format!("team {team}"), "The functions of one team, and their objectives.", rows)
}

/// The matcher of the team's functions in a metric that all functions share.
fn functions(own: &[&Function], metric: &str) -> String {
    let own = own.iter().filter(|function| function.metrics.iter().any(|name| name == metric));
    let mut names: Vec<&str> = own.map(|function| function.name()).collect();
    names.sort_unstable();
    names.dedup();
    format!("function=~{}", quoted(&names.join("|")))
}
