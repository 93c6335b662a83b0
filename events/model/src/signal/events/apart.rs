//! Two records are not about the same occurrence after all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::LinkTarget;

/// Why two records are not about the same occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Apart {
    /// Something else happened.
    AnotherOccurrence,
    /// It happened to others.
    OtherPersons,
    /// It happened another time.
    AnotherTime,
    /// Another record was meant.
    WrongRecord,
    /// Another reason.
    Other,
}

/// The link to the target is taken back: whatever was linked through it falls apart again from here on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unlinked {
    /// What it was linked to.
    pub to: LinkTarget,
    /// Why not.
    pub reason: Apart,
}

/// Somebody looked at a suggested link and says no: it is not suggested again. An ordinary link may still follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkRejected {
    /// The other record: a signal or an entry of the register.
    pub to: LinkTarget,
    /// Why not.
    pub reason: Apart,
}
