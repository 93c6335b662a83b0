//! Whether a child's parents know.

use super::super::age::today;
use super::super::events::{ParentsInformed, ParentsNotInformed};
use super::super::state::CaseState;
use super::checks::{certainly_adult, not_after_today, not_before_today, words};
use crate::context::Context;
use crate::refusal::Refusal;

pub(super) fn inform(
    state: &CaseState,
    mut informed: ParentsInformed,
    context: &Context<'_>,
) -> Result<ParentsInformed, Refusal> {
    for_minors(state, context)?;
    let on = informed.on.unwrap_or_else(|| today(context.now));
    informed.on = Some(not_after_today(on, context, "/on")?);
    Ok(informed)
}

pub(super) fn do_not_inform(
    state: &CaseState,
    grounds: ParentsNotInformed,
    context: &Context<'_>,
) -> Result<ParentsNotInformed, Refusal> {
    for_minors(state, context)?;
    words(&grounds.child_view, "/child_view")?;
    not_before_today(grounds.review_on, context, "/review_on")?;
    Ok(grounds)
}

fn for_minors(state: &CaseState, context: &Context<'_>) -> Result<(), Refusal> {
    if certainly_adult(state, context) {
        return Err(Refusal::conflict(
            "no-minor",
            "the resident is an adult: what a relative is told is information shared, with its ground",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{adult, child, from_json};
    use crate::case::{Case, CaseCommand};
    use crate::given::Given;
    use serde_json::{Value, json};

    #[test]
    fn a_childs_parents_are_not_told_for_a_while_only_and_with_the_childs_view() {
        let not_informed = |view: &str, review_on: &str| {
            CaseCommand::DoNotInformParents(from_json(json!({
                "ground": "parent_involved", "child_view": view, "review_on": review_on,
            })))
        };
        let given = || Given::<Case>::event(child());
        given().when(not_informed("not yet", "2026-03-08")).then_one("parents_not_informed");
        given().when(not_informed(" ", "2026-03-08")).then_refused("words-needed");
        given().when(not_informed("not yet", "2026-02-28")).then_refused("date-is-over");
        Given::<Case>::event(adult()).when(not_informed("no", "2026-03-08")).then_refused("no-minor");
    }

    #[test]
    fn parents_are_told_about_minors() {
        let informed = |body: Value| CaseCommand::InformParents(from_json(body));
        Given::<Case>::event(child()).when(informed(json!({}))).then_one("parents_informed");
        Given::<Case>::event(child())
            .when(informed(json!({"on": "2026-03-02"})))
            .then_refused("impossible-date");
        Given::<Case>::event(adult()).when(informed(json!({}))).then_refused("no-minor");
    }
}
