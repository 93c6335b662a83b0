//! Opening a file in danger. Refused for want of a reason only: whoever hesitates here may come too late.

use jiff::SignedDuration;

use super::super::command::BreakGlass;
use super::super::events::{GlassBroken, GlassReviewed, GlassVerdict};
use super::super::state::CaseState;
use super::checks::words;
use crate::context::Context;
use crate::refusal::Refusal;

pub(super) fn break_glass(
    state: &CaseState,
    broken: BreakGlass,
    context: &Context<'_>,
) -> Result<GlassBroken, Refusal> {
    if state.glasses.contains_key(&broken.glass) {
        return Err(Refusal::conflict(
            "glass-exists",
            "a glass with this id is broken already: send another id",
        ));
    }
    words(&broken.why, "/why")?;
    let hours = i64::from(context.policies.break_glass_hours.value);
    Ok(GlassBroken {
        glass: broken.glass,
        reason: broken.reason,
        why: broken.why,
        until: context.now + SignedDuration::from_hours(hours),
    })
}

pub(super) fn review(
    state: &CaseState,
    reviewed: GlassReviewed,
    context: &Context<'_>,
) -> Result<GlassReviewed, Refusal> {
    let glass = state.glasses.get(&reviewed.glass).ok_or_else(|| {
        Refusal::not_found("glass-unknown", "nobody broke a glass with this id on this case")
    })?;
    if glass.by == context.actor.subject {
        return Err(Refusal::forbidden(
            "second-person-needed",
            "who broke the glass does not review it: ask another auditor",
        ));
    }
    if glass.verdict.is_some_and(|verdict| verdict != GlassVerdict::Unclear) {
        return Err(Refusal::conflict("glass-reviewed", "this one is reviewed already"));
    }
    Ok(reviewed)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{adult, closed, from_json};
    use crate::case::{Case, CaseCommand, CaseEvent};
    use crate::given::{Given, staff};
    use crate::id::GlassId;
    use serde_json::json;

    fn glass() -> GlassId {
        GlassId::derived(&["glass"])
    }

    fn break_for(why: &str) -> CaseCommand {
        let body = json!({"glass": glass(), "reason": "danger_to_child", "why": why});
        CaseCommand::BreakGlass(from_json(body))
    }

    fn review(verdict: &str) -> CaseCommand {
        CaseCommand::ReviewGlass(from_json(json!({"glass": glass(), "verdict": verdict})))
    }

    fn broken() -> Given<Case> {
        Given::<Case>::event(adult()).done(break_for("he climbs on the roof"))
    }

    #[test]
    fn only_a_reason_is_needed_and_it_opens_for_three_hours() {
        let given = || Given::<Case>::event(adult());
        let CaseEvent::GlassBroken(event) =
            given().when(break_for("he climbs on the roof")).then_one("glass_broken")
        else {
            panic!("not broken")
        };
        assert_eq!(event.until, "2026-03-01T15:00:00Z".parse().unwrap());
        given().when(break_for(" ")).then_refused("words-needed");
        given().and(closed()).when(break_for("he is back at the gate")).then_one("glass_broken");
        broken().when(break_for("again")).then_refused("glass-exists");
    }

    #[test]
    fn somebody_else_reviews_it_until_it_is_clear() {
        Given::<Case>::event(adult()).when(review("justified")).then_refused("glass-unknown");
        broken().when(review("justified")).then_refused("second-person-needed");
        let auditor = || broken().by(staff("auditor"));
        auditor().when(review("not_justified")).then_one("glass_reviewed");
        auditor().done(review("unclear")).when(review("justified")).then_one("glass_reviewed");
        auditor().done(review("justified")).when(review("unclear")).then_refused("glass-reviewed");
    }

    #[test]
    fn it_is_known_who_may_read_until_when() {
        let given = broken();
        let glass = &given.state().glasses[&glass()];
        assert_eq!(glass.by.as_str(), "reporter");
        assert_eq!(glass.until, "2026-03-01T15:00:00Z".parse().unwrap());
    }
}
