//! What a child, or an adult, said and does not want the family to read.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::EventId;
use crate::sealed::Sealed;

/// From whom a statement is kept. The page of the household is closed to it in every case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeptFrom {
    /// The parents, and whatever is printed for the family.
    Parents,
    /// The guardian.
    Guardian,
}

/// Why a statement is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeptReason {
    /// Who spoke asked for it.
    AskedNotTo,
    /// Reading it would put them in danger.
    Danger,
    /// It is about who would read it.
    ReaderInvolved,
    /// A service outside advised it.
    OutsideAdvice,
    /// Another reason.
    Other,
}

/// From whom a statement is kept, and why; never for ever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// From whom.
    pub from: Vec<KeptFrom>,
    /// Why.
    pub reason: KeptReason,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
    /// When the team looks at it again.
    pub review_on: Date,
}

/// A statement that stands on the timeline (a response, a signal in the child's own voice, a discussion) is kept from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatementKept {
    /// The event that holds it.
    pub statement: EventId,
    /// From whom, and why.
    pub kept: Kept,
}

/// A statement is kept from nobody any more: who spoke agrees, or the danger is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatementReleased {
    /// The event that holds it.
    pub statement: EventId,
    /// Who spoke agrees.
    pub agreed: bool,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}
