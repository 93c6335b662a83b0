//! Somebody is in danger and the file is closed: the glass is broken, and somebody looks at that afterwards.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::GlassId;
use crate::sealed::Sealed;

/// Why somebody had to know at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GlassReason {
    /// Somebody's life is in danger, their own hand included.
    DangerToLife,
    /// A child is in danger.
    DangerToChild,
    /// Violence, or the threat of it.
    Violence,
    /// A medical emergency.
    MedicalEmergency,
    /// The resident is missing.
    Missing,
    /// The team that follows the resident cannot be reached, and it cannot wait.
    TeamAway,
    /// Another danger.
    Other,
}

/// Somebody opened a file in danger, for a few hours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GlassBroken {
    /// Its id.
    pub glass: GlassId,
    /// Why.
    pub reason: GlassReason,
    /// In words: what is happening.
    pub why: Sealed<String>,
    /// From this moment on the file is closed again.
    pub until: Timestamp,
}

/// What the auditor thinks of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GlassVerdict {
    /// It was right to open the file.
    Justified,
    /// It was not.
    NotJustified,
    /// It cannot be said yet: the review stays due.
    Unclear,
}

/// An auditor looked at a broken glass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GlassReviewed {
    /// Which.
    pub glass: GlassId,
    /// What they think.
    pub verdict: GlassVerdict,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}
