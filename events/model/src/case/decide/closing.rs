//! A case is held, closed or reopened.

use super::super::age::today;
use super::super::events::{Closed, HoldLifted, HoldPlaced, Reopened};
use super::super::state::CaseState;
use super::checks::{not_after_today, not_before_birth, not_before_today};
use crate::actor::Role;
use crate::context::Context;
use crate::refusal::Refusal;

pub(super) fn place_hold(
    state: &CaseState,
    placed: HoldPlaced,
    context: &Context<'_>,
) -> Result<HoldPlaced, Refusal> {
    if state.holds.contains_key(&placed.hold) {
        return Err(Refusal::conflict("hold-exists", "a hold with this id exists already: send another id"));
    }
    tells_nothing(placed.note.is_some(), context)?;
    if let Some(until) = placed.until {
        not_before_today(until, context, "/until")?;
    }
    Ok(placed)
}

/// A hold is lifted in the role in which it was placed: else those whom it stops would lift it.
pub(super) fn lift_hold(
    state: &CaseState,
    lifted: HoldLifted,
    context: &Context<'_>,
) -> Result<HoldLifted, Refusal> {
    tells_nothing(lifted.note.is_some(), context)?;
    match state.holds.get(&lifted.hold) {
        None => Err(Refusal::not_found("hold-unknown", "this case has no hold with this id: check the id")),
        Some(hold) if hold.lifted => Err(Refusal::conflict("hold-lifted", "this hold is lifted already")),
        Some(hold) if hold.placed_in != context.actor.role => Err(Refusal::forbidden(
            "hold-of-another-role",
            "somebody placed this hold in another role, and it is lifted in that one",
        )),
        Some(_) => Ok(lifted),
    }
}

/// The centre reads the note of a hold: a safeguarding person would tell it what only they may know.
fn tells_nothing(note: bool, context: &Context<'_>) -> Result<(), Refusal> {
    if note && context.actor.role == Role::SafeguardingPerson {
        return Err(Refusal::invalid(
            "note-is-read",
            "the centre would read this note: leave it out, and write in the signal or a discussion of it why the file must be kept",
            "/note",
        ));
    }
    Ok(())
}

pub(super) fn close(state: &CaseState, mut closed: Closed, context: &Context<'_>) -> Result<Closed, Refusal> {
    transfer_ended(state)?;
    let on = not_after_today(closed.on.unwrap_or_else(|| today(context.now)), context, "/on")?;
    closed.on = Some(not_before_birth(state, on, "/on")?);
    Ok(closed)
}

pub(super) fn reopen(state: &CaseState, reopened: Reopened) -> Result<Reopened, Refusal> {
    if !state.closed {
        return Err(Refusal::conflict("case-open", "this case is not closed: go on with it as it is"));
    }
    Ok(reopened)
}

pub(super) fn transfer_ended(state: &CaseState) -> Result<(), Refusal> {
    if state.transfer.is_some() {
        return Err(Refusal::conflict(
            "transfer-open",
            "a transfer of this case is under way: finish or cancel it first",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{adult, closed, elsewhere, from_json};
    use super::*;
    use crate::actor::Actor;
    use crate::case::{Case, CaseCommand, CaseEvent};
    use crate::given::{Given, staff};
    use crate::id::{HoldId, TransferId};
    use serde_json::{Value, json};

    fn given() -> Given<Case> {
        Given::<Case>::event(adult())
    }

    fn hold(until: Value) -> HoldPlaced {
        from_json(json!({"hold": HoldId::derived(&["h"]), "ground": "proceedings", "until": until}))
    }

    fn lifted() -> HoldLifted {
        from_json(json!({"hold": HoldId::derived(&["h"])}))
    }

    fn moving() -> Given<Case> {
        given().and(CaseEvent::TransferRequested(from_json(json!({
            "transfer": TransferId::derived(&["t"]), "to_centre": elsewhere(), "kind": "phase",
            "who_moves": "resident", "reason": "phase two",
        }))))
    }

    #[test]
    fn a_case_on_its_way_is_not_closed() {
        let close = || CaseCommand::Close(from_json(json!({"reason": "own_housing"})));
        given().when(close()).then_one("closed");
        moving().when(close()).then_refused("transfer-open");
    }

    #[test]
    fn a_case_does_not_close_tomorrow_or_before_the_birth() {
        let close = CaseCommand::Close(from_json(json!({"reason": "other", "on": "2026-03-02"})));
        given().when(close).then_refused("impossible-date");
        let unborn = CaseCommand::Close(from_json(json!({"reason": "other", "on": "1980-01-01"})));
        given().when(unborn).then_refused("impossible-date");
    }

    #[test]
    fn only_a_closed_case_is_reopened() {
        let reopen = || CaseCommand::Reopen(from_json(json!({"note": "came back"})));
        given().when(reopen()).then_refused("case-open");
        given().and(closed()).when(reopen()).then_one("reopened");
    }

    #[test]
    fn a_hold_is_placed_and_lifted_once() {
        given().when(CaseCommand::PlaceHold(hold(json!("2026-02-28")))).then_refused("date-is-over");
        given().when(CaseCommand::LiftHold(lifted())).then_refused("hold-unknown");
        let held = || given().and(CaseEvent::HoldPlaced(hold(Value::Null)));
        held().when(CaseCommand::PlaceHold(hold(Value::Null))).then_refused("hold-exists");
        held().when(CaseCommand::LiftHold(lifted())).then_one("hold_lifted");
        let free = held().and(CaseEvent::HoldLifted(lifted()));
        free.when(CaseCommand::LiftHold(lifted())).then_refused("hold-lifted");
    }

    #[test]
    fn a_hold_is_lifted_in_the_role_in_which_it_was_placed() {
        let as_role = |given: Given<Case>, role| given.by(Actor { role, ..staff("one") });
        let place = || CaseCommand::PlaceHold(hold(Value::Null));
        let lift = || CaseCommand::LiftHold(lifted());
        let held = || as_role(given(), Role::SafeguardingPerson).done(place());
        for other in [Role::Director, Role::OperatorHq] {
            as_role(held(), other).when(lift()).then_refused("hold-of-another-role");
        }
        held()
            .by(Actor { role: Role::SafeguardingPerson, ..staff("successor") })
            .when(lift())
            .then_one("hold_lifted");
        as_role(as_role(given(), Role::Director).done(place()), Role::SafeguardingPerson)
            .when(lift())
            .then_refused("hold-of-another-role");
    }

    #[test]
    fn a_safeguarding_person_writes_no_note_that_the_centre_reads() {
        let noted = || {
            CaseCommand::PlaceHold(from_json(json!({
                "hold": HoldId::derived(&["h"]), "ground": "complaint", "note": "about the night guard",
            })))
        };
        given().when(noted()).then_one("hold_placed");
        let safe = given().by(Actor { role: Role::SafeguardingPerson, ..staff("safe") });
        safe.when(noted()).then_refused("note-is-read");
        let lift = from_json(json!({"hold": HoldId::derived(&["h"]), "note": "it is over"}));
        safe.done(CaseCommand::PlaceHold(hold(Value::Null)))
            .when(CaseCommand::LiftHold(lift))
            .then_refused("note-is-read");
    }
}
