//! Settings that hold several things, to which each source adds: labels and buckets. It knows no setting.

use std::time::Duration;

use toml::de::DeValue;

use super::{
    Config,
    setting::{Field, Setting},
    suggest,
    table::ROW,
    value::{self, Misplaced, Mistake, Node, Value, because, quoted},
};
use crate::metric::{
    bounds::{Buckets, Native, buckets},
    label,
    matcher::{Ladders, MATCHERS, Matcher, Told},
};

pub(super) const BUCKETS: Setting = Setting {
    key: "buckets",
    meaning: "buckets of histograms that declare none, by the metric's name: upper bounds, or native ones; with `override`, of all",
    allowed: "write buckets as http_*=0.1,1,10;*_bytes=256,1024,override;*_size=native",
    reloads: true,
    field: &Field { get: |config| &config.buckets, get_mut: |config| &mut config.buckets, check: check_ladders },
    ..ROW
};

/// Labels for every series, each name once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Labels(pub(super) Vec<(String, String)>);

/// How a value of a label is written in a file.
const LABEL: &str = "write the label as name = \"value\"";

/// The keys of one entry of `buckets`.
const ENTRY: [&str; 7] = ["match", "bounds", NATIVE, "schema", "max_buckets", MIN_RESET, OVERRIDE];

/// What stands where buckets are also for histograms that declare others.
const OVERRIDE: &str = "override";

/// What stands for buckets that are not listed, and for those beside the ones that are.
const NATIVE: &str = "native";

/// What stands before the seconds after which a resolution may come back.
const MIN_RESET: &str = "min_reset";

const NO_ENTRY: &str = "`buckets` is no list of tables; write [[buckets]], and below it lines such as match = \"http_*\" and bounds = [0.1, 1]";

impl Config {
    /// Sets the buckets of these histograms as [`buckets`](Self::buckets) does, also of those that declare others.
    ///
    /// ```
    /// use tachometer::{Config, metric::matcher::Matcher};
    ///
    /// let config = Config::default().override_buckets(Matcher::Prefix("http_".to_owned()), [0.1, 1.0]);
    /// let written = "buckets = [{ match = \"http_*\", bounds = [0.1, 1], override = true }]\n";
    /// assert_eq!(config.to_string(), written);
    /// ```
    pub fn override_buckets(mut self, metrics: Matcher, buckets: impl Into<Buckets>) -> Self {
        let told = Told { matcher: metrics, buckets: buckets.into(), overrides: true };
        self.buckets.get_or_insert_default().tell(told);
        self
    }
}

impl Labels {
    /// Adds a label; one of the same name is replaced.
    pub(super) fn set(&mut self, name: String, value: String) {
        match self.0.iter_mut().find(|(taken, _)| *taken == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(taken, _)| taken == name)
    }

    /// Whether all names are such that series can have them.
    pub(super) fn check(&self) -> Result<(), Mistake> {
        let mistake = self.0.iter().find_map(|(name, _)| label::classic_mistake(name));
        mistake.map_or(Ok(()), |mistake| Err(Mistake::Because(mistake.as_str().to_owned())))
    }
}

impl Value for Labels {
    const JOINS: bool = true;

    fn of_text(text: &str) -> Result<Self, Mistake> {
        let mut labels = Self::default();
        for item in text.split(',') {
            let (name, value) = item.split_once('=').ok_or(Mistake::Malformed)?;
            labels.set(name.trim().to_owned(), value.trim().to_owned());
        }
        Ok(labels)
    }

    fn of_toml(node: &Node<'_>) -> Result<Self, Misplaced> {
        let no_table =
            || because(node, "`labels` is no table; write [labels], and below it lines such as zone = \"eu\"");
        let table = node.get_ref().as_table().ok_or_else(no_table)?;
        let mut labels = Vec::new();
        for (name, value) in table {
            if let Some(mistake) = label::classic_mistake(name.get_ref()) {
                return Err(Misplaced { span: name.span(), mistake: Mistake::Because(mistake.as_str().to_owned()) });
            }
            let text = value.get_ref().as_str();
            let text = text.ok_or_else(|| because(value, format!("label `{}` is no text; {LABEL}", name.get_ref())))?;
            labels.push((name.span().start, name.get_ref().to_string(), text.to_owned()));
        }
        // In the order of the file, which is that of the exposition.
        labels.sort_unstable();
        Ok(Self(labels.into_iter().map(|(_, name, value)| (name, value)).collect()))
    }

