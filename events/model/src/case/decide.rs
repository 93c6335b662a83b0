//! The rules of a case, by theme.

mod checks;
mod closing;
mod consent;
mod erasure;
#[cfg(test)]
mod fixtures;
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

use super::command::CaseCommand;
use super::events::CaseEvent;
use super::state::CaseState;
use crate::context::Context;
use crate::refusal::Refusal;

pub(super) fn decide(
    state: &CaseState,
    command: CaseCommand,
    context: &Context<'_>,
) -> Result<CaseEvent, Refusal> {
    use CaseCommand as Command;
    use CaseEvent as Event;
    alive(state, &command)?;
    match command {
        Command::Open(opened) => opening::open(opened, context).map(Event::Opened),
        Command::Assign(assigned) => opening::assign(state, assigned).map(Event::Assigned),
        Command::Arrive(arrived) => opening::arrive(state, arrived, context).map(Event::Arrived),
        Command::NoteVulnerability(noted) => {
            protection::note_vulnerability(state, noted, context).map(Event::VulnerabilityNoted)
        }
        Command::EndVulnerability(ended) => {
            protection::end_vulnerability(state, ended).map(Event::VulnerabilityEnded)
        }
        Command::SetAccompaniment(set) => {
            protection::set_accompaniment(state, set, context).map(Event::AccompanimentSet)
        }
        Command::AssignGuardian(assigned) => {
            protection::assign_guardian(state, assigned, context).map(Event::GuardianAssigned)
        }
        Command::EndGuardian(ended) => protection::end_guardian(state, ended).map(Event::GuardianEnded),
        Command::DisputeAge(disputed) => protection::dispute_age(state, disputed).map(Event::AgeDisputed),
        Command::SettleAge(settled) => protection::settle_age(state, settled, context).map(Event::AgeSettled),
        Command::NoteSupportNetwork(noted) => Ok(Event::SupportNetworkNoted(noted)),
        Command::NameTrustedPerson(named) => {
            network::name_trusted_person(named, context).map(Event::TrustedPersonNamed)
        }
        Command::EndTrustedPerson(ended) => {
            network::end_trusted_person(state, ended).map(Event::TrustedPersonEnded)
        }
        Command::NoteGuidance(noted) => network::note_guidance(noted).map(Event::GuidanceNoted),
        Command::NoteContact(noted) => network::note_contact(noted, context).map(Event::ContactNoted),
        Command::AddResponse(added) => network::add_response(state, added, context).map(Event::ResponseAdded),
        Command::KeepStatement(kept) => kept::keep(state, kept, context).map(Event::StatementKept),
        Command::ReleaseStatement(released) => Ok(Event::StatementReleased(released)),
        Command::RecordScreening(taken) => {
            screening::record(state, taken, context).map(Event::ScreeningRecorded)
        }
        Command::SetSupportLevel(set) => plan::set_support_level(set, context).map(Event::SupportLevelSet),
        Command::AddPlanAction(added) => plan::add(state, added, context).map(Event::PlanActionAdded),
        Command::CompletePlanAction(completed) => {
            plan::complete(state, completed).map(Event::PlanActionCompleted)
        }
        Command::CancelPlanAction(cancelled) => {
            plan::cancel(state, cancelled).map(Event::PlanActionCancelled)
        }
        Command::RecordConsent(recorded) => {
            consent::record(state, recorded, context).map(Event::ConsentRecorded)
        }
        Command::WithdrawConsent(withdrawn) => {
            consent::withdraw(state, withdrawn).map(Event::ConsentWithdrawn)
        }
        Command::InformParents(informed) => {
            parents::inform(state, informed, context).map(Event::ParentsInformed)
        }
        Command::DoNotInformParents(grounds) => {
            parents::do_not_inform(state, grounds, context).map(Event::ParentsNotInformed)
        }
        Command::ShareInformation(shared) => {
            sharing::share(state, shared, context).map(Event::InformationShared)
        }
        Command::EndShare(ended) => sharing::end(state, ended).map(Event::ShareEnded),
        Command::ReportOutside(reported) => {
            sharing::report_outside(state, reported, context).map(Event::ReportedOutside)
        }
        Command::ReportMissing(missing) => {
            missing::report(state, missing, context).map(Event::ReportedMissing)
        }
        Command::ReportFound(found) => missing::found(state, found, context).map(Event::Found),
        Command::RequestTransfer(requested) => {
            transfer::request(state, requested, context).map(Event::TransferRequested)
        }
        Command::ApproveTransfer { approval, follow_up, withheld } => {
            transfer::approve(state, approval, follow_up, withheld, context).map(Event::TransferApproved)
        }
        Command::RefuseTransfer(refused) => transfer::refuse(state, refused).map(Event::TransferRefused),
        Command::CancelTransfer(cancelled) => {
            transfer::cancel(state, cancelled).map(Event::TransferCancelled)
        }
        Command::Depart(departure) => {
            transfer::depart(state, departure, context).map(Event::TransferDeparted)
        }
        Command::ArriveFromTransfer(arrival) => {
            transfer::arrive(state, arrival, context).map(Event::TransferArrived)
        }
        Command::AcknowledgeHandover(acknowledged) => {
            transfer::acknowledge(state, acknowledged, context).map(Event::TransferHandoverAcknowledged)
        }
        Command::BreakGlass(broken) => glass::break_glass(state, broken, context).map(Event::GlassBroken),
        Command::ReviewGlass(reviewed) => glass::review(state, reviewed, context).map(Event::GlassReviewed),
        Command::PlaceHold(placed) => closing::place_hold(state, placed, context).map(Event::HoldPlaced),
        Command::LiftHold(lifted) => closing::lift_hold(state, lifted, context).map(Event::HoldLifted),
        Command::Close(closed) => closing::close(state, closed, context).map(Event::Closed),
        Command::Reopen(reopened) => closing::reopen(state, reopened).map(Event::Reopened),
        Command::RequestErasure(requested) => {
            erasure::request(state, requested, context).map(Event::ErasureRequested)
        }
        Command::RefuseErasure(refused) => {
            erasure::refuse(state, refused, context).map(Event::ErasureRefused)
        }
        Command::WithdrawErasure(withdrawn) => {
            erasure::withdraw(state, withdrawn, context).map(Event::ErasureWithdrawn)
        }
        Command::Erase(scope) => erasure::approve(state, scope, context).map(Event::Erased),
        Command::CompleteErasure(completed) => {
            erasure::complete(state, completed).map(Event::ErasureCompleted)
        }
    }
}

