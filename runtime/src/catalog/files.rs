//! The files that are made of the catalogue.

use std::{collections::BTreeSet, fs, path::Path};

use super::{Catalog, Options};

/// A file that is made of the catalogue: where it belongs, below a folder of one's choice, and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct File {
    /// Its path below that folder, with `/`.
    pub path: String,
    /// All of it.
    pub text: String,
}

impl File {
    pub(super) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }
}

impl Catalog {
    /// All files that are worth committing: `METRICS.md`, `rules.yml`, `kubernetes.yml`, `prometheus.yml` where the options name
    /// a [target](Options::target), and the dashboards. None has lines of sources in it, which change with anything above them.
    #[must_use]
    pub fn files(&self, options: &Options) -> Vec<File> {
        let mut files = vec![
            File::new("METRICS.md", self.to_markdown(options)),
            File::new("rules.yml", self.rules(options)),
            File::new("kubernetes.yml", self.kubernetes(options)),
        ];
        files.extend(options.scrape().map(|text| File::new("prometheus.yml", text)));
        files.extend(self.dashboards(options));
        files
    }

    /// Its JSON as a file.
    pub(crate) fn json_file(&self) -> File {
        File::new("catalog.json", self.to_json())
    }

    /// The paths of those files below a folder that are not what they would be now, missing and superfluous dashboards among
    /// them; for a test that what is committed is current.
    #[must_use]
    pub fn stale_files(&self, options: &Options, folder: &Path) -> Vec<String> {
        let files = self.files(options);
        let is_stale = |file: &&File| fs::read_to_string(folder.join(&file.path)).ok().as_ref() != Some(&file.text);
        let mut stale: BTreeSet<String> = files.iter().filter(is_stale).map(|file| file.path.clone()).collect();
        let found = fs::read_dir(folder.join("dashboards")).into_iter().flatten().flatten();
        let found = found.map(|entry| format!("dashboards/{}", entry.file_name().to_string_lossy()));
        stale.extend(found.filter(|path| files.iter().all(|file| file.path != *path)));
        stale.into_iter().collect()
    }
}
