//! The service's routes, and who gets to them.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::{Path, Request, State, rejection::BytesRejection},
    http::{
        HeaderMap, StatusCode,
        header::{USER_AGENT, WWW_AUTHENTICATE},
    },
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tachometer::{Telemetry, counted, in_flight, timed, tower::HttpMetrics};
use tokio::task::JoinSet;

use crate::{
    metrics::{BUCKETS, CALLS, CLIENTS, INPUT, Org, UNKNOWN},
    tokens::{Caller, Door},
    tools::{TOOLS, Tool},
};

/// The one route that is everybody's.
const HEALTH: &str = "/api/healthz";

/// An answer other than a tool's output: a status, and why.
type Refusal = (StatusCode, String);

/// All routes, behind the door: tools and metrics are for the same tokens.
pub(crate) fn routes(telemetry: &Telemetry, door: Arc<Door>) -> Router {
    tools()
        .nest("/api", tachometer::routes(telemetry))
        .fallback(async || refuse((StatusCode::NOT_FOUND, "there is no such page; see GET /api/tools".to_owned())))
        .layer(middleware::from_fn_with_state(door, enter))
        .layer(HttpMetrics::new())
}

/// The tools' own routes. Their requests say by an extension who sends them.
pub(crate) fn tools() -> Router {
    Router::new().route("/api/tools", get(list)).route("/api/tools/{name}", post(execute))
}

/// Lets in whom the door lets in, and tells those behind it who it is.
async fn enter(State(door): State<Arc<Door>>, mut request: Request, next: Next) -> Response {
    if request.uri().path() == HEALTH {
        return next.run(request).await;
    }
    let Some(caller) = door.caller(request.headers()) else {
        let refusal = (StatusCode::UNAUTHORIZED, "a bearer token of the tokens file is needed".to_owned());
        return ([(WWW_AUTHENTICATE, "Bearer realm=\"executor\"")], refuse(refusal)).into_response();
    };
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// Lists the tools.
async fn list() -> Json<&'static [Tool]> {
    Json(&TOOLS)
}

/// Executes a tool.
async fn execute(
    Path(name): Path<String>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Caller::Account(org) = caller else {
        return refuse((StatusCode::FORBIDDEN, "this token sees metrics, and calls no tools".to_owned()));
    };
    CLIENTS.with(client(&headers), &org).increment(1);
    let Some(tool) = Tool::find(&name) else {
        UNKNOWN.with(&name, &org).increment(1);
        return refuse((StatusCode::NOT_FOUND, format!("there is no tool `{name}`; see GET /api/tools")));
    };
    answer(tool, org, body).await
}

async fn answer(tool: &'static Tool, org: Org, body: Result<Bytes, BytesRejection>) -> Response {
    INPUT.with(&org).record(body.as_ref().map_or(0, Bytes::len));
    // A task of its own, that ends with this one: what panics there is a call that has panicked, and gets an answer.
    let mut call = JoinSet::new();
    call.spawn(run(tool, org, body));
    match call.join_next().await {
        Some(Ok(Ok(output))) => Json(output).into_response(),
        Some(Ok(Err(refusal))) => refuse(refusal),
        Some(Err(_)) | None => refuse((StatusCode::INTERNAL_SERVER_ERROR, format!("`{}` has failed", tool.name))),
    }
}

/// Calls of tools, by how they ended.
#[counted(
    name = "executor_tool_calls_total",
    labels("mcp.tool.name" = tool.name, org),
    result,
    known = CALLS
)]
#[timed(
    name = "executor_tool_duration_seconds",
    labels("mcp.tool.name" = tool.name, org),
    buckets = BUCKETS,
    help = "Time from a call's input to its end.",
    known = CALLS
)]
#[in_flight(
    name = "executor_tool_calls_in_flight",
    labels("mcp.tool.name" = tool.name, org),
    help = "Calls of tools that have not ended.",
    known = CALLS
)]
async fn run(tool: &'static Tool, org: Org, body: Result<Bytes, BytesRejection>) -> Result<Value, Refusal> {
    let input = input(body)?;
    tool.execute(input).await.map_err(|problem| (StatusCode::UNPROCESSABLE_ENTITY, problem))
}

fn input(body: Result<Bytes, BytesRejection>) -> Result<Value, Refusal> {
    let body = body.map_err(|rejection| (rejection.status(), rejection.body_text()))?;
    let not_json = |error| (StatusCode::BAD_REQUEST, format!("the input is not JSON: {error}"));
    serde_json::from_slice(&body).map_err(not_json)
}

/// The client's name and version, which are the first word of what it says of itself.
fn client(headers: &HeaderMap) -> &str {
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    agent.and_then(|agent| agent.split_ascii_whitespace().next()).unwrap_or("unknown")
}

fn refuse((status, problem): Refusal) -> Response {
    (status, Json(json!({ "error": problem }))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics;

    static BROKEN: Tool = Tool::computes("text.case.broken", "", "{}", |_| panic!("on purpose"));

    #[tokio::test]
    async fn a_tool_that_panics_is_a_call_that_has_panicked() {
        let telemetry = tachometer::builder().no_listener().guard(metrics::policy(false)).install();
        let telemetry = telemetry.expect("it is the only one");
        let org: Org = Some("acme".into());
        metrics::show(&org);
        let response = answer(&BROKEN, org, Ok(Bytes::from("{}"))).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let page = telemetry.render();
        for (result, count) in [("ok", 0), ("error", 0), ("panicked", 1)] {
            let labels = format!("mcp_tool_name=\"text.case.broken\",org=\"acme\",result=\"{result}\"");
            assert!(page.contains(&format!("executor_tool_calls_total{{{labels}}} {count}\n")), "{result}: {page}");
        }
        let in_flight = "executor_tool_calls_in_flight{mcp_tool_name=\"text.case.broken\",org=\"acme\"} 0\n";
        assert!(page.contains(in_flight), "{page}");
    }
}
