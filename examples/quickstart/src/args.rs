//! The command line.

use std::{env, io, io::Write, process, time::Duration};

const HELP: &str = "\
A small shop whose functions are measured by tachometer.

The first line that it prints is the address of its metrics, the second one that of the shop itself.

usage: quickstart [--no-load | --requests N] [--attack] [--seconds N]
  --requests N   end the traffic after N requests; the shop stays open [default: never end]
  --no-load      no traffic at all, the same as --requests 0
  --attack       somebody makes up tenants, and each second a line says what the metrics make of it
  --seconds N    close the shop after so long [default: when it is told to]
  --help         print this text
  --print-catalog, --print-dashboards, --print-rules, --print-docs
                 print what is measured, or what follows from it, and end
  --write-observability DIR
                 write all of that as files, and end

environment:
  METRICS_HOST      where the metrics are served [default: 127.0.0.1]
  METRICS_PORT      and at which port, 0 for any free one [default: 9464]
  METRICS_ENABLED   `false`: record nothing, serve nothing [default: true]
  METRICS_LABELS    name=value,.. on every series [default: none]
  METRICS_CONFIG    a TOML file with these and other settings [default: none]
  METRICS_TOKEN     the bearer token without which nothing is shown; METRICS_TOKEN_FILE names a file with it
                    [default: none]
  METRICS_*         further settings, as tachometer's documentation of `Config` lists them

routes of the shop:
  GET  /items       what is for sale
  POST /checkout    {\"item\": \"tea\", \"quantity\": 2, \"payment\": \"card\"}
  GET  /ledger      what the traffic did, by its own count
";

/// What the shop is to do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Args {
    /// How many requests the traffic makes.
    pub(crate) requests: u64,
    /// Whether the shop is attacked.
    pub(crate) attack: bool,
    /// When it closes by itself.
    pub(crate) closes_after: Option<Duration>,
}

/// What was asked for. Ends the program after `--help` and after a mistake.
pub(crate) fn args() -> Args {
    match parse(env::args().skip(1)) {
        Ok(Some(args)) => args,
        Ok(None) => leave(io::stdout(), HELP, 0),
        Err(problem) => leave(io::stderr(), &format!("quickstart: {problem}; try --help\n"), 2),
    }
}

/// `None` asks for the help text.
fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Args>, String> {
    let mut args = Args { requests: u64::MAX, attack: false, closes_after: None };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--help" => return Ok(None),
            "--no-load" => args.requests = 0,
            "--requests" => args.requests = number(&word, words.next())?,
            "--attack" => args.attack = true,
            "--seconds" => args.closes_after = Some(Duration::from_secs(number(&word, words.next())?)),
            _ => return Err(format!("unknown argument `{word}`")),
        }
    }
    Ok(Some(args))
}

fn number(option: &str, word: Option<String>) -> Result<u64, String> {
    let word = word.ok_or_else(|| format!("{option} needs a number"))?;
    word.parse().map_err(|_| format!("{option} {word} is not a number"))
}

fn leave(mut to: impl Write, text: &str, code: i32) -> ! {
    // Nobody is left to be told if the text cannot be printed.
    let _ = to.write_all(text.as_bytes());
    process::exit(code)
}
