//! Stepped care and the plan.

use std::borrow::Cow;

use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::actor::Role;
use crate::id::ActionId;
use crate::sealed::{Psychosocial, Sealed};
use crate::text::Code;

/// Stepped care: how much support somebody gets now. A number from 1 to 3 in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum SupportLevel {
    /// What everybody gets.
    Basic = 1,
    /// More attention for a while.
    Increased = 2,
    /// Intensive follow-up.
    Intensive = 3,
}

impl From<SupportLevel> for u8 {
    fn from(level: SupportLevel) -> Self {
        level as Self
    }
}

/// There are three levels of support.
#[derive(Debug, thiserror::Error)]
#[error("{0} is not a support level: expected 1 (basic), 2 (increased) or 3 (intensive)")]
pub struct NotASupportLevel(u8);

impl TryFrom<u8> for SupportLevel {
    type Error = NotASupportLevel;

    fn try_from(level: u8) -> Result<Self, NotASupportLevel> {
        match level {
            1 => Ok(Self::Basic),
            2 => Ok(Self::Increased),
            3 => Ok(Self::Intensive),
            other => Err(NotASupportLevel(other)),
        }
    }
}

impl JsonSchema for SupportLevel {
    fn schema_name() -> Cow<'static, str> {
        "SupportLevel".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 1, "maximum": 3})
    }
}

/// The team set how much support somebody gets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SupportLevelSet {
    /// Which level.
    pub level: SupportLevel,
    /// When the team looks at it again; for a raised level from the policies when the caller does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_on: Option<Date>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Psychosocial<String>>,
}

/// Something will be done, by somebody, before a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanActionAdded {
    /// Its id, given by the caller.
    pub action: ActionId,
    /// What will be done.
    pub what: Sealed<String>,
    /// Who does it.
    pub role: Role,
    /// Who does it when they are away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deputies: Vec<Role>,
    /// By when.
    pub due_on: Date,
    /// The protocol that it is a step of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Code>,
    /// The step of that protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Code>,
}

/// It was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanActionCompleted {
    /// Which action.
    pub action: ActionId,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Sealed<String>>,
}

/// It will not be done; with a reason that is no failure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanActionCancelled {
    /// Which action.
    pub action: ActionId,
    /// Why not.
    pub reason: Sealed<String>,
}
