//! What a redaction put in place of words whose key is gone.

use std::collections::HashMap;

use nabij_model::signal::{Signal, SignalState, SignalText};
use nabij_model::{EventId, SealLevel};
use serde_json::Value;
use uuid::Uuid;

use crate::problem::Problem;
use crate::state::ApiState;

/// Puts the redacted words of signals into `answer`, and opens them by `opens`, wherever a text of an event of a signal says that
/// it is erased. An answer without such a text costs nothing.
///
/// # Errors
/// 503 when the log or the vault is away.
pub(super) async fn put_in(
    state: &ApiState,
    answer: &mut Value,
    opens: impl Fn(SealLevel) -> bool,
) -> Result<(), Problem> {
    let mut signals = Vec::new();
    with_erased(answer, &mut |signal, _, _| signals.push(signal));
    if signals.is_empty() {
        return Ok(());
    }
    let mut states: HashMap<Uuid, SignalState> = HashMap::new();
    for signal in signals {
        if let std::collections::hash_map::Entry::Vacant(entry) = states.entry(signal) {
            entry.insert(state.log().load::<Signal>(signal).await?.state);
        }
    }
    with_erased(answer, &mut |signal, event, body| {
        let Some(state) = states.get(&signal) else { return };
        for text in SignalText::ALL {
            let Some(words) = body.get_mut(text.field()).filter(|words| is_erased(words)) else { continue };
            if let Some(Some(sealed)) = state.instead(event, text)
                && let Ok(sealed) = serde_json::to_value(sealed)
            {
                *words = sealed;
            }
        }
    });
    Ok(state.log().vault().open(answer, opens).await?)
}

/// Calls `found` with signal, event and body of every entry that has an erased text.
fn with_erased(value: &mut Value, found: &mut impl FnMut(Uuid, EventId, &mut Value)) {
    match value {
        Value::Object(fields) => {
            let id = |name| fields.get(name).and_then(Value::as_str).and_then(|id| id.parse::<Uuid>().ok());
            let entry = (fields.get("kind").and_then(Value::as_str) == Some("signal"))
                .then(|| Some((id("aggregate")?, id("event_id")?)))
                .flatten();
            if let Some((signal, event)) = entry
                && let Some(body) = fields.get_mut("body")
                && SignalText::ALL.iter().any(|text| body.get(text.field()).is_some_and(is_erased))
            {
                found(signal, EventId(event), body);
            }
            fields.values_mut().for_each(|field| with_erased(field, found));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| with_erased(item, found)),
        _ => {}
    }
}

fn is_erased(value: &Value) -> bool {
    value.get("erased") == Some(&Value::Bool(true))
}
