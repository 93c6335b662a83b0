//! Opens what a caller may open, and says of the rest why it is closed.

use std::sync::OnceLock;

use nabij_model::SealLevel;
use serde_json::{Map, Value, json};

use super::redacted;
use crate::access::{Action, Place};
use crate::problem::Problem;
use crate::route::Call;
use crate::state::ApiState;

/// Whom an escalation passed over: who is part of its matter is nobody's to read.
const PASSED_OVER: &str = "passed_over";

/// The event that tells somebody what became of a signal.
const FEEDBACK: &str = "nabij.signal.feedback_given.";
/// The events of legal holds.
const HOLD: &str = "nabij.case.hold_";

/// Opens the sealed fields of `answer`, which shows records that lie at `place`, for the caller; see [`reveal_at`].
///
/// # Errors
/// 503 when the vault is away.
pub(crate) async fn reveal(
    state: &ApiState,
    call: &Call,
    place: &Place,
    answer: &mut Value,
) -> Result<(), Problem> {
    reveal_at(state, call, &[place], answer).await
}

/// Opens the sealed fields of `answer`, which the caller reads at each of `places`, as of a file by a grant and by their duty: the levels
/// that the policy opens at one of them, every word that the caller wrote, and what was said to the reporter for the one who is that. Of
/// each sealed field the plain value is left, `{"withheld": "<level>"}`, or `{"erased": true}`: ciphertext never leaves. Entries that are
/// `restricted` are dropped unless what is restricted opens. Whom an escalation passed over is left out. Of a legal hold nobody is told who
/// placed it, or in which role: a safeguarding person's would tell that somebody was accused.
///
/// # Errors
/// 503 when the vault is away.
pub(super) async fn reveal_at(
    state: &ApiState,
    call: &Call,
    places: &[&Place],
    answer: &mut Value,
) -> Result<(), Problem> {
    let may = |action: Action| places.iter().any(|place| call.may(state, action, place));
    // Fields of an answer ask for the same few levels.
    let asked: [OnceLock<bool>; SealLevel::ALL.len()] = Default::default();
    let opens = |level: SealLevel| *asked[level as usize].get_or_init(|| may(level.into()));
    if !opens(SealLevel::Restricted) {
        drop_restricted(answer);
    }
    // What is open already opens again to the same; the vault decides by level, so the policy of the place decides here.
    let mut closed = std::mem::take(answer);
    state.log().vault().open(&mut closed, opens).await?;
    let mut own = Vec::new();
    let feedback = may(Action::OpenFeedback);
    written_by(&mut closed, call.actor.subject.as_str(), feedback, &mut own);
    for body in own.into_iter().filter(|body| is_closed(body)) {
        state.log().vault().open(body, |_| true).await?;
    }
    redacted::put_in(state, &mut closed, opens).await?;
    show(&mut closed);
    *answer = closed;
    Ok(())
}

/// Leaves of each sealed field its plain value where it is open, else that it is withheld: ciphertext never leaves.
pub(crate) fn close(answer: &mut Value) {
    show(answer);
}

/// Bodies of the entries that `subject` wrote, and with `feedback` those that tell the reporter what became of it.
fn written_by<'v>(value: &'v mut Value, subject: &str, feedback: bool, found: &mut Vec<&'v mut Value>) {
    match value {
        Value::Object(fields) => {
            let own = fields.get("actor").and_then(Value::as_str) == Some(subject)
                || feedback && tells_reporter(fields);
            for (name, field) in fields {
                if own && name == "body" {
                    found.push(field);
                } else {
                    written_by(field, subject, feedback, found);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| written_by(item, subject, feedback, found)),
        _ => {}
    }
}

fn tells_reporter(entry: &Map<String, Value>) -> bool {
    let feedback =
        entry.get("event_type").and_then(Value::as_str).is_some_and(|name| name.starts_with(FEEDBACK));
    feedback && entry.get("body").and_then(|body| body.get("to")).is_some_and(|to| to == "reporter")
}

/// Of a legal hold who placed it, and in which role.
fn hide_holder(entry: &mut Map<String, Value>) {
    let event_type = entry.get("event_type").and_then(Value::as_str);
    if event_type.is_some_and(|name| name.starts_with(HOLD)) {
        entry.insert("actor".to_owned(), "".into());
        entry.insert("role".to_owned(), "".into());
    }
}

fn drop_restricted(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !is_restricted(field));
            fields.values_mut().for_each(drop_restricted);
        }
        Value::Array(items) => {
            items.retain(|item| !is_restricted(item));
            items.iter_mut().for_each(drop_restricted);
        }
        _ => {}
    }
}

