//! `GET /metrics`, for Prometheus.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use jiff::Timestamp;

use super::health::lags;
use super::servers::Servers;
use crate::state::ApiState;

/// Calls by route and status, their durations, and how far behind the projections are. What is away is left out, so
/// that the rest is still scraped.
pub(super) async fn scrape(State(state): State<ApiState>) -> impl IntoResponse {
    let mut text = String::with_capacity(16 * 1024);
    state.metrics().write(&mut text);
    let servers = Servers::ask(&state).await;
    let sequence = servers.log.as_ref().ok().map(|head| head.sequence);
    if let Ok(head) = &servers.log {
        gauge(&mut text, "nabij_log_sequence", "Sequence of the last event.", "", head.sequence);
        gauge(&mut text, "nabij_log_bytes", "Bytes of the log.", "", head.bytes);
        gauge(
            &mut text,
            "nabij_log_max_bytes",
            "Bytes from which on appends are refused.",
            "",
            head.max_bytes,
        );
        let help = "Whether the log is so full that somebody must give it room.";
        gauge(&mut text, "nabij_log_alarm", help, "", u64::from(head.alarm));
    }
    if let Ok(audit) = &servers.audit {
        gauge(&mut text, "nabij_audit_sequence", "Groups of audit records.", "", audit.sequence);
        gauge(&mut text, "nabij_audit_bytes", "Bytes of the audit stream.", "", audit.bytes);
        let help = "Bytes from which on reads are refused.";
        gauge(&mut text, "nabij_audit_max_bytes", help, "", audit.max_bytes);
        let help = "Whether the audit is so full that somebody must give it room.";
        gauge(&mut text, "nabij_audit_alarm", help, "", u64::from(audit.alarm));
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
    let known = servers.views.as_deref().unwrap_or_default();
    for lag in lags(known, sequence.unwrap_or_default()) {
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
    if let Some(told) = &servers.notices {
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

fn gauge(text: &mut String, name: &str, help: &str, labels: &str, value: u64) {
    if !text.contains(&format!("# TYPE {name} ")) {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    }
    let _ = writeln!(text, "{name}{labels} {value}");
}
