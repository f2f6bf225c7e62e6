//! What a call costs: which functions are timed under which recorder.

mod attributes;
mod facade;
mod peers;
mod references;

use std::sync::LazyLock;

use crate::{
    measure::{self, Plan, Row, Timing},
    setup::Setup,
};

pub(crate) use self::{
    attributes::{ASYNC_COUNTED_TIMED, ASYNC_MEASURED, COUNTED, COUNTED_TIMED, LABEL, MEASURED, TIMED},
    facade::{COUNTER, COUNTER_LABEL},
    references::{ATOMIC, CLOCK, EMPTY},
};

/// Times every call that makes sense under the recorder.
pub(crate) fn time(setup: Setup, plan: Plan) -> Vec<Timing> {
    let mut rows = references::ROWS.to_vec();
    match setup {
        Setup::NotInstalled => rows.extend(attributes::ROWS),
        Setup::Ours => {
            rows.extend(attributes::ROWS);
            rows.extend(facade::ROWS);
        }
        Setup::Peer => rows.extend(facade::ROWS),
        Setup::Others => rows.extend(peers::ROWS),
    }
    measure::time(&rows, plan)
}

/// The values of a label: ten of them, as they would come from requests, in no order that a processor could guess.
static KINDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    const KINDS: [&str; 10] = [
        "checkout-basket",
        "product-detail",
        "product-search",
        "customer-login",
        "customer-logout",
        "stock-level",
        "order-history",
        "payment-refund",
        "shipping-quote",
        "voucher-redeem",
    ];
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        KINDS[(state >> 16) as usize % KINDS.len()].to_owned()
    };
    (0..1024).map(|_| next()).collect()
});

/// Calls `call` so many times, each time with a label value.
#[inline(always)]
fn repeat_with_kind(calls: u64, call: impl Fn(&str, u64) -> u64) {
    let kinds: &[String; 1024] = KINDS.first_chunk().expect("there are so many");
    measure::repeat(calls, |n| call(&kinds[n as usize % kinds.len()], n));
}

/// A row of this name.
const fn row(name: &'static str, run: fn(u64)) -> Row {
    Row { name, run }
}
