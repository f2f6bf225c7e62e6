//! What can be done with time.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::Output;

/// The longest that a call may wait.
const LONGEST: u64 = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wait {
    milliseconds: u64,
}

pub(super) async fn wait(input: Wait) -> Output {
    if input.milliseconds > LONGEST {
        return Err(format!("`milliseconds` is {}; at most {LONGEST} are waited for", input.milliseconds));
    }
    let began = Instant::now();
    sleep(Duration::from_millis(input.milliseconds)).await;
    Ok(json!({ "waited_milliseconds": began.elapsed().as_millis() as u64 }))
}
