//! What is recorded of calls. It knows tools by their names, and not how they are called.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    thread,
    time::Instant,
};

use metrics::{Counter, Gauge, Histogram, Label, Unit, counter, describe_counter, describe_gauge, describe_histogram};
use metrics::{gauge, histogram};
use tachometer::{Config, Policy, Summary, dynamic, metric::matcher::Matcher};

use crate::tools::{TOOLS, Tool};

/// The label that tells organisations apart, and their names from one another's series.
pub(crate) const ORGANISATION: &str = "org";

/// What stands for everything that there is no more room for; the guard's word for it, too.
pub(crate) const OTHER: &str = "other";

/// The label of a tool's name, as OpenTelemetry's conventions have it. Prometheus sees `mcp_tool_name`.
const TOOL: &str = "mcp.tool.name";

const CALLS: &str = "executor_tool_calls_total";
const DURATION: &str = "executor_tool_duration_seconds";
const IN_FLIGHT: &str = "executor_tool_calls_in_flight";
const INPUT: &str = "executor_tool_input_bytes";
const CLIENTS: &str = "executor_clients_total";
const UNKNOWN: &str = "executor_unknown_tools_total";
const ORGANISATIONS: &str = "executor_organisations";

/// Most tools are done within a millisecond, and one waits.
const BUCKETS: [f64; 12] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];

/// Different texts of one frequency that each organisation has room for.
const TEXTS: usize = 50;

/// Organisations whose series there is room for.
const MOST_ORGANISATIONS: u64 = 1_000;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ok,
    /// The tool did not take its input.
    Error,
    Panicked,
    /// The client did not wait for the end.
    Cancelled,
}

/// The metrics of all organisations that there have been.
#[derive(Default)]
pub(crate) struct Books(Mutex<HashMap<Option<Arc<str>>, Arc<Book>>>);

/// The metrics of one organisation, or of the one user that there is.
pub(crate) struct Book {
    tools: Vec<OfTool>,
    input: Summary,
    clients: Frequency,
    unknown: Frequency,
}

/// The metrics of one tool in one book.
struct OfTool {
    name: &'static str,
    results: [Counter; 4],
    duration: Histogram,
    in_flight: Gauge,
}

/// How often each text was seen. Texts that come when there is no room left are counted together.
struct Frequency {
    metric: &'static str,
    label: &'static str,
    org: Vec<Label>,
    seen: Mutex<HashMap<String, Counter>>,
    other: Counter,
}

/// A call that has begun. Dropped before it was ended, it was cancelled.
pub(crate) struct Call<'b> {
    tool: &'b OfTool,
    began: Instant,
    outcome: Outcome,
}

/// The program's own defaults.
pub(crate) fn config() -> Config {
    Config::default().buckets(Matcher::Full(DURATION.to_owned()), BUCKETS)
}

/// How many series there may be. Each organisation has its own room for texts, which it cannot exceed and no other can
/// take: what is allowed here is the sum.
pub(crate) fn policy() -> Policy {
    let texts = MOST_ORGANISATIONS * (TEXTS as u64 + 1);
    let all = || Matcher::Prefix("executor_".to_owned());
    Policy::default()
        .values_of(all(), ORGANISATION, MOST_ORGANISATIONS)
        .values_of(Matcher::Full(CLIENTS.to_owned()), Seen::CLIENT, texts)
        .values_of(Matcher::Full(UNKNOWN.to_owned()), Seen::TOOL, texts)
        .series_of(all(), 2 * texts)
}

/// The labels of what is seen.
struct Seen;

impl Seen {
    const CLIENT: &str = "client";
    const TOOL: &str = "requested";
}

/// Says what the metrics mean.
pub(crate) fn describe() {
    describe_counter!(CALLS, "Calls of tools, by how they ended.");
    describe_histogram!(DURATION, Unit::Seconds, "Time from a call's input to its end.");
    describe_gauge!(IN_FLIGHT, "Calls of tools that have not ended.");
    describe_histogram!(INPUT, Unit::Bytes, "Size of the inputs of tools.");
    describe_counter!(
        CLIENTS,
        "Requests to execute a tool, by the client's name; `other` beyond 50 of an organisation."
    );
    describe_counter!(UNKNOWN, "Requests of tools that do not exist; `other` beyond 50 names of an organisation.");
    describe_gauge!(ORGANISATIONS, "Organisations that the tokens file names.");
}

/// Shows how many organisations may come in.
pub(crate) fn show_organisations(number: usize) {
    gauge!(ORGANISATIONS).set(number as f64);
}

impl Books {
    /// The book of an organisation, with all of its series at 0 if it is new.
    pub(crate) fn of(&self, org: Option<&str>) -> Result<Arc<Book>, tachometer::Error> {
        let org: Option<Arc<str>> = org.map(Arc::from);
        let mut books = self.0.lock().expect("nothing panics under this lock");
        if let Some(book) = books.get(&org) {
            return Ok(Arc::clone(book));
        }
        let book = Arc::new(Book::open(org.as_deref())?);
        books.insert(org, Arc::clone(&book));
        Ok(book)
    }
}

