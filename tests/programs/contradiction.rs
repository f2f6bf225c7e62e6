//! A program whose functions declare two metrics in two ways each, which is what its installation fails of.

use tachometer::{counted, timed};

#[counted(name = "jobs_total")]
#[timed(name = "wait_seconds")]
fn one() {}

#[counted(name = "jobs_total", labels(queue))]
#[timed(name = "wait_seconds", buckets = [0.1, 1.0])]
fn other(queue: &str) {
    let _ = queue;
}

fn main() -> Result<(), tachometer::Error> {
    let telemetry = tachometer::builder().no_listener().install()?;
    one();
    other("mail");
    #[allow(clippy::print_stdout, reason = "its test sees that nothing gets this far")]
    {
        println!("{}", telemetry.render());
    }
    Ok(())
}
