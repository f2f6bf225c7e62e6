//! A dashboard as a whole.

use serde_json::{Value, json};

use super::{
    Options,
    panel::{FULL, HEIGHT, Panel, datasource},
};

/// A dashboard: rows of panels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Board {
    /// What its identifier ends in.
    pub(super) id: String,
    pub(super) title: String,
    pub(super) description: &'static str,
    pub(super) variables: Vec<Variable>,
    pub(super) rows: Vec<Row>,
}

/// Panels that belong together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) title: String,
    pub(super) panels: Vec<Panel>,
    /// Whether its panels ask nothing until it is opened.
    pub(super) is_closed: bool,
}

/// What can be chosen at the top, besides data source, job and instance.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Variable {
    /// The values of a label, by a query of Grafana's.
    Label { name: &'static str, query: String },
    /// One of these texts.
    One { name: &'static str, values: Vec<String> },
}

impl Row {
    pub(super) fn new(title: impl Into<String>, panels: Vec<Panel>) -> Self {
        Self { title: title.into(), panels, is_closed: false }
    }

    pub(super) fn closed(mut self) -> Self {
        self.is_closed = true;
        self
    }
}

impl Board {
    pub(super) fn new(
        id: impl Into<String>,
        title: impl Into<String>,
        description: &'static str,
        rows: Vec<Row>,
    ) -> Self {
        let rows = rows.into_iter().filter(|row| !row.panels.is_empty()).collect();
        Self { id: id.into(), title: title.into(), description, variables: Vec::new(), rows }
    }

    /// The dashboard as Grafana reads it.
    pub(super) fn to_json(&self, options: &Options) -> String {
        let slug = options.slug();
        let document = json!({
            "uid": uid(&format!("{slug}-{}", self.id)),
            "title": format!("{}: {}", options.name, self.title),
            "description": self.description,
            "tags": ["tachometer", slug],
            "schemaVersion": 39,
            "version": 1,
            "editable": true,
            "graphTooltip": 1,
            "refresh": "30s",
            "time": { "from": "now-1h", "to": "now" },
            "timezone": "browser",
            "annotations": { "list": [] },
            "templating": { "list": self.variables(options) },
            "links": [{
                "type": "dashboards", "title": options.name, "tags": ["tachometer", slug], "asDropdown": true,
                "includeVars": true, "keepTime": true, "targetBlank": false, "icon": "external link", "tooltip": "", "url": "",
            }],
            "panels": self.panels(options.interval_seconds),
        });
        format!("{document:#}\n")
    }

    fn panels(&self, interval: u32) -> Vec<Value> {
        let (mut panels, mut y, mut id) = (Vec::new(), 0, 0);
        for row in &self.rows {
            let mut head = json!({
                "id": next(&mut id), "type": "row", "title": row.title, "collapsed": row.is_closed,
                "gridPos": { "x": 0, "y": y, "w": FULL, "h": 1 }, "panels": [],
            });
            let (mut inner, mut x) = (Vec::new(), 0);
            y += 1;
            for panel in &row.panels {
                if x + panel.width > FULL {
                    (x, y) = (0, y + HEIGHT);
                }
                inner.push(panel.to_json(next(&mut id), [x, y], interval));
                x += panel.width;
            }
            y += HEIGHT;
            if row.is_closed {
                head["panels"] = Value::Array(inner);
                panels.push(head);
            } else {
                panels.push(head);
                panels.extend(inner);
            }
        }
        panels
    }

    fn variables(&self, options: &Options) -> Vec<Value> {
        let mut list = vec![
            json!({ "name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "hide": 0 }),
            by_query("job", &format!("label_values(up{}, job)", options.selector(&[]))),
            by_query("instance", "label_values(up{job=~\"$job\"}, instance)"),
        ];
        list.extend(self.variables.iter().map(|variable| match variable {
            Variable::Label { name, query } => by_query(name, query),
            Variable::One { name, values } => json!({
                "name": name, "label": name, "type": "custom", "query": values.join(","), "hide": 0, "multi": false,
                "includeAll": false, "current": { "text": values.first(), "value": values.first() },
                "options": values.iter().map(|value| json!({ "text": value, "value": value, "selected": false })).collect::<Vec<_>>(),
            }),
        }));
        list
    }
}

fn by_query(name: &str, query: &str) -> Value {
    json!({
        "name": name, "label": name, "type": "query", "datasource": datasource(), "query": query, "refresh": 2, "sort": 1,
        "multi": true, "includeAll": true, "allValue": ".*", "hide": 0, "current": { "text": "All", "value": "$__all" },
    })
}

fn next(id: &mut usize) -> usize {
    *id += 1;
    *id
}

/// An identifier of at most 40 letters, which is Grafana's limit: a longer one ends in a number that is made of all of it.
fn uid(text: &str) -> String {
    if text.len() <= 40 {
        return text.to_owned();
    }
    // FNV-1a: short, and the same everywhere.
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let kept: String = text.chars().filter(char::is_ascii).take(23).collect();
    format!("{kept}-{hash:016x}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn identifiers_are_short_and_tell_long_ones_apart() {
        let [a, b] = ["a", "b"].map(|end| super::uid(&format!("{}{end}", "x".repeat(60))));
        assert!(a.len() == 40 && b.len() == 40 && a != b, "{a} {b}");
        assert_eq!(super::uid("shop-overview"), "shop-overview");
    }
}
