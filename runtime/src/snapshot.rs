//! An owned picture of all metrics at one moment: no locks, no input or output, and no knowledge of the live store.

mod kept;

use std::{borrow::Cow, fmt, time::SystemTime};

use self::kept::{FamilyData, SeriesData};
use crate::{
    Report,
    families::{Details, Exemplar, Families, Family, RollingValues, Value, Visitor},
    metric::{block::LabelBlock, kind::Kind, unit::Unit},
};

/// All metrics as they were at one moment.
///
/// It is made by [`Telemetry::snapshot`](crate::Telemetry::snapshot) and shares nothing with the running program, so that it can be kept, compared
/// and sent elsewhere.
///
/// ```
/// use tachometer::families::Value;
///
/// let telemetry = tachometer::builder().no_listener().install()?;
/// metrics::counter!("jobs_total", "queue" => "mail").increment(3);
///
/// let snapshot = telemetry.snapshot();
/// assert_eq!(snapshot.get("jobs_total", &[("queue", "mail")]), Some(Value::Counter(3)));
/// # Ok::<(), tachometer::Error>(())
/// ```
#[derive(Clone)]
pub struct Snapshot {
    taken: SystemTime,
    common: Labels,
    families: Vec<FamilyData>,
    samples: usize,
    rolling: Vec<RollingValues>,
    cardinality: Option<Report>,
}

#[derive(Clone)]
struct Labels {
    text: String,
    classic: bool,
}

impl Snapshot {
    /// A picture without families.
    pub(crate) fn empty() -> Self {
        let common = Labels { text: String::new(), classic: true };
        Self {
            taken: SystemTime::now(),
            common,
            families: Vec::new(),
            samples: 0,
            rolling: Vec::new(),
            cardinality: None,
        }
    }

    /// A copy of all that `families` hold, taken now.
    pub(crate) fn of(families: &dyn Families) -> Self {
        Self::at(families, SystemTime::now())
    }

    pub(crate) fn at(families: &dyn Families, taken: SystemTime) -> Self {
        let common = families.common_labels();
        let common = Labels { text: common.as_str().to_owned(), classic: common.is_classic() };
        let cardinality = families.cardinality();
        let rolling = families.rolling();
        let mut snapshot = Self { taken, common, families: Vec::new(), samples: 0, rolling, cardinality };
        families.visit(&mut snapshot);
        snapshot
    }

    /// When it was taken, by the system's clock.
    #[must_use]
    pub fn taken_at(&self) -> SystemTime {
        self.taken
    }

    /// What the guard knew: how many values and series there were, and what was turned away.
    #[must_use]
    pub fn cardinality(&self) -> Option<&Report> {
        self.cardinality.as_ref()
    }

    /// What rolling windows with names held, by name.
    #[must_use]
    pub fn rolling(&self) -> &[RollingValues] {
        &self.rolling
    }

    /// The families by name. There is none without series.
    pub fn families(&self) -> impl Iterator<Item = FamilySnapshot<'_>> {
        self.families.iter().map(|data| FamilySnapshot { snapshot: self, data })
    }

    /// The family of this name, as the program wrote it or as Prometheus prints it.
    #[must_use]
    pub fn family(&self, name: &str) -> Option<FamilySnapshot<'_>> {
        self.families().find(|family| family.name() == name || family.data.original_name == name)
    }

    /// The value of the series that has these labels, in any order, and no others.
    ///
    /// The labels that stand on every series may be left out.
    #[must_use]
    pub fn get(&self, name: &str, labels: &[(&str, &str)]) -> Option<Value<'_>> {
        self.family(name)?.series().find(|series| series.is(labels)).map(|series| series.value())
    }

    /// How many samples the text format 0.0.4 prints of it, which is what Prometheus reports as
    /// `scrape_samples_scraped`: one for a counter or a gauge, and for a histogram or a summary one for each bucket or
    /// quantile and two more. Of a native histogram without bounds it prints the one bucket that holds all.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.samples
    }
}

