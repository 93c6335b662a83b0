//! Stepped care and the plan look ahead.

use jiff::ToSpan;

use super::super::age::today;
use super::super::events::{
    PlanActionAdded, PlanActionCancelled, PlanActionCompleted, SupportLevel, SupportLevelSet,
};
use super::super::state::CaseState;
use super::checks::{not_before_today, words};
use crate::context::Context;
use crate::id::ActionId;
use crate::refusal::Refusal;

pub(super) fn set_support_level(
    mut set: SupportLevelSet,
    context: &Context<'_>,
) -> Result<SupportLevelSet, Refusal> {
    match set.review_on {
        Some(review_on) => {
            not_before_today(review_on, context, "/review_on")?;
        }
        None if set.level > SupportLevel::Basic => {
            let days = i64::from(context.policies.support_level_review_days.value);
            set.review_on = Some(today(context.now).saturating_add(days.days()));
        }
        None => {}
    }
    Ok(set)
}

pub(super) fn add(
    state: &CaseState,
    added: PlanActionAdded,
    context: &Context<'_>,
) -> Result<PlanActionAdded, Refusal> {
    if state.actions.contains_key(&added.action) {
        return Err(Refusal::conflict(
            "action-exists",
            "the plan has an action with this id already: send another id",
        ));
    }
    words(&added.what, "/what")?;
    not_before_today(added.due_on, context, "/due_on")?;
    Ok(added)
}

pub(super) fn complete(
    state: &CaseState,
    completed: PlanActionCompleted,
) -> Result<PlanActionCompleted, Refusal> {
    still_to_do(state, completed.action)?;
    Ok(completed)
}

pub(super) fn cancel(
    state: &CaseState,
    cancelled: PlanActionCancelled,
) -> Result<PlanActionCancelled, Refusal> {
    still_to_do(state, cancelled.action)?;
    words(&cancelled.reason, "/reason")?;
    Ok(cancelled)
}

fn still_to_do(state: &CaseState, action: ActionId) -> Result<(), Refusal> {
    match state.actions.get(&action) {
        Some(true) => Ok(()),
        Some(false) => Err(Refusal::conflict(
            "action-finished",
            "this action is done or cancelled already: add a new one if there is more to do",
        )),
        None => {
            Err(Refusal::not_found("action-unknown", "the plan has no action with this id: add it first"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{adult, from_json};
    use super::*;
    use crate::case::{Case, CaseCommand, CaseEvent};
    use crate::given::{Given, Then};
    use jiff::civil::date;
    use serde_json::{Value, json};

    fn set_level(body: Value) -> Then<Case> {
        Given::<Case>::event(adult()).when(CaseCommand::SetSupportLevel(from_json(body)))
    }

    #[test]
    fn a_raised_level_is_looked_at_again() {
        let review_on = |body: Value| {
            let CaseEvent::SupportLevelSet(event) = set_level(body).then_one("support_level_set") else {
                panic!("not set")
            };
            event.review_on
        };
        assert_eq!(review_on(json!({"level": 1})), None);
        assert_eq!(review_on(json!({"level": 2})), Some(date(2026, 3, 15)));
        assert_eq!(review_on(json!({"level": 3, "review_on": "2026-03-03"})), Some(date(2026, 3, 3)));
        set_level(json!({"level": 3, "review_on": "2026-02-28"})).then_refused("date-is-over");
    }

    #[test]
    fn there_is_no_fourth_level() {
        let wrong = serde_json::from_value::<SupportLevelSet>(json!({"level": 4})).unwrap_err();
        assert!(wrong.to_string().contains("1 (basic), 2 (increased) or 3 (intensive)"));
    }

    fn action() -> ActionId {
        ActionId::derived(&["action"])
    }

    fn added(due_on: &str) -> PlanActionAdded {
        let body = json!({"action": action(), "what": "see a doctor", "role": "medical", "due_on": due_on});
        from_json(body)
    }

    #[test]
    fn a_plan_looks_ahead() {
        let given = || Given::<Case>::event(adult());
        given().when(CaseCommand::AddPlanAction(added("2026-03-01"))).then_one("plan_action_added");
        given().when(CaseCommand::AddPlanAction(added("2026-02-28"))).then_refused("date-is-over");
        given()
            .and(CaseEvent::PlanActionAdded(added("2026-03-05")))
            .when(CaseCommand::AddPlanAction(added("2026-03-05")))
            .then_refused("action-exists");
    }

    #[test]
    fn an_action_is_finished_once() {
        let complete = || CaseCommand::CompletePlanAction(from_json(json!({"action": action()})));
        let cancel = |reason: &str| {
            CaseCommand::CancelPlanAction(from_json(json!({"action": action(), "reason": reason})))
        };
        let given = || Given::<Case>::event(adult());
        let planned = || given().and(CaseEvent::PlanActionAdded(added("2026-03-05")));
        given().when(complete()).then_refused("action-unknown");
        given().when(cancel("no")).then_refused("action-unknown");
        planned().when(complete()).then_one("plan_action_completed");
        planned().when(cancel("he moved")).then_one("plan_action_cancelled");
        planned().when(cancel(" ")).then_refused("words-needed");
        let done = || planned().and(CaseEvent::PlanActionCompleted(from_json(json!({"action": action()}))));
        done().when(complete()).then_refused("action-finished");
        done().when(cancel("no")).then_refused("action-finished");
    }
}
