//! Samples, read from Prometheus' text format and from the answers of its API.

use std::collections::BTreeMap;

use serde_json::Value;

/// One value of one series.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
}

impl Sample {
    /// The value of a label, empty if the series does not have it.
    pub(crate) fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }

    /// Name and labels, which tell one series from another. To Prometheus an empty label is none.
    pub(crate) fn series(&self) -> String {
        let labels: Vec<_> = self.labels.iter().filter(|(_, value)| !value.is_empty()).collect();
        format!("{}{labels:?}", self.name)
    }
}

/// All samples of a page in the text format.
pub(crate) fn of_text(page: &str) -> Vec<Sample> {
    page.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(of_line).collect()
}

/// The samples in the answer to an instant query, without the labels that Prometheus adds to each target's series. A
/// native histogram is no number and left out.
pub(crate) fn of_answer(answer: &Value) -> Vec<Sample> {
    let series = answer["data"]["result"].as_array().unwrap_or_else(|| panic!("not an instant vector: {answer}"));
    series.iter().filter(|series| series["histogram"].is_null()).map(of_series).collect()
}

/// The exemplars in the answer to a query for them, by the labels that they have themselves.
pub(crate) fn of_exemplars(metric: &str, answer: &Value) -> Vec<Sample> {
    let series = answer["data"].as_array().unwrap_or_else(|| panic!("no exemplars: {answer}"));
    let exemplars = series.iter().flat_map(|series| series["exemplars"].as_array().into_iter().flatten());
    let text = |value: &Value| value.as_str().expect("labels and values are texts").to_owned();
    let sample = |exemplar: &Value| Sample {
        name: metric.to_owned(),
        labels: exemplar["labels"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect(),
        value: number(&text(&exemplar["value"])),
    };
    exemplars.map(sample).collect()
}

/// Label values must not contain `",`, which holds for all programs that are tested here.
fn of_line(line: &str) -> Sample {
    let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("not a sample: {line}"));
    let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
    let labels = labels.trim_end_matches('}').split_terminator("\",").map(|label| {
        let (name, value) = label.split_once("=\"").unwrap_or_else(|| panic!("not a label: {label} in {line}"));
        (name.to_owned(), value.trim_end_matches('"').to_owned())
    });
    Sample { name: name.to_owned(), labels: labels.collect(), value: number(value) }
}

fn of_series(series: &Value) -> Sample {
    let metric = series["metric"].as_object().expect("a series has labels");
    let text = |value: &Value| value.as_str().expect("labels and values are texts").to_owned();
    let labels = metric.iter().filter(|(name, _)| !["__name__", "job", "instance"].contains(&name.as_str()));
    Sample {
        // What is calculated has none.
        name: metric.get("__name__").map(text).unwrap_or_default(),
        labels: labels.map(|(name, value)| (name.clone(), text(value))).collect(),
        value: number(&text(&series["value"][1])),
    }
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("not a number: {text}"))
}
