//! Settings of the guard: its limits, and what is said of some metrics only. It knows no source.

use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::{
    suggest,
    value::{Misplaced, Mistake, Node, Value, because, malformed, quoted},
};
use crate::{
    GaugeFold,
    cardinality::{
        check::SOONEST,
        policy::{Cap, KindExpiry, Override, Overrides},
    },
    metric::{
        kind::Kind,
        matcher::{MATCHERS, Matcher},
    },
};

/// How no limit is written.
const UNLIMITED: &str = "unlimited";

/// The keys of one entry of `guard.override`.
const ENTRY: [&str; 10] =
    ["match", "label", "values", "within", "allow", "allow_only", "drop_label", "series", "gauges", "expire_after"];

const NO_ENTRY: &str = "`guard.override` is no list of tables; write [[guard.override]], and below it lines such as match = \"http_*\", label = \"route\" and values = 50";

const FOLDS: [(&str, GaugeFold); 4] =
    [("drop", GaugeFold::Drop), ("sum", GaugeFold::Sum), ("max", GaugeFold::Max), ("last", GaugeFold::Last)];

/// What a limit may be, for messages.
const LIMIT: &str = "write a number from 1, or \"unlimited\"";

/// What the time may be after which idle series end, for messages.
pub(super) const EXPIRY: &str = "write a number of seconds from 1, or 0 for never";

/// The kinds of metrics by their names.
const KINDS: [Kind; 4] = [Kind::Counter, Kind::Gauge, Kind::Histogram, Kind::Summary];

/// What a rule for gauges may be, for messages.
pub(super) const GAUGES: &str = "write drop, sum, max or last";

impl Value for Cap {
    fn of_text(text: &str) -> Result<Self, Mistake> {
        if text == UNLIMITED { Ok(Self::NONE) } else { usize::of_text(text).map(|most| Self(most as u64)) }
    }

    fn of_toml(node: &Node<'_>) -> Result<Self, Misplaced> {
        match node.get_ref().as_str() {
            Some(UNLIMITED) => Ok(Self::NONE),
            Some(_) => Err(malformed(node)),
            None => usize::of_toml(node).map(|most| Self(most as u64)),
        }
    }

    fn to_toml(&self) -> String {
        if *self == Self::NONE { quoted(UNLIMITED) } else { self.0.to_string() }
    }
}

impl Value for GaugeFold {
    fn of_text(text: &str) -> Result<Self, Mistake> {
        FOLDS.iter().find(|(name, _)| *name == text).map(|(_, fold)| *fold).ok_or(Mistake::Malformed)
    }

    fn of_toml(node: &Node<'_>) -> Result<Self, Misplaced> {
        let text = node.get_ref().as_str().ok_or_else(|| malformed(node))?;
        Self::of_text(text).map_err(|mistake| Misplaced { span: node.span(), mistake })
    }

    fn to_toml(&self) -> String {
        let name = FOLDS.iter().find(|(_, fold)| fold == self).map_or("drop", |(name, _)| name);
        quoted(name)
    }
}

impl Value for KindExpiry {
    const JOINS: bool = true;

    fn of_text(text: &str) -> Result<Self, Mistake> {
        let mut all = Self::default();
        for item in text.split(',') {
            let (name, idle) = item.split_once('=').ok_or(Mistake::Malformed)?;
            let idle = Duration::of_text(idle.trim())?;
            let is_right = idle.is_zero() || idle >= SOONEST;
            all.set(kind(name.trim())?, Some(idle).filter(|_| is_right).ok_or(Mistake::Malformed)?);
        }
        Ok(all)
    }

    fn of_toml(node: &Node<'_>) -> Result<Self, Misplaced> {
        let mut all = Self::default();
        for (name, value) in node.get_ref().as_table().ok_or_else(|| malformed(node))? {
            let kind = kind(name.get_ref()).map_err(|mistake| Misplaced { span: name.span(), mistake })?;
            all.set(kind, idle(value)?);
        }
        Ok(all)
    }

    fn to_toml(&self) -> String {
        let all: Vec<_> = self.0.iter().map(|(kind, idle)| format!("{kind} = {}", idle.to_toml())).collect();
        format!("{{ {} }}", all.join(", "))
    }

    fn joined(mut self, stronger: Self) -> Self {
        stronger.0.into_iter().for_each(|(kind, idle)| self.set(kind, idle));
        self
    }
}

fn kind(name: &str) -> Result<Kind, Mistake> {
    KINDS.into_iter().find(|kind| kind.as_str() == name).ok_or_else(|| {
        let names = KINDS.map(Kind::as_str);
        Mistake::Because(format!("no kind of metric is called `{name}`") + &suggest::remedy(name, names))
    })
}

impl Value for Overrides {
    const JOINS: bool = true;

    /// As the file has it, on one line.
    fn of_text(text: &str) -> Result<Self, Mistake> {
        let line = format!("it = {text}");
        let table = DeTable::parse(&line).map_err(|_| Mistake::Malformed)?;
        let (Some(node), 1) = (table.get_ref().get("it"), table.get_ref().len()) else {
            return Err(Mistake::Malformed);
        };
        Self::of_toml(node).map_err(|misplaced| misplaced.mistake)
    }

    fn of_toml(node: &Node<'_>) -> Result<Self, Misplaced> {
        let entries = node.get_ref().as_array().ok_or_else(|| because(node, NO_ENTRY))?;
        let mut overrides = Vec::new();
        for entry in entries {
            let DeValue::Table(table) = entry.get_ref() else { return Err(because(entry, NO_ENTRY)) };
            overrides.extend(Entry { node: entry, table }.read()?);
        }
        Ok(Self(overrides))
    }

