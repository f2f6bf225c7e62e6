//! Customers, so that the numbers move. They keep books of their own, which know nothing of metrics.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    http::{Request, header::CONTENT_TYPE, request::Builder},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use crate::shop::{Order, Payment, Receipt};
use crate::stock::ITEMS;

/// What the customers did, by their own count.
pub(crate) type Ledger = Mutex<Entries>;

#[derive(Default, Serialize)]
pub(crate) struct Entries {
    /// All requests are made, and nothing here will change any more.
    finished: bool,
    browsed: u64,
    /// How many checkouts ended `ok`, with an `error`, or were `cancelled`.
    checkouts: BTreeMap<Payment, BTreeMap<&'static str, u64>>,
    spent_cents: u64,
}

/// `GET /ledger` shows the books.
pub(crate) fn routes(ledger: Arc<Ledger>) -> Router {
    Router::new().route("/ledger", get(async move || Json(&*ledger).into_response()))
}

/// Sends so many customers to the shop, one every 5 ms, and enters what they do in the books.
pub(crate) async fn run(shop: Router, ledger: Arc<Ledger>, requests: u64) {
    let mut customers = JoinSet::new();
    for number in 0..requests {
        sleep(Duration::from_millis(5)).await;
        customers.spawn(visit(shop.clone(), Arc::clone(&ledger), number));
        // Those who have left are forgotten, or the set would grow for ever.
        while customers.try_join_next().is_some() {}
    }
    customers.join_all().await;
    enter(&ledger, |entries| entries.finished = true);
}

/// Every fourth customer looks around, the others buy.
async fn visit(shop: Router, ledger: Arc<Ledger>, number: u64) {
    if number.is_multiple_of(4) {
        call(shop, Request::get("/items"), Body::empty()).await;
        enter(&ledger, |entries| entries.browsed += 1);
    } else {
        buy(shop, &ledger, number).await;
    }
}

/// Buys something. Every twenty-fifth customer does not wait for the receipt.
async fn buy(shop: Router, ledger: &Ledger, number: u64) {
    let pick = number as usize / 4;
    let payment = Payment::ALL[pick % Payment::ALL.len()];
    let item = ITEMS[pick / 2 % ITEMS.len()].name.to_owned();
    let order = Order { item, quantity: 1 + number as u32 % 3, payment };

    let body = serde_json::to_vec(&order).expect("an order is plain data");
    let request = Request::post("/checkout").header(CONTENT_TYPE, "application/json");
    let patience = if number % 25 == 1 { Duration::from_millis(1) } else { Duration::MAX };
    let outcome = match timeout(patience, call(shop, request, body.into())).await {
        Err(_) => "cancelled",
        Ok(response) if !response.status().is_success() => "error",
        Ok(response) => {
            let receipt = to_bytes(response.into_body(), 1024).await.expect("the receipt is in memory");
            let receipt: Receipt = serde_json::from_slice(&receipt).expect("the shop hands out receipts");
            enter(ledger, |entries| entries.spent_cents += receipt.total_cents);
            "ok"
        }
    };
    enter(ledger, |entries| *entries.checkouts.entry(payment).or_default().entry(outcome).or_default() += 1);
}

async fn call(shop: Router, request: Builder, body: Body) -> Response {
    shop.oneshot(request.body(body).expect("the route is valid")).await.unwrap_or_else(|never| match never {})
}

fn enter(ledger: &Ledger, change: impl FnOnce(&mut Entries)) {
    change(&mut ledger.lock().expect("no entry panics"));
}
