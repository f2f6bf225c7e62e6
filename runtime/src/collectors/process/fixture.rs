//! Folders that look like the kernel's, and what a collector finds in them.

use std::{collections::BTreeMap, fs, path::Path};

use tempfile::TempDir;

use crate::{
    collectors::{Batch, Collector},
    families::{Details, Family, Value, Visitor},
    metric::block::LabelBlock,
};

/// A folder with these files, by their paths.
pub(super) struct Machine(TempDir);

impl Machine {
    pub(super) fn with(files: &[(&str, &str)]) -> Self {
        let machine = Self(tempfile::tempdir().expect("temporary folders can be made"));
        files.iter().for_each(|(path, text)| machine.write(path, text.as_bytes()));
        machine
    }

    pub(super) fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder can be written");
        fs::write(path, bytes).expect("the folder can be written");
    }

    pub(super) fn root(&self) -> &Path {
        self.0.path()
    }
}

/// What one collection has found.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Found {
    /// The values, as `name{labels}`.
    pub(super) values: BTreeMap<String, f64>,
    /// What was complained of.
    pub(super) complaints: Vec<String>,
    name: String,
}

impl Found {
    pub(super) fn by(collector: &mut dyn Collector) -> Self {
        let mut batch = Batch::new(collector.descriptors().into());
        collector.collect(&mut batch).expect("these collectors fail by reading");
        let mut found = Self::default();
        batch.metrics().for_each(|(place, _)| batch.visit(place, &mut found));
        found.complaints = batch.take_faults().into_iter().map(|(_, message)| message).collect();
        found
    }

    #[track_caller]
    pub(super) fn value(&self, series: &str) -> f64 {
        *self.values.get(series).unwrap_or_else(|| panic!("no {series} in {self:#?}"))
    }

    pub(super) fn has(&self, series: &str) -> bool {
        self.values.contains_key(series)
    }
}

impl Visitor for Found {
    fn family(&mut self, family: &Family<'_>) {
        self.name = family.name.to_owned();
    }

    fn series(&mut self, labels: LabelBlock<'_>, value: Value<'_>, _: &Details<'_>) {
        let series =
            if labels.is_empty() { self.name.clone() } else { format!("{}{{{}}}", self.name, labels.as_str()) };
        let value = match value {
            Value::Counter(value) => value as f64,
            Value::FloatCounter(value) | Value::Gauge(value) => value,
            other => panic!("{series} is {other:?}"),
        };
        self.values.insert(series, value);
    }
}

/// Bytes that are no file of the kernel, and nearly are: lines of words, numbers, brackets and anything at all.
pub(super) fn garbage() -> impl proptest::strategy::Strategy<Value = Vec<u8>> {
    use proptest::prelude::*;
    let word = prop_oneof![
        "[a-z_]{0,12}",
        "-?[0-9]{1,25}",
        Just("max".to_owned()),
        Just("cpu".to_owned()),
        Just("total=".to_owned()),
        Just("(".to_owned()),
        Just(")".to_owned()),
        Just("\\0".to_owned()),
        Just("/../..".to_owned()),
        Just("0::/".to_owned()),
        Just(" - cgroup2 ".to_owned()),
        Just("\u{e9}:".to_owned()),
    ];
    let line = prop::collection::vec(word, 0..30).prop_map(|words| words.join(" "));
    let text = prop::collection::vec(line, 0..12).prop_map(|lines| lines.join("\n").into_bytes());
    prop_oneof![3 => text, 1 => prop::collection::vec(any::<u8>(), 0..300)]
}
