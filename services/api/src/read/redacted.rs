//! What a redaction put in place of words whose key is gone.

use std::collections::HashMap;
use std::sync::Arc;

use nabij_model::discussion::Discussion;
use nabij_model::escalation::Escalation;
use nabij_model::incident::Incident;
use nabij_model::redaction::TextField;
use nabij_model::signal::Signal;
use nabij_model::{AggregateKind, EventId, Root, SealLevel};
use serde_json::Value;
use uuid::Uuid;

use crate::problem::Problem;
use crate::state::ApiState;
use crate::write::Redactable;

/// Puts the redacted words of signals, discussions, entries of the register and escalations into `answer`, and opens them by `opens`, wherever a text of
/// one of their events says that it is erased. An answer without such a text costs nothing.
///
/// # Errors
/// 503 when the log or the vault is away.
pub(super) async fn put_in(
    state: &ApiState,
    answer: &mut Value,
    opens: impl Fn(SealLevel) -> bool,
) -> Result<(), Problem> {
    let mut records = Vec::new();
    with_erased(answer, &mut |kind, record, _, _| records.push((kind, record)));
    if records.is_empty() {
        return Ok(());
    }
    let of = |wanted: AggregateKind| records.iter().filter(move |(kind, _)| *kind == wanted).map(|one| one.1);
    fill::<Signal>(state, answer, of(AggregateKind::Signal).collect()).await?;
    fill::<Discussion>(state, answer, of(AggregateKind::Discussion).collect()).await?;
    fill::<Incident>(state, answer, of(AggregateKind::Incident).collect()).await?;
    fill::<Escalation>(state, answer, of(AggregateKind::Escalation).collect()).await?;
    Ok(state.log().vault().open(answer, opens).await?)
}

async fn fill<A: Redactable>(
    state: &ApiState,
    answer: &mut Value,
    records: Vec<Uuid>,
) -> Result<(), Problem> {
    if records.is_empty() {
        return Ok(());
    }
    let mut roots: HashMap<Uuid, Arc<Root<A>>> = HashMap::new();
    for record in records {
        if let std::collections::hash_map::Entry::Vacant(entry) = roots.entry(record) {
            entry.insert(state.log().load::<A>(record).await?);
        }
    }
    with_erased(answer, &mut |kind, record, event, body| {
        let Some(root) = roots.get(&record).filter(|_| kind == A::KIND) else { return };
        for field in A::Field::ALL {
            for (number, pointer) in field.places(body) {
                let Some(words) = body.pointer_mut(&pointer).filter(|words| is_erased(words)) else {
                    continue;
                };
                if let Some(Some(sealed)) = A::redactions(&root.state).instead(event, *field, number)
                    && let Ok(sealed) = serde_json::to_value(sealed)
                {
                    *words = sealed;
                }
            }
        }
    });
    Ok(())
}

/// Calls `found` with kind, record, event and body of every entry that has an erased text.
fn with_erased(value: &mut Value, found: &mut impl FnMut(AggregateKind, Uuid, EventId, &mut Value)) {
    match value {
        Value::Object(fields) => {
            let id = |name| fields.get(name).and_then(Value::as_str).and_then(|id| id.parse::<Uuid>().ok());
            let kind = fields.get("kind").and_then(|kind| serde_json::from_value(kind.clone()).ok());
            let entry = kind.and_then(|kind| Some((kind, id("aggregate")?, id("event_id")?)));
            if let Some((kind, record, event)) = entry
                && let Some(body) = fields.get_mut("body")
                && has_erased(kind, body)
            {
                found(kind, record, EventId(event), body);
            }
            fields.values_mut().for_each(|field| with_erased(field, found));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| with_erased(item, found)),
        _ => {}
    }
}

fn has_erased(kind: AggregateKind, body: &Value) -> bool {
    match kind {
        AggregateKind::Signal => has_erased_of::<Signal>(body),
        AggregateKind::Discussion => has_erased_of::<Discussion>(body),
        AggregateKind::Incident => has_erased_of::<Incident>(body),
        AggregateKind::Escalation => has_erased_of::<Escalation>(body),
        AggregateKind::Case | AggregateKind::Referral | AggregateKind::Centre => false,
    }
}

fn has_erased_of<A: Redactable>(body: &Value) -> bool {
    let places = A::Field::ALL.iter().flat_map(|field| field.places(body));
    places.into_iter().any(|(_, pointer)| body.pointer(&pointer).is_some_and(is_erased))
}

fn is_erased(value: &Value) -> bool {
    value.get("erased") == Some(&Value::Bool(true))
}
