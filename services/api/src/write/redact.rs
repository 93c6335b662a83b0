//! `POST /v1/signals/{id}/redactions` and the like: words about somebody who was erased go, the rest of the record stays readable.

use std::collections::BTreeMap;

use axum::response::Response;
use nabij_log::{Accepted, ExecuteError, Raw};
use nabij_model::discussion::{Discussion, DiscussionCommand, DiscussionText};
use nabij_model::escalation::{Escalation, EscalationCommand, EscalationText};
use nabij_model::incident::{Incident, IncidentCommand, IncidentText};
use nabij_model::redaction::{Redacted, RedactedText, Redactions, TextField};
use nabij_model::signal::{Signal, SignalCommand, SignalText};
use nabij_model::{AggregateId, EventId, Root, SealLevel, Sealed};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::draft::Draft;
use super::placed::Placed;
use super::redaction_ground;
use super::written::DONE;
use crate::access;
use crate::access::Action::{AnswerEscalation, FollowSignal, HoldDiscussion, RegisterIncident};
use crate::problem::Problem;
use crate::route::Routes;

/// How often it is tried when others write about the record meanwhile.
const TRIES: u32 = 4;

pub(super) fn routes(routes: &mut Routes) {
    let summary = "Let words about somebody who was erased go; what is not named stays as it is";
    routes.special::<Redaction<SignalText>, _>(
        "/v1/signals/{id}/redactions",
        FollowSignal,
        summary,
        redact::<Signal>,
    );
    routes.special::<Redaction<DiscussionText>, _>(
        "/v1/discussions/{id}/redactions",
        HoldDiscussion,
        summary,
        redact::<Discussion>,
    );
    routes.special::<Redaction<IncidentText>, _>(
        "/v1/incidents/{id}/redactions",
        RegisterIncident,
        summary,
        redact::<Incident>,
    );
    routes.special::<Redaction<EscalationText>, _>(
        "/v1/escalations/{id}/redactions",
        AnswerEscalation,
        summary,
        redact::<Escalation>,
    );
}

/// A record whose words can go one by one.
pub(crate) trait Redactable: Placed {
    /// Its texts.
    type Field: TextField + Serialize + DeserializeOwned + JsonSchema + Send + Sync;

    /// What its redactions put in place.
    fn redactions(state: &Self::State) -> &Redactions<Self::Field>;

    /// The command.
    fn redact(redacted: Redacted<Self::Field>) -> Self::Command;
}

impl Redactable for Signal {
    type Field = SignalText;

    fn redactions(state: &Self::State) -> &Redactions<SignalText> {
        &state.redactions
    }

    fn redact(redacted: Redacted<SignalText>) -> SignalCommand {
        SignalCommand::Redact(redacted)
    }
}

impl Redactable for Discussion {
    type Field = DiscussionText;

    fn redactions(state: &Self::State) -> &Redactions<DiscussionText> {
        &state.redactions
    }

    fn redact(redacted: Redacted<DiscussionText>) -> DiscussionCommand {
        DiscussionCommand::Redact(redacted)
    }
}

impl Redactable for Incident {
    type Field = IncidentText;

    fn redactions(state: &Self::State) -> &Redactions<IncidentText> {
        &state.redactions
    }

    fn redact(redacted: Redacted<IncidentText>) -> IncidentCommand {
        IncidentCommand::Redact(redacted)
    }
}

impl Redactable for Escalation {
    type Field = EscalationText;

    fn redactions(state: &Self::State) -> &Redactions<EscalationText> {
        &state.redactions
    }

    fn redact(redacted: Redacted<EscalationText>) -> EscalationCommand {
        EscalationCommand::Redact(redacted)
    }
}

/// The texts that read otherwise from now on; none when nothing has to go.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, bound(deserialize = "F: Deserialize<'de>"))]
struct Redaction<F> {
    /// Each text that changes.
    #[serde(default)]
    texts: Vec<Change<F>>,
}

/// One text that changes.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Change<F> {
    /// The event that holds it: `event_id` in the record's own history.
    event: EventId,
    /// Which of its words.
    field: F,
    /// Which of a list, from 0.
    #[serde(default)]
    number: u32,
    /// The words that stay; left out when none do.
    words: Option<String>,
}

/// Where a text stands: its event, which of its words, which of a list.
type Place<F> = (EventId, F, u32);

/// A text as it reads now.
struct Now<F> {
    event: EventId,
    field: F,
    number: u32,
    level: SealLevel,
    words: Option<String>,
}

