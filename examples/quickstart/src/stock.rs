//! The stock: a table in memory that plays a remote database, slow and sometimes out of reach.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use serde::Serialize;
use tachometer::{counted, in_flight, timed};
use tokio::time::sleep;

use crate::shop::{NO_ANSWER, Refusal, UNKNOWN_ITEM};

/// Something for sale.
#[derive(Serialize)]
pub(crate) struct Item {
    pub(crate) name: &'static str,
    pub(crate) price_cents: u64,
}

pub(crate) const ITEMS: [Item; 3] = [
    Item { name: "tea", price_cents: 450 },
    Item { name: "coffee", price_cents: 790 },
    Item { name: "mug", price_cents: 1_250 },
];

/// The connection to the database.
#[derive(Default)]
pub(crate) struct Stock {
    queries: AtomicU64,
}

impl Stock {
    /// Puts `quantity` of an item aside and returns their price in cents. Every twentieth time it fails.
    #[timed(name = "stock_query_duration_seconds", help = "Time to an answer.", buckets = [0.001, 0.003, 0.01], result)]
    #[in_flight(name = "stock_queries_in_flight", help = "Queries without an answer yet.")]
    pub(crate) async fn reserve(&self, item: &str, quantity: u32) -> Result<u64, Refusal> {
        let query = 1 + self.queries.fetch_add(1, Relaxed);
        sleep(Duration::from_millis(query % 4)).await;
        if query.is_multiple_of(20) {
            return Err(NO_ANSWER);
        }
        Ok(find(item)?.price_cents * u64::from(quantity))
    }
}

/// Finds an item. Without a `name`, its calls are among `function_calls_total{function="find", ..}`.
#[counted]
fn find(name: &str) -> Result<&'static Item, Refusal> {
    ITEMS.iter().find(|item| item.name == name).ok_or(UNKNOWN_ITEM)
}
