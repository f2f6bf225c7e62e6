//! Functions and handles whose calls are timed, and how they are timed. Knows nothing of recorders and other libraries.

pub mod alloc;
pub mod attributes;
pub mod handles;
pub mod measure;
pub mod references;

use std::sync::LazyLock;

use crate::measure::Row;

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
pub fn repeat_with_kind(calls: u64, call: impl Fn(&str, u64) -> u64) {
    let kinds: &[String; 1024] = KINDS.first_chunk().expect("there are so many");
    measure::repeat(calls, |n| call(&kinds[n as usize % kinds.len()], n));
}

/// A row of this name.
pub const fn row(name: &'static str, run: fn(u64)) -> Row {
    Row { name, run }
}