    fn to_toml(&self) -> String {
        let labels = self.0.iter().map(|(name, value)| format!("{} = {}", key(name), quoted(value)));
        format!("{{ {} }}", labels.collect::<Vec<_>>().join(", "))
    }

    fn joined(mut self, stronger: Self) -> Self {
        stronger.0.into_iter().for_each(|(name, value)| self.set(name, value));
        self
    }
}

impl Value for Ladders {
    const JOINS: bool = true;

    fn of_text(text: &str) -> Result<Self, Mistake> {
        let mut ladders = Self::default();
        for item in text.split(';') {
            let (matcher, buckets) = item.split_once('=').ok_or(Mistake::Malformed)?;
            let matcher = matcher.trim().parse().map_err(|_| Mistake::Malformed)?;
            let rest = buckets.trim_end().strip_suffix(OVERRIDE).and_then(|rest| rest.trim_end().strip_suffix(','));
            let overrides = rest.is_some();
            let buckets = buckets_of(rest.unwrap_or(buckets)).ok_or(Mistake::Malformed)?;
            ladders.tell(Told { matcher, buckets, overrides });
        }
        Ok(ladders)
    }

    fn of_toml(node: &Node<'_>) -> Result<Self, Misplaced> {
        let entries = node.get_ref().as_array().ok_or_else(|| because(node, NO_ENTRY))?;
        let mut ladders = Self::default();
        for entry in entries {
            let told = ladder(entry)?;
            if ladders.iter().any(|(taken, _)| *taken == told.matcher) {
                return Err(because(entry, format!("`{}` has two lists of buckets; keep one of them", told.matcher)));
            }
            ladders.tell(told);
        }
        Ok(ladders)
    }

    fn to_toml(&self) -> String {
        let entries = self.all().iter().map(|Told { matcher, buckets, overrides }| {
            let list = |bounds: &[f64]| {
                let bounds: Vec<_> = bounds.iter().copied().map(value::number).collect();
                format!("[{}]", bounds.join(", "))
            };
            let buckets = match buckets {
                Buckets::Bounds(bounds) => list(bounds),
                Buckets::Native(native) => format!("\"{NATIVE}\", {}", fineness(*native)),
                Buckets::Both(bounds, native) => format!("{}, {NATIVE} = true, {}", list(bounds), fineness(*native)),
            };
            let overrides = if *overrides { ", override = true" } else { "" };
            format!("{{ match = {}, bounds = {buckets}{overrides} }}", quoted(&matcher.to_string()))
        });
        format!("[{}]", entries.collect::<Vec<_>>().join(", "))
    }

    fn joined(mut self, stronger: Self) -> Self {
        stronger.all().iter().for_each(|told| self.tell(told.clone()));
        self
    }
}

/// How fine native buckets are, as an entry has it.
fn fineness(Native { schema, max_buckets, min_reset }: Native) -> String {
    let rest = if min_reset == buckets::MIN_RESET { String::new() } else { format!(", {MIN_RESET} = {min_reset}") };
    format!("schema = {schema}, max_buckets = {max_buckets}{rest}")
}

/// Whether all buckets are such that histograms can have them.
pub(super) fn check_ladders(ladders: &Ladders) -> Result<(), Mistake> {
    let mistake = ladders.iter().find_map(|(matcher, buckets)| Ladders::mistake(matcher, buckets));
    mistake.map_or(Ok(()), |mistake| Err(Mistake::Because(mistake)))
}

/// Buckets as a variable has them: `0.1,1,10`, `native,schema=3,max_buckets=160`, or one behind the other.
fn buckets_of(text: &str) -> Option<Buckets> {
    let mut items = text.split(',').map(str::trim).peekable();
    let mut bounds = Vec::new();
    while let Some(bound) = items.next_if(|item| *item != NATIVE) {
        bounds.push(bound.parse().ok()?);
    }
    if items.next().is_none() {
        return Some(Buckets::Bounds(bounds));
    }
    let native = items.try_fold(Native::new(), |native, item| {
        let (key, value) = item.split_once('=')?;
        match key.trim() {
            "schema" => Some(native.schema(value.trim().parse().ok()?)),
            "max_buckets" => Some(native.max_buckets(value.trim().parse().ok()?)),
            MIN_RESET => Some(native.min_reset(Duration::from_secs(value.trim().parse().ok()?))),
            _ => None,
        }
    });
    native.map(|native| if bounds.is_empty() { native.into() } else { native.beside(bounds) })
}

