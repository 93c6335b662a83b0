//! What can happen to an incident of the official register.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::redacted::Redacted;
use crate::event::events;
use crate::id::{CaseId, CentreId};
use crate::occurred::Precision;
use crate::sealed::Sealed;
use crate::signal::{Apart, LinkTarget, PromptedBy};
use crate::text::{Code, RegisterNumber};

events! {
    /// What can happen to an incident of the official register.
    IncidentEvent of Incident {
        Registered(Registered) = "registered" v 1,
        Linked(Linked) = "linked" v 1,
        Unlinked(Unlinked) = "unlinked" v 1,
        Reclassified(Reclassified) = "reclassified" v 1,
        Closed(Closed) = "closed" v 1,
        Redacted(Redacted) = "redacted" v 1,
    }
}

/// The register's own level.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The register does not say.
    #[default]
    Unknown,
    /// Minor.
    Minor,
    /// Major.
    Major,
    /// Critical.
    Critical,
}

/// It stands in the official register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Registered {
    /// Where it happened.
    pub centre: CentreId,
    /// Which register: `fedasil`, `au-dibp`.
    pub source: Code,
    /// Its number there; operator, source and number name it once and for ever.
    pub register_number: RegisterNumber,
    /// What the register calls it.
    pub incident_type: Code,
    /// The group of types that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Code>,
    /// How serious the register says it is.
    #[serde(default)]
    pub level: Level,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// How exactly that is known.
    #[serde(default)]
    pub precision: Precision,
    /// When it was entered in the register, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered_at: Option<Timestamp>,
    /// Whether a minor was involved, if the register says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minors_involved: Option<bool>,
    /// Whom it is about, 0..n.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<CaseId>,
    /// What made somebody enter it, if not the register's own course: a reminder, a discussion of the signal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompted_by: Option<PromptedBy>,
}

/// The incident and the target are about the same occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Linked {
    /// The other record of the same occurrence.
    pub to: LinkTarget,
}

/// The link to the target is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unlinked {
    /// What it was linked to.
    pub to: LinkTarget,
    /// Why not.
    pub reason: Apart,
}

/// The register calls it something else now; what is left out stays as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reclassified {
    /// What it is called now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident_type: Option<Code>,
    /// The group of types that it belongs to now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Code>,
    /// How serious it is called now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Sealed<String>>,
}

/// The register's file on it is closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Sealed<String>>,
}
