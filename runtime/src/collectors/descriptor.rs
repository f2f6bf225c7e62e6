//! What a collector says of a metric before it has collected anything. It knows no values.

use crate::metric::{bounds, kind::Kind, label, message::Message, name::Name, unit::Unit};

/// A metric that a collector reports: its name, kind, HELP, unit and label names.
///
/// Descriptors are constants, and a mistake in one is an error of the compiler:
///
/// ```
/// use tachometer::collectors::Descriptor;
///
/// const SPOOLED: Descriptor = Descriptor::gauge("spooled_bytes", "Bytes that wait for the printer.").labels(&["queue"]);
/// ```
///
/// ```compile_fail
/// # use tachometer::collectors::Descriptor;
/// const PRINTED: Descriptor = Descriptor::counter("pages_printed", "Pages that came out."); // it lacks `_total`
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Descriptor {
    name: &'static str,
    kind: Kind,
    help: &'static str,
    unit: Option<Unit>,
    labels: &'static [&'static str],
    bounds: &'static [f64],
    /// Whether names follow Prometheus' syntax alone.
    as_is: bool,
}

impl Descriptor {
    /// A total that only rises. Its name ends in `_total`.
    ///
    /// # Panics
    /// In a constant while it is evaluated, if the name breaks the naming rules or the help is empty.
    #[track_caller]
    #[must_use]
    pub const fn counter(name: &'static str, help: &'static str) -> Self {
        Self::named(name, Kind::Counter, help)
    }

    /// A value that rises and falls.
    ///
    /// # Panics
    /// As [`counter`](Self::counter).
    #[track_caller]
    #[must_use]
    pub const fn gauge(name: &'static str, help: &'static str) -> Self {
        Self::named(name, Kind::Gauge, help)
    }

    /// Counts of observations by these upper bounds, `+Inf` not among them.
    ///
    /// # Panics
    /// As [`counter`](Self::counter), and if the bounds do not increase.
    #[track_caller]
    #[must_use]
    pub const fn histogram(name: &'static str, help: &'static str, bounds: &'static [f64]) -> Self {
        let mut descriptor = Self::named(name, Kind::Histogram, help);
        descriptor.bounds = bounds::checked(bounds);
        descriptor
    }

    /// A counter or gauge whose name, and those of whose labels, follow no rules but Prometheus' own syntax.
    ///
    /// For names that are given, which dashboards and alerts use already:
    ///
    /// ```
    /// use tachometer::{collectors::Descriptor, metric::kind::Kind};
    ///
    /// const WORKERS: Descriptor = Descriptor::as_is("workers_total", Kind::Gauge, "Workers of the pool.");
    /// const LAG: Descriptor = Descriptor::as_is("lag_seconds", Kind::Gauge, "How late it is.").labels(&["quantile"]);
    /// ```
    ///
    /// # Panics
    /// As [`counter`](Self::counter), and for any other kind.
    #[track_caller]
    #[must_use]
    pub const fn as_is(name: &'static str, kind: Kind, help: &'static str) -> Self {
        let _ = Name::as_written(name);
        if !matches!(kind, Kind::Counter | Kind::Gauge) {
            panic!("only counters and gauges can be named as one likes; use `Descriptor::histogram` for a histogram");
        }
        let mut descriptor = Self::new(name, kind, help);
        descriptor.as_is = true;
        descriptor
    }

    /// The names of its labels, in the order in which a batch is given their values.
    ///
    /// # Panics
    /// In a constant while it is evaluated, if one of them is no label name, reserved, or there twice. Where the metric is
    /// named [`as_is`](Self::as_is), `le` and `quantile` are not reserved.
    #[track_caller]
    #[must_use]
    pub const fn labels(mut self, names: &'static [&'static str]) -> Self {
        let mut at = 0;
        while at < names.len() {
            let _ = if self.as_is { label::as_written(names[at]) } else { label::checked(names[at]) };
            let mut before = 0;
            while before < at {
                if equal(names[before], names[at]) {
                    Message::new("label `").text(names[at]).text("` is there twice; drop one").panic();
                }
                before += 1;
            }
            at += 1;
        }
        self.labels = names;
        self
    }

    /// The unit of its values, where the name does not tell it.
    #[must_use]
    pub const fn unit(mut self, unit: Unit) -> Self {
        self.unit = Some(unit);
        self
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What its values mean.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// One sentence for people.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        self.help
    }

    /// The names of its labels.
    #[must_use]
    pub const fn label_names(&self) -> &'static [&'static str] {
        self.labels
    }

    pub(crate) const fn bounds(&self) -> &'static [f64] {
        self.bounds
    }

    pub(crate) fn known_unit(&self) -> Option<Unit> {
        self.unit.or_else(|| Unit::of_name(self.name, self.kind))
    }

    #[track_caller]
    const fn named(name: &'static str, kind: Kind, help: &'static str) -> Self {
        let _ = Name::whole(name, kind);
        Self::new(name, kind, help)
    }

    #[track_caller]
    const fn new(name: &'static str, kind: Kind, help: &'static str) -> Self {
        if help.is_empty() {
            Message::new("metric `").text(name).text("` has no help; say in a sentence what it tells").panic();
        }
        Self { name, kind, help, unit: None, labels: &[], bounds: &[], as_is: false }
    }
}

const fn equal(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
pub(crate) mod table {
    //! The table of a collector's metrics in the docs, which a test holds against its descriptors.

    use super::Descriptor;

    /// The table in Markdown.
    pub(crate) fn of(descriptors: &[Descriptor]) -> String {
        let mut table = "| metric | type | unit | labels | |\n|---|---|---|---|---|\n".to_owned();
        for it in descriptors {
            let labels: Vec<String> = it.label_names().iter().map(|name| format!("`{name}`")).collect();
            let unit = it.known_unit().map_or("", |unit| unit.as_str());
            table += &format!("| `{}` | {} | {unit} | {} | {} |\n", it.name(), it.kind(), labels.join(", "), it.help());
        }
        table
    }

    /// Fails unless the file of the docs holds exactly this table; with `UPDATE_EXPECT=1` it is written anew.
    #[track_caller]
    pub(crate) fn assert_current(file: &str, descriptors: &[Descriptor]) {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/collectors").join(file);
        let expected = of(descriptors);
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, &expected).expect("the docs can be written");
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(written, expected, "{file} is out of date; UPDATE_EXPECT=1 writes it anew");
    }
}
