//! The texts of a signal that may have to go with somebody who was erased; see [`redaction`](crate::redaction).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::redaction::{self, TextField};

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

impl TextField for SignalText {
    const ALL: &'static [Self] = &[Self::Note, Self::Reason, Self::Words];

    fn field(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Reason => "reason",
            Self::Words => "words",
        }
    }
}

/// What stands from now on in place of one text of a signal.
pub type RedactedText = redaction::RedactedText<SignalText>;
/// A person read the signal for words about somebody who was erased.
pub type Redacted = redaction::Redacted<SignalText>;
