//! A case is held, closed or reopened.

use super::super::age::today;
use super::super::events::{Closed, HoldLifted, HoldPlaced, Reopened};
use super::super::state::CaseState;
use super::checks::{not_after_today, not_before_birth, not_before_today};
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
    if let Some(until) = placed.until {
        not_before_today(until, context, "/until")?;
    }
    Ok(placed)
}

pub(super) fn lift_hold(state: &CaseState, lifted: HoldLifted) -> Result<HoldLifted, Refusal> {
    match state.holds.get(&lifted.hold) {
        None => Err(Refusal::not_found("hold-unknown", "this case has no hold with this id: check the id")),
        Some(hold) if hold.lifted => Err(Refusal::conflict("hold-lifted", "this hold is lifted already")),
        Some(_) => Ok(lifted),
    }
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
    use crate::case::{Case, CaseCommand, CaseEvent};
    use crate::given::Given;
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
}
