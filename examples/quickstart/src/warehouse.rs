//! The warehouse: a worker in the background that sends out what was sold.

use std::time::Duration;

use metrics::{describe_gauge, gauge};
use tachometer::{counted, timed};
use tokio::{sync::mpsc, time::sleep};

use crate::shop::Order;

/// Says what is recorded by hand.
pub(crate) fn describe() {
    describe_gauge!("orders_waiting", "Orders that the warehouse has not begun.");
}

/// Sends out one order after the other until the shop is closed.
pub(crate) async fn work(mut inbox: mpsc::Receiver<Order>) {
    while let Some(order) = inbox.recv().await {
        gauge!("orders_waiting").set(inbox.len() as f64);
        ship(order).await;
    }
}

/// Parcels handed to the carrier.
// The label is a customer's text, yet bounded: only orders of items that exist come this far.
#[counted(name = "parcels_total", labels(item = order.item), team = "warehouse")]
#[timed(name = "packing_duration_seconds", help = "Time that it takes to pack a parcel.")]
async fn ship(order: Order) {
    sleep(Duration::from_millis(u64::from(order.quantity.min(10)))).await;
}
