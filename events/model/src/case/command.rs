//! What can be asked of a case. A command that changes nothing on its way is its event's payload.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::events::*;
use crate::id::{GlassId, TransferId};
use crate::sealed::{Psychosocial, Sealed};

/// `POST /v1/cases`: the case as the team brings it.
pub type OpenCase = Opened;

/// A screening as it was taken; whether it is positive is ours to compute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordScreening {
    /// With what.
    pub instrument: Instrument,
    /// On which day; today when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
    /// The score of each item, in the instrument's order.
    pub items: Vec<u8>,
    /// The distress thermometer.
    pub thermometer: u8,
    /// What the resident said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Psychosocial<String>>,
}

/// The glass as it is broken; until when is ours to say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BreakGlass {
    /// Its id.
    pub glass: GlassId,
    /// Why.
    pub reason: GlassReason,
    /// In words: what is happening.
    pub why: Sealed<String>,
}

/// An approval as the approver brings it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveTransfer {
    /// Which transfer.
    pub transfer: TransferId,
    /// On what it rests.
    pub basis: ApprovalBasis,
    /// The version of the file's summary that the approver saw: the highest sequence shown.
    pub summary_version: u64,
    /// What the approver was not shown, where no summary says it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<FileKind>,
}

/// A departure or an arrival.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveOn {
    /// Which transfer.
    pub transfer: TransferId,
    /// When; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// The receiving team read the handover.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeHandover {
    /// Which transfer.
    pub transfer: TransferId,
    /// What the receiving team still misses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<FileKind>,
    /// Questions for the sending team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Psychosocial<String>>,
}

/// Which records an erasure touches; found by the service, never given by the caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErasureScope {
    /// Records that go.
    pub alone: Records,
    /// Records that stay.
    pub shared: Records,
    /// The sequence as of which they were listed.
    pub listed_at: u64,
}

/// What can be asked of a case.
#[derive(Debug, Clone)]
pub enum CaseCommand {
    /// Open it.
    Open(OpenCase),
    /// Give the resident a place in a centre, before arrival.
    Assign(Assigned),
    /// Say that the resident arrived.
    Arrive(Arrived),
    /// Note a special reception need.
    NoteVulnerability(VulnerabilityNoted),
    /// Say that such a need is over.
    EndVulnerability(VulnerabilityEnded),
    /// Say with whom a minor lives.
    SetAccompaniment(AccompanimentSet),
    /// Name the guardian.
    AssignGuardian(GuardianAssigned),
    /// End the guardianship.
    EndGuardian(GuardianEnded),
    /// Doubt the registered age.
    DisputeAge(AgeDisputed),
    /// Settle the age.
    SettleAge(AgeSettled),
    /// Note who supports the resident.
    NoteSupportNetwork(SupportNetworkNoted),
    /// Name whom the resident trusts.
    NameTrustedPerson(TrustedPersonNamed),
    /// Say that the resident trusts a colleague no more.
    EndTrustedPerson(TrustedPersonEnded),
    /// Note what upsets and what helps.
    NoteGuidance(GuidanceNoted),
    /// Note a contact.
    NoteContact(ContactNoted),
    /// Add the resident's own words.
    AddResponse(ResponseAdded),
    /// Keep a statement from the family.
    KeepStatement(StatementKept),
    /// Keep it no longer.
    ReleaseStatement(StatementReleased),
    /// Record a screening.
    RecordScreening(RecordScreening),
    /// Set how much support the resident gets.
    SetSupportLevel(SupportLevelSet),
    /// Add an action to the plan.
    AddPlanAction(PlanActionAdded),
    /// Say that an action was done.
    CompletePlanAction(PlanActionCompleted),
    /// Say that an action will not be done.
    CancelPlanAction(PlanActionCancelled),
    /// Record a consent.
    RecordConsent(ConsentRecorded),
    /// Take a consent back.
    WithdrawConsent(ConsentWithdrawn),
    /// Say that the parents were told.
    InformParents(ParentsInformed),
    /// Say that the parents are not told, for now.
    DoNotInformParents(ParentsNotInformed),
    /// Say what was shared outside the team.
    ShareInformation(InformationShared),
    /// Stop sharing before its day.
    EndShare(ShareEnded),
    /// Say that somebody outside was asked to act.
    ReportOutside(ReportedOutside),
    /// Say that the resident is missing.
    ReportMissing(ReportedMissing),
    /// Say that the resident is not missing any more.
    ReportFound(Found),
    /// Ask for a transfer.
    RequestTransfer(TransferRequested),
    /// Let a transfer go ahead.
    ApproveTransfer {
        /// As the approver brings it.
        approval: ApproveTransfer,
        /// What the views show of the follow-up; filled in by the service, never by the caller.
        follow_up: FollowUp,
        /// What the summary withheld; filled in by the service, never by the caller.
        withheld: Vec<Withheld>,
    },
    /// Refuse a transfer.
    RefuseTransfer(TransferRefused),
    /// Take a transfer back.
    CancelTransfer(TransferCancelled),
    /// Say that the resident left.
    Depart(MoveOn),
    /// Say that the resident is in the other centre.
    ArriveFromTransfer(MoveOn),
    /// Take the file over.
    AcknowledgeHandover(AcknowledgeHandover),
    /// Open a file in danger.
    BreakGlass(BreakGlass),
    /// Look at a broken glass afterwards.
    ReviewGlass(GlassReviewed),
    /// Demand that the file is kept.
    PlaceHold(HoldPlaced),
    /// Lift that demand.
    LiftHold(HoldLifted),
    /// End the follow-up.
    Close(Closed),
    /// Go on with it.
    Reopen(Reopened),
    /// Ask that the person is erased.
    RequestErasure(ErasureRequested),
    /// Do not agree with that.
    RefuseErasure(ErasureRefused),
    /// Take it back.
    WithdrawErasure(ErasureWithdrawn),
    /// Agree, as a second person: destroy what singles the person out.
    Erase(ErasureScope),
    /// Say that the keys are gone.
    CompleteErasure(ErasureCompleted),
}
