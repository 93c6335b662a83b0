//! `GET /metrics`, for Prometheus.

use std::fmt::Write as _;
use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use jiff::Timestamp;
use nabij_alerts::view::{Deliveries, deliveries};
use nabij_engine::checkpoints;

use super::health::{lags, within};
use crate::state::ApiState;

/// How long counting may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Calls by route and status, their durations, and how far behind the projections are. What is away is left out, so
/// that the rest is still scraped.
pub(super) async fn scrape(State(state): State<ApiState>) -> impl IntoResponse {
    let mut text = String::with_capacity(16 * 1024);
    state.metrics().write(&mut text);
    let (head, audit, found) = tokio::join!(
        within(state.log().head()),
        within(state.log().audit_head()),
        within(checkpoints(state.pool())),
    );
    let sequence = head.as_ref().ok().map(|head| head.sequence);
    if let Ok(head) = head {
        gauge(&mut text, "nabij_log_sequence", "Sequence of the last event.", "", head.sequence);
        gauge(&mut text, "nabij_log_bytes", "Bytes of the log.", "", head.bytes);
        gauge(
            &mut text,
            "nabij_log_max_bytes",
            "Bytes from which on appends are refused.",
            "",
            head.max_bytes,
        );
    }
    if let Ok(audit) = audit {
        gauge(&mut text, "nabij_audit_sequence", "Groups of audit records.", "", audit.sequence);
        gauge(&mut text, "nabij_audit_bytes", "Bytes of the audit stream.", "", audit.bytes);
        let help = "Bytes from which on reads are refused.";
        gauge(&mut text, "nabij_audit_max_bytes", help, "", audit.max_bytes);
    }
    for standing in state.verifier().standing(Timestamp::now()) {
        // The name of an issuer is an address or a word of the settings: without what would end a label.
        let labels = format!("{{issuer=\"{}\"}}", standing.issuer.replace(['\\', '"', '\n'], "?"));
        let mut gauge = |name, help, value| gauge(&mut text, name, help, &labels, value);
        let help = "Whether the tokens of an issuer can be checked.";
        gauge("nabij_identity_usable", help, u64::from(standing.usable));
        gauge("nabij_identity_keys", "Keys that are held of an issuer.", standing.keys);
        gauge("nabij_identity_fetches", "Times that its keys were fetched.", standing.fetches);
        gauge("nabij_identity_failures", "Times that they could not be.", standing.failures);
    }
    let known = found.unwrap_or_default();
    for lag in lags(&known, sequence.unwrap_or_default()) {
        let labels = format!("{{schema=\"{}\"}}", lag.schema);
        let mut gauge = |name, help, value| gauge(&mut text, name, help, &labels, value);
        gauge("nabij_projection_sequence", "Everything up to here is visible.", lag.sequence);
        if sequence.is_some() {
            gauge("nabij_projection_behind", "Events that are not visible yet.", lag.behind);
        }
        gauge(
            "nabij_projection_incomplete_aggregates",
            "Aggregates with parked events.",
            lag.incomplete_aggregates,
        );
    }
    if let Some(told) = told(&state).await {
        let mut gauge = |name, help, value| gauge(&mut text, name, help, "", value);
        gauge("nabij_notices_sent", "Notices that arrived by e-mail or webhook.", told.sent);
        gauge("nabij_notices_failed", "Attempts that failed.", told.failed);
        gauge(
            "nabij_notices_parked",
            "Notices given up: `nabij escalations parked` lists them.",
            told.parked,
        );
        gauge("nabij_notices_waiting", "Notices that failed and are tried again.", told.waiting);
        gauge("nabij_notices_oldest_seconds", "Since when the oldest of them fails.", told.oldest_seconds);
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}

/// What became of notices; `None` while the views are away.
async fn told(state: &ApiState) -> Option<Deliveries> {
    let counted = async { deliveries(&state.pool().get().await.ok()?).await.ok() };
    tokio::time::timeout(PATIENCE, counted).await.ok().flatten()
}

fn gauge(text: &mut String, name: &str, help: &str, labels: &str, value: u64) {
    if !text.contains(&format!("# TYPE {name} ")) {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    }
    let _ = writeln!(text, "{name}{labels} {value}");
}
