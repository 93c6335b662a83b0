//! What a rule may raise: the trigger, and what a recipient is told it is about.

use jiff::Timestamp;
use nabij_model::escalation::Subject;
use nabij_model::text::StaffId;
use nabij_model::{AggregateKind, EventId, Recorded};
use serde_json::Value;
use uuid::Uuid;

/// A record, or with a key one matter of it: a transfer of a case.
pub(crate) type Scope = (Uuid, Option<String>);

/// What a rule may raise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matter {
    /// Rule and trigger name the escalation for ever.
    pub trigger: EventId,
    /// When the trigger was recorded.
    pub at: Timestamp,
    /// Who recorded it.
    pub actor: StaffId,
    /// What it is about.
    pub subject: Subject,
    /// For the safeguarding person alone.
    pub confidential: bool,
    /// Trace context of the trigger.
    pub traceparent: Option<String>,
    pub(crate) scope: Scope,
}

impl Matter {
    pub(crate) fn of(event: &Recorded, scope: Scope) -> Self {
        let meta = &event.meta;
        let of = |kind| (meta.aggregate.kind == kind).then_some(meta.aggregate.id);
        Self {
            trigger: meta.id,
            at: meta.recorded_at,
            actor: meta.actor.subject.clone(),
            subject: Subject {
                centre: meta.concerns.centre,
                cases: meta.concerns.cases.clone(),
                signal: of(AggregateKind::Signal).map(Into::into),
                discussion: of(AggregateKind::Discussion).map(Into::into),
                referral: of(AggregateKind::Referral).map(Into::into),
                incident: of(AggregateKind::Incident).map(Into::into),
            },
            confidential: meta.concerns.confidential,
            traceparent: meta.traceparent.clone(),
            scope,
        }
    }
}

/// The matter of an event on its own record; with `key` the one that its field names.
pub(crate) fn scope_of(event: &Recorded, body: &Value, key: Option<&str>) -> Scope {
    let key = key.and_then(|pointer| body.pointer(pointer)).map(|value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    (event.meta.aggregate.id, key)
}
