//! The texts of an entry of the register that may have to go with somebody who was erased; see [`redaction`](crate::redaction).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::redaction::{self, TextField};

/// Which words of an event of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IncidentText {
    /// Why the register calls it something else.
    Reason,
    /// How it ended.
    Outcome,
}

impl TextField for IncidentText {
    const ALL: &'static [Self] = &[Self::Reason, Self::Outcome];

    fn field(self) -> &'static str {
        match self {
            Self::Reason => "reason",
            Self::Outcome => "outcome",
        }
    }
}

/// What stands from now on in place of one text of an incident.
pub type RedactedText = redaction::RedactedText<IncidentText>;
/// A person read the entry for words about somebody who was erased.
pub type Redacted = redaction::Redacted<IncidentText>;
