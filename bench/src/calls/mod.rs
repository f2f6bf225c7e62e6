//! What a call costs: which functions are timed under which recorder.

mod facade;
mod peers;

use tachometer_bench_calls::{
    attributes, handles,
    measure::{self, Plan, Timing},
    references,
};

pub(crate) use self::facade::{COUNTER, COUNTER_LABEL};
use crate::setup::Setup;

/// Times every call that makes sense under the recorder.
pub(crate) fn time(setup: Setup, plan: Plan) -> Vec<Timing> {
    let mut rows = references::ROWS.to_vec();
    let ours = [&attributes::ROWS[..], &handles::ROWS, &[handles::FAMILY]].concat();
    match setup {
        Setup::NotInstalled | Setup::Debug => rows.extend(ours),
        Setup::Ours => {
            rows.extend(ours);
            rows.extend(facade::ROWS);
        }
        Setup::Peer => rows.extend(facade::ROWS),
        Setup::Others => rows.extend(peers::ROWS),
    }
    measure::time(&rows, plan)
}
