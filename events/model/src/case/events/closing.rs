//! A case is held, closed or reopened.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::HoldId;
use crate::sealed::Sealed;

/// Why a file must be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HoldGround {
    /// A court case.
    Proceedings,
    /// An inquiry of police or prosecutor.
    Inquiry,
    /// A complaint.
    Complaint,
    /// An inspection or audit.
    Inspection,
}

/// The file must be kept: erasure is refused while the hold stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldPlaced {
    /// Its id, given by the caller.
    pub hold: HoldId,
    /// Why.
    pub ground: HoldGround,
    /// The last day on which it stands; absent when it stands until lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Reference and circumstances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}

/// The hold stands no longer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldLifted {
    /// Which hold.
    pub hold: HoldId,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}

/// Why a follow-up ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// Lives on their own or with family, with or without protection.
    OwnHousing,
    /// Went back or on to another country, by choice.
    ReturnOrOnward,
    /// Was removed from the country.
    Removed,
    /// The right to reception ended.
    RightEnded,
    /// Left, and nobody knows where to.
    LeftUnknown,
    /// Lives in a facility outside the network: youth care, hospital, prison.
    OtherFacility,
    /// Died.
    Deceased,
    /// Should not have been opened.
    OpenedByMistake,
    /// Another reason.
    Other,
}

/// The follow-up ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// Why.
    pub reason: CloseReason,
    /// On which day; the day it was recorded when the caller does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
    /// How it ended, and where the resident can turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}

/// The follow-up goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reopened {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}
