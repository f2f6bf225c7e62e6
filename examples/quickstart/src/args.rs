//! The command line.

use std::{env, io, io::Write, process};

const HELP: &str = "\
A small shop whose functions are measured by tachometer.

The first line that it prints is the address of its metrics, the second one that of the shop itself.

usage: quickstart [--no-load | --requests N]
  --requests N   end the traffic after N requests; the shop stays open [default: never end]
  --no-load      no traffic at all, the same as --requests 0
  --help         print this text

environment:
  METRICS_HOST      where the metrics are served [default: 127.0.0.1]
  METRICS_PORT      and at which port, 0 for any free one [default: 9464]
  METRICS_ENABLED   `false`: record nothing, serve nothing [default: true]
  METRICS_LABELS    name=value,.. on every series [default: none]
  METRICS_CONFIG    a TOML file with these and other settings [default: none]

routes of the shop:
  GET  /items       what is for sale
  POST /checkout    {\"item\": \"tea\", \"quantity\": 2, \"payment\": \"card\"}
  GET  /ledger      what the traffic did, by its own count
";

/// How many requests the traffic is to make. Ends the program after `--help` and after a mistake.
pub(crate) fn requests() -> u64 {
    match parse(env::args().skip(1)) {
        Ok(Some(requests)) => requests,
        Ok(None) => leave(io::stdout(), HELP, 0),
        Err(problem) => leave(io::stderr(), &format!("quickstart: {problem}; try --help\n"), 2),
    }
}

/// `None` asks for the help text.
fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<u64>, String> {
    let mut requests = u64::MAX;
    while let Some(word) = words.next() {
        match word.as_str() {
            "--help" => return Ok(None),
            "--no-load" => requests = 0,
            "--requests" => {
                let number = words.next().ok_or("--requests needs a number")?;
                requests = number.parse().map_err(|_| format!("--requests {number} is not a number"))?;
            }
            _ => return Err(format!("unknown argument `{word}`")),
        }
    }
    Ok(Some(requests))
}

fn leave(mut to: impl Write, text: &str, code: i32) -> ! {
    // Nobody is left to be told if the text cannot be printed.
    let _ = to.write_all(text.as_bytes());
    process::exit(code)
}
