//! Words about somebody who was erased go, the rest of a record that is about others too stays.
//!
//! A record has one key, so words cannot be destroyed one by one. Every text that stays, whole or rewritten, is sealed again under a
//! new key in one event of the record itself, and the old key is destroyed: after that no copy of the old words opens anywhere.
//! Signals, discussions, entries of the register and escalations each have such an event, with their own texts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::check::once;
use crate::id::{EventId, derived};
use crate::refusal::Refusal;
use crate::sealed::Sealed;

/// The texts that the events of one kind of record may hold.
pub trait TextField: Copy + Eq + Ord + std::fmt::Debug + 'static {
    /// Every one.
    const ALL: &'static [Self];

    /// The field of the event's body: a text, or a list of texts or of objects with a `text`.
    fn field(self) -> &'static str;

    /// Where such texts stand in a body: the number in its list, and a JSON pointer.
    fn places(self, body: &Value) -> Vec<(u32, String)> {
        let field = self.field();
        match body.get(field) {
            None => Vec::new(),
            Some(Value::Array(items)) => {
                let place = |(number, item): (u32, &Value)| {
                    let below = if item.get("text").is_some() { "/text" } else { "" };
                    (number, format!("/{field}/{number}{below}"))
                };
                (0..).zip(items).map(place).collect()
            }
            Some(_) => vec![(0, format!("/{field}"))],
        }
    }
}

/// What stands from now on in place of one text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedactedText<F> {
    /// The event that holds the text.
    pub event: EventId,
    /// Which of its words.
    pub field: F,
    /// Which of a list, from 0.
    #[serde(default, skip_serializing_if = "is_first")]
    pub number: u32,
    /// The words that stay; absent when none do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Sealed<String>>,
}

/// A person read the record for words about somebody who was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, bound(deserialize = "F: Deserialize<'de>"))]
pub struct Redacted<F> {
    /// Every text of the record, as it reads from now on; none when nothing had to go, and then no key does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<RedactedText<F>>,
}

/// What a record's state keeps of its redactions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redactions<F> {
    /// What the last one put in place of each text.
    pub texts: Vec<RedactedText<F>>,
    /// How often its words were sealed again under a new key.
    pub count: u32,
}

impl<F> Default for Redactions<F> {
    fn default() -> Self {
        Self { texts: Vec::new(), count: 0 }
    }
}

impl<F: TextField> Redacted<F> {
    /// A text is named once.
    pub(crate) fn check(self) -> Result<Self, Refusal> {
        once(self.texts.iter().map(|text| (text.event, text.field, text.number)), "/texts")?;
        Ok(self)
    }
}

impl<F: TextField> Redactions<F> {
    pub(crate) fn take(&mut self, redacted: &Redacted<F>) {
        if !redacted.texts.is_empty() {
            self.texts.clone_from(&redacted.texts);
            self.count += 1;
        }
    }

    /// What a redaction put in place of a text: `None` when no redaction named it, `Some(None)` when nothing stayed of it.
    #[must_use]
    pub fn instead(&self, event: EventId, field: F, number: u32) -> Option<Option<&Sealed<String>>> {
        let is_it = |text: &&RedactedText<F>| (text.event, text.field, text.number) == (event, field, number);
        self.texts.iter().find(is_it).map(|text| text.words.as_ref())
    }

    /// The id of the key that is in use.
    pub(crate) fn key(&self, id: Uuid) -> Uuid {
        key_after(id, self.count)
    }

    /// The ids under which the vault holds, or held, the keys of the record `id`: its own, and one for each redaction.
    #[must_use]
    pub fn keys(&self, id: Uuid) -> Vec<Uuid> {
        (0..=self.count).map(|number| key_after(id, number)).collect()
    }
}

/// The id of the key that the `number`th redaction of the record `id` seals under.
#[must_use]
pub fn key_after(id: Uuid, number: u32) -> Uuid {
    if number == 0 { id } else { derived(&["redaction", &id.to_string(), &number.to_string()]) }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_first(number: &u32) -> bool {
    *number == 0
}
