//! What somebody said is kept from the family for a while, with the reason; the team looks at it again.

use super::super::events::{Kept, KeptFrom, StatementKept};
use super::super::state::CaseState;
use super::checks::{certainly_adult, not_before_today};
use crate::check::once;
use crate::context::Context;
use crate::refusal::Refusal;

pub(super) fn keep(
    state: &CaseState,
    kept: StatementKept,
    context: &Context<'_>,
) -> Result<StatementKept, Refusal> {
    check(state, &kept.kept, context)?;
    Ok(kept)
}

/// Refuses what keeps a statement from nobody, for ever, or an adult's from a guardian.
pub(super) fn check(state: &CaseState, kept: &Kept, context: &Context<'_>) -> Result<(), Refusal> {
    if kept.from.is_empty() {
        return Err(Refusal::invalid(
            "kept-from-nobody",
            "say from whom it is kept: `parents`, `guardian`, or both",
            "/kept/from",
        ));
    }
    once(&kept.from, "/kept/from")?;
    if kept.from.contains(&KeptFrom::Guardian) && certainly_adult(state, context) {
        return Err(Refusal::conflict("no-minor", "the resident is an adult and has no guardian"));
    }
    not_before_today(kept.review_on, context, "/kept/review_on")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{adult, child, from_json};
    use crate::case::{Case, CaseCommand};
    use crate::given::Given;
    use crate::id::EventId;
    use serde_json::{Value, json};

    fn kept(changes: Value) -> Value {
        let mut body = json!({"from": ["parents"], "reason": "asked_not_to", "review_on": "2026-03-15"});
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        body
    }

    fn keep(changes: Value) -> CaseCommand {
        let body = json!({"statement": EventId::derived(&["said"]), "kept": kept(changes)});
        CaseCommand::KeepStatement(from_json(body))
    }

    #[test]
    fn a_statement_is_kept_from_somebody_for_a_while() {
        let given = || Given::<Case>::event(child());
        given().when(keep(json!({}))).then_one("statement_kept");
        given().when(keep(json!({"from": ["parents", "guardian"]}))).then_one("statement_kept");
        given().when(keep(json!({"from": []}))).then_refused("kept-from-nobody");
        given().when(keep(json!({"from": ["parents", "parents"]}))).then_refused("named-twice");
        given().when(keep(json!({"review_on": "2026-02-28"}))).then_refused("date-is-over");
    }

    #[test]
    fn an_adult_keeps_words_from_the_family_too() {
        Given::<Case>::event(adult()).when(keep(json!({}))).then_one("statement_kept");
        Given::<Case>::event(adult()).when(keep(json!({"from": ["guardian"]}))).then_refused("no-minor");
    }

    #[test]
    fn a_response_is_kept_from_its_first_moment() {
        let add = |kept: Value| {
            CaseCommand::AddResponse(from_json(json!({"words": "not my mother", "kept": kept})))
        };
        let given = || Given::<Case>::event(child());
        given().when(add(kept(json!({})))).then_one("response_added");
        given().when(add(kept(json!({"from": []})))).then_refused("kept-from-nobody");
    }
}
