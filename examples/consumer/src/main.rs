//! A master process that keeps child consumers alive and exports all of them: the README says what and why.
//!
//! The program starts itself as its children; only the master listens.

mod args;
mod config;
mod consumer;
mod master;
mod messages;
mod stats;

use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
};

use crate::args::Task;

fn main() -> ExitCode {
    let task = args::task();
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let done: Result<(), Box<dyn Error>> = match &task {
        Task::Master(settings) => master::run(settings),
        Task::Child(settings) => consumer::run(settings),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            // Nothing is left to tell it to if this cannot be printed.
            let _ = writeln!(io::stderr(), "consumer: {problem}");
            ExitCode::FAILURE
        }
    }
}
