//! `/v1/cases`: one call for each event of a case; shares, transfers and erasure have files of their own.

use nabij_model::case::{Case, CaseCommand as C, OpenCase};

use super::command::Scope;
use crate::access::Action;
use crate::route::Routes;

#[rustfmt::skip]
pub(super) fn routes(routes: &mut Routes) {
    use Action::{AssessCase, CloseCase, FollowCase, HoldCase, NoteContact, OpenCase as Open, ReportPresence, ShareCase};
    let scope = |case: &OpenCase| Scope::centre(case.centre);
    routes.create::<Case, _>("/v1/cases", Open, C::Open, scope, "Open a case");
    routes.command::<Case, _>("/v1/cases/{id}/assignments", Open, C::Assign, "Give the resident a place in a centre, before arrival");
    routes.command::<Case, _>("/v1/cases/{id}/arrival", ReportPresence, C::Arrive, "The resident arrived");
    routes.command::<Case, _>("/v1/cases/{id}/missing", ReportPresence, C::ReportMissing, "The resident is missing");
    routes.command::<Case, _>("/v1/cases/{id}/found", ReportPresence, C::ReportFound, "The resident is missing no more");
    routes.command::<Case, _>("/v1/cases/{id}/contacts", NoteContact, C::NoteContact, "Note a contact; no content needed");
    routes.command::<Case, _>("/v1/cases/{id}/vulnerabilities", AssessCase, C::NoteVulnerability, "Note a special reception need");
    routes.command::<Case, _>("/v1/cases/{id}/vulnerabilities/ends", AssessCase, C::EndVulnerability, "Such a need is over");
    routes.command::<Case, _>("/v1/cases/{id}/age-disputes", AssessCase, C::DisputeAge, "Doubt the registered age");
    routes.command::<Case, _>("/v1/cases/{id}/age-settlements", AssessCase, C::SettleAge, "Settle the age");
    routes.command::<Case, _>("/v1/cases/{id}/screenings", AssessCase, C::RecordScreening, "Record a screening");
    routes.command::<Case, _>("/v1/cases/{id}/support-level", AssessCase, C::SetSupportLevel, "Set how much support the resident gets");
    routes.command::<Case, _>("/v1/cases/{id}/accompaniment", FollowCase, C::SetAccompaniment, "Say with whom a minor lives");
    routes.command::<Case, _>("/v1/cases/{id}/guardian", FollowCase, C::AssignGuardian, "Name the guardian");
    routes.command::<Case, _>("/v1/cases/{id}/guardian/end", FollowCase, C::EndGuardian, "The guardianship ended");
    routes.command::<Case, _>("/v1/cases/{id}/support-network", FollowCase, C::NoteSupportNetwork, "Note who supports the resident");
    routes.command::<Case, _>("/v1/cases/{id}/trusted-persons/ends", FollowCase, C::EndTrustedPerson, "The resident trusts this colleague no more");
    routes.command::<Case, _>("/v1/cases/{id}/guidance", FollowCase, C::NoteGuidance, "Note what upsets and what helps, for everybody on duty");
    routes.command::<Case, _>("/v1/cases/{id}/responses", FollowCase, C::AddResponse, "Add the resident's own words; they can be kept from the family at once");
    routes.command::<Case, _>("/v1/cases/{id}/statements/{statement}/keep", FollowCase, C::KeepStatement, "Keep a statement from the parents or the guardian, with the reason");
    routes.command::<Case, _>("/v1/cases/{id}/statements/{statement}/release", FollowCase, C::ReleaseStatement, "The statement is kept from nobody any more");
    routes.minting::<Case, _>("/v1/cases/{id}/plan-actions", FollowCase, &["action"], C::AddPlanAction, "Add an action to the plan");
    routes.command::<Case, _>("/v1/cases/{id}/plan-actions/{action}/completions", FollowCase, C::CompletePlanAction, "The action was done");
    routes.command::<Case, _>("/v1/cases/{id}/plan-actions/{action}/cancellations", FollowCase, C::CancelPlanAction, "The action will not be done");
    routes.minting::<Case, _>("/v1/cases/{id}/consents", FollowCase, &["consent"], C::RecordConsent, "Record a consent");
    routes.command::<Case, _>("/v1/cases/{id}/consents/{consent}/withdrawals", FollowCase, C::WithdrawConsent, "The consent was taken back");
    routes.command::<Case, _>("/v1/cases/{id}/parents-informed", FollowCase, C::InformParents, "The parents were told");
    routes.command::<Case, _>("/v1/cases/{id}/parents-not-informed", FollowCase, C::DoNotInformParents, "The parents are not told, for now");
    routes.command::<Case, _>("/v1/cases/{id}/shares/{share}/end", ShareCase, C::EndShare, "Nobody reads along by this share any more");
    routes.command::<Case, _>("/v1/cases/{id}/outside-reports", FollowCase, C::ReportOutside, "Somebody outside was asked to act");
    routes.minting::<Case, _>("/v1/cases/{id}/holds", HoldCase, &["hold"], C::PlaceHold, "Demand that the file is kept");
    routes.command::<Case, _>("/v1/cases/{id}/holds/{hold}/lift", HoldCase, C::LiftHold, "The hold stands no longer");
    routes.command::<Case, _>("/v1/cases/{id}/close", CloseCase, C::Close, "End the follow-up");
    routes.command::<Case, _>("/v1/cases/{id}/reopen", CloseCase, C::Reopen, "Go on with it");
}
