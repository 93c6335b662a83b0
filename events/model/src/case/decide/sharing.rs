//! What leaves the team: on a consent, under shared secrecy, for a vital interest or by law; to the asylum authorities
//! never without an explicit consent.

use jiff::ToSpan;

use super::super::age::today;
use super::super::events::{
    InformationShared, OutsideGround, Recipient, ReportedOutside, ShareEnded, ShareGround, ShareReader,
};
use super::super::state::CaseState;
use super::checks::not_before_today;
use super::consent::check_covers;
use crate::actor::Role;
use crate::check::once;
use crate::context::Context;
use crate::id::ConsentId;
use crate::refusal::Refusal;
use crate::sealed::Secrecy;

pub(super) fn share(
    state: &CaseState,
    mut shared: InformationShared,
    context: &Context<'_>,
) -> Result<InformationShared, Refusal> {
    if shared.what.is_empty() {
        return Err(Refusal::invalid("nothing-shared", "say what was shared: one kind is enough", "/what"));
    }
    once(&shared.what, "/what")?;
    if let Some(until) = shared.until {
        not_before_today(until, context, "/until")?;
    }
    if shared.share.is_some_and(|share| state.shares.contains_key(&share)) {
        return Err(Refusal::conflict(
            "share-exists",
            "a share with this id exists already: send another id",
        ));
    }
    check_reader(&mut shared, context)?;
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

/// Who reads along is somebody of the network who can, up to levels and a day; what is left out is filled in.
fn check_reader(shared: &mut InformationShared, context: &Context<'_>) -> Result<(), Refusal> {
    let Some(reader) = &shared.reader else { return Ok(()) };
    if shared.with != Recipient::Network {
        return Err(Refusal::invalid(
            "reader-outside",
            "only colleagues of the network read along: set `with` to `network`, or leave `reader` out",
            "/with",
        ));
    }
    if shared.share.is_none() {
        return Err(Refusal::invalid(
            "share-id-needed",
            "give the share an id, so that it can be ended",
            "/share",
        ));
    }
    if matches!(reader, ShareReader::Person(person) if *person == context.actor.subject) {
        return Err(Refusal::forbidden(
            "reader-is-yourself",
            "nobody opens a file to themselves: ask a colleague who reads it to share it with you",
        ));
    }
    if let ShareReader::Role { role, centre, operator } = reader {
        if matches!(role, Role::Analyst | Role::Auditor | Role::Guardian | Role::Service) {
            return Err(Refusal::invalid(
                "role-reads-nothing",
                format!(
                    "a {role} reads no file by a share: name a role that works with residents, or a person"
                ),
                "/reader/role/role",
            ));
        }
        if centre.is_none() && operator.is_none() {
            return Err(Refusal::invalid(
                "reader-too-wide",
                "a role of the whole network is too many: name a centre or an operator",
                "/reader/role",
            ));
        }
        if shared.levels.contains(&Secrecy::Restricted) {
            return Err(Refusal::forbidden(
                "person-needed",
                "what is restricted is shared with a person, never with a whole role: name who",
            ));
        }
    }
    if shared.levels.is_empty() {
        shared.levels = vec![Secrecy::Team];
    }
    if shared.until.is_none() {
        let days = i64::from(context.policies.share_days.value);
        shared.until = Some(today(context.now).saturating_add(days.days()));
    }
    Ok(())
}

pub(super) fn end(state: &CaseState, ended: ShareEnded) -> Result<ShareEnded, Refusal> {
    let share = state
        .shares
        .get(&ended.share)
        .ok_or_else(|| Refusal::not_found("share-unknown", "this case has no share with this id"))?;
    if share.ended {
        return Err(Refusal::conflict("share-ended", "this share was ended already"));
    }
    Ok(ended)
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
    use crate::id::{CentreId, ShareId};
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
        given().when(share("police", "legal_duty", None, false)).then_one("information_shared");
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

    fn lets_read(reader: Value, changes: Value) -> CaseCommand {
        let mut body = json!({
            "share": ShareId::derived(&["share"]), "with": "network", "reader": reader, "what": ["plan"],
            "ground": "shared_secrecy",
            "conditions": {"same_mission": true, "necessary": true, "person_informed": true},
        });
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        CaseCommand::ShareInformation(from_json(body))
    }

    #[test]
    fn a_colleague_reads_along_up_to_a_level_and_a_day() {
        let person = || json!({"person": "psy-2"});
        let CaseEvent::InformationShared(event) =
            given().when(lets_read(person(), json!({}))).then_one("information_shared")
        else {
            panic!("not shared")
        };
        assert_eq!(event.levels, [Secrecy::Team]);
        assert_eq!(event.until, Some("2026-05-30".parse().unwrap()), "nobody reads along for ever");
        given().when(lets_read(json!({"person": "reporter"}), json!({}))).then_refused("reader-is-yourself");
        given().when(lets_read(person(), json!({"with": "lawyer"}))).then_refused("reader-outside");
        given().when(lets_read(person(), json!({"share": null}))).then_refused("share-id-needed");
        given().when(lets_read(person(), json!({"what": ["plan", "plan"]}))).then_refused("named-twice");
        let again = given().done(lets_read(person(), json!({})));
        again.when(lets_read(person(), json!({}))).then_refused("share-exists");
    }

    #[test]
    fn a_role_reads_along_in_a_place_and_nothing_restricted() {
        let role = |role: &str| json!({"role": {"role": role, "centre": CentreId::derived(&["there"])}});
        given().when(lets_read(role("medical"), json!({}))).then_one("information_shared");
        given().when(lets_read(role("analyst"), json!({}))).then_refused("role-reads-nothing");
        given()
            .when(lets_read(json!({"role": {"role": "medical"}}), json!({})))
            .then_refused("reader-too-wide");
        let restricted = json!({"levels": ["restricted"]});
        given().when(lets_read(role("medical"), restricted.clone())).then_refused("person-needed");
        given().when(lets_read(json!({"person": "psy-2"}), restricted)).then_one("information_shared");
    }

    #[test]
    fn a_share_holds_until_its_day_its_end_or_the_end_of_its_consent() {
        let live = |given: &Given<Case>| given.state().live_shares().count();
        let shared = || given().done(lets_read(json!({"person": "psy-2"}), json!({"until": "2026-03-02"})));
        let share = ShareId::derived(&["share"]);
        assert_eq!(shared().state().live_shares().next().unwrap().until, "2026-03-02T22:00:00Z".parse().ok());
        let end = || CaseCommand::EndShare(from_json(json!({"share": share, "reason": "person_asked"})));
        given().when(end()).then_refused("share-unknown");
        assert_eq!(live(&shared().done(end())), 0);
        shared().done(end()).when(end()).then_refused("share-ended");
        let on_consent = || {
            let on = json!({"ground": "consent", "consent": id(), "until": "2026-06-01"});
            given()
                .and(consent("self", "network", json!("2026-03-01")))
                .done(lets_read(json!({"person": "psy-2"}), on))
        };
        let ends = on_consent().state().live_shares().next().unwrap().until;
        assert_eq!(ends, "2026-03-01T22:00:00Z".parse().ok(), "it outlives its consent");
        let withdrawn = CaseEvent::ConsentWithdrawn(from_json(json!({"consent": id()})));
        assert_eq!(live(&on_consent().and(withdrawn)), 0);
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
