//! Who needs special care or a guardian: refused are plain contradictions only, never what is merely uncertain.

use super::super::age::today;
use super::super::events::{
    Accompaniment, AccompanimentSet, AgeDisputed, AgeSettled, GuardianAssigned, GuardianEnded,
    VulnerabilityCategory, VulnerabilityEnded, VulnerabilityNoted,
};
use super::super::state::CaseState;
use super::checks::{certainly_adult, not_after_today, not_before_birth};
use super::opening::{check_birth, sealed_already};
use crate::context::Context;
use crate::refusal::Refusal;

pub(super) fn note_vulnerability(
    state: &CaseState,
    noted: VulnerabilityNoted,
    context: &Context<'_>,
) -> Result<VulnerabilityNoted, Refusal> {
    use VulnerabilityCategory::{Minor, UnaccompaniedMinor};
    let category = noted.category.get().ok_or_else(|| sealed_already("/category"))?;
    if state.vulnerabilities.iter().any(|known| known.get() == Some(category)) {
        return Err(Refusal::conflict("already-noted", "this need is noted already and is not over"));
    }
    if matches!(category, Minor | UnaccompaniedMinor) && certainly_adult(state, context) {
        return Err(Refusal::invalid(
            "no-minor",
            "the registered birth date says that the resident is an adult: dispute the age if you doubt it",
            "/category",
        ));
    }
    Ok(noted)
}

pub(super) fn end_vulnerability(
    state: &CaseState,
    ended: VulnerabilityEnded,
) -> Result<VulnerabilityEnded, Refusal> {
    let category = ended.category.get().ok_or_else(|| sealed_already("/category"))?;
    if !state.vulnerabilities.iter().any(|known| known.get() == Some(category)) {
        return Err(Refusal::conflict(
            "vulnerability-unknown",
            "this need is not noted, or over already: nothing is to be ended",
        ));
    }
    Ok(ended)
}

pub(super) fn set_accompaniment(
    state: &CaseState,
    mut set: AccompanimentSet,
    context: &Context<'_>,
) -> Result<AccompanimentSet, Refusal> {
    let since = not_after_today(set.since.unwrap_or_else(|| today(context.now)), context, "/since")?;
    set.since = Some(not_before_birth(state, since, "/since")?);
    Ok(set)
}

pub(super) fn assign_guardian(
    state: &CaseState,
    mut assigned: GuardianAssigned,
    context: &Context<'_>,
) -> Result<GuardianAssigned, Refusal> {
    if state.guardian {
        return Err(Refusal::conflict(
            "guardian-exists",
            "there is a guardian already: end that guardianship first",
        ));
    }
    if certainly_adult(state, context) {
        return Err(Refusal::conflict(
            "no-minor",
            "guardians are for minors, and the registered birth date says that the resident is an adult: dispute the age if you doubt it",
        ));
    }
    if matches!(state.accompaniment, Some(Accompaniment::Parents | Accompaniment::OneParent)) {
        return Err(Refusal::conflict(
            "not-unaccompanied",
            "guardians are for who came without parents, and a parent is recorded: set the accompaniment first",
        ));
    }
    let since = assigned.since.unwrap_or_else(|| today(context.now));
    assigned.since = Some(not_after_today(since, context, "/since")?);
    Ok(assigned)
}

pub(super) fn end_guardian(state: &CaseState, ended: GuardianEnded) -> Result<GuardianEnded, Refusal> {
    if !state.guardian {
        return Err(Refusal::conflict("no-guardian", "no guardian is recorded: nothing is to be ended"));
    }
    Ok(ended)
}

pub(super) fn dispute_age(state: &CaseState, disputed: AgeDisputed) -> Result<AgeDisputed, Refusal> {
    if state.age_disputed {
        return Err(Refusal::conflict(
            "age-disputed-already",
            "the age is in dispute already: settle it when the outcome is known",
        ));
    }
    Ok(disputed)
}

