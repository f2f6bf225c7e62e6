//! What every dashboard must be, for catalogues of sites alone.

use std::collections::HashSet;

use serde_json::Value;

use super::*;
use crate::{
    call::site::{Counted, Declaration, InFlight, More, Site, Source, Timed},
    catalog::gather::Gathered,
    collectors::Descriptor,
    metric::{bounds::Native, name::Name},
    slo::{Slo, ms},
};

const SLO: Slo = Slo::new("pay").success_rate(99.9).latency(ms(250), 99.0);
const LAG: Descriptor = Descriptor::gauge("gpu_up", "Whether it is up.").labels(&["gpu"]);
const NAMES: [&str; 30] = [
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "n", "o", "p", "q", "r", "t", "u", "v", "w", "x", "y",
    "z", "aa", "bb", "cc", "dd", "ee", "ff",
];

fn at(line: u32, function: &'static str) -> Source {
    Source::new("shop", "shop", "src/shop.rs", line, function)
}

fn catalog(own: usize) -> Catalog {
    let team = &More { team: Some("the money"), left: &[] };
    let shared = Declaration::new().counter(Counted::FUNCTION).timer(Timed::FUNCTION).gauge(InFlight::FUNCTION);
    let mut sites = vec![
        Site::leaked(at(1, "look"), shared.function("look").more(team)),
        Site::leaked(
            at(2, "pay"),
            Declaration::new().counter(Counted::new(Name::counter("pay_total"), "").result().slo(SLO)).more(team),
        ),
        Site::leaked(
            at(3, "pay"),
            Declaration::new().timer(Timed::new(Name::timer("pay_seconds"), "").native(Native::new())),
        ),
    ];
    let named = NAMES.iter().take(own).zip(10..);
    sites.extend(named.map(|(name, line)| {
        Site::leaked(at(line, name), Declaration::new().counter(Counted::new(Name::assumed(name), "")))
    }));
    let mut gathered = Gathered::default();
    gathered.sites(&sites);
    gathered.collector("gpu", &[LAG]);
    gathered.finish()
}

/// All panels of a dashboard but the heads of rows.
fn panels(document: &Value) -> Vec<Value> {
    let top = document["panels"].as_array().expect("there are some").iter();
    let all =
        top.flat_map(|panel| [vec![panel.clone()], panel["panels"].as_array().cloned().unwrap_or_default()].concat());
    all.filter(|panel| panel["type"] != "row").collect()
}

fn documents(catalog: &Catalog) -> Vec<Value> {
    let files = catalog.dashboards(&Options::new("The Shop"));
    files.iter().map(|file| serde_json::from_str(&file.text).expect("it is JSON")).collect()
}

#[test]
fn every_panel_has_what_a_reader_needs() {
    for document in documents(&catalog(0)) {
        let mut ids = HashSet::new();
        for panel in panels(&document) {
            let text = |key: &str| panel[key].as_str().unwrap_or_default().to_owned();
            assert!(!text("title").is_empty() && !text("description").is_empty(), "{panel}");
            assert!(panel["fieldConfig"]["defaults"]["unit"].as_str().is_some_and(|unit| !unit.is_empty()));
            assert_eq!(panel["datasource"]["uid"], "${datasource}");
            assert!(ids.insert(panel["id"].as_u64()), "{panel}");
            let grid = &panel["gridPos"];
            assert!(grid["x"].as_u64().zip(grid["w"].as_u64()).is_some_and(|(x, w)| x + w <= 24), "{panel}");
            for target in panel["targets"].as_array().expect("there are some") {
                assert_eq!(target["datasource"]["uid"], "${datasource}");
                assert!(target["expr"].as_str().is_some_and(|expr| !expr.is_empty()));
            }
        }
        assert!(document["uid"].as_str().is_some_and(|uid| uid.starts_with("the-shop-") && uid.len() <= 40));
    }
}

#[test]
fn the_same_catalogue_makes_the_same_bytes() {
    let options = Options::new("shop");
    assert_eq!(catalog(3).dashboards(&options), catalog(3).dashboards(&options));
}

#[test]
fn panels_are_there_for_what_the_catalogue_has() {
    let text = |documents: &[Value]| documents.iter().map(Value::to_string).collect::<String>();
    let all = text(&documents(&catalog(0)));
    for there in ["gpu_up", "pay_seconds", "function_calls_concurrent", "job_slo:budget_left:ratio", "team-the-money"] {
        assert!(all.contains(there), "{there}");
    }
    assert!(!all.contains("tokio_") && !all.contains("process_"));
    let bare = text(&documents(&Gathered::default().finish()));
    assert!(!bare.contains("function_calls") && !bare.contains("job_slo"), "{bare}");
}

#[test]
fn of_many_metrics_one_is_chosen() {
    let document =
        documents(&catalog(30)).into_iter().find(|it| it["uid"] == "the-shop-functions").expect("it is there");
    assert!(panels(&document).len() < 80);
    let variables = document["templating"]["list"].as_array().expect("there are some");
    let counter = variables.iter().find(|variable| variable["name"] == "counter").expect("it can be chosen");
    assert_eq!(counter["options"].as_array().map(Vec::len), Some(31));
}

#[test]
fn a_team_sees_its_own_functions() {
    let team =
        documents(&catalog(2)).into_iter().find(|it| it["title"] == "The Shop: team the money").expect("it is there");
    let text = team.to_string();
    assert!(text.contains("function=~\\\\\\\"look\\\\\\\"") || text.contains("function=~\\\"look\\\""), "{text}");
    assert!(text.contains("pay_total") && !text.contains("\"a\""));
}
