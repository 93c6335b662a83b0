//! What analysts see in place of ids and of bodies, in answers and in exports.
//!
//! A pseudonym is a keyed hash of an id (HMAC-SHA-256 under a key of its own in the vault): the same in every answer and every export, and
//! nobody can tell from it whose it is, nor try ids out, without the vault's secret.

use nabij_log::{BlindKey, Vault};
use serde_json::{Map, Value};
use uuid::{Builder, Uuid};

/// What stands in place of ids.
#[derive(Debug)]
pub struct Pseudonyms(BlindKey);

impl Pseudonyms {
    /// Those of the network whose vault this is.
    #[must_use]
    pub fn new(vault: &Vault) -> Self {
        Self(vault.blind_key("analyst pseudonym"))
    }

    /// What stands in place of the id of a case, a record or an event.
    #[must_use]
    pub fn of(&self, id: Uuid) -> Uuid {
        let hash = self.0.hash(id.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        Builder::from_custom_bytes(bytes).into_uuid()
    }
}

/// Fields whose values are words of a fixed list, numbers, or yes or no, in every event that has them. What is not here is not shown.
const FACTS: [&str; 40] = [
    "accompaniment",
    "abroad",
    "agreed",
    "barrier",
    "by",
    "category",
    "certainty",
    "channel",
    "child_informed",
    "concerns_staff",
    "flag",
    "ground",
    "guardian_agreement",
    "historic",
    "incident_type",
    "instrument",
    "interpreter",
    "involves_minor",
    "kind",
    "level",
    "participants",
    "prompted_by",
    "protocol",
    "provider_kind",
    "reason",
    "reporter_expects",
    "requested_by",
    "role",
    "safe_now",
    "scope",
    "severity",
    "source",
    "step",
    "strength",
    "tie",
    "to",
    "urgency",
    "verdict",
    "what",
    "with",
];

/// What of an event's body is a word of a fixed list, a number or a yes or no.
#[must_use]
pub fn facts(body: &Value) -> Map<String, Value> {
    let fields = body.as_object().into_iter().flatten();
    let facts = fields.filter(|(name, value)| FACTS.contains(&name.as_str()) && is_fact(value));
    facts.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// A word of a list, a number, yes or no, or several of them; never an id, a sealed field or an object.
fn is_fact(value: &Value) -> bool {
    match value {
        Value::Bool(_) | Value::Number(_) => true,
        Value::String(word) => {
            word.len() <= 40
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte))
                && word.parse::<Uuid>().is_err()
        }
        Value::Array(items) => items.iter().all(|item| !item.is_array() && is_fact(item)),
        Value::Null | Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_words_of_a_list_are_facts() {
        for fact in [json!("high"), json!(2), json!(true), json!(["medical", "school"])] {
            assert!(is_fact(&fact), "{fact}");
        }
        let id = "01890000-0000-7000-8000-000000000001";
        for none in [json!(id), json!([id]), json!("Two words"), json!({"sealed": "x"}), json!(null)] {
            assert!(!is_fact(&none), "{none}");
        }
    }

    #[test]
    fn of_a_body_only_facts_are_left() {
        let body = json!({"category": "withdrawal", "note": {"sealed": "x"}, "colleague": "psy-1", "what": ["medical"]});
        assert_eq!(Value::Object(facts(&body)), json!({"category": "withdrawal", "what": ["medical"]}));
    }
}
