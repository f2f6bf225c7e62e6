//! The shop's routes, and the functions behind them.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use metrics::{counter, describe_counter};
use serde::{Deserialize, Serialize};
use tachometer::{Slo, measured, slo::ms};
use tokio::{sync::mpsc, time::sleep};

use crate::stock::{ITEMS, Item, Stock};

/// The shop, as its handlers see it.
#[derive(Clone)]
pub(crate) struct Shop {
    stock: Arc<Stock>,
    orders: mpsc::Sender<Order>,
}

/// What a customer sends to `POST /checkout`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) item: String,
    pub(crate) quantity: u32,
    pub(crate) payment: Payment,
}

/// How an order is paid. Being an enum it is fit for a label: customers cannot invent values.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Payment {
    Card,
    Invoice,
    Voucher,
}

/// What a customer gets for an order.
#[derive(Serialize, Deserialize)]
pub(crate) struct Receipt {
    pub(crate) total_cents: u64,
}

/// Why an order is not taken, as axum answers it.
pub(crate) type Refusal = (StatusCode, &'static str);

pub(crate) const UNKNOWN_ITEM: Refusal = (StatusCode::NOT_FOUND, "no such item; see /items");
pub(crate) const NO_ANSWER: Refusal = (StatusCode::SERVICE_UNAVAILABLE, "the stock does not answer; try again");

/// Says what is recorded by hand; annotated functions say it by their own docs.
pub(crate) fn describe() {
    describe_counter!("revenue_cents_total", "Money taken, in cents.");
}

impl Shop {
    /// A shop, and the inbox of its warehouse. A till that finds the inbox full waits.
    pub(crate) fn open() -> (Self, mpsc::Receiver<Order>) {
        let (orders, inbox) = mpsc::channel(64);
        (Self { stock: Arc::default(), orders }, inbox)
    }

    pub(crate) fn routes(self) -> Router {
        Router::new().route("/items", get(browse)).route("/checkout", post(checkout)).with_state(self)
    }
}

/// What a shop owes those who look around.
const BROWSING: Slo = Slo::new("browsing").success_rate(99.0).latency(ms(1_000), 99.0);

/// Lists what is for sale.
#[measured(slo = BROWSING, team = "shop")]
async fn browse() -> Json<&'static [Item]> {
    Json(&ITEMS)
}

/// Orders brought to the till.
#[measured(name = "checkout", labels(payment = order.payment.name()), result, team = "shop")]
async fn checkout(State(shop): State<Shop>, Json(order): Json<Order>) -> Result<Json<Receipt>, Refusal> {
    let total_cents = shop.stock.reserve(&order.item, order.quantity).await?;
    sleep(order.payment.delay()).await;
    shop.orders.send(order).await.map_err(|_| (StatusCode::SERVICE_UNAVAILABLE, "the warehouse is closed"))?;

    // What is not a call is recorded with the `metrics` crate, and comes out at the same place.
    counter!("revenue_cents_total").increment(total_cents);
    Ok(Json(Receipt { total_cents }))
}

impl Payment {
    pub(crate) const ALL: [Self; 3] = [Self::Card, Self::Invoice, Self::Voucher];

    fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Invoice => "invoice",
            Self::Voucher => "voucher",
        }
    }

    fn delay(self) -> Duration {
        Duration::from_millis(if self == Self::Card { 8 } else { 2 })
    }
}