pub(super) fn settle_age(
    state: &CaseState,
    settled: AgeSettled,
    context: &Context<'_>,
) -> Result<AgeSettled, Refusal> {
    if !state.age_disputed {
        return Err(Refusal::conflict(
            "age-not-disputed",
            "nobody disputes the age: record the dispute first, with who doubts it",
        ));
    }
    if settled.birth_date.is_some() && settled.birth_year.is_some() {
        return Err(Refusal::invalid(
            "birth-date-or-year",
            "give `birth_date` or `birth_year`, or neither when the registered one stands",
            "/birth_year",
        ));
    }
    check_birth(settled.birth_date.as_ref(), settled.birth_year.as_ref(), context)?;
    Ok(settled)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{adult, child, disputed, from_json, unaccompanied};
    use crate::case::{Case, CaseCommand, CaseEvent};
    use crate::given::Given;
    use jiff::civil::date;
    use serde_json::{Value, json};

    fn note(category: &str) -> CaseCommand {
        CaseCommand::NoteVulnerability(from_json(json!({"category": category})))
    }

    fn assign_guardian() -> CaseCommand {
        CaseCommand::AssignGuardian(from_json(json!({"name": "a guardian"})))
    }

    fn settle(body: Value) -> CaseCommand {
        CaseCommand::SettleAge(from_json(body))
    }

    #[test]
    fn a_need_is_noted_once_and_ended_once() {
        let end = || CaseCommand::EndVulnerability(from_json(json!({"category": "pregnancy"})));
        let given = || Given::<Case>::event(adult());
        let noted =
            || given().and(CaseEvent::VulnerabilityNoted(from_json(json!({"category": "pregnancy"}))));
        given().when(note("pregnancy")).then_one("vulnerability_noted");
        given().when(end()).then_refused("vulnerability-unknown");
        noted().when(note("pregnancy")).then_refused("already-noted");
        noted().when(note("torture")).then_one("vulnerability_noted");
        noted().when(end()).then_one("vulnerability_ended");
        let over = noted().and(CaseEvent::VulnerabilityEnded(from_json(json!({"category": "pregnancy"}))));
        over.when(note("pregnancy")).then_one("vulnerability_noted");
    }

    #[test]
    fn a_need_that_somebody_else_sealed_is_not_taken_in() {
        let sealed = json!({"sealed": "AAAA", "key": "profile.1", "of": "1#/category", "level": "profile"});
        let body = json!({"category": sealed});
        let given = || Given::<Case>::event(adult());
        given().when(CaseCommand::NoteVulnerability(from_json(body.clone()))).then_refused("value-needed");
        given().when(CaseCommand::EndVulnerability(from_json(body))).then_refused("value-needed");
    }

    #[test]
    fn an_adult_is_no_minor_unless_the_age_is_in_doubt() {
        Given::<Case>::event(adult()).when(note("minor")).then_refused("no-minor");
        Given::<Case>::event(adult()).and(disputed()).when(note("minor")).then_one("vulnerability_noted");
        Given::<Case>::event(child()).when(note("minor")).then_one("vulnerability_noted");
    }

    #[test]
    fn accompaniment_is_dated() {
        let set = |since: Value| {
            CaseCommand::SetAccompaniment(from_json(json!({"accompaniment": "relative", "since": since})))
        };
        let given = || Given::<Case>::event(child());
        let CaseEvent::AccompanimentSet(event) = given().when(set(Value::Null)).then_one("accompaniment_set")
        else {
            panic!("not set")
        };
        assert_eq!(event.since, Some(date(2026, 3, 1)));
        given().when(set(json!("2026-03-02"))).then_refused("impossible-date");
        given().when(set(json!("2009-03-02"))).then_refused("impossible-date");
    }

    #[test]
    fn a_guardian_is_for_who_may_be_an_unaccompanied_minor() {
        Given::<Case>::event(unaccompanied()).when(assign_guardian()).then_one("guardian_assigned");
        Given::<Case>::event(child()).when(assign_guardian()).then_refused("not-unaccompanied");
        Given::<Case>::event(adult()).when(assign_guardian()).then_refused("no-minor");
        Given::<Case>::event(adult()).and(disputed()).when(assign_guardian()).then_one("guardian_assigned");
    }

    #[test]
    fn one_guardian_follows_another() {
        let end = || CaseCommand::EndGuardian(from_json(json!({"reason": "replaced"})));
        let given = || Given::<Case>::event(unaccompanied());
        let assigned = || given().and(CaseEvent::GuardianAssigned(from_json(json!({}))));
        given().when(end()).then_refused("no-guardian");
        assigned().when(assign_guardian()).then_refused("guardian-exists");
        assigned().when(end()).then_one("guardian_ended");
        let ended = assigned().and(CaseEvent::GuardianEnded(from_json(json!({"reason": "replaced"}))));
        ended.when(assign_guardian()).then_one("guardian_assigned");
    }

    #[test]
    fn an_age_is_disputed_then_settled() {
        let dispute = || CaseCommand::DisputeAge(from_json(json!({"by": "resident"})));
        let given = || Given::<Case>::event(adult());
        given().when(settle(json!({"by": "court"}))).then_refused("age-not-disputed");
        given().and(disputed()).when(dispute()).then_refused("age-disputed-already");
        given().and(disputed()).when(settle(json!({"by": "court"}))).then_one("age_settled");
        let both = json!({"by": "court", "birth_date": "2010-01-01", "birth_year": 2010});
        given().and(disputed()).when(settle(both)).then_refused("birth-date-or-year");
        let unborn = json!({"by": "court", "birth_year": 2030});
        given().and(disputed()).when(settle(unborn)).then_refused("impossible-date");
    }

    #[test]
    fn a_settled_age_replaces_the_registered_one_and_an_empty_one_confirms_it() {
        let today = date(2026, 3, 1);
        let given = || Given::<Case>::event(adult()).and(disputed());
        assert_eq!(given().state().minor_on(today, 18), Some(true));
        let stands = given().and(CaseEvent::AgeSettled(from_json(json!({"by": "court"}))));
        assert_eq!(stands.state().minor_on(today, 18), Some(false));
        let settled = from_json(json!({"by": "court", "birth_year": 2010}));
        assert_eq!(given().and(CaseEvent::AgeSettled(settled)).state().minor_on(today, 18), Some(true));
    }
}