impl Visitor for Snapshot {
    fn family(&mut self, family: &Family<'_>) {
        self.families.push(FamilyData {
            name: family.name.to_owned(),
            original_name: family.original_name.to_owned(),
            kind: family.kind,
            help: family.help.to_owned(),
            unit: family.unit,
            text: String::new(),
            counts: Vec::new(),
            bins: Vec::new(),
            series: Vec::new(),
        });
    }

    fn series(&mut self, labels: LabelBlock<'_>, value: Value<'_>, details: &Details<'_>) {
        let Some(family) = self.families.last_mut() else { return };
        self.samples += value.samples();
        family.push(labels, value, details);
    }
}

impl Families for Snapshot {
    fn common_labels(&self) -> LabelBlock<'_> {
        LabelBlock::new(&self.common.text, self.common.classic)
    }

    fn rolling(&self) -> Vec<RollingValues> {
        self.rolling.clone()
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        for family in &self.families {
            visitor.family(&Family {
                name: &family.name,
                original_name: &family.original_name,
                kind: family.kind,
                help: &family.help,
                unit: family.unit,
            });
            for series in &family.series {
                let details = Details::new(series.started, &series.exemplars);
                visitor.series(family.labels(series), family.value(series), &details);
            }
        }
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("taken", &self.taken)
            .field("families", &self.families.len())
            .field("samples", &self.samples)
            .finish()
    }
}

/// One family of a [`Snapshot`].
#[derive(Clone, Copy)]
pub struct FamilySnapshot<'a> {
    snapshot: &'a Snapshot,
    data: &'a FamilyData,
}

impl<'a> FamilySnapshot<'a> {
    /// The name as Prometheus prints it.
    #[must_use]
    pub fn name(&self) -> &'a str {
        &self.data.name
    }

    /// What the values mean.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.data.kind
    }

    /// One sentence for people; never empty.
    #[must_use]
    pub fn help(&self) -> &'a str {
        &self.data.help
    }

    /// The unit of the values, where it is known.
    #[must_use]
    pub fn unit(&self) -> Option<Unit> {
        self.data.unit
    }

    /// The series in the order of their admission.
    pub fn series(&self) -> impl ExactSizeIterator<Item = SeriesSnapshot<'a>> + use<'a> {
        let Self { snapshot, data: family } = *self;
        family.series.iter().map(move |data| SeriesSnapshot { snapshot, family, data })
    }
}

impl fmt::Debug for FamilySnapshot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FamilySnapshot")
            .field("name", &self.name())
            .field("kind", &self.kind())
            .field("series", &self.data.series.len())
            .finish_non_exhaustive()
    }
}

/// One series of a [`FamilySnapshot`].
#[derive(Clone, Copy)]
pub struct SeriesSnapshot<'a> {
    snapshot: &'a Snapshot,
    family: &'a FamilyData,
    data: &'a SeriesData,
}

impl<'a> SeriesSnapshot<'a> {
    /// The labels, names and values as the program gave them: first those that stand on every series, then its own,
    /// which win over one of the same name.
    pub fn labels(&self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> + use<'a> {
        let own = self.family.labels(self.data);
        let common = self.snapshot.common_labels();
        common.iter().filter(move |(name, _)| !own.iter().any(|(taken, _)| taken == *name)).chain(own.iter())
    }

    /// The value of the label of this name.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<Cow<'a, str>> {
        self.labels().find(|(this, _)| this == name).map(|(_, value)| value)
    }

    /// The value at the moment of the snapshot.
    #[must_use]
    pub fn value(&self) -> Value<'a> {
        self.family.value(self.data)
    }

    /// Values with the traces that they were recorded in, at most one a bucket, and ten of a native histogram; none
    /// without a source of traces.
    #[must_use]
    pub fn exemplars(&self) -> &'a [Exemplar] {
        &self.data.exemplars
    }

    /// Whether these are its labels, the common ones among them or left out.
    fn is(&self, labels: &[(&str, &str)]) -> bool {
        let given = |name: &str| labels.iter().any(|(given, _)| *given == name);
        labels.iter().all(|(name, value)| self.label(name).is_some_and(|own| own == *value))
            && self.family.labels(self.data).iter().all(|(name, _)| given(&name))
    }
}

