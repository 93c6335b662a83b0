//! Words about somebody who was erased go, the rest of a signal stays.
//!
//! A signal has one key, so words cannot be destroyed one by one. Every text that stays, whole or rewritten, is sealed again under a
//! new key in this one event, and the old key is destroyed: after that no copy of the old words opens anywhere.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::EventId;
use crate::sealed::Sealed;

/// Which words of an event of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignalText {
    /// Its note.
    Note,
    /// The reason of a correction, or of a step that was skipped.
    Reason,
    /// What a protocol says, as it stood when it was started. It names nobody, and goes under the new key with the rest.
    Words,
}

impl SignalText {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Note, Self::Reason, Self::Words];

    /// The field of the event's body.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Reason => "reason",
            Self::Words => "words",
        }
    }
}

/// What stands from now on in place of one text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedactedText {
    /// The event that holds the text.
    pub event: EventId,
    /// Which of its words.
    pub field: SignalText,
    /// The words that stay; absent when none do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Sealed<String>>,
}

/// A person read the signal for words about somebody who was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Redacted {
    /// Every text of the signal, as it reads from now on; none when nothing had to go, and then no key does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<RedactedText>,
}
