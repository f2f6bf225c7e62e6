//! Some families as one line that a person can read. It knows nothing of logs.

use std::fmt::{self, Display, Write};

use crate::{
    families::{Details, Families, Family, Value, Visitor},
    metric::block::LabelBlock,
};

/// How long a line may be, in bytes; a little more is said of what does not fit.
const LONGEST: usize = 8 * 1024;

/// The families whose names are chosen, on one line; empty without any.
pub(crate) fn of(families: &dyn Families, is_chosen: &dyn Fn(&str) -> bool) -> String {
    let mut line = Line { text: String::new(), name: None, is_chosen, left_out: 0 };
    families.visit(&mut line);
    if line.left_out > 0 {
        // Writing to a text does not fail.
        let _ = write!(line.text, " and {} more series", line.left_out);
    }
    line.text
}

struct Line<'a> {
    text: String,
    /// The family's name, if it is chosen.
    name: Option<String>,
    is_chosen: &'a dyn Fn(&str) -> bool,
    left_out: usize,
}

impl Visitor for Line<'_> {
    fn family(&mut self, family: &Family<'_>) {
        let is_chosen = (self.is_chosen)(family.name) || (self.is_chosen)(family.original_name);
        self.name = is_chosen.then(|| family.name.to_owned());
    }

    fn series(&mut self, labels: LabelBlock<'_>, value: Value<'_>, _: &Details<'_>) {
        let Some(name) = &self.name else { return };
        let braces = if labels.is_empty() { ["", ""] } else { ["{", "}"] };
        let (labels, value) = (labels.as_str(), Shown(value));
        let space = if self.text.is_empty() { "" } else { " " };
        let series = format!("{space}{name}{}{labels}{}{value}", braces[0], braces[1]);
        if self.left_out == 0 && self.text.len() + series.len() <= LONGEST {
            self.text.push_str(&series);
        } else {
            self.left_out += 1;
        }
    }
}

/// A value, with what stands between it and its series.
struct Shown<'a>(Value<'a>);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Value::Counter(count) => write!(f, "={count}"),
            Value::FloatCounter(value) | Value::Gauge(value) => write!(f, "={}", Number(*value)),
            Value::Histogram(distribution) => totals(f, distribution.count(), distribution.sum),
            Value::NativeHistogram(native) => totals(f, native.count(), native.sum),
            Value::Summary(quantiles) => {
                totals(f, quantiles.count, quantiles.sum)?;
                quantiles
                    .values
                    .iter()
                    .try_for_each(|(quantile, value)| write!(f, " p{}={}", Number(quantile * 100.0), Number(*value)))
            }
        }
    }
}

fn totals(f: &mut fmt::Formatter<'_>, count: u64, sum: f64) -> fmt::Result {
    write!(f, " count={count} sum={}", Number(sum))?;
    if count > 0 { write!(f, " mean={}", Number(sum / count as f64)) } else { Ok(()) }
}

/// A number as Prometheus writes it.
struct Number(f64);

impl Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            value if value.is_infinite() && value > 0.0 => f.write_str("+Inf"),
            value if value.is_infinite() => f.write_str("-Inf"),
            value => write!(f, "{value}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::exporters::fake::Fake;

    #[test]
    fn a_person_can_read_it() {
        let fake = Fake::new()
            .common("region", "eu")
            .counter("jobs_total", "Jobs.", &[(&[("queue", "mail")], 3), (&[("queue", "print")], 0)])
            .gauge("load", "Load.", &[(&[], f64::NEG_INFINITY)])
            .gauge("noise", "Noise.", &[(&[], 1.0)])
            .histogram("job_seconds", "Time.", &[0.25], &[(&[], &[2, 1], 0.75), (&[("k", "x")], &[0, 0], 0.0)])
            .summary("wait", "Wait.", &[(&[], [0.5, 1.0, f64::NAN], 2.5, 4)])
            .native("width", "Width.", 0, &[(&[], 3, &[(1, 1)], &[], 2.0)]);
        let line = super::of(&fake, &|name| name != "noise");
        let expected = "jobs_total{queue=\"mail\"}=3 jobs_total{queue=\"print\"}=0 load=-Inf \
                        job_seconds count=3 sum=0.75 mean=0.25 job_seconds{k=\"x\"} count=0 sum=0 \
                        wait count=4 sum=2.5 mean=0.625 p50=0.5 p90=1 p99=NaN width count=4 sum=2 mean=0.5";
        assert_eq!(line, expected);
        assert_eq!(super::of(&fake, &|_| false), "");
    }

    #[test]
    fn a_long_line_says_what_it_leaves_out() {
        let name = "n".repeat(1_000);
        let series: Vec<_> = (0..20).map(|_| (&[][..], 1.0)).collect();
        let line = super::of(&Fake::new().gauge(&name, "N.", &series), &|_| true);
        assert!(line.ends_with("=1 and 12 more series"), "{}", &line[line.len() - 40..]);
        assert_eq!(line.matches('=').count(), 8);
    }
}
