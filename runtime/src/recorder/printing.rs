//! What a program prints of its metrics without serving anything.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process,
};

use crate::{
    Error,
    catalog::{Catalog, Family, File, Options, gather},
    error::Kind,
    metric, push,
    recorder::builder::Builder,
};

/// What is asked for by a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Catalog,
    Dashboards,
    Rules,
    Docs,
    Everything,
}

impl Wanted {
    /// The flags, each with what it asks for.
    const FLAGS: [(&str, Self); 5] = [
        ("--print-catalog", Self::Catalog),
        ("--print-dashboards", Self::Dashboards),
        ("--print-rules", Self::Rules),
        ("--print-docs", Self::Docs),
        ("--write-observability", Self::Everything),
    ];

    fn files(self, catalog: &Catalog, options: &Options) -> Vec<File> {
        let all = catalog.files(options);
        let starts = match self {
            Self::Catalog => return vec![catalog.json_file()],
            Self::Dashboards => "dashboards/",
            Self::Rules => "rules.yml",
            Self::Docs => "METRICS.md",
            Self::Everything => "",
        };
        all.into_iter().filter(|file| file.path.starts_with(starts)).collect()
    }
}

impl Builder {
    /// Prints what is asked for on the command line and ends the program, or does nothing: a line for the beginning of
    /// `main`.
    ///
    /// | flag | prints |
    /// |---|---|
    /// | `--print-catalog` | [the catalogue](crate::catalog) as JSON |
    /// | `--print-dashboards` | dashboards for Grafana, one JSON document behind the other |
    /// | `--print-rules` | recording and alerting rules for Prometheus |
    /// | `--print-docs` | a page in Markdown: each metric with its labels and PromQL |
    /// | `--write-observability DIR` | all of these and the objects for Kubernetes as files below a folder |
    ///
    /// Nothing is served or pushed for it. The metrics of collectors are in it, and what `prepare` makes known: it is run
    /// only then, and describes or touches what is recorded by hand.
    ///
    /// ```
    /// use tachometer::catalog::Options;
    ///
    /// let telemetry = tachometer::builder()
    ///     .print_if_asked(&Options::new("shop"), || metrics::describe_counter!("sold_total", "Things sold."))?
    ///     .no_listener()
    ///     .install()?;
    /// # Ok::<(), tachometer::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`install`](Self::install), and if what is printed cannot be written.
    pub fn print_if_asked(mut self, options: &Options, prepare: impl FnOnce()) -> Result<Self, Error> {
        let mut words = env::args().skip(1);
        let asked = words.by_ref().find_map(|word| Wanted::FLAGS.iter().find(|(flag, _)| *flag == word).copied());
        let Some((flag, wanted)) = asked else { return Ok(self) };
        let folder = match (wanted, words.next()) {
            (Wanted::Everything, None) => {
                return Err(Error::new(Kind::Setting, format!("`{flag}` needs a folder; write one behind it")));
            }
            (Wanted::Everything, Some(folder)) => Some(PathBuf::from(folder)),
            _ => None,
        };
        // Nothing is pushed, and yet their metrics are the program's.
        let has_outlets = !std::mem::take(&mut self.outlets.0).is_empty();
        let telemetry = self.no_listener().install()?;
        prepare();
        let outlets = push::ABOUT.iter().filter(|_| has_outlets).map(|(name, help)| of_outlets(name, help));
        let files = wanted.files(&telemetry.catalog().with(outlets), options);
        match folder {
            Some(folder) => written(&files, &folder)?,
            None => printed(&files)?,
        }
        drop(telemetry);
        process::exit(0)
    }
}

fn of_outlets(name: &str, help: &str) -> Family {
    let kind = if name.ends_with("_total") { metric::kind::Kind::Counter } else { metric::kind::Kind::Gauge };
    gather::tells(name, help, kind).labelled("outlet")
}

fn printed(files: &[File]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    files.iter().try_for_each(|file| out.write_all(file.text.as_bytes()))?;
    out.flush()
}

/// Writes the files; dashboards that are no more are taken away.
fn written(files: &[File], folder: &Path) -> Result<(), Error> {
    let dashboards = folder.join("dashboards");
    fs::create_dir_all(&dashboards)?;
    for entry in fs::read_dir(&dashboards)? {
        let path = entry?.path();
        let is_kept = files.iter().any(|file| folder.join(&file.path) == path);
        if !is_kept && path.extension().is_some_and(|extension| extension == "json") {
            fs::remove_file(path)?;
        }
    }
    for file in files {
        fs::write(folder.join(&file.path), &file.text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    #[test]
    fn each_flag_has_its_files() {
        let (catalog, options) = (catalog::current(), Options::new("shop"));
        for (flag, wanted) in Wanted::FLAGS {
            assert!(!wanted.files(&catalog, &options).is_empty(), "{flag}");
        }
        assert_eq!(Wanted::Rules.files(&catalog, &options).len(), 1);
        assert_eq!(Wanted::Everything.files(&catalog, &options), catalog.files(&options));
    }

    #[test]
    fn a_folder_holds_what_was_written_last() {
        let folder = tempfile::tempdir().expect("temporary folders can be made");
        let old = folder.path().join("dashboards/old.json");
        fs::create_dir(folder.path().join("dashboards")).expect("it is new");
        fs::write(&old, "{}").expect("it can be written");
        let (catalog, options) = (catalog::current(), Options::new("shop"));
        assert!(!catalog.stale_files(&options, folder.path()).is_empty());
        written(&catalog.files(&options), folder.path()).expect("it can be written");
        assert!(!old.exists());
        assert_eq!(catalog.stale_files(&options, folder.path()), Vec::<String>::new());
    }
}