/// An entry that says so, or a signal with such an entry: what surrounds it would tell of it.
fn is_restricted(value: &Value) -> bool {
    let says = |value: &Value| value.get("restricted") == Some(&Value::Bool(true));
    says(value) || value.get("steps").and_then(Value::as_array).is_some_and(|steps| steps.iter().any(says))
}

fn show(value: &mut Value) {
    match value {
        Value::Object(fields) if is_sealed(fields) => {
            *value = match fields.remove("open") {
                Some(open) => open,
                None => json!({"withheld": fields["level"]}),
            };
        }
        Value::Object(fields) if is_erased(fields) => {
            fields.remove("level");
        }
        Value::Object(fields) => {
            fields.remove(PASSED_OVER);
            hide_holder(fields);
            fields.values_mut().for_each(show);
        }
        Value::Array(items) => items.iter_mut().for_each(show),
        _ => {}
    }
}

/// Whether a sealed field in it is not open.
fn is_closed(value: &Value) -> bool {
    match value {
        Value::Object(fields) if is_sealed(fields) => !fields.contains_key("open"),
        Value::Object(fields) => fields.values().any(is_closed),
        Value::Array(items) => items.iter().any(is_closed),
        _ => false,
    }
}

fn is_sealed(fields: &Map<String, Value>) -> bool {
    ["sealed", "key", "of", "level"].iter().all(|name| fields.contains_key(*name))
}

/// What the vault leaves of a field whose key is gone.
fn is_erased(fields: &Map<String, Value>) -> bool {
    fields.len() == 2 && fields.get("erased") == Some(&Value::Bool(true)) && fields.contains_key("level")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(open: Option<&str>) -> Value {
        let mut field = json!({"sealed": "AAAA", "key": "case.1", "of": "1#/note", "level": "medical"});
        if let Some(open) = open {
            field["open"] = open.into();
        }
        field
    }

    #[test]
    fn no_ciphertext_is_left() {
        let mut answer = json!({
            "rows": [{"note": sealed(Some("he slept")), "other": sealed(None)}],
            "gone": {"erased": true, "level": "team"},
            "case": {"erased": true, "closed": false},
        });
        show(&mut answer);
        assert_eq!(
            answer,
            json!({
                "rows": [{"note": "he slept", "other": {"withheld": "medical"}}],
                "gone": {"erased": true},
                "case": {"erased": true, "closed": false},
            })
        );
    }

    #[test]
    fn an_accusation_that_nobody_looked_at_is_dropped_with_what_surrounds_it() {
        let entry = |restricted: bool| json!({"restricted": restricted, "body": {}});
        let mut answer = json!({
            "entries": [entry(true), entry(false)],
            "signals": [{"signal": 1, "steps": [entry(true)]}, {"signal": 2, "steps": [entry(false)]}],
            "last": entry(true),
        });
        drop_restricted(&mut answer);
        let kept = json!({"entries": [entry(false)], "signals": [{"signal": 2, "steps": [entry(false)]}]});
        assert_eq!(answer, kept);
    }

    #[test]
    fn who_placed_a_hold_is_not_told() {
        let entry = |name: &str| json!({"event_type": name, "actor": "safe", "role": "safeguarding_person"});
        let mut answer =
            json!({"holds": [entry("nabij.case.hold_placed.v1")], "last": entry("nabij.case.closed.v1")});
        show(&mut answer);
        let hidden = json!({"event_type": "nabij.case.hold_placed.v1", "actor": "", "role": ""});
        assert_eq!(answer, json!({"holds": [hidden], "last": entry("nabij.case.closed.v1")}));
    }

    #[test]
    fn ones_own_words_are_found_wherever_they_stand() {
        let mut answer =
            json!([{"actor": "me", "body": {"note": 1}}, {"signals": [{"actor": "you", "body": 2}]}]);
        let mut own = Vec::new();
        written_by(&mut answer, "me", false, &mut own);
        assert_eq!(own, [&json!({"note": 1})]);
    }

    #[test]
    fn what_the_reporter_was_told_is_found_for_the_reporter_alone() {
        let told = |to: &str| json!({"event_type": "nabij.signal.feedback_given.v1", "actor": "you", "body": {"to": to}});
        let mut answer = json!([told("reporter"), told("parents"), {"event_type": "nabij.signal.assessed.v1", "body": {}}]);
        let mut own = Vec::new();
        written_by(&mut answer, "me", true, &mut own);
        assert_eq!(own, [&json!({"to": "reporter"})]);
        let mut none = Vec::new();
        written_by(&mut answer, "me", false, &mut none);
        assert_eq!(none, [&json!(null); 0]);
    }
}
