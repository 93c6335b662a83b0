//! The rules of a centre.

use super::command::CentreCommand;
use super::events::{CentreEvent, OccupancyReported, StaffingReported};
use super::state::CentreState;
use crate::context::Context;
use crate::occurred::{check_past, check_past_day};
use crate::refusal::Refusal;

pub(super) fn decide(
    state: &CentreState,
    command: CentreCommand,
    context: &Context<'_>,
) -> Result<Vec<CentreEvent>, Refusal> {
    if let CentreCommand::Register(registered) = command {
        if state.operator.is_some() {
            return Err(Refusal::conflict("centre-exists", "a centre with this id is registered already"));
        }
        return Ok(vec![CentreEvent::Registered(registered)]);
    }
    if state.operator.is_none() {
        return Err(Refusal::not_found("centre-unknown", "no centre has this id: register it first"));
    }
    let event = match command {
        CentreCommand::Register(_) => unreachable!("handled above"),
        CentreCommand::ReportOccupancy(count) => {
            CentreEvent::OccupancyReported(report_occupancy(count, context)?)
        }
        CentreCommand::ReportStaffing(count) => {
            CentreEvent::StaffingReported(report_staffing(count, context)?)
        }
        CentreCommand::SetCapacity(capacity) => {
            open(state)?;
            CentreEvent::CapacitySet(capacity)
        }
        CentreCommand::HoldParticipation(held) => {
            check_past(held.held_at, context.now, "/held_at")?;
            if held.themes.is_empty() {
                return Err(Refusal::invalid(
                    "theme-needed",
                    "name at least one theme that residents spoke about: they are owed an answer on it",
                    "/themes",
                ));
            }
            CentreEvent::ParticipationHeld(held)
        }
        CentreCommand::AddAction(added) => {
            open(state)?;
            if state.actions.contains_key(&added.action) {
                return Err(Refusal::conflict(
                    "action-exists",
                    "the centre has an action with this id already",
                ));
            }
            CentreEvent::ActionAdded(added)
        }
        CentreCommand::CompleteAction(completed) => {
            match state.actions.get(&completed.action) {
                None => Err(Refusal::not_found("action-unknown", "the centre has no action with this id")),
                Some(true) => Err(Refusal::conflict("already-completed", "the action is completed already")),
                Some(false) => Ok(()),
            }?;
            CentreEvent::ActionCompleted(completed)
        }
        // Also of a closed centre: what went wrong there is still owed an answer.
        CentreCommand::RaiseConcern(raised) => {
            if state.concerns.contains_key(&raised.concern) {
                return Err(Refusal::conflict(
                    "concern-exists",
                    "the centre raised a concern with this id already",
                ));
            }
            CentreEvent::ConcernRaised(raised)
        }
        CentreCommand::AnswerConcern(answered) => {
            match state.concerns.get(&answered.concern) {
                None => {
                    Err(Refusal::not_found("concern-unknown", "the centre raised no concern with this id"))
                }
                Some(true) => Err(Refusal::conflict("already-answered", "the concern is answered already")),
                Some(false) => Ok(()),
            }?;
            CentreEvent::ConcernAnswered(answered)
        }
        CentreCommand::PractiseProtocol(practised) => {
            check_past_day(practised.practised_on, context.now, "/practised_on")?;
            CentreEvent::ProtocolPractised(practised)
        }
        CentreCommand::AnnounceClosing(announced) => {
            open(state)?;
            CentreEvent::ClosingAnnounced(announced)
        }
        CentreCommand::Close(closed) => {
            open(state)?;
            if let Some(day) = closed.closed_on {
                check_past_day(day, context.now, "/closed_on")?;
            }
            CentreEvent::Closed(closed)
        }
    };
    Ok(vec![event])
}

/// Counts, participation and practice of the past are taken of a closed centre too; plans for its future are not.
fn open(state: &CentreState) -> Result<(), Refusal> {
    if state.closed {
        return Err(Refusal::conflict(
            "centre-closed",
            "the centre is closed: nothing is planned there any more",
        ));
    }
    Ok(())
}

fn report_occupancy(count: OccupancyReported, context: &Context<'_>) -> Result<OccupancyReported, Refusal> {
    check_past(count.as_at, context.now, "/as_at")?;
    if count.minors.is_some_and(|minors| minors > count.residents) {
        return Err(Refusal::invalid(
            "more-minors-than-residents",
            "minors are counted among the residents: there cannot be more of them",
            "/minors",
        ));
    }
    // Where minors were not counted, unaccompanied ones are still residents.
    if count.unaccompanied_minors.is_some_and(|alone| alone > count.minors.unwrap_or(count.residents)) {
        return Err(Refusal::invalid(
            "more-unaccompanied-than-minors",
            "unaccompanied minors are counted among the minors: there cannot be more of them",
            "/unaccompanied_minors",
        ));
    }
    Ok(count)
}

fn report_staffing(count: StaffingReported, context: &Context<'_>) -> Result<StaffingReported, Refusal> {
    check_past(count.as_at, context.now, "/as_at")?;
    let staff = &count.staff;
    if staff.iter().enumerate().any(|(i, one)| staff[..i].iter().any(|other| other.role == one.role)) {
        return Err(Refusal::invalid("named-twice", "a role stands twice in `staff`: add them up", "/staff"));
    }
    if staff.iter().any(|line| line.filled > line.posts) {
        return Err(Refusal::invalid(
            "more-filled-than-posts",
            "more posts are filled than there are: raise `posts`",
            "/staff",
        ));
    }
    Ok(count)
}
