//! One panel. It knows queries as texts.

use serde_json::{Value, json};

/// A panel of a dashboard.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) unit: &'static str,
    pub(super) look: Look,
    pub(super) targets: Vec<Target>,
    pub(super) width: u32,
}

/// A query, and what its lines are called.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Target {
    pub(super) expr: String,
    pub(super) legend: String,
}

/// How it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Lines,
    /// Lines whose values add up.
    Stacked,
    /// The same as shares of their sum.
    Shares,
    /// The latest value, large.
    Number,
    /// Buckets of a histogram by color.
    Heatmap,
}

/// The width of a dashboard.
pub(super) const FULL: u32 = 24;

/// How high each panel is.
pub(super) const HEIGHT: u32 = 8;

impl Target {
    pub(super) fn new(expr: impl Into<String>, legend: impl Into<String>) -> Self {
        Self { expr: expr.into(), legend: legend.into() }
    }
}

impl Panel {
    pub(super) fn lines(title: impl Into<String>, description: impl Into<String>, unit: &'static str) -> Self {
        Self {
            title: title.into(),
            description: description.into(),
            unit,
            look: Look::Lines,
            targets: Vec::new(),
            width: FULL / 3,
        }
    }

    pub(super) fn look(mut self, look: Look) -> Self {
        self.look = look;
        self
    }

    pub(super) fn width(mut self, width: u32) -> Self {
        self.width = width;
        self
    }

    pub(super) fn target(mut self, expr: impl Into<String>, legend: impl Into<String>) -> Self {
        self.targets.push(Target::new(expr, legend));
        self
    }

    /// The panel at this place of the grid.
    pub(super) fn to_json(&self, id: usize, [x, y]: [u32; 2], interval: u32) -> Value {
        json!({
            "id": id,
            "type": self.look.kind(),
            "title": self.title,
            "description": self.description,
            "datasource": datasource(),
            "gridPos": { "x": x, "y": y, "w": self.width, "h": HEIGHT },
            "interval": format!("{interval}s"),
            "targets": self.targets.iter().zip('A'..='Z').map(|(target, name)| self.query(target, name)).collect::<Vec<_>>(),
            "fieldConfig": { "defaults": self.field(), "overrides": [] },
            "options": self.look.options(),
        })
    }

    fn query(&self, Target { expr, legend }: &Target, name: char) -> Value {
        let is_heatmap = self.look == Look::Heatmap;
        json!({
            "refId": name.to_string(),
            "datasource": datasource(),
            "expr": expr,
            "legendFormat": if is_heatmap { "{{le}}" } else { legend },
            "format": if is_heatmap { "heatmap" } else { "time_series" },
            "exemplar": expr.contains("_bucket"),
            "instant": self.look == Look::Number,
            "range": self.look != Look::Number,
        })
    }

    fn field(&self) -> Value {
        let custom = match self.look {
            Look::Lines => json!({ "fillOpacity": 5, "showPoints": "never", "lineWidth": 1 }),
            Look::Stacked => {
                json!({ "fillOpacity": 30, "showPoints": "never", "stacking": { "mode": "normal", "group": "A" } })
            }
            Look::Shares => {
                json!({ "fillOpacity": 60, "showPoints": "never", "stacking": { "mode": "percent", "group": "A" } })
            }
            Look::Number | Look::Heatmap => json!({}),
        };
        json!({ "unit": self.unit, "custom": custom })
    }
}

impl Look {
    fn kind(self) -> &'static str {
        match self {
            Self::Lines | Self::Stacked | Self::Shares => "timeseries",
            Self::Number => "stat",
            Self::Heatmap => "heatmap",
        }
    }

    fn options(self) -> Value {
        match self {
            Self::Lines | Self::Stacked | Self::Shares => json!({
                "legend": { "displayMode": "list", "placement": "bottom", "showLegend": true, "calcs": [] },
                "tooltip": { "mode": "multi", "sort": "desc" },
            }),
            Self::Number => json!({
                "reduceOptions": { "calcs": ["lastNotNull"], "fields": "", "values": false },
                "orientation": "auto",
                "textMode": "auto",
                "colorMode": "value",
                "graphMode": "area",
                "justifyMode": "auto",
            }),
            Self::Heatmap => json!({
                "calculate": false,
                "cellGap": 1,
                "color": { "mode": "scheme", "scheme": "Oranges", "steps": 64 },
                "yAxis": { "unit": "s", "axisPlacement": "left" },
                "legend": { "show": true },
            }),
        }
    }
}

/// The data source that is chosen at the top.
pub(super) fn datasource() -> Value {
    json!({ "type": "prometheus", "uid": "${datasource}" })
}
