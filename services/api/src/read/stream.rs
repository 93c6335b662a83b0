//! `/v1/escalations/stream`: server-sent events. An event's id is its sequence in the log, so that a reader resumes with
//! `Last-Event-ID` and misses nothing, whichever process answers.
//!
//! Nothing is read ahead of a reader who does not read: a line holds a few hundred events, and the connection's own buffers.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::response::sse::{Event as Line, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt, stream as futures_stream};
use nabij_log::{KnownAt, Raw, RecordRef};
use nabij_model::escalation::{Channel, EscalationEvent};
use nabij_model::{AggregateId, AggregateKind, Event};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::escalations::heard;
use super::proof::{Proof, Proofs};
use super::reveal::reveal;
use crate::access::{Action::ReadEscalations, Place};
use crate::audit::{Reading, Seen};
use crate::input::query;
use crate::problem::Problem;
use crate::route::{Answer, Call, Routes, schema_of};
use crate::state::ApiState;

/// A comment this often keeps proxies from closing the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) fn routes(routes: &mut Routes) {
    let answer = Answer { status: 200, media: &["text/event-stream"], schema: schema_of::<String> };
    let summary = "Escalations as they happen; resumes with Last-Event-ID";
    routes.read("/v1/escalations/stream", ReadEscalations, summary, schema_of::<StreamQuery>, answer, stream);
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StreamQuery {
    /// Begin after this sequence; 0 for everything. The header `Last-Event-ID` goes before it. From now on when both
    /// are absent.
    after: Option<u64>,
}

async fn stream(state: ApiState, call: Call) -> Result<Response, Problem> {
    let asked: StreamQuery = query(&call.address)?;
    let last = match call.headers.get("last-event-id") {
        Some(value) => {
            Some(value.to_str().ok().and_then(|text| text.trim().parse().ok()).ok_or_else(|| {
                Problem::bad_request(
                    "bad-last-event-id",
                    "Last-Event-ID is the id of the last event that came: a number",
                )
            })?)
        }
        None => asked.after,
    };
    let end = state.log().head().await?.sequence;
    let after = last.unwrap_or(end);
    if after > end {
        // After a restore, say: whoever waited there would hear nothing, and take it for quiet.
        return Err(Problem::bad_request(
            "last-event-id-ahead",
            format!("the log ends at {end}, before {after}: begin again without Last-Event-ID"),
        ));
    }
    // Asked once whether the caller may hear anything at all; each event is asked about again.
    call.reach(&state)?;
    let raws = state.log().follow(AggregateKind::Escalation, after.saturating_add(1)).await?;
    let left = u64::try_from(call.until.saturating_sub(call.now.as_second())).unwrap_or(0);
    let token_ends = tokio::time::sleep(Duration::from_secs(left));
    let stopping = state.stopping().clone().cancelled_owned();
    let events = events(state, call, raws).take_until(token_ends).take_until(stopping);
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    // The opening shows nothing yet: each event that is delivered is written down as a read of its own.
    Ok(Seen::rows(0).on(Sse::new(Box::pin(events)).keep_alive(keep_alive).into_response()))
}

/// Counts what a stream delivered, and writes it down when the stream ends.
struct Delivered {
    state: ApiState,
    reading: Reading,
    count: AtomicU64,
}

impl Drop for Delivered {
    fn drop(&mut self) {
        let (state, reading, count) = (self.state.clone(), self.reading.clone(), *self.count.get_mut());
        tokio::spawn(async move {
            // Each event was written down before it was delivered: nothing is unseen when this last word is lost.
            drop(reading.more(&state, None, "stream=ended", count).await);
        });
    }
}

