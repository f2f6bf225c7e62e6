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
use tachometer::{Telemetry, tower::HttpMetrics};

use crate::{
    metrics::{Call, Outcome},
    tokens::{Caller, Door},
    tools::{Output, TOOLS, Tool},
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
    let Caller::Account(book) = caller else {
        return refuse((StatusCode::FORBIDDEN, "this token sees metrics, and calls no tools".to_owned()));
    };
    book.saw_client(client(&headers));
    let Some(tool) = Tool::find(&name) else {
        book.saw_unknown_tool(&name);
        return refuse((StatusCode::NOT_FOUND, format!("there is no tool `{name}`; see GET /api/tools")));
    };
    let call = book.begin(tool, body.as_ref().map_or(0, Bytes::len));
    match run(tool, call, body).await {
        Ok(output) => Json(output).into_response(),
        Err(refusal) => refuse(refusal),
    }
}

async fn run(tool: &Tool, call: Call<'_>, body: Result<Bytes, BytesRejection>) -> Result<Value, Refusal> {
    let (outcome, answer) = match input(body) {
        Ok(input) => match tool.execute(input).await {
            Ok(output) => judged(output),
            Err(_) => {
                let refusal = (StatusCode::INTERNAL_SERVER_ERROR, format!("`{}` has failed", tool.name));
                (Outcome::Panicked, Err(refusal))
            }
        },
        Err(refusal) => (Outcome::Error, Err(refusal)),
    };
    call.end(outcome);
    answer
}

fn judged(output: Output) -> (Outcome, Result<Value, Refusal>) {
    match output {
        Ok(output) => (Outcome::Ok, Ok(output)),
        Err(problem) => (Outcome::Error, Err((StatusCode::UNPROCESSABLE_ENTITY, problem))),
    }
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
