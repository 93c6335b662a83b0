//! The texts of an escalation that may have to go with somebody who was erased; see [`redaction`](crate::redaction).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::redaction::{self, TextField};

/// Which words of an event of an escalation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EscalationText {
    /// What whoever took it up would do.
    WillDo,
    /// How it was dealt with.
    Outcome,
}

impl TextField for EscalationText {
    const ALL: &'static [Self] = &[Self::WillDo, Self::Outcome];

    fn field(self) -> &'static str {
        match self {
            Self::WillDo => "will_do",
            Self::Outcome => "outcome",
        }
    }
}

/// What stands from now on in place of one text of an escalation.
pub type RedactedText = redaction::RedactedText<EscalationText>;
/// A person read the escalation for words about somebody who was erased.
pub type Redacted = redaction::Redacted<EscalationText>;
