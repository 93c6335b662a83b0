//! Nobody erases a person alone, and nothing that must be kept is erased.

use jiff::SignedDuration;

use super::super::age::today;
use super::super::command::ErasureScope;
use super::super::events::{Erased, ErasureCompleted, ErasureRefused, ErasureRequested, ErasureWithdrawn};
use super::super::state::{CaseState, OpenErasure};
use super::closing::transfer_ended;
use crate::check::words;
use crate::context::Context;
use crate::refusal::Refusal;

pub(super) fn request(
    state: &CaseState,
    requested: ErasureRequested,
    context: &Context<'_>,
) -> Result<ErasureRequested, Refusal> {
    not_held(state, context)?;
    transfer_ended(state)?;
    if state.erasure.as_ref().is_some_and(|open| !lapsed(open, context)) {
        return Err(Refusal::conflict(
            "erasure-requested",
            "somebody asked for this already: a second person approves or refuses it, or who asked withdraws it",
        ));
    }
    Ok(requested)
}

pub(super) fn refuse(
    state: &CaseState,
    refused: ErasureRefused,
    context: &Context<'_>,
) -> Result<ErasureRefused, Refusal> {
    if open(state)?.by == context.actor.subject {
        return Err(Refusal::forbidden(
            "second-person-needed",
            "who asked does not refuse it: withdraw it, or have somebody else look at it",
        ));
    }
    words(&refused.reason, "/reason")?;
    Ok(refused)
}

pub(super) fn withdraw(
    state: &CaseState,
    withdrawn: ErasureWithdrawn,
    context: &Context<'_>,
) -> Result<ErasureWithdrawn, Refusal> {
    if open(state)?.by != context.actor.subject {
        return Err(Refusal::forbidden(
            "not-yours",
            "only who asked withdraws it: refuse it, with your reason",
        ));
    }
    words(&withdrawn.reason, "/reason")?;
    Ok(withdrawn)
}

pub(super) fn approve(
    state: &CaseState,
    scope: ErasureScope,
    context: &Context<'_>,
) -> Result<Erased, Refusal> {
    not_held(state, context)?;
    transfer_ended(state)?;
    let asked = open(state)?;
    if lapsed(asked, context) {
        let days = context.policies.erasure_request_days.value;
        return Err(Refusal::conflict(
            "erasure-lapsed",
            format!("it was asked for more than {days} days ago: ask for it again"),
        ));
    }
    if asked.by == context.actor.subject {
        return Err(Refusal::forbidden(
            "second-person-needed",
            "nobody erases a person alone: have somebody else approve it",
        ));
    }
    Ok(Erased {
        ground: asked.ground,
        approved_by: context.actor.subject.clone(),
        requested_by: Some(asked.by.clone()),
        alone: scope.alone,
        shared: scope.shared,
        listed_at: Some(scope.listed_at),
    })
}

pub(super) fn complete(state: &CaseState, completed: ErasureCompleted) -> Result<ErasureCompleted, Refusal> {
    if !state.erased {
        return Err(Refusal::conflict("not-erased", "nobody ordered that this person is erased"));
    }
    if state.erasure_completed {
        return Err(Refusal::conflict("erasure-completed", "the keys are gone already"));
    }
    Ok(completed)
}

fn open(state: &CaseState) -> Result<&OpenErasure, Refusal> {
    state.erasure.as_ref().ok_or_else(|| {
        Refusal::conflict(
            "erasure-not-requested",
            "nobody asked that this person is erased: ask for it first",
        )
    })
}

/// A request that nobody looked at for so long says nothing any more about what should happen today.
fn lapsed(asked: &OpenErasure, context: &Context<'_>) -> bool {
    let days = SignedDuration::from_hours(24 * i64::from(context.policies.erasure_request_days.value));
    asked.at.checked_add(days).is_ok_and(|until| until < context.now)
}

