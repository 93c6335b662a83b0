//! What leaves the team: on a consent, under shared secrecy, for a vital interest or by law; to the asylum authorities
//! never without an explicit consent.

use super::super::events::{InformationShared, OutsideGround, Recipient, ReportedOutside, ShareGround};
use super::super::state::CaseState;
use super::checks::not_before_today;
use super::consent::check_covers;
use crate::context::Context;
use crate::id::ConsentId;
use crate::refusal::Refusal;

pub(super) fn share(
    state: &CaseState,
    shared: InformationShared,
    context: &Context<'_>,
) -> Result<InformationShared, Refusal> {
    if shared.what.is_empty() {
        return Err(Refusal::invalid("nothing-shared", "say what was shared: one kind is enough", "/what"));
    }
    if let Some(until) = shared.until {
        not_before_today(until, context, "/until")?;
    }
    check_asylum(shared.with, shared.consent)?;
    let conditions = shared.conditions;
    match shared.ground {
        _ if shared.with == Recipient::AsylumAuthorities => {
            check_covers(state, shared.consent, shared.with, context)?;
        }
        ShareGround::Consent => check_covers(state, shared.consent, shared.with, context)?,
        ShareGround::SharedSecrecy
            if !(conditions.same_mission && conditions.necessary && conditions.person_informed) =>
        {
            return Err(Refusal::forbidden(
                "no-shared-secrecy",
                "shared secrecy asks the same mission, that it is necessary, and that the person knows: inform the person first, ask consent, or do not share",
            ));
        }
        ShareGround::VitalInterest if !conditions.necessary => {
            return Err(Refusal::forbidden(
                "not-necessary",
                "even in danger only what is necessary is shared: share less",
            ));
        }
        ShareGround::SharedSecrecy | ShareGround::VitalInterest | ShareGround::LegalDuty => {}
    }
    Ok(shared)
}

pub(super) fn report_outside(
    state: &CaseState,
    reported: ReportedOutside,
    context: &Context<'_>,
) -> Result<ReportedOutside, Refusal> {
    check_asylum(reported.to, reported.consent)?;
    if reported.ground == OutsideGround::Consent || reported.to == Recipient::AsylumAuthorities {
        check_covers(state, reported.consent, reported.to, context)?;
    }
    Ok(reported)
}

