//! `POST /v1/signals/{id}/redactions`: words about somebody who was erased go, the rest of the signal stays readable.

use std::collections::HashMap;

use axum::response::Response;
use nabij_log::{Accepted, ExecuteError, Raw};
use nabij_model::signal::{Redacted, RedactedText, Signal, SignalCommand, SignalText};
use nabij_model::{AggregateId, AggregateKind, EventId, Root, SealLevel, Sealed};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::draft::Draft;
use super::placed::Placed;
use super::written::DONE;
use crate::access::Action::FollowSignal;
use crate::problem::Problem;
use crate::route::Routes;

/// How often it is tried when others write about the signal meanwhile.
const TRIES: u32 = 4;

pub(super) fn routes(routes: &mut Routes) {
    let summary = "Let words about somebody who was erased go; what is not named stays as it is";
    routes.special::<Redaction, _>("/v1/signals/{id}/redactions", FollowSignal, summary, redact);
}

/// The texts that read otherwise from now on; none when nothing has to go.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Redaction {
    /// Each text that changes.
    #[serde(default)]
    texts: Vec<Change>,
}

/// One text that changes.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Change {
    /// The event that holds it: `event_id` in the signal's own history.
    event: EventId,
    /// Which of its words.
    field: SignalText,
    /// The words that stay; left out when none do.
    words: Option<String>,
}

/// Seals every text that stays again under a new key, in one event; the eraser then destroys the old key. Nothing may be
/// written in between: its words would go with the old key. So the event stands only on the very state that was read.
async fn redact(mut draft: Draft) -> Result<Response, Problem> {
    let id = draft.call.parameters.id()?;
    let asked = draft.payload::<Redaction>()?;
    let mut tries = 0;
    loop {
        let root = draft.allow_record::<Signal>(id).await?;
        let texts =
            if asked.texts.is_empty() { Vec::new() } else { texts(&draft, id, &root, &asked).await? };
        match execute(&draft, id, &root, Redacted { texts }).await {
            Ok(accepted) => return Ok(draft.respond::<Signal>(DONE.status, &accepted)),
            Err(ExecuteError::VersionMismatch { .. } | ExecuteError::Conflict { .. }) if tries < TRIES => {
                tries += 1
            }
            Err(error) => return Err(error.into()),
        }
    }
}

async fn execute(
    draft: &Draft,
    id: Uuid,
    root: &Root<Signal>,
    redacted: Redacted,
) -> Result<Accepted, ExecuteError> {
    let mut submission =
        draft.submission().map_err(|problem| ExecuteError::Unstorable(problem.code().to_owned()))?;
    if submission.expected_version.is_none() && root.exists() {
        submission.expected_version = Some(root.version);
    }
    let permit = |root: &Root<Signal>| {
        if root.exists() { draft.call.permit(&draft.state, Signal::place(id, &root.state)) } else { Ok(()) }
    };
    let command = SignalCommand::Redact(redacted);
    draft.state.log().execute_if::<Signal>(id, command, &submission, permit).await
}

/// Every text of the signal as it reads from now on.
async fn texts(
    draft: &Draft,
    id: Uuid,
    root: &Root<Signal>,
    asked: &Redaction,
) -> Result<Vec<RedactedText>, Problem> {
    let mut changes: HashMap<(EventId, SignalText), (usize, Option<&str>)> = HashMap::new();
    for (number, change) in asked.texts.iter().enumerate() {
        let words = change.words.as_deref().map(str::trim).filter(|words| !words.is_empty());
        if changes.insert((change.event, change.field), (number, words)).is_some() {
            let detail = "the list names a text twice: name it once";
            return Err(Problem::invalid("named-twice", detail, format!("/texts/{number}")));
        }
    }
    let mut texts = Vec::new();
    for raw in draft.state.log().history(AggregateId::new(AggregateKind::Signal, id)).await? {
        if raw.sequence > root.version {
            break;
        }
        for field in SignalText::ALL {
            let Some((event, level, words)) = text(draft, root, &raw, field).await? else { continue };
            let words = match changes.remove(&(event, field)) {
                Some((_, words)) => words.map(str::to_owned),
                None => words,
            };
            let words = words.map(|words| Sealed::plain(words).at(level));
            texts.push(RedactedText { event, field, words });
        }
    }
    match changes.values().map(|(number, _)| number).min() {
        None => Ok(texts),
        Some(number) => Err(Problem::invalid(
            "no-such-text",
            "the signal has no such text: `event` and `field` are those of its own history",
            format!("/texts/{number}"),
        )),
    }
}

/// A text of an event as it reads now, opened; `None` when the event has no such text.
async fn text(
    draft: &Draft,
    root: &Root<Signal>,
    raw: &Raw,
    field: SignalText,
) -> Result<Option<(EventId, SealLevel, Option<String>)>, Problem> {
    let event = raw.event_id().map_err(|_| Problem::internal())?;
    let body: Value = serde_json::from_slice(&raw.body).map_err(|_| Problem::internal())?;
    let Some(sealed) = body.get(field.field()).filter(|value| value.get("sealed").is_some()) else {
        return Ok(None);
    };
    let level: SealLevel =
        serde_json::from_value(sealed["level"].clone()).map_err(|_| Problem::internal())?;
    let mut now = match root.state.instead(event, field) {
        Some(None) => return Ok(Some((event, level, None))),
        Some(Some(words)) => serde_json::to_value(words).map_err(|_| Problem::internal())?,
        None => sealed.clone(),
    };
    draft.state.log().vault().open(&mut now, |_| true).await?;
    Ok(Some((event, level, now["open"].as_str().map(str::to_owned))))
}