fn not_held(state: &CaseState, context: &Context<'_>) -> Result<(), Refusal> {
    let Some(until) = state.held_until(today(context.now)) else { return Ok(()) };
    let until = until.map_or_else(|| "until it is lifted".to_owned(), |until| format!("until {until}"));
    Err(Refusal::forbidden(
        "legal-hold",
        format!("a legal hold keeps this file {until}: ask again after that"),
    ))
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{adult, closed, elsewhere, from_json};
    use super::*;
    use crate::case::{Case, CaseCommand, CaseEvent, HoldPlaced};
    use crate::given::{Given, staff};
    use crate::id::{HoldId, TransferId};
    use serde_json::{Value, json};

    fn given() -> Given<Case> {
        Given::<Case>::event(adult())
    }

    fn request() -> CaseCommand {
        CaseCommand::RequestErasure(from_json(json!({"ground": "person_asked"})))
    }

    /// The reporter asked, and somebody else goes on.
    fn asked(given: Given<Case>) -> Given<Case> {
        given.done(request()).by(staff("second"))
    }

    fn approve() -> CaseCommand {
        CaseCommand::Erase(ErasureScope::default())
    }

    fn hold(until: Value) -> CaseEvent {
        let placed: HoldPlaced =
            from_json(json!({"hold": HoldId::derived(&["h"]), "ground": "proceedings", "until": until}));
        CaseEvent::HoldPlaced(placed)
    }

    #[test]
    fn nobody_erases_a_person_alone() {
        given().when(approve()).then_refused("erasure-not-requested");
        given().done(request()).when(approve()).then_refused("second-person-needed");
        let CaseEvent::Erased(erased) = asked(given().and(closed())).when(approve()).then_one("erased")
        else {
            panic!("not erased")
        };
        assert_eq!(erased.approved_by.as_str(), "second");
        assert_eq!(erased.requested_by.unwrap().as_str(), "reporter");
    }

    #[test]
    fn it_is_asked_for_once_until_somebody_answers() {
        asked(given()).when(request()).then_refused("erasure-requested");
        let no = || CaseCommand::RefuseErasure(from_json(json!({"reason": "a complaint is under way"})));
        given().done(request()).when(no()).then_refused("second-person-needed");
        let refused = asked(given()).done(no());
        refused.when(approve()).then_refused("erasure-not-requested");
        refused.when(request()).then_one("erasure_requested");
        let back = || CaseCommand::WithdrawErasure(from_json(json!({"reason": "the wrong file"})));
        asked(given()).when(back()).then_refused("not-yours");
        given().done(request()).done(back()).when(approve()).then_refused("erasure-not-requested");
    }

    #[test]
    fn a_request_that_nobody_looked_at_lapses() {
        asked(given()).at("2026-03-31T11:00:00Z").when(approve()).then_one("erased");
        let late = asked(given()).at("2026-03-31T13:00:00Z");
        late.when(approve()).then_refused("erasure-lapsed");
        late.when(request()).then_one("erasure_requested");
    }

    #[test]
    fn a_hold_refuses_erasure_and_says_until_when() {
        let held = |until: Value| given().and(hold(until));
        held(Value::Null).when(request()).then_refused("legal-hold");
        let said = held(json!("2026-03-01")).when(request()).then_refused("legal-hold");
        assert!(said.detail.contains("2026-03-01"), "{said}");
        held(json!("2026-03-01")).at("2026-03-02T12:00:00Z").when(request()).then_one("erasure_requested");
        let meanwhile = asked(given()).and(hold(Value::Null));
        meanwhile.when(approve()).then_refused("legal-hold");
        let lifted = CaseEvent::HoldLifted(from_json(json!({"hold": HoldId::derived(&["h"])})));
        meanwhile.and(lifted).when(approve()).then_one("erased");
        let until = held(json!("2026-04-01")).state().held_until(jiff::civil::date(2026, 3, 1));
        assert_eq!(until, Some(Some(jiff::civil::date(2026, 4, 1))));
    }

    #[test]
    fn a_case_on_its_way_is_not_erased() {
        let moving = CaseEvent::TransferRequested(from_json(json!({
            "transfer": TransferId::derived(&["t"]), "to_centre": elsewhere(), "kind": "phase",
            "who_moves": "resident", "reason": "phase two",
        })));
        given().and(moving.clone()).when(request()).then_refused("transfer-open");
        asked(given()).and(moving).when(approve()).then_refused("transfer-open");
    }

    #[test]
    fn that_the_keys_are_gone_is_said_once() {
        let complete = || CaseCommand::CompleteErasure(ErasureCompleted { records: 3 });
        given().when(complete()).then_refused("not-erased");
        let done = asked(given()).done(approve()).done(complete());
        assert!(done.state().erased && done.state().erasure_completed);
        done.when(complete()).then_refused("erasure-completed");
    }
}
