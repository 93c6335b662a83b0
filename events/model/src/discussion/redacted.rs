//! The texts of a discussion that may have to go with somebody who was erased; see [`redaction`](crate::redaction).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::redaction::{self, TextField};

/// Which words of an event of a discussion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiscussionText {
    /// One thing that goes well.
    Strengths,
    /// One thing that is needed.
    Needs,
    /// What one decision says.
    Decisions,
}

impl TextField for DiscussionText {
    const ALL: &'static [Self] = &[Self::Strengths, Self::Needs, Self::Decisions];

    fn field(self) -> &'static str {
        match self {
            Self::Strengths => "strengths",
            Self::Needs => "needs",
            Self::Decisions => "decisions",
        }
    }
}

/// What stands from now on in place of one text of a discussion.
pub type RedactedText = redaction::RedactedText<DiscussionText>;
/// A person read the discussion for words about somebody who was erased.
pub type Redacted = redaction::Redacted<DiscussionText>;
