//! Consent, given and taken back.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Recipient;
use crate::id::ConsentId;
use crate::sealed::Sealed;

/// Who consents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentBy {
    /// The resident.
    #[serde(rename = "self")]
    Resident,
    /// A parent, for a minor.
    Parent,
    /// The guardian, for a minor.
    Guardian,
}

/// What a child thinks of a consent that somebody else gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Assent {
    /// The child agrees.
    Given,
    /// The child does not agree.
    Withheld,
    /// The child is too young to be asked.
    TooYoung,
}

/// How a conversation was interpreted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Interpreter {
    /// A language was shared.
    NotNeeded,
    /// By a professional interpreter, there or by telephone.
    Professional,
    /// By somebody else, another resident or a relative for example.
    Informal,
    /// By a machine.
    Machine,
}

/// Somebody agreed that information goes to the recipients in `scope`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentRecorded {
    /// Its id, given by the caller.
    pub consent: ConsentId,
    /// Who consents.
    pub by: ConsentBy,
    /// Whether the resident can judge what this means.
    pub capable: bool,
    /// What the child thinks of it, when somebody else consents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assent: Option<Assent>,
    /// To whom it opens the file.
    pub scope: Vec<Recipient>,
    /// How it was interpreted.
    pub interpreter: Interpreter,
    /// The last day on which it holds; absent when it holds until withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// What was explained, and any limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}

/// A consent was taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentWithdrawn {
    /// Which consent.
    pub consent: ConsentId,
    /// Why, if they want to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}
