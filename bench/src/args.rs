//! The command line. It knows what can be asked for, and not how it is done.

use std::{
    env,
    io::{self, Write},
    process,
};

use tachometer_bench_calls::measure::Plan;

use crate::child::Scenario;

const HELP: &str = "\
Measures tachometer beside metrics-exporter-prometheus and other libraries and prints a table, with the bars that must
not be missed at its end.

usage: ./scripts/bench [--quick] [--only GROUP] [--check] [--json] [--write]
  --only GROUP  one group alone:
                  calls       nanoseconds and allocations per call, at 1 and 2 threads
                  stores      time of a render and bytes of memory per series
                  lost        samples that are lost while two threads record and a third one renders
                  guard       a flood of new label values: totals, memory, and what a steady series pays
                  threads     memory that 100,000 short threads leave behind
                  collectors  time of the collectors that an installation runs by itself
                  pushes      time of a push of 100,000 series over OTLP, beside OpenTelemetry's exporter
                  compile     seconds of the compiler for 1,000 functions; first on the line and never part of a whole
                              run, as it takes several minutes; ends with 1 if its bar is missed
  --quick       fewer rounds and smaller stores: does it run at all?
  --check       end with 1 if a bar is missed
  --json        all figures as JSON instead of the table
  --write       put the table into docs/PERFORMANCE.md; not with --quick or --only
  --help        print this text
";

/// What this process is to do.
pub(crate) enum Task {
    /// Run everything in children and report.
    Parent(Args),
    /// Run one scenario.
    Child(Scenario, Plan),
}

/// What was asked for.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Args {
    pub(crate) quick: bool,
    pub(crate) check: bool,
    pub(crate) json: bool,
    pub(crate) write: bool,
    only: Option<Group>,
    child: Option<Scenario>,
}

/// A part of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Calls,
    Stores,
    Lost,
    Threads,
    Guard,
    Collectors,
    Pushes,
}

impl Args {
    /// Whether a group is part of the run.
    pub(crate) fn wants(&self, group: Group) -> bool {
        self.only.is_none_or(|only| only == group)
    }
}

/// The task of this process. Ends it after `--help` and after a mistake.
pub(crate) fn task() -> Task {
    let args = match parse(env::args().skip(1)) {
        Ok(Some(args)) => args,
        Ok(None) => leave(io::stdout(), HELP, 0),
        Err(problem) => leave(io::stderr(), &format!("tachometer-bench: {problem}; try --help\n"), 2),
    };
    match args.child {
        Some(scenario) => Task::Child(scenario, if args.quick { Plan::QUICK } else { Plan::FULL }),
        None => Task::Parent(args),
    }
}

/// `None` asks for the help text.
fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Args>, String> {
    let mut args = Args::default();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--help" => return Ok(None),
            "--quick" => args.quick = true,
            "--check" => args.check = true,
            "--json" => args.json = true,
            "--write" => args.write = true,
            "--only" => args.only = Some(group(&words.next().ok_or("--only needs a group")?)?),
            // For this program's own children.
            "--child" => args.child = Some(words.next().ok_or("--child needs a scenario")?.parse()?),
            _ => return Err(format!("unknown argument `{word}`")),
        }
    }
    if args.write && (args.quick || args.only.is_some()) {
        return Err("--write needs the figures of a whole run, without --quick and --only".to_owned());
    }
    Ok(Some(args))
}

fn group(name: &str) -> Result<Group, String> {
    Ok(match name {
        "calls" => Group::Calls,
        "stores" => Group::Stores,
        "lost" => Group::Lost,
        "threads" => Group::Threads,
        "guard" => Group::Guard,
        "collectors" => Group::Collectors,
        "pushes" => Group::Pushes,
        "compile" => return Err("`--only compile` is for ./scripts/bench, and stands first there".to_owned()),
        _ => {
            return Err(format!(
                "no group `{name}`; there are calls, stores, lost, guard, threads, collectors, pushes"
            ));
        }
    })
}

fn leave(mut to: impl Write, text: &str, code: i32) -> ! {
    // Nobody is left to be told if the text cannot be printed.
    let _ = to.write_all(text.as_bytes());
    process::exit(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Option<Args>, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read() {
        let args = parsed("--quick --only lost --check").expect("it is right").expect("no help is asked for");
        assert!(args.quick && args.check && !args.json);
        assert!(args.wants(Group::Lost) && !args.wants(Group::Calls));
        assert!(parsed("").expect("it is right").expect("no help is asked for").wants(Group::Threads));
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(
            parsed("--only speed"),
            Err("no group `speed`; there are calls, stores, lost, guard, threads, collectors, pushes".to_owned())
        );
        assert_eq!(parsed("--fast"), Err("unknown argument `--fast`".to_owned()));
        assert!(parsed("--write --quick").is_err());
    }
}
