//! Missing and found follow each other.

use super::super::events::{Found, ReportedMissing};
use super::super::state::CaseState;
use super::checks::not_after_now;
use crate::context::Context;
use crate::refusal::Refusal;

pub(super) fn report(
    state: &CaseState,
    missing: ReportedMissing,
    context: &Context<'_>,
) -> Result<ReportedMissing, Refusal> {
    if state.missing {
        return Err(Refusal::conflict(
            "already-missing",
            "the resident is reported missing already: report that they are found first",
        ));
    }
    if let Some(last_seen_at) = missing.last_seen_at {
        not_after_now(last_seen_at, context, "/last_seen_at")?;
    }
    Ok(missing)
}

pub(super) fn found(state: &CaseState, mut found: Found, context: &Context<'_>) -> Result<Found, Refusal> {
    if !state.missing {
        return Err(Refusal::conflict(
            "not-missing",
            "the resident is not reported missing: note a contact instead",
        ));
    }
    let at = not_after_now(found.at.unwrap_or(context.now), context, "/at")?;
    if state.last_seen_at.is_some_and(|last_seen_at| at < last_seen_at) {
        return Err(Refusal::invalid(
            "impossible-date",
            "it lies before they were last seen: correct the moment at which they were found",
            "/at",
        ));
    }
    found.at = Some(at);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{child, from_json};
    use crate::case::{Case, CaseCommand, CaseEvent};
    use crate::given::Given;
    use serde_json::{Value, json};

    fn missing(body: Value) -> CaseCommand {
        CaseCommand::ReportMissing(from_json(body))
    }

    fn found(body: Value) -> CaseCommand {
        CaseCommand::ReportFound(from_json(body))
    }

    fn gone() -> Given<Case> {
        let body = json!({"last_seen_at": "2026-03-01T08:00:00Z", "told": ["police", "guardian"]});
        Given::<Case>::event(child()).and(CaseEvent::ReportedMissing(from_json(body)))
    }

    #[test]
    fn missing_and_found_follow_each_other() {
        let here = || Given::<Case>::event(child());
        here().when(missing(json!({}))).then_one("reported_missing");
        here().when(found(json!({"how": "returned"}))).then_refused("not-missing");
        gone().when(missing(json!({}))).then_refused("already-missing");
        gone().when(found(json!({"how": "returned"}))).then_one("found");
        let back = gone().and(CaseEvent::Found(from_json(json!({"how": "returned"}))));
        back.when(missing(json!({}))).then_one("reported_missing");
    }

    #[test]
    fn nobody_is_found_before_they_were_last_seen_or_in_the_future() {
        gone()
            .when(found(json!({"how": "in_touch", "at": "2026-03-01T07:00:00Z"})))
            .then_refused("impossible-date");
        gone()
            .when(found(json!({"how": "in_touch", "at": "2026-03-01T13:00:00Z"})))
            .then_refused("impossible-date");
        Given::<Case>::event(child())
            .when(missing(json!({"last_seen_at": "2026-03-01T13:00:00Z"})))
            .then_refused("impossible-date");
    }
}
