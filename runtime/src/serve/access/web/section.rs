//! A mapping of `web.yml` whose keys are known: what is unknown or of another type is named. It knows no key itself.

use serde_json::{Map, Value};

use crate::config::suggest;

/// A mapping, of which each key is taken out once.
pub(super) struct Section {
    /// How its keys are called in messages: empty, or the section's name with a dot.
    prefix: String,
    values: Map<String, Value>,
}

impl Section {
    /// # Errors
    /// If it has a key that is not among `keys`.
    pub(super) fn new(name: &str, value: Value, keys: &[&str]) -> Result<Self, String> {
        let prefix = if name.is_empty() { String::new() } else { format!("{name}.") };
        let values = match value {
            Value::Null => Map::new(),
            Value::Object(values) => values,
            _ if name.is_empty() => return Err("this is not a mapping of keys to values".to_owned()),
            _ => return Err(format!("{name} is not a mapping of keys to values")),
        };
        if let Some(unknown) = values.keys().find(|key| !keys.contains(&key.as_str())) {
            return Err(format!("{prefix}{unknown} is unknown{}", suggest::remedy(unknown, keys.iter().copied())));
        }
        Ok(Self { prefix, values })
    }

    /// The mapping below a key.
    pub(super) fn section(&mut self, key: &str, keys: &[&str]) -> Result<Option<Self>, String> {
        let name = format!("{}{key}", self.prefix);
        self.take(key).map(|value| Self::new(&name, value, keys)).transpose()
    }

    /// Names and texts below a key, in order.
    pub(super) fn texts_by_name(&mut self, key: &str) -> Result<Vec<(String, String)>, String> {
        let name = format!("{}{key}", self.prefix);
        let Some(value) = self.take(key) else { return Ok(Vec::new()) };
        let Value::Object(values) = value else {
            return Err(format!("{name} is not a mapping of names to texts"));
        };
        let text = |(key, value): (String, Value)| match text(value) {
            Some(text) => Ok((key, text)),
            None => Err(format!("{name}: the value of `{key}` is not a text")),
        };
        values.into_iter().map(text).collect()
    }

    /// A text; an empty one counts as unset.
    pub(super) fn text(&mut self, key: &str) -> Result<Option<String>, String> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let text = text(value).ok_or_else(|| format!("{}{key} is not a text", self.prefix))?;
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    pub(super) fn texts(&mut self, key: &str) -> Result<Vec<String>, String> {
        let wrong = format!("{}{key} is not a list of texts", self.prefix);
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => values.into_iter().map(text).collect::<Option<_>>().ok_or(wrong),
            Some(_) => Err(wrong),
        }
    }

    pub(super) fn truth(&mut self, key: &str) -> Result<Option<bool>, String> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Bool(truth)) => Ok(Some(truth)),
            // YAML 1.1, which the exporter-toolkit reads, has these as well.
            Some(Value::String(text)) if ["yes", "on"].contains(&text.to_ascii_lowercase().as_str()) => Ok(Some(true)),
            Some(Value::String(text)) if ["no", "off"].contains(&text.to_ascii_lowercase().as_str()) => Ok(Some(false)),
            Some(_) => Err(format!("{}{key} is neither true nor false", self.prefix)),
        }
    }

    /// Whether a key is there and not null.
    pub(super) fn has(&self, key: &str) -> bool {
        self.values.get(key).is_some_and(|value| !value.is_null())
    }

    fn take(&mut self, key: &str) -> Option<Value> {
        self.values.remove(key).filter(|value| !value.is_null())
    }
}

/// A scalar as the text that it was written as, or nearly.
fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
