//! Calls of the tools, so that the numbers move: some a second for each account, a few of them mistaken.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{Request, header::USER_AGENT},
};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tower::ServiceExt;

use crate::{
    service,
    tokens::{Caller, Door},
    tools::TOOLS,
};

/// How often a call begins.
const EVERY: Duration = Duration::from_millis(50);
/// Accounts that are called for at a time; the others' turn comes later.
const AT_ONCE: usize = 10;
/// What every tenth call has for its input.
const MISTAKE: &str = r#"{"what": "is this?"}"#;
/// How long a call is waited for, now and then too short.
const PATIENCE: [Duration; 2] = [Duration::from_secs(5), Duration::from_millis(5)];

/// Calls the tools for ever, for whoever is let in by the door at that moment.
pub(crate) async fn run(door: Arc<Door>) {
    let tools = service::tools();
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 0_usize.. {
        ticks.tick().await;
        let accounts = door.accounts();
        let turn = number * AT_ONCE % accounts.len().max(1);
        for org in accounts.iter().cycle().skip(turn).take(AT_ONCE.min(accounts.len())) {
            call(&tools, Caller::Account(org.clone()), number).await;
        }
    }
}

async fn call(tools: &Router, caller: Caller, number: usize) {
    let tool = &TOOLS[number % TOOLS.len()];
    let is_mistaken = number % 11 == 10;
    let name = if number % 101 == 100 { "text.case.title" } else { tool.name };
    let request = Request::post(format!("/api/tools/{name}"))
        .header(USER_AGENT, concat!("executor-load/", env!("CARGO_PKG_VERSION")))
        .extension(caller)
        .body(Body::from(if is_mistaken { MISTAKE } else { tool.example }))
        .expect("a tool's name is fit for a path");
    let patience = PATIENCE[usize::from(number % 30 == 29)];
    // Who loses patience leaves, and the call is cancelled.
    let _ = timeout(patience, tools.clone().oneshot(request)).await;
}
