//! Times calls with nothing installed and prints the figures as JSON: a child of the benchmark that can be built without
//! optimisation, as programs are while they are written and tested.

use std::{
    env,
    error::Error,
    io::{self, Write},
};

use tachometer_bench_calls::{
    alloc, attributes, handles,
    measure::{self, Plan},
    references,
};

#[global_allocator]
static ALLOCATOR: alloc::Counting = alloc::Counting;

fn main() -> Result<(), Box<dyn Error>> {
    let plan = if env::args().any(|word| word == "--quick") { Plan::QUICK } else { Plan::FULL };
    let rows = [&references::ROWS[..], &attributes::ROWS, &handles::ROWS, &[handles::FAMILY]].concat();
    writeln!(io::stdout(), "{}", serde_json::to_string(&measure::time(&rows, plan))?)?;
    Ok(())
}