impl Book {
    fn open(org: Option<&str>) -> Result<Self, tachometer::Error> {
        let labels: Vec<(&str, &str)> = org.iter().map(|org| (ORGANISATION, *org)).collect();
        let org: Vec<Label> = labels.iter().map(|(name, value)| Label::new(*name, (*value).to_owned())).collect();
        Ok(Self {
            tools: TOOLS.iter().map(|tool| OfTool::open(tool.name, &org)).collect(),
            input: dynamic::summary(INPUT, &labels)?,
            clients: Frequency::open(CLIENTS, Seen::CLIENT, org.clone()),
            unknown: Frequency::open(UNKNOWN, Seen::TOOL, org),
        })
    }

    /// A call begins.
    pub(crate) fn begin(&self, tool: &Tool, input_bytes: usize) -> Call<'_> {
        self.input.record(input_bytes as f64);
        let tool = self.tools.iter().find(|of| of.name == tool.name).expect("a book has all tools");
        tool.in_flight.increment(1.0);
        Call { tool, began: Instant::now(), outcome: Outcome::Cancelled }
    }

    /// Somebody with this name wants a tool executed.
    pub(crate) fn saw_client(&self, name: &str) {
        self.clients.saw(name);
    }

    /// Somebody wants a tool that does not exist.
    pub(crate) fn saw_unknown_tool(&self, name: &str) {
        self.unknown.saw(name);
    }
}

impl OfTool {
    fn open(name: &'static str, org: &[Label]) -> Self {
        let labels: Vec<Label> = [Label::new(TOOL, name)].into_iter().chain(org.iter().cloned()).collect();
        let result = |result: &'static str| {
            let labels: Vec<Label> = labels.iter().cloned().chain([Label::new("result", result)]).collect();
            counter!(CALLS, labels)
        };
        Self {
            name,
            // In the order of `Outcome`.
            results: ["ok", "error", "panicked", "cancelled"].map(result),
            duration: histogram!(DURATION, labels.clone()),
            in_flight: gauge!(IN_FLIGHT, labels),
        }
    }
}

impl Frequency {
    fn open(metric: &'static str, label: &'static str, org: Vec<Label>) -> Self {
        let other = Self::counter(metric, label, &org, OTHER);
        Self { metric, label, org, seen: Mutex::default(), other }
    }

    fn saw(&self, text: &str) {
        let mut seen = self.seen.lock().expect("nothing panics under this lock");
        match seen.get(text) {
            Some(counter) => counter.increment(1),
            None if seen.len() < TEXTS && text != OTHER => {
                let counter = Self::counter(self.metric, self.label, &self.org, text);
                counter.increment(1);
                seen.insert(text.to_owned(), counter);
            }
            None => self.other.increment(1),
        }
    }

    fn counter(metric: &'static str, label: &'static str, org: &[Label], text: &str) -> Counter {
        let labels: Vec<Label> = [Label::new(label, text.to_owned())].into_iter().chain(org.iter().cloned()).collect();
        counter!(metric, labels)
    }
}

impl Call<'_> {
    /// The call has ended.
    pub(crate) fn end(mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let outcome = if thread::panicking() { Outcome::Panicked } else { self.outcome };
        self.tool.results[outcome as usize].increment(1);
        self.tool.duration.record(self.began.elapsed());
        self.tool.in_flight.decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is recorded is one process's, so that this is one test.
    #[test]
    fn a_book_has_what_happened() {
        let telemetry = tachometer::builder().no_listener().config(config()).guard(policy()).install();
        let telemetry = telemetry.expect("it is the only one");
        let books = Books::default();
        let book = books.of(Some("acme")).expect("names are well formed");
        let tool = &TOOLS[0];
        book.begin(tool, 3).end(Outcome::Ok);
        drop(book.begin(tool, 3));
        let mistaken = Arc::clone(&book);
        let panicked = thread::spawn(move || {
            let _call = mistaken.begin(tool, 3);
            panic!("on purpose");
        });
        assert!(panicked.join().is_err());
        for number in 0..2 * TEXTS {
            book.saw_unknown_tool(&format!("made.up.{number}"));
        }
        // Who is there already is no new one.
        books.of(Some("acme")).expect("names are well formed").saw_unknown_tool("made.up.0");

        let page = telemetry.render();
        for (result, count) in [("ok", 1), ("error", 0), ("panicked", 1), ("cancelled", 1)] {
            let name = tool.name;
            let line = format!("{CALLS}{{mcp_tool_name=\"{name}\",org=\"acme\",result=\"{result}\"}} {count}\n");
            assert!(page.contains(&line), "{line} is not in {page}");
        }
        assert!(page.contains(&format!("{UNKNOWN}{{requested=\"made.up.0\",org=\"acme\"}} 2\n")), "{page}");
        assert!(page.contains(&format!("{UNKNOWN}{{requested=\"other\",org=\"acme\"}} {TEXTS}\n")), "{page}");
        assert!(page.contains(&format!("{INPUT}_sum{{org=\"acme\"}} 9\n")), "{page}");
        assert_eq!(page.matches(&format!("\n{UNKNOWN}{{")).count(), TEXTS + 1);
    }
}
