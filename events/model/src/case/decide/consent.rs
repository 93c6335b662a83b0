//! Who may consent to what, and when a consent still holds.

use super::super::age::today;
use super::super::events::{ConsentBy, ConsentRecorded, ConsentWithdrawn, Recipient};
use super::super::state::{CaseState, Consent};
use super::checks::{minor, not_before_today};
use crate::context::Context;
use crate::id::ConsentId;
use crate::refusal::Refusal;

pub(super) fn record(
    state: &CaseState,
    recorded: ConsentRecorded,
    context: &Context<'_>,
) -> Result<ConsentRecorded, Refusal> {
    if state.consents.contains_key(&recorded.consent) {
        return Err(Refusal::conflict(
            "consent-exists",
            "a consent with this id is recorded already: send another id",
        ));
    }
    if recorded.scope.is_empty() {
        return Err(Refusal::invalid("scope-needed", "say to whom the consent opens the file", "/scope"));
    }
    if let Some(until) = recorded.until {
        not_before_today(until, context, "/until")?;
    }
    let minor = minor(state, context)?;
    match recorded.by {
        ConsentBy::Resident if !recorded.capable => Err(Refusal::forbidden(
            "not-capable",
            "who cannot judge what it means cannot consent alone: ask a parent or the guardian, or do without the consent",
        )),
        ConsentBy::Resident if minor && recorded.scope.contains(&Recipient::AsylumAuthorities) => {
            Err(representative_needed())
        }
        ConsentBy::Parent if !minor => Err(Refusal::invalid(
            "adult-consents",
            "the resident is an adult: ask the resident, not a parent",
            "/by",
        )),
        ConsentBy::Parent | ConsentBy::Guardian if minor && recorded.assent.is_none() => {
            Err(Refusal::invalid(
                "assent-needed",
                "say what the child thinks of it: `given`, `withheld` or `too_young`",
                "/assent",
            ))
        }
        _ => Ok(recorded),
    }
}

pub(super) fn withdraw(state: &CaseState, withdrawn: ConsentWithdrawn) -> Result<ConsentWithdrawn, Refusal> {
    if find(state, withdrawn.consent)?.withdrawn {
        return Err(Refusal::conflict("consent-withdrawn", "this consent is withdrawn already"));
    }
    Ok(withdrawn)
}

/// Refuses unless `consent` holds today and opens the file to `recipient`.
pub(super) fn check_covers(
    state: &CaseState,
    consent: Option<ConsentId>,
    recipient: Recipient,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let consent = consent.ok_or_else(|| {
        Refusal::invalid(
            "consent-needed",
            "name the consent that this rests on: record one first if there is none",
            "/consent",
        )
    })?;
    let consent = find(state, consent)?;
    let wrong = |code, detail| Err(Refusal::forbidden(code, detail));
    if consent.withdrawn {
        return wrong("consent-withdrawn", "this consent was withdrawn: ask again, or do not share");
    }
    if consent.until.is_some_and(|until| until < today(context.now)) {
        return wrong("consent-expired", "this consent holds no longer: ask again, or do not share");
    }
    if !consent.scope.contains(&recipient) {
        return wrong(
            "consent-does-not-cover",
            "this consent is not about this recipient: ask for one that is, or do not share",
        );
    }
    match (consent.by, minor(state, context)?) {
        (ConsentBy::Resident, true) if recipient == Recipient::AsylumAuthorities => {
            Err(representative_needed())
        }
        (ConsentBy::Parent | ConsentBy::Guardian, false) => wrong(
            "consent-outgrown",
            "somebody else consented while the resident was a minor: ask the resident, who is an adult now",
        ),
        _ => Ok(()),
    }
}

fn find(state: &CaseState, consent: ConsentId) -> Result<&Consent, Refusal> {
    state.consents.get(&consent).ok_or_else(|| {
        Refusal::invalid(
            "consent-unknown",
            "no consent with this id is recorded on this case: record it first",
            "/consent",
        )
    })
}

fn representative_needed() -> Refusal {
    Refusal::forbidden(
        "representative-needed",
        "what a minor tells the asylum authorities is never on the minor's own consent: ask a parent or the guardian",
    )
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{adult, child, disputed, from_json, of_unreadable_age, unaccompanied};
    use super::*;
    use crate::case::{Case, CaseCommand, CaseEvent};
    use crate::given::Given;
    use serde_json::{Value, json};

    fn recorded(changes: Value) -> ConsentRecorded {
        let mut body = json!({
            "consent": ConsentId::derived(&["a"]), "by": "self", "capable": true, "scope": ["school"],
            "interpreter": "not_needed",
        });
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        from_json(body)
    }

    fn record(changes: Value) -> CaseCommand {
        CaseCommand::RecordConsent(recorded(changes))
    }

    #[test]
    fn a_consent_says_to_whom_and_is_recorded_once() {
        let given = || Given::<Case>::event(adult());
        given().when(record(json!({}))).then_one("consent_recorded");
        given().when(record(json!({"scope": []}))).then_refused("scope-needed");
        given().when(record(json!({"until": "2026-02-28"}))).then_refused("date-is-over");
        let again = given().and(CaseEvent::ConsentRecorded(recorded(json!({}))));
        again.when(record(json!({}))).then_refused("consent-exists");
    }

    #[test]
    fn who_cannot_judge_does_not_consent_alone() {
        let alone = || record(json!({"capable": false}));
        Given::<Case>::event(adult()).when(alone()).then_refused("not-capable");
        Given::<Case>::event(child()).when(alone()).then_refused("not-capable");
        Given::<Case>::event(child()).when(record(json!({}))).then_one("consent_recorded");
    }

    #[test]
    fn a_minors_file_is_opened_to_the_asylum_authorities_by_a_parent_or_guardian_only() {
        let asylum = |by: &str| record(json!({"by": by, "scope": ["asylum_authorities"], "assent": "given"}));
        let minor = || Given::<Case>::event(unaccompanied());
        minor().when(asylum("self")).then_refused("representative-needed");
        minor().when(asylum("guardian")).then_one("consent_recorded");
        Given::<Case>::event(adult()).when(asylum("self")).then_one("consent_recorded");
        Given::<Case>::event(adult())
            .and(disputed())
            .when(asylum("self"))
            .then_refused("representative-needed");
    }

    #[test]
    fn the_child_is_asked_too_and_an_adult_alone() {
        let parent = |changes: Value| {
            let mut body = json!({"by": "parent"});
            body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            record(body)
        };
        Given::<Case>::event(child()).when(parent(json!({}))).then_refused("assent-needed");
        Given::<Case>::event(child())
            .when(parent(json!({"assent": "withheld"})))
            .then_one("consent_recorded");
        Given::<Case>::event(adult()).when(parent(json!({}))).then_refused("adult-consents");
    }

    #[test]
    fn without_a_readable_age_no_consent_is_taken() {
        Given::<Case>::event(of_unreadable_age())
            .when(record(json!({})))
            .then_refused("birth-date-unreadable");
    }

    #[test]
    fn a_consent_is_withdrawn_once() {
        let body = || json!({"consent": ConsentId::derived(&["a"])});
        let withdraw = || CaseCommand::WithdrawConsent(from_json(body()));
        let given = || Given::<Case>::event(adult());
        let consented = || given().and(CaseEvent::ConsentRecorded(recorded(json!({}))));
        given().when(withdraw()).then_refused("consent-unknown");
        consented().when(withdraw()).then_one("consent_withdrawn");
        consented()
            .and(CaseEvent::ConsentWithdrawn(from_json(body())))
            .when(withdraw())
            .then_refused("consent-withdrawn");
    }
}