/// One entry of `buckets`.
fn ladder(entry: &Node<'_>) -> Result<Told, Misplaced> {
    let DeValue::Table(table) = entry.get_ref() else { return Err(because(entry, NO_ENTRY)) };
    for key in table.keys() {
        if !ENTRY.contains(&&**key.get_ref()) {
            let problem = format!("an entry of `buckets` has no `{}`", key.get_ref());
            let mistake = Mistake::Because(problem + &suggest::remedy(key.get_ref(), ENTRY));
            return Err(Misplaced { span: key.span(), mistake });
        }
    }
    let [matcher, bounds, native, schema, max_buckets, min_reset, overrides] =
        ENTRY.map(|name| (name, table.get(name)));
    let [is_native, overrides] = [switch(native)?, switch(overrides)?];
    let needed = |(name, value): (&str, _)| {
        let missing = || because(entry, format!("this entry of `buckets` has no `{name}`; add it"));
        Option::ok_or_else(value, missing)
    };
    let (matcher, bounds) = (needed(matcher)?, needed(bounds)?);
    let parsed = matcher.get_ref().as_str().and_then(|text| text.parse().ok());
    let parsed: Matcher = parsed.ok_or_else(|| because(matcher, format!("`match` is no matcher; {MATCHERS}")))?;
    let fineness = [schema, max_buckets, min_reset];
    let buckets = if bounds.get_ref().as_str() == Some(NATIVE) {
        fineness.into_iter().try_fold(Native::new(), with)?.into()
    } else {
        let numbers = bounds.get_ref().as_array().and_then(|bounds| bounds.iter().map(value::float).collect());
        let no_numbers =
            || because(bounds, "`bounds` is no list of numbers; write it as [0.1, 1, 10], or as \"native\"");
        let numbers: Vec<f64> = numbers.ok_or_else(no_numbers)?;
        if is_native {
            fineness.into_iter().try_fold(Native::new(), with)?.beside(numbers)
        } else if let Some((name, node)) = fineness.into_iter().find_map(|(name, node)| Some((name, node?))) {
            let message = format!(
                "`{name}` is that of native buckets; drop it, or write bounds = \"{NATIVE}\", or {NATIVE} = true for both kinds"
            );
            return Err(because(node, message));
        } else {
            Buckets::Bounds(numbers)
        }
    };
    match Ladders::mistake(&parsed, &buckets) {
        Some(mistake) => Err(because(bounds, mistake)),
        None => Ok(Told { matcher: parsed, buckets, overrides }),
    }
}

/// What an entry says yes or no to; no where it says nothing.
fn switch((name, node): (&str, Option<&Node<'_>>)) -> Result<bool, Misplaced> {
    let neither = |node| because(node, format!("`{name}` is neither true nor false; write one of them"));
    node.map_or(Ok(false), |node| node.get_ref().as_bool().ok_or_else(|| neither(node)))
}

/// Native buckets with what an entry says of them.
fn with(native: Native, (name, node): (&str, Option<&Node<'_>>)) -> Result<Native, Misplaced> {
    let Some(node) = node else { return Ok(native) };
    let number = value::integer(node);
    let changed = match name {
        "schema" => number.and_then(|schema| Some(native.schema(schema.try_into().ok()?))),
        MIN_RESET => number.and_then(|seconds| Some(native.min_reset(Duration::from_secs(seconds.try_into().ok()?)))),
        _ => number.and_then(|most| Some(native.max_buckets(most.try_into().ok()?))),
    };
    let changed = changed.ok_or_else(|| because(node, format!("`{name}` is no whole number; write one such as 3")))?;
    let mistake = changed.mistake().map(|mistake| because(node, mistake.as_str()));
    mistake.map_or(Ok(changed), Err)
}

/// A key as TOML, in quotes where it needs them.
fn key(name: &str) -> String {
    let is_bare = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if is_bare { name.to_owned() } else { quoted(name) }
}
