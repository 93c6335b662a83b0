//! Whether a child's parents know.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::SignalId;
use crate::sealed::Sealed;

/// A child's parents were told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParentsInformed {
    /// About which signal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<SignalId>,
    /// On which day; the day it was recorded when the caller does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
    /// What was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}

/// Why a child's parents are not told, for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotInformedGround {
    /// Telling them would put the child in danger.
    DangerToChild,
    /// A parent is involved.
    ParentInvolved,
    /// The child asked not to.
    ChildAskedNotTo,
    /// A service outside advised against it.
    OutsideAdvice,
    /// They cannot be reached.
    Unreachable,
    /// Another reason.
    Other,
}

/// A child's parents are not told, for now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParentsNotInformed {
    /// About which signal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<SignalId>,
    /// Why not.
    pub ground: NotInformedGround,
    /// What the child thinks of it.
    pub child_view: Sealed<String>,
    /// When the team looks at it again.
    pub review_on: Date,
}
