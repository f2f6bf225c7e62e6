//! The report as text: Markdown tables whose columns also line up on a terminal.

use std::fmt::Write as _;

use tachometer_bench_calls::{measure::Timing, references};

use crate::{
    bars::Bar, collectors::Collectors, machine::Machine, pushes::Pushed, report::Report, setup::Setup, stores::Stored,
};

/// Rows of cells, the first one their heads.
struct Table(Vec<Vec<String>>);

impl Table {
    fn new<const N: usize>(heads: [&str; N]) -> Self {
        Self(vec![heads.map(str::to_owned).to_vec()])
    }

    fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.0.push(cells.into());
    }

    /// The first column to the left, all others to the right.
    fn write(&self, text: &mut String) {
        let columns = self.0[0].len();
        let width = |column: usize| self.0.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (at, row) in self.0.iter().enumerate() {
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let space = " ".repeat(width - cell.chars().count());
                text.push_str(if column == 0 { "| " } else { " | " });
                text.push_str(&if column == 0 { format!("{cell}{space}") } else { format!("{space}{cell}") });
            }
            text.push_str(" |\n");
            if at == 0 {
                for (column, width) in widths.iter().enumerate() {
                    let line = "-".repeat(width + 1);
                    text.push_str(&if column == 0 { format!("|{line}-") } else { format!("|{line}:") });
                }
                text.push_str("|\n");
            }
        }
        text.push('\n');
    }
}

/// The whole report.
pub(crate) fn text(report: &Report) -> String {
    let mut text = String::new();
    machine(&report.machine, &mut text);
    noise(report, &mut text);
    calls_of(report, &mut text);
    stores(report, &mut text);
    lost(report, &mut text);
    floods(report, &mut text);
    collectors(report, &mut text);
    pushes(report, &mut text);
    bars(&report.bars, &mut text);
    text
}

fn machine(machine: &Machine, text: &mut String) {
    let Machine { processor, cores, system, date, load } = machine;
    let load: Vec<String> = load.iter().map(|load| format!("{load:.1}")).collect();
    line(text, &format!("{processor}, {cores} cores, {system}; {date}; load {}", load.join(" to ")));
}

/// How much of the machine others took: without them all rounds are as quick as the best.
fn noise(report: &Report, text: &mut String) {
    if let Some(empty) = report.call(Setup::Ours, references::EMPTY) {
        let [one, two] = empty.threads.map(|figure| figure.median / figure.best);
        line(text, &format!("Empty calls, median beside best: {one:.2} × at 1 thread, {two:.2} × at 2"));
    }
}

fn line(text: &mut String, line: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{line}\n");
}

fn calls_of(report: &Report, text: &mut String) {
    let mut table = Table::new(["ns per call", "1 thread", "above empty", "2 threads", "above empty", "allocations"]);
    let mut references = 0;
    for (setup, timings) in [Setup::Ours, Setup::NotInstalled, Setup::Debug, Setup::Peer, Setup::Others]
        .into_iter()
        .filter_map(|setup| Some((setup, report.calls.get(&setup)?)))
    {
        for timing in timings {
            let is_reference =
                [references::EMPTY, references::ATOMIC, references::CLOCK].contains(&timing.name.as_str());
            // Measured in every process and printed once.
            if is_reference && references == 3 {
                continue;
            }
            references += usize::from(is_reference);
            // The other libraries name themselves.
            let is_named = is_reference || setup == Setup::Others;
            let name = if is_named { timing.name.clone() } else { format!("{setup}: {}", timing.name) };
            table.row(call(report, setup, name, timing));
        }
    }
    if table.0.len() > 1 {
        table.write(text);
    }
}

fn call(report: &Report, setup: Setup, name: String, timing: &Timing) -> [String; 6] {
    let [one, two] = timing.threads.map(|figure| number(figure.best));
    let above = |threads| match report.above_empty(setup, &timing.name, threads) {
        Some(nanos) if timing.name != references::EMPTY => number(nanos),
        _ => String::new(),
    };
    [name, one, above(1), two, above(2), number(timing.allocations)]
}

fn stores(report: &Report, text: &mut String) {
    if report.stores.is_empty() {
        return;
    }
    let mut table =
        Table::new(["store", "series", "B per series", "text, MB", "render, ms", "GET, first byte, ms", "whole, ms"]);
    for (setup, stores) in &report.stores {
        for stored in stores {
            let Stored { kind, series, bytes_per_series, text_bytes, render_ms, get } = stored;
            let get = |of: fn(&crate::stores::Get) -> f64| get.as_ref().map(of).map_or_else(String::new, number);
            table.row([
                format!("{setup}: {}s", kind.as_str()),
                series.to_string(),
                format!("{bytes_per_series:.0}"),
                number(*text_bytes as f64 / 1e6),
                number(*render_ms),
                get(|get| get.first_byte_ms),
                get(|get| get.whole_ms),
            ]);
        }
    }
    table.write(text);
}