/// Seals every text that stays again under a new key, in one event; the eraser then destroys the old key. Nothing may be
/// written in between: its words would go with the old key. So the event stands only on the very state that was read.
async fn redact<A: Redactable>(mut draft: Draft) -> Result<Response, Problem> {
    let id = draft.call.parameters.id()?;
    let asked = draft.payload::<Redaction<A::Field>>()?;
    let mut tries = 0;
    loop {
        let root = draft.allow_record::<A>(id).await?;
        let history = draft.state.log().history(AggregateId::new(A::KIND, id)).await?;
        redaction_ground::check(&draft, A::KIND, &history, !asked.texts.is_empty()).await?;
        let mut texts = Vec::new();
        if !asked.texts.is_empty() {
            texts = texts_now(&draft, id, &root, &history, &asked).await?;
        }
        match execute(&draft, id, &root, Redacted { texts }).await {
            Ok(accepted) => return Ok(draft.respond::<A>(DONE.status, &accepted)),
            Err(ExecuteError::VersionMismatch { .. } | ExecuteError::Conflict { .. }) if tries < TRIES => {
                tries += 1
            }
            Err(error) => return Err(error.into()),
        }
    }
}

async fn execute<A: Redactable>(
    draft: &Draft,
    id: Uuid,
    root: &Root<A>,
    redacted: Redacted<A::Field>,
) -> Result<Accepted, ExecuteError> {
    let mut submission =
        draft.submission().map_err(|problem| ExecuteError::Unstorable(problem.code().to_owned()))?;
    if submission.expected_version.is_none() && root.exists() {
        submission.expected_version = Some(root.version);
    }
    let permit = |root: &Root<A>| draft.permit(id, root);
    draft.state.log().execute_if::<A>(id, A::redact(redacted), &submission, permit).await
}

/// Every text of the record `id` as it reads from now on.
async fn texts_now<A: Redactable>(
    draft: &Draft,
    id: Uuid,
    root: &Root<A>,
    history: &[Raw],
    asked: &Redaction<A::Field>,
) -> Result<Vec<RedactedText<A::Field>>, Problem> {
    let mut changes: BTreeMap<Place<A::Field>, (usize, Option<&str>)> = BTreeMap::new();
    for (number, change) in asked.texts.iter().enumerate() {
        let words = change.words.as_deref().map(str::trim).filter(|words| !words.is_empty());
        if changes.insert((change.event, change.field, change.number), (number, words)).is_some() {
            let detail = "the list names a text twice: name it once";
            return Err(Problem::invalid("named-twice", detail, format!("/texts/{number}")));
        }
    }
    let place = draft.living.found(id, root)?;
    let mut texts = Vec::new();
    for raw in history {
        if raw.sequence > root.version {
            break;
        }
        for Now { event, field, number, level, words } in now(draft, root, raw).await? {
            let words = match changes.remove(&(event, field, number)) {
                Some((number, words)) => {
                    readable(draft, &place, raw, level, number).await?;
                    words.map(str::to_owned)
                }
                None => words,
            };
            let words = words.map(|words| Sealed::plain(words).at(level));
            texts.push(RedactedText { event, field, number, words });
        }
    }
    match changes.values().map(|(number, _)| number).min() {
        None => Ok(texts),
        Some(number) => Err(Problem::invalid(
            "no-such-text",
            "the record has no such text: `event`, `field` and `number` are those of its own history",
            format!("/texts/{number}"),
        )),
    }
}

/// Nobody lets words go that they do not read: those of a level that opens to them, and their own.
///
/// # Errors
/// 403 `words-withheld` at the `number`th text that was asked for, 503.
async fn readable(
    draft: &Draft,
    place: &access::Place,
    raw: &Raw,
    level: SealLevel,
    number: usize,
) -> Result<(), Problem> {
    let own = raw.actor().is_ok_and(|actor| actor.subject == draft.call.actor.subject);
    if own || draft.call.may_there(&draft.state, level.into(), place).await? {
        return Ok(());
    }
    let detail = format!(
        "text {number} of your list stands under a level of secrecy that you do not read: somebody who reads it says which of its words go"
    );
    Err(Problem::forbidden("words-withheld", detail))
}

/// The texts of an event as they read now, opened.
async fn now<A: Redactable>(draft: &Draft, root: &Root<A>, raw: &Raw) -> Result<Vec<Now<A::Field>>, Problem> {
    let event = raw.event_id().map_err(|_| Problem::internal())?;
    let body: Value = serde_json::from_slice(&raw.body).map_err(|_| Problem::internal())?;
    let mut found = Vec::new();
    for field in A::Field::ALL {
        for (number, pointer) in field.places(&body) {
            let Some(sealed) = body.pointer(&pointer).filter(|text| text.get("sealed").is_some()) else {
                continue;
            };
            let level: SealLevel =
                serde_json::from_value(sealed["level"].clone()).map_err(|_| Problem::internal())?;
            let mut now = match A::redactions(&root.state).instead(event, *field, number) {
                Some(None) => Value::Null,
                Some(Some(words)) => serde_json::to_value(words).map_err(|_| Problem::internal())?,
                None => sealed.clone(),
            };
            draft.state.log().vault().open(&mut now, |_| true).await?;
            let words = now["open"].as_str().map(str::to_owned);
            found.push(Now { event, field: *field, number, level, words });
        }
    }
    Ok(found)
}