/// What of `raws` the caller may hear. It ends when the log cannot be read on: the reader comes back with the last id.
fn events(
    state: ApiState,
    call: Call,
    raws: impl Stream<Item = Result<Raw, nabij_log::LogError>> + Send,
) -> impl Stream<Item = Result<Line, Infallible>> + Send {
    let proofs = Proofs::of_line(&state, &call.actor);
    let call = Arc::new(call);
    let count = AtomicU64::new(0);
    let delivered = Arc::new(Delivered { state: state.clone(), reading: call.reading.clone(), count });
    raws.take_while(|raw| std::future::ready(raw.is_ok()))
        .filter_map(|raw| std::future::ready(raw.ok()))
        .then(move |raw| {
            let (state, call) = (state.clone(), Arc::clone(&call));
            let delivered = Arc::clone(&delivered);
            async move {
                let shown = event(&state, &call, &raw).await?;
                delivered.count.fetch_add(u64::from(shown.is_some()), Ordering::Relaxed);
                Ok::<_, Problem>(shown)
            }
        })
        .take_while(|shown| std::future::ready(shown.is_ok()))
        .filter_map(|shown| std::future::ready(shown.ok().flatten()))
        .flat_map(move |(line, proof)| {
            let proofs = proofs.clone();
            // What follows a line is asked for once the connection took the line: only then was it shown.
            let taken = futures_stream::once(async move {
                if let Some(proof) = proof {
                    proofs.owe(proof).await;
                }
                None
            });
            futures_stream::iter([Some(Ok(line))]).chain(taken)
        })
        .filter_map(std::future::ready)
}

/// The event as the caller may read it, and what showing it proves; `None` when it is none of theirs.
async fn event(state: &ApiState, call: &Call, raw: &Raw) -> Result<Option<(Line, Option<Proof>)>, Problem> {
    let Ok(recorded) = raw.decode(&mut KnownAt::default()) else { return Ok(None) };
    let meta = &recorded.meta;
    let place = Place::from(meta.concerns.clone()).of(meta.aggregate);
    if meta.historic || is_quiet(&recorded.event) || call.allow(state, place.clone()).await.is_err() {
        return Ok(None);
    }
    let body: Value = serde_json::from_slice(&raw.body).map_err(|_| Problem::internal())?;
    if !is_heard(state, call, meta.aggregate, &body).await? {
        return Ok(None);
    }
    let mut data = json!({
        "escalation": meta.aggregate.id,
        "sequence": raw.sequence,
        "recorded_at": meta.recorded_at,
        "actor": meta.actor.subject,
        "role": meta.actor.role,
        "centre": meta.concerns.centre,
        "body": body,
    });
    reveal(state, call, &place, &mut data).await?;
    let mut seen = Seen::of(&data);
    seen.cases.extend(meta.concerns.cases.iter().copied());
    seen.confidential = meta.concerns.confidential;
    let about = RecordRef { kind: "escalation".into(), id: meta.aggregate.id };
    call.reading.more(state, Some((about, &seen)), "stream=event", 1).await?;
    let event = Line::default().id(raw.sequence.to_string()).event(meta.event_type.name);
    Ok(Some((event.data(data.to_string()), Proof::of(&recorded, &call.actor))))
}

/// What nobody is notified of: items of the worklist and the agenda, that a rule holds, that words went, and that somebody else's screen showed
/// a step, which stands in the escalation's whole way; told to every screen it would be a line for each pair of them.
fn is_quiet(event: &Event) -> bool {
    match event {
        Event::Escalation(EscalationEvent::Raised(raised)) => !raised.shown_as.is_alarm(),
        Event::Escalation(EscalationEvent::Notified(notified)) => notified.channel == Channel::Sse,
        Event::Escalation(
            EscalationEvent::Lapsed(_) | EscalationEvent::Redacted(_) | EscalationEvent::RuleAdopted(_),
        ) => true,
        _ => false,
    }
}

/// What was raised or handed up names its recipients; anything later is for those who heard of it before.
async fn is_heard(
    state: &ApiState,
    call: &Call,
    escalation: AggregateId,
    body: &Value,
) -> Result<bool, Problem> {
    let passed_over = |body: &Value| {
        let staff = body.get("passed_over").and_then(Value::as_array);
        staff.is_some_and(|staff| staff.iter().any(|named| named == call.actor.subject.as_str()))
    };
    let is_raised = body.get("trigger").is_some();
    if is_raised {
        return Ok(heard(call.actor.role, std::iter::once(body)) && !passed_over(body));
    }
    let before = state.log().history(escalation).await?;
    let bodies: Vec<Value> = before.iter().filter_map(|raw| serde_json::from_slice(&raw.body).ok()).collect();
    if bodies.iter().any(passed_over) {
        return Ok(false);
    }
    if body.get("recipients").is_some() {
        return Ok(heard(call.actor.role, std::iter::once(body)));
    }
    Ok(heard(call.actor.role, bodies.iter()))
}
