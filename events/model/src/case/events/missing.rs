//! Somebody is missing, and found.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Recipient;
use crate::sealed::Sealed;

/// The resident is missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportedMissing {
    /// When somebody last saw them, if anybody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
    /// The disappearance is worrying: a minor, an illness, a threat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worrying: Option<bool>,
    /// Who was told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Recipient>,
    /// What is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}

/// How somebody was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FoundHow {
    /// They came back.
    Returned,
    /// They are elsewhere and known to be there.
    Elsewhere,
    /// They were in touch; where they are nobody knows.
    InTouch,
    /// They died.
    Deceased,
}

/// The resident is not missing any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// How.
    pub how: FoundHow,
    /// When; the moment it was recorded when the caller does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// What is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}
