//! What can happen to a case, by theme.

mod closing;
mod consent;
mod erasure;
mod glass;
mod kept;
mod missing;
mod network;
mod opening;
mod parents;
mod plan;
mod protection;
mod screening;
mod sharing;
mod transfer;

pub use closing::*;
pub use consent::*;
pub use erasure::*;
pub use glass::*;
pub use kept::*;
pub use missing::*;
pub use network::*;
pub use opening::*;
pub use parents::*;
pub use plan::*;
pub use protection::*;
pub use screening::*;
pub use sharing::*;
pub use transfer::*;

use crate::event::events;

events! {
    /// What can happen to a case.
    CaseEvent of Case {
        Opened(Opened) = "opened" v 1,
        Assigned(Assigned) = "assigned" v 1,
        Arrived(Arrived) = "arrived" v 1,
        VulnerabilityNoted(VulnerabilityNoted) = "vulnerability_noted" v 1,
        VulnerabilityEnded(VulnerabilityEnded) = "vulnerability_ended" v 1,
        AccompanimentSet(AccompanimentSet) = "accompaniment_set" v 1,
        GuardianAssigned(GuardianAssigned) = "guardian_assigned" v 1,
        GuardianEnded(GuardianEnded) = "guardian_ended" v 1,
        AgeDisputed(AgeDisputed) = "age_disputed" v 1,
        AgeSettled(AgeSettled) = "age_settled" v 1,
        SupportNetworkNoted(SupportNetworkNoted) = "support_network_noted" v 1,
        TrustedPersonNamed(TrustedPersonNamed) = "trusted_person_named" v 1,
        TrustedPersonEnded(TrustedPersonEnded) = "trusted_person_ended" v 1,
        GuidanceNoted(GuidanceNoted) = "guidance_noted" v 1,
        ContactNoted(ContactNoted) = "contact_noted" v 1,
        ResponseAdded(ResponseAdded) = "response_added" v 1,
        StatementKept(StatementKept) = "statement_kept" v 1,
        StatementReleased(StatementReleased) = "statement_released" v 1,
        ScreeningRecorded(ScreeningRecorded) = "screening_recorded" v 1,
        SupportLevelSet(SupportLevelSet) = "support_level_set" v 1,
        PlanActionAdded(PlanActionAdded) = "plan_action_added" v 1,
        PlanActionCompleted(PlanActionCompleted) = "plan_action_completed" v 1,
        PlanActionCancelled(PlanActionCancelled) = "plan_action_cancelled" v 1,
        ConsentRecorded(ConsentRecorded) = "consent_recorded" v 1,
        ConsentWithdrawn(ConsentWithdrawn) = "consent_withdrawn" v 1,
        ParentsInformed(ParentsInformed) = "parents_informed" v 1,
        ParentsNotInformed(ParentsNotInformed) = "parents_not_informed" v 1,
        InformationShared(InformationShared) = "information_shared" v 1,
        ShareEnded(ShareEnded) = "share_ended" v 1,
        ReportedOutside(ReportedOutside) = "reported_outside" v 1,
        ReportedMissing(ReportedMissing) = "reported_missing" v 1,
        Found(Found) = "found" v 1,
        TransferRequested(TransferRequested) = "transfer_requested" v 1,
        TransferApproved(TransferApproved) = "transfer_approved" v 1,
        TransferRefused(TransferRefused) = "transfer_refused" v 1,
        TransferDeparted(TransferDeparted) = "transfer_departed" v 1,
        TransferArrived(TransferArrived) = "transfer_arrived" v 1,
        TransferHandoverAcknowledged(TransferHandoverAcknowledged) = "transfer_handover_acknowledged" v 1,
        TransferCancelled(TransferCancelled) = "transfer_cancelled" v 1,
        GlassBroken(GlassBroken) = "glass_broken" v 1,
        GlassReviewed(GlassReviewed) = "glass_reviewed" v 1,
        HoldPlaced(HoldPlaced) = "hold_placed" v 1,
        HoldLifted(HoldLifted) = "hold_lifted" v 1,
        Closed(Closed) = "closed" v 1,
        Reopened(Reopened) = "reopened" v 1,
        ErasureRequested(ErasureRequested) = "erasure_requested" v 1,
        ErasureRefused(ErasureRefused) = "erasure_refused" v 1,
        ErasureWithdrawn(ErasureWithdrawn) = "erasure_withdrawn" v 1,
        Erased(Erased) = "erased" v 1,
        ErasureCompleted(ErasureCompleted) = "erasure_completed" v 1,
    }
}
