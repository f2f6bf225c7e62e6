//! An AI block that works off tasks and tells how: the README says what and why.
//!
//! The library is all that a block can do with metrics; nothing here knows how they leave the program.

mod args;
mod work;

use std::{
    io::{self, Write},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use block::{Block, BlockConfig, Failure};
use tachometer::{Termination, catalog};

use crate::args::Options;

fn main() -> ExitCode {
    // With a flag such as `--print-rules` the program ends here.
    if let Err(problem) = print_if_asked() {
        let _ = writeln!(io::stderr(), "block: {problem}");
        return ExitCode::FAILURE;
    }
    let options = args::options();
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            // Nobody is left to be told if this cannot be printed.
            let _ = writeln!(io::stderr(), "block: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// The dashboards and rules in `observability` are made with this.
fn print_if_asked() -> Result<(), Failure> {
    let options = catalog::Options::new("block").job("block").target("127.0.0.1:8000").scrape_interval_seconds(1);
    Block::new(BlockConfig::of_environment(|_| None)?)?.print_if_asked(&options)
}

fn run(options: Options) -> Result<(), Failure> {
    let termination = Termination::listen()?;
    let block = Arc::new(Block::new(options.config)?);
    let address = block.start_http()?;
    let mut out = io::stdout().lock();
    writeln!(out, "http://{address}/metrics")?;
    // Whoever reads through a pipe waits for this line.
    out.flush()?;

    let is_over = Arc::new(AtomicBool::new(false));
    let worker = options.load.then(|| {
        let (block, is_over) = (Arc::clone(&block), Arc::clone(&is_over));
        thread::spawn(move || work::run(&block, &is_over))
    });
    termination.wait();
    is_over.store(true, Ordering::Relaxed);
    if worker.is_some_and(|worker| worker.join().is_err()) {
        tracing::error!("the worker has panicked");
    }
    // After the work, so that the last document has all of it.
    block.shutdown(options.grace)?;
    Ok(())
}