impl fmt::Debug for SeriesSnapshot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeriesSnapshot")
            .field("labels", &self.labels().collect::<Vec<_>>())
            .field("value", &self.value())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporters::{fake::Fake, prometheus::text::Text};

    fn fake() -> Fake {
        Fake::new()
            .common("region", "eu")
            .counter("a_total", "A.", &[(&[("k", "1")], 3), (&[("k", "2"), ("region", "us")], u64::MAX)])
            .float_counter("a_joules_total", "A.", &[(&[], 0.25)])
            .gauge("b.c", "B.", &[(&[], f64::NAN)])
            .histogram("d_seconds", "D.", &[0.5, 1.0], &[(&[("k", "x")], &[1, 2, 3], 4.5)])
            .summary("e_seconds", "E.", &[(&[], [0.5, 0.75, f64::INFINITY], 4.5, 6), (&[("k", "x")], [1.0; 3], 0.0, 0)])
            .native(
                "f_seconds",
                "F.",
                3,
                &[(&[], 1, &[(-7, 2), (4, 3)], &[], 9.5), (&[("k", "x")], 0, &[], &[(0, 1)], -0.5)],
            )
    }

    #[test]
    fn holds_what_the_families_hold() {
        let fake = fake();
        let snapshot = Snapshot::of(&fake);
        assert_eq!(Text::encode_to_string(&snapshot), Text::encode_to_string(&fake));
    }

    #[test]
    fn counts_the_samples_of_the_text() {
        let snapshot = Snapshot::of(&fake());
        let text = Text::encode_to_string(&snapshot);
        assert_eq!(snapshot.samples(), text.lines().filter(|line| !line.starts_with('#')).count());
    }

    #[test]
    fn finds_series_by_labels() {
        let snapshot = Snapshot::of(&fake());
        assert_eq!(snapshot.get("a_total", &[("k", "1")]), Some(Value::Counter(3)));
        assert_eq!(snapshot.get("a_total", &[("region", "eu"), ("k", "1")]), Some(Value::Counter(3)));
        assert_eq!(snapshot.get("a_total", &[("region", "us"), ("k", "2")]), Some(Value::Counter(u64::MAX)));
        assert_eq!(snapshot.get("a_total", &[("k", "2")]), None);
        assert_eq!(snapshot.get("a_total", &[]), None);
        assert_eq!(snapshot.get("a_total", &[("k", "1"), ("other", "")]), None);
        assert_eq!(snapshot.get("missing", &[]), None);
        let Some(Value::Histogram(distribution)) = snapshot.get("d_seconds", &[("k", "x")]) else {
            panic!("the histogram is missing");
        };
        assert_eq!((distribution.count(), distribution.sum), (6, 4.5));
    }

    #[test]
    fn keeps_the_buckets_of_each_native_histogram() {
        let snapshot = Snapshot::of(&fake());
        let native = |labels| match snapshot.get("f_seconds", labels) {
            Some(Value::NativeHistogram(native)) => native,
            other => panic!("it is {other:?}"),
        };
        let (all, below) = (native(&[]), native(&[("k", "x")]));
        assert_eq!((all.schema, all.zero_count, all.positive, all.negative), (3, 1, &[(-7, 2), (4, 3)][..], &[][..]));
        assert_eq!((all.count(), all.sum), (6, 9.5));
        assert_eq!((below.positive, below.negative, below.count()), (&[][..], &[(0, 1)][..], 1));
    }

    #[test]
    fn finds_families_by_both_names() {
        let snapshot = Snapshot::of(&fake());
        assert!(snapshot.get("b.c", &[]).is_some());
        assert!(snapshot.get("b_c", &[]).is_some());
    }

    #[test]
    fn an_own_label_wins() {
        let snapshot = Snapshot::of(&fake());
        let family = snapshot.family("a_total").expect("it is there");
        let regions: Vec<_> = family.series().filter_map(|series| series.label("region")).collect();
        assert_eq!(regions, ["eu", "us"]);
        assert_eq!(family.series().nth(1).expect("two series").labels().count(), 2);
    }
}