fn lost(report: &Report, text: &mut String) {
    if !report.lost.is_empty() {
        let mut table = Table::new(["2 threads record, a third renders", "samples", "lost", "renders"]);
        for (setup, ways) in &report.lost {
            for lost in ways {
                let name = format!("{setup}: {}", lost.way);
                table.row([name, lost.recorded.to_string(), lost.samples().to_string(), lost.renders.to_string()]);
            }
        }
        table.write(text);
    }
    if let Some(threads) = &report.threads {
        let memory = threads.memory.map_or_else(
            || "memory unknown".to_owned(),
            |(before, after)| format!("{before} KiB of memory before, {after} KiB after"),
        );
        line(text, &format!("{} short threads: {} calls counted, {memory}", threads.threads, threads.counted));
    }
}

fn floods(report: &Report, text: &mut String) {
    if report.floods.is_empty() {
        return;
    }
    let mut table = Table::new([
        "4 threads flood",
        "values",
        "lost",
        "series",
        "a new value, ns",
        "allocations",
        "steady, ns",
        "in the flood",
        "memory, MB",
    ]);
    for (setup, flood) in &report.floods {
        let name = match setup {
            Setup::Others => "opentelemetry: a counter".to_owned(),
            Setup::Peer => format!("{setup}: a counter"),
            Setup::Ours | Setup::NotInstalled | Setup::Debug => format!("{setup}: #[measured], 3 metrics"),
        };
        table.row([
            name,
            flood.values.to_string(),
            (flood.recorded as i64 - flood.exported as i64).to_string(),
            flood.series.to_string(),
            number(flood.new),
            number(flood.allocations),
            number(flood.quiet),
            number(flood.flooded),
            flood
                .memory
                .map_or_else(String::new, |(before, after)| format!("{:+.1}", (after as f64 - before as f64) / 1024.0)),
        ]);
    }
    table.write(text);
}

fn collectors(report: &Report, text: &mut String) {
    if let Some(found) = &report.collectors {
        let Collectors { collectors, samples, round_ms, scrape_ms, processor } = found;
        let (round, scrape) = (number(*round_ms), number(*scrape_ms));
        let share = processor.map_or_else(|| "an unknown share".to_owned(), |share| format!("{} %", number(share)));
        line(
            text,
            &format!(
                "{collectors} collectors, {samples} samples: a round of all takes {round} ms, a text {scrape} ms, and \
                 one round in 5 s with the probe of one async runtime {share} of a processor"
            ),
        );
    }
}

fn pushes(report: &Report, text: &mut String) {
    if report.pushes.is_empty() {
        return;
    }
    let mut table = Table::new(["a push over OTLP", "series", "ms", "ms of processors", "requests, MB"]);
    for (setup, Pushed { series, push_ms, bytes, processor_ms }) in &report.pushes {
        let name = if *setup == Setup::Ours { "tachometer" } else { "opentelemetry-otlp" };
        let processor = processor_ms.map_or_else(String::new, number);
        table.row([name.to_owned(), series.to_string(), number(*push_ms), processor, number(*bytes as f64 / 1e6)]);
    }
    table.write(text);
}

fn bars(bars: &[Bar], text: &mut String) {
    let mut table = Table::new(["bar", "figure", "at most", ""]);
    for bar in bars {
        let unit = bar.unit.as_str();
        let with_unit = |figure: f64| format!("{} {unit}", number(figure)).trim_end().to_owned();
        let verdict = if bar.is_met() { "ok" } else { "MISSED" };
        table.row([bar.name.clone(), with_unit(bar.figure), with_unit(bar.at_most), verdict.to_owned()]);
    }
    if !bars.is_empty() {
        table.write(text);
    }
    let missed = bars.iter().filter(|bar| !bar.is_met()).count();
    line(text, &format!("{missed} of {} bars missed", bars.len()));
}

/// Three digits that mean something.
fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size < 0.9995 => format!("{value:.3}"),
        size if size < 9.995 => format!("{value:.2}"),
        size if size < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        let numbers = [0.0, 0.125, 0.9996, 9.994, 9.996, 42.04, 1234.5].map(number);
        assert_eq!(numbers, ["0", "0.125", "1.00", "9.99", "10.0", "42.0", "1234"]);
    }

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(["a", "long"]);
        table.row(["×bc".to_owned(), "1".to_owned()]);
        let mut text = String::new();
        table.write(&mut text);
        assert_eq!(text, "| a   | long |\n|-----|-----:|\n| ×bc |    1 |\n\n");
    }
}
