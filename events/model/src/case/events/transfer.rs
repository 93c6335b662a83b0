//! The case moves to another centre: safety at arrival, the file at the acknowledged handover.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::FileKind;
use crate::id::{CentreId, DiscussionId, TransferId};
use crate::sealed::{Psychosocial, SealLevel, Sealed};

/// Why somebody moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransferKind {
    /// Care that this centre cannot give.
    Medical,
    /// To be with family.
    FamilyReunion,
    /// Somebody is not safe here.
    Safety,
    /// Too few places.
    Capacity,
    /// The centre closes.
    Closing,
    /// The next phase of reception.
    Phase,
    /// Another reason.
    Other,
}

/// Who moves with the resident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhoMoves {
    /// The resident alone.
    Resident,
    /// The whole household.
    Household,
    /// A part of the household.
    PartOfHousehold,
}

/// Who asks for a transfer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RequestedBy {
    /// The centre.
    #[default]
    Centre,
    /// The dispatching service.
    Dispatching,
}

/// What the guardian says of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GuardianAgreement {
    /// Agrees.
    Agreed,
    /// Does not agree.
    Disagreed,
    /// Could not be reached.
    NotReached,
    /// There is none yet.
    NoGuardianYet,
}

/// Somebody asked to move the resident to another centre.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferRequested {
    /// Its id, given by the caller.
    pub transfer: TransferId,
    /// Where to.
    pub to_centre: CentreId,
    /// Why, in a word.
    pub kind: TransferKind,
    /// Who asks.
    #[serde(default)]
    pub requested_by: RequestedBy,
    /// Who moves along.
    pub who_moves: WhoMoves,
    /// Why, in words.
    pub reason: Sealed<String>,
    /// What else was looked at; needed when a centre asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternatives: Option<Sealed<String>>,
    /// What the resident thinks of it; needed when a centre asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident_view: Option<Sealed<String>>,
    /// What the guardian says; needed for an unaccompanied minor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guardian_agreement: Option<GuardianAgreement>,
    /// What the receiving team must know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handover: Option<Psychosocial<String>>,
}

/// On what an approval rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ApprovalBasis {
    /// Planned and calm: the dispatching service asked, and no recent signal concerns the case.
    Planned,
    /// The team discussed it.
    Discussion(DiscussionId),
    /// Somebody is in danger now; the move is looked at again soon.
    ImminentDanger {
        /// When.
        review_on: Date,
    },
}

/// What the views showed of the case's follow-up when a transfer was approved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FollowUp {
    /// When the last signal that concerns the case was logged, confidential ones aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_signal_at: Option<Timestamp>,
    /// When the case was last discussed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_discussion_at: Option<Timestamp>,
}

/// Words that the approver was not shown: how many, of which kind and level; never what they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Withheld {
    /// Of which kind.
    pub kind: FileKind,
    /// How secret.
    pub level: SealLevel,
    /// How many.
    pub count: u32,
}

/// The transfer may go ahead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferApproved {
    /// Which transfer.
    pub transfer: TransferId,
    /// From where.
    pub from_centre: CentreId,
    /// Where to.
    pub to_centre: CentreId,
    /// On what it rests.
    pub basis: ApprovalBasis,
    /// The version of the file's summary that the approver saw: the highest sequence shown.
    pub summary_version: u64,
    /// What the approver was not shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<FileKind>,
    /// How much of each, and how secret it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld_words: Vec<Withheld>,
    /// What the views showed.
    pub follow_up: FollowUp,
}

/// The transfer will not go ahead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferRefused {
    /// Which transfer.
    pub transfer: TransferId,
    /// Why not.
    pub reason: Sealed<String>,
}

/// The transfer was taken back before departure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferCancelled {
    /// Which transfer.
    pub transfer: TransferId,
    /// Why.
    pub reason: Sealed<String>,
}

/// The resident left for the other centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferDeparted {
    /// Which transfer.
    pub transfer: TransferId,
    /// From where.
    pub from_centre: CentreId,
    /// Where to.
    pub to_centre: CentreId,
    /// When.
    pub at: Timestamp,
}

/// The resident is in the other centre, whose team answers for their safety from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferArrived {
    /// Which transfer.
    pub transfer: TransferId,
    /// From where.
    pub from_centre: CentreId,
    /// Where they are.
    pub to_centre: CentreId,
    /// When.
    pub at: Timestamp,
}

/// The receiving team read the handover: the file is theirs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferHandoverAcknowledged {
    /// Which transfer.
    pub transfer: TransferId,
    /// From where.
    pub from_centre: CentreId,
    /// Whose file it is now.
    pub to_centre: CentreId,
    /// What the receiving team still misses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<FileKind>,
    /// Questions for the sending team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Psychosocial<String>>,
}
