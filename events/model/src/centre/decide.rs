//! The rules of a centre.

use super::command::CentreCommand;
use super::counts;
use super::events::CentreEvent;
use super::state::CentreState;
use crate::check;
use crate::context::Context;
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
            CentreEvent::OccupancyReported(counts::occupancy(count, context)?)
        }
        CentreCommand::ReportStaffing(count) => {
            CentreEvent::StaffingReported(counts::staffing(count, context)?)
        }
        CentreCommand::SetCapacity(capacity) => {
            open(state)?;
            CentreEvent::CapacitySet(capacity)
        }
        CentreCommand::HoldParticipation(held) => {
            check::past(held.held_at, context.now, "/held_at")?;
            if held.themes.is_empty() {
                return Err(Refusal::invalid(
                    "theme-needed",
                    "name at least one theme that residents spoke about: they are owed an answer on it",
                    "/themes",
                ));
            }
            check::day_from(held.answer_due, held.held_at, "/answer_due")?;
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
            check::words(&added.what, "/what")?;
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
            check::words(&raised.text, "/text")?;
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
            check::words(&answered.answer, "/answer")?;
            CentreEvent::ConcernAnswered(answered)
        }
        CentreCommand::PractiseProtocol(practised) => {
            check::past_day(practised.practised_on, context.now, "/practised_on")?;
            CentreEvent::ProtocolPractised(practised)
        }
        CentreCommand::AnnounceClosing(announced) => {
            open(state)?;
            CentreEvent::ClosingAnnounced(announced)
        }
        CentreCommand::Close(closed) => {
            open(state)?;
            if let Some(day) = closed.closed_on {
                check::past_day(day, context.now, "/closed_on")?;
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::centre::{Centre, Closed};
    use crate::given::Given;

    const ACTION: &str = "01890000-0000-7000-8000-000000000004";

    fn of<T: serde::de::DeserializeOwned>(body: Value) -> T {
        serde_json::from_value(body).unwrap()
    }

    fn registered() -> Value {
        json!({"code": "kapellen", "name": "Opvangcentrum Kapellen", "operator": "fedasil", "languages": ["nl"]})
    }

    fn given() -> Given<Centre> {
        Given::event(CentreEvent::Registered(of(registered())))
    }

    fn closed() -> Given<Centre> {
        given().and(CentreEvent::Closed(Closed { closed_on: None }))
    }

    #[test]
    fn a_centre_is_registered_once_and_first() {
        let register = || CentreCommand::Register(of(registered()));
        Given::<Centre>::nothing().when(register()).then_one("registered");
        given().when(register()).then_refused("centre-exists");
        let places = CentreCommand::SetCapacity(of(json!({"places": 300})));
        Given::<Centre>::nothing().when(places).then_refused("centre-unknown");
    }

    #[test]
    fn a_count_of_the_past_is_taken_of_a_closed_centre_too_and_a_plan_is_not() {
        let count = of(json!({"as_at": "2020-01-01T12:00:00Z", "residents": 100}));
        closed().when(CentreCommand::ReportOccupancy(count)).then_one("occupancy_reported");
        closed().when(CentreCommand::SetCapacity(of(json!({"places": 300})))).then_refused("centre-closed");
        closed().when(CentreCommand::Close(of(json!({})))).then_refused("centre-closed");
    }

    #[test]
    fn who_asks_residents_says_what_about_and_when_they_get_an_answer() {
        let hold = |themes: Value, due: &str| {
            CentreCommand::HoldParticipation(of(
                json!({"held_at": "2026-02-28T14:00:00Z", "themes": themes, "answer_due": due}),
            ))
        };
        given().when(hold(json!(["food"]), "2026-03-14")).then_one("participation_held");
        given().when(hold(json!([]), "2026-03-14")).then_refused("theme-needed");
        given().when(hold(json!(["food"]), "2026-02-14")).then_refused("impossible-date");
    }

    #[test]
    fn an_action_is_added_and_completed_once() {
        let add = || of(json!({"action": ACTION, "what": "light on the stairs", "theme": "lighting"}));
        let complete = || CentreCommand::CompleteAction(of(json!({"action": ACTION})));
        given().when(complete()).then_refused("action-unknown");
        let added = || given().and(CentreEvent::ActionAdded(add()));
        added().when(CentreCommand::AddAction(add())).then_refused("action-exists");
        added().done(complete()).when(complete()).then_refused("already-completed");
    }

    #[test]
    fn headquarters_answers_a_concern_once_also_of_a_closed_centre() {
        let raise =
            || of(json!({"concern": ACTION, "theme": "overcrowding", "text": "six in a room for four"}));
        let answer =
            || CentreCommand::AnswerConcern(of(json!({"concern": ACTION, "answer": "two leave on Monday"})));
        closed().when(answer()).then_refused("concern-unknown");
        let raised = || closed().and(CentreEvent::ConcernRaised(raise()));
        raised().when(CentreCommand::RaiseConcern(raise())).then_refused("concern-exists");
        raised().done(answer()).when(answer()).then_refused("already-answered");
    }

    #[test]
    fn a_protocol_was_practised_not_will_be() {
        let practise = |on: &str| {
            CentreCommand::PractiseProtocol(of(json!({"protocol": "suicidality", "practised_on": on})))
        };
        given().when(practise("2026-02-20")).then_one("protocol_practised");
        given().when(practise("2026-03-20")).then_refused("impossible-date");
    }
}