/// Nothing happens before a case is opened, or on an erased one but that the erasure is carried out: the log finds who is erased by the
/// last event of each case. On a closed one: reopening, holding, erasing, ending what others
/// may read, and opening it in danger.
fn alive(state: &CaseState, command: &CaseCommand) -> Result<(), Refusal> {
    if state.erased && !matches!(command, CaseCommand::CompleteErasure(_)) {
        return Err(Refusal::conflict(
            "case-erased",
            "this case was erased and stays so: open a new case if the person is here again",
        ));
    }
    match command {
        CaseCommand::Open(_) if state.centre.is_some() => {
            Err(Refusal::conflict("case-exists", "a case with this id is open already: send another id"))
        }
        CaseCommand::Open(_) => Ok(()),
        _ if state.centre.is_none() => {
            Err(Refusal::not_found("case-unknown", "no case has this id: open it first"))
        }
        CaseCommand::Reopen(_)
        | CaseCommand::RequestErasure(_)
        | CaseCommand::RefuseErasure(_)
        | CaseCommand::WithdrawErasure(_)
        | CaseCommand::Erase(_)
        | CaseCommand::CompleteErasure(_)
        | CaseCommand::PlaceHold(_)
        | CaseCommand::LiftHold(_)
        | CaseCommand::WithdrawConsent(_)
        | CaseCommand::EndShare(_)
        | CaseCommand::EndTrustedPerson(_)
        | CaseCommand::KeepStatement(_)
        | CaseCommand::BreakGlass(_)
        | CaseCommand::ReviewGlass(_) => Ok(()),
        _ if state.closed => Err(Refusal::conflict("case-closed", "this case is closed: reopen it first")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::fixtures::{adult, centre, closed, from_json, opened};
    use super::*;
    use crate::case::Case;
    use crate::decider::Decider;
    use crate::given::Given;
    use serde_json::json;
    use uuid::Uuid;

    fn contact() -> CaseCommand {
        CaseCommand::NoteContact(from_json(json!({})))
    }

    fn hold() -> CaseCommand {
        CaseCommand::PlaceHold(from_json(json!({"hold": Uuid::from_u128(1), "ground": "complaint"})))
    }

    #[test]
    fn nothing_happens_before_a_case_is_opened() {
        Given::<Case>::nothing().when(contact()).then_refused("case-unknown");
    }

    #[test]
    fn a_case_is_opened_once() {
        Given::<Case>::event(adult()).when(CaseCommand::Open(opened(json!({})))).then_refused("case-exists");
    }

    #[test]
    fn nothing_happens_on_a_closed_case_but_reopening_and_holds() {
        let given = || Given::<Case>::event(adult()).and(closed());
        given().when(contact()).then_refused("case-closed");
        given().when(CaseCommand::AddResponse(from_json(json!({"words": "no"})))).then_refused("case-closed");
        given().when(hold()).then_one("hold_placed");
        let reopened = CaseEvent::Reopened(from_json(json!({})));
        given().when(CaseCommand::Reopen(from_json(json!({})))).then_one("reopened");
        given().and(reopened).when(contact()).then_one("contact_noted");
    }

    #[test]
    fn nothing_at_all_happens_on_an_erased_case() {
        let erased = || {
            let erased = from_json(json!({"ground": "person_asked", "approved_by": "second"}));
            Given::<Case>::event(adult()).and(CaseEvent::Erased(erased))
        };
        erased().when(contact()).then_refused("case-erased");
        erased().when(hold()).then_refused("case-erased");
        erased().when(CaseCommand::Reopen(from_json(json!({})))).then_refused("case-erased");
        erased().when(CaseCommand::Open(opened(json!({})))).then_refused("case-erased");
    }

    #[test]
    fn an_erased_case_remembers_nothing_of_the_person_but_still_routes() {
        let erased = CaseEvent::Erased(from_json(json!({"ground": "person_asked", "approved_by": "second"})));
        let given = Given::<Case>::event(adult()).and(erased);
        assert!(given.state().birth.get().is_none());
        let concerns = Case::concerns(Uuid::from_u128(7), given.state());
        assert_eq!((concerns.centre, concerns.cases.len()), (Some(centre()), 1));
    }

    #[test]
    fn a_stored_snapshot_reads_back() {
        let given = Given::<Case>::event(adult());
        let stored = serde_json::to_string(given.state()).unwrap();
        assert_eq!(&serde_json::from_str::<CaseState>(&stored).unwrap(), given.state());
    }
}
