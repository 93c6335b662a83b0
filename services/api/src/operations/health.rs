//! Whether this process lives, and whether what it needs is there.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, http::header};
use jiff::Timestamp;
use nabij_engine::Checkpoint;
use serde::Serialize;

use super::servers::Servers;
use crate::state::ApiState;

/// What `/readyz` says of one dependency.
#[derive(Debug, Serialize)]
struct Part {
    ready: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<String>,
}

/// What `/readyz` answers.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    nats: Part,
    postgres: Part,
    identity: Vec<Keys>,
    /// Sequence of the last event.
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<u64>,
    projections: Vec<Lag>,
    /// What somebody must do soon.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// Whether the tokens of one issuer can be checked.
#[derive(Debug, Serialize)]
struct Keys {
    issuer: String,
    ready: bool,
    keys: u64,
}

/// How far behind the log one projection is.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Lag {
    /// Schema of its tables.
    pub(super) schema: String,
    /// Everything up to here is visible.
    pub(super) sequence: u64,
    /// Events that are not.
    pub(super) behind: u64,
    /// Aggregates of which events are parked.
    pub(super) incomplete_aggregates: u64,
}

/// `GET /livez`: the process answers.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: 200 when log and database answer and the tokens of at least one issuer can be checked, else 503; the body says what
/// is away. One operator's identity provider that is away is no reason to stop the calls of the others. A projection that lags is
/// no reason to stop calls: a read that needs more waits for it. What the servers said is told on for a second.
pub(super) async fn ready(State(state): State<ApiState>) -> Response {
    let servers = Servers::ask(&state).await;
    let log = servers.log.as_ref().ok().map(|head| head.sequence);
    let identity: Vec<Keys> = state
        .verifier()
        .standing(Timestamp::now())
        .into_iter()
        .map(|standing| Keys { issuer: standing.issuer, ready: standing.usable, keys: standing.keys })
        .collect();
    let readiness = Readiness {
        ready: servers.log.is_ok() && servers.views.is_ok() && identity.iter().any(|issuer| issuer.ready),
        identity,
        log,
        projections: lags(servers.views.as_deref().unwrap_or_default(), log.unwrap_or_default()),
        nats: part(servers.log.as_ref().err()),
        postgres: part(servers.views.as_ref().err()),
        warnings: servers.warnings(),
    };
    if readiness.ready {
        return Json(readiness).into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")], Json(readiness)).into_response()
}

pub(super) fn lags(checkpoints: &[Checkpoint], log: u64) -> Vec<Lag> {
    checkpoints
        .iter()
        .map(|checkpoint| Lag {
            schema: checkpoint.schema.clone(),
            sequence: checkpoint.sequence,
            behind: log.saturating_sub(checkpoint.sequence),
            incomplete_aggregates: checkpoint.incomplete_aggregates,
        })
        .collect()
}

fn part(says: Option<&String>) -> Part {
    Part { ready: says.is_none(), says: says.cloned() }
}