    fn to_toml(&self) -> String {
        let entries = self.0.iter().map(|(matcher, what)| {
            let matcher = quoted(&matcher.to_string());
            let what = match what {
                Override::Values { label, most } => {
                    format!("label = {}, values = {}", quoted(label), most.to_toml())
                }
                Override::Within { label, within, most } => {
                    let (label, within) = (quoted(label), quoted(within));
                    format!("label = {label}, values = {}, within = {within}", most.to_toml())
                }
                Override::Series(most) => format!("series = {}", most.to_toml()),
                Override::Allow { label, values, only } => {
                    let values: Vec<_> = values.iter().map(|value| quoted(value)).collect();
                    let key = if *only { "allow_only" } else { "allow" };
                    format!("label = {}, {key} = [{}]", quoted(label), values.join(", "))
                }
                Override::DropLabel(label) => format!("drop_label = {}", quoted(label)),
                Override::Gauges(fold) => format!("gauges = {}", fold.to_toml()),
                Override::Expiry(idle) => format!("expire_after = {}", idle.to_toml()),
            };
            format!("{{ match = {matcher}, {what} }}")
        });
        format!("[{}]", entries.collect::<Vec<_>>().join(", "))
    }

    fn joined(mut self, stronger: Self) -> Self {
        self.0.extend(stronger.0);
        self
    }
}

/// One entry of `guard.override`, in which several things may be said.
struct Entry<'a, 'n> {
    node: &'a Node<'n>,
    table: &'a DeTable<'n>,
}

impl Entry<'_, '_> {
    fn read(&self) -> Result<Vec<(Matcher, Override)>, Misplaced> {
        for key in self.table.keys() {
            if !ENTRY.contains(&&**key.get_ref()) {
                let problem = format!("an entry of `guard.override` has no `{}`", key.get_ref());
                let mistake = Mistake::Because(problem + &suggest::remedy(key.get_ref(), ENTRY));
                return Err(Misplaced { span: key.span(), mistake });
            }
        }
        let metrics = self.matcher()?;
        let mut said = Vec::new();
        if let Some(node) = self.table.get("values") {
            let (label, most) = (self.label("values")?, cap("values", node)?);
            said.push(match self.table.get("within") {
                Some(within) => Override::Within { label, within: text("within", within)?, most },
                None => Override::Values { label, most },
            });
        } else if let Some(node) = self.table.get("within") {
            return Err(because(node, "`within` is for a limit of values; add values = 50"));
        }
        for (key, only) in [("allow", false), ("allow_only", true)] {
            if let Some(node) = self.table.get(key) {
                said.push(Override::Allow { label: self.label(key)?, values: texts(key, node)?.into(), only });
            }
        }
        if let (Some(_), Some(node)) = (self.table.get("allow"), self.table.get("allow_only")) {
            return Err(because(node, "`allow` and `allow_only` are two lists for one label; keep one of them"));
        }
        if said.is_empty()
            && let Some(node) = self.table.get("label")
        {
            return Err(because(node, "nothing is said of this `label`; add values, allow or allow_only"));
        }
        if let Some(node) = self.table.get("drop_label") {
            said.push(Override::DropLabel(text("drop_label", node)?));
        }
        if let Some(node) = self.table.get("series") {
            said.push(Override::Series(cap("series", node)?));
        }
        if let Some(node) = self.table.get("gauges") {
            let fold = GaugeFold::of_toml(node).map_err(|_| because(node, format!("`gauges` is no rule; {GAUGES}")))?;
            said.push(Override::Gauges(fold));
        }
        if let Some(node) = self.table.get("expire_after") {
            said.push(Override::Expiry(idle(node)?));
        }
        if said.is_empty() {
            return Err(because(
                self.node,
                "this entry of `guard.override` says nothing; add values, series or others",
            ));
        }
        Ok(said.into_iter().map(|what| (metrics.clone(), what)).collect())
    }

    fn matcher(&self) -> Result<Matcher, Misplaced> {
        let missing = || because(self.node, "this entry of `guard.override` has no `match`; add it");
        let node = self.table.get("match").ok_or_else(missing)?;
        let parsed = node.get_ref().as_str().and_then(|text| text.parse().ok());
        parsed.ok_or_else(|| because(node, format!("`match` is no matcher; {MATCHERS}")))
    }

    /// The label that something is said of.
    fn label(&self, key: &str) -> Result<String, Misplaced> {
        let missing = || because(self.node, format!("`{key}` is for one label; add label = \"..\""));
        text("label", self.table.get("label").ok_or_else(missing)?)
    }
}

/// The time after which idle series end.
fn idle(node: &Node<'_>) -> Result<Duration, Misplaced> {
    let idle = Duration::of_toml(node).ok().filter(|idle| idle.is_zero() || *idle >= SOONEST);
    idle.ok_or_else(|| because(node, format!("`expire_after` is no time; {EXPIRY}")))
}

fn cap(key: &str, node: &Node<'_>) -> Result<Cap, Misplaced> {
    let most = Cap::of_toml(node).ok().filter(|most| most.0 > 0);
    most.ok_or_else(|| because(node, format!("`{key}` is no limit; {LIMIT}")))
}

fn text(key: &str, node: &Node<'_>) -> Result<String, Misplaced> {
    let text = node.get_ref().as_str().filter(|text| !text.is_empty());
    text.map(str::to_owned).ok_or_else(|| because(node, format!("`{key}` is no text; write a label's name in quotes")))
}

fn texts(key: &str, node: &Node<'_>) -> Result<Vec<String>, Misplaced> {
    let values = node.get_ref().as_array().and_then(|values| {
        values.iter().map(|value| value.get_ref().as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
    });
    values.ok_or_else(|| because(node, format!("`{key}` is no list of texts; write it as [\"nz\", \"de\"]")))
}