fn check_asylum(recipient: Recipient, consent: Option<ConsentId>) -> Result<(), Refusal> {
    if recipient == Recipient::AsylumAuthorities && consent.is_none() {
        return Err(Refusal::forbidden(
            "asylum-needs-consent",
            "nothing goes to the asylum authorities without an explicit consent, on whatever ground: record one and name it in `consent`",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{adult, child, from_json};
    use super::*;
    use crate::case::{Case, CaseCommand, CaseEvent};
    use crate::given::Given;
    use serde_json::{Value, json};

    fn id() -> ConsentId {
        ConsentId::derived(&["a"])
    }

    fn consent(by: &str, scope: &str, until: Value) -> CaseEvent {
        CaseEvent::ConsentRecorded(from_json(json!({
            "consent": id(), "by": by, "capable": true, "scope": [scope], "interpreter": "professional",
            "until": until,
        })))
    }

    fn share(with: &str, ground: &str, consent: Option<ConsentId>, fulfilled: bool) -> CaseCommand {
        CaseCommand::ShareInformation(from_json(json!({
            "with": with, "what": ["plan"], "ground": ground, "consent": consent,
            "conditions": {"same_mission": true, "necessary": true, "person_informed": fulfilled},
        })))
    }

    fn given() -> Given<Case> {
        Given::<Case>::event(adult())
    }

    #[test]
    fn shared_secrecy_asks_all_its_conditions() {
        given().when(share("lawyer", "shared_secrecy", None, true)).then_one("information_shared");
        given().when(share("lawyer", "shared_secrecy", None, false)).then_refused("no-shared-secrecy");
        given().when(share("police", "vital_interest", None, false)).then_one("information_shared");
    }

    #[test]
    fn something_necessary_is_shared_and_not_for_ever_in_the_past() {
        let body = |changes: Value| {
            let mut body = json!({
                "with": "police", "what": ["identity"], "ground": "vital_interest",
                "conditions": {"same_mission": false, "necessary": true, "person_informed": false},
            });
            body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            CaseCommand::ShareInformation(from_json(body))
        };
        given().when(body(json!({"what": []}))).then_refused("nothing-shared");
        given().when(body(json!({"until": "2026-02-28"}))).then_refused("date-is-over");
        let idle = json!({"same_mission": true, "necessary": false, "person_informed": true});
        given().when(body(json!({"conditions": idle}))).then_refused("not-necessary");
    }

    #[test]
    fn a_disclosure_on_consent_rests_on_one_that_holds() {
        let share = || share("school", "consent", Some(id()), true);
        given().when(share()).then_refused("consent-unknown");
        given().and(consent("self", "school", Value::Null)).when(share()).then_one("information_shared");
        given()
            .and(consent("self", "lawyer", Value::Null))
            .when(share())
            .then_refused("consent-does-not-cover");
        given()
            .and(consent("self", "school", json!("2026-02-28")))
            .when(share())
            .then_refused("consent-expired");
        given()
            .and(consent("self", "school", Value::Null))
            .and(CaseEvent::ConsentWithdrawn(from_json(json!({"consent": id()}))))
            .when(share())
            .then_refused("consent-withdrawn");
        let unnamed = json!({
            "with": "school", "what": ["plan"], "ground": "consent",
            "conditions": {"same_mission": true, "necessary": true, "person_informed": true},
        });
        given().when(CaseCommand::ShareInformation(from_json(unnamed))).then_refused("consent-needed");
    }

    #[test]
    fn a_consent_of_somebody_else_ends_with_minority() {
        let consented = consent("parent", "school", Value::Null);
        let share = || share("school", "consent", Some(id()), true);
        Given::<Case>::event(child()).and(consented.clone()).when(share()).then_one("information_shared");
        Given::<Case>::event(child())
            .and(consented)
            .at("2028-06-01T12:00:00Z")
            .when(share())
            .then_refused("consent-outgrown");
    }

    #[test]
    fn nothing_goes_to_the_asylum_authorities_without_consent_on_any_ground() {
        for ground in ["consent", "shared_secrecy", "vital_interest", "legal_duty"] {
            let without = share("asylum_authorities", ground, None, true);
            given().when(without).then_refused("asylum-needs-consent");
            let with = share("asylum_authorities", ground, Some(id()), true);
            given()
                .and(consent("self", "school", Value::Null))
                .when(with)
                .then_refused("consent-does-not-cover");
        }
        given()
            .and(consent("self", "asylum_authorities", Value::Null))
            .when(share("asylum_authorities", "consent", Some(id()), true))
            .then_one("information_shared");
    }

    #[test]
    fn a_minors_own_consent_does_not_open_the_file_to_the_asylum_authorities() {
        Given::<Case>::event(child())
            .and(consent("self", "asylum_authorities", Value::Null))
            .when(share("asylum_authorities", "consent", Some(id()), true))
            .then_refused("representative-needed");
    }

    #[test]
    fn who_is_alone_may_ask_for_help_but_not_the_asylum_authorities() {
        let report = |to: &str, ground: &str| {
            CaseCommand::ReportOutside(from_json(
                json!({"to": to, "ground": ground, "child_informed": false}),
            ))
        };
        given().when(report("police", "imminent_danger")).then_one("reported_outside");
        given().when(report("child_abuse_centre", "consent")).then_refused("consent-needed");
        given().when(report("asylum_authorities", "legal_duty")).then_refused("asylum-needs-consent");
    }
}
