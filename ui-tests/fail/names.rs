use tachometer::{counted, in_flight, measured, timed};

mod names {
    pub const BAD: &str = "bad name";
    pub const NO_TOTAL: &str = "jobs";
}

macro_rules! counted_as {
    ($name:literal) => {
        #[counted(name = $name)]
        fn by_macro() {}
    };
}

#[counted(name = "bad name_total")]
fn space() {}

#[counted(name = "")]
fn empty() {}

#[counted(name = "jobs")]
fn no_total() {}

#[counted(name = names::NO_TOTAL)]
fn no_total_by_path() {}

#[counted(name = names::BAD)]
fn space_by_path() {}

counted_as!("5xx_total");

#[timed(name = "jobs_total")]
fn total() {}

#[timed(name = concat!("jobs", "_ms"))]
fn milliseconds() {}

#[in_flight(name = "jobs_total")]
fn total_in_flight() {}

#[in_flight(name = "__jobs")]
fn reserved() {}

#[measured(name = "jobs_seconds_count")]
fn reserved_suffix() {}

#[measured(name = "jobs_total")]
async fn stem_with_suffix() {}

fn generic<T>() {
    #[counted(name = "in-generic")]
    fn nested() {}
    nested();
}

fn main() {}
