//! After a transfer to another operator: who acts on what goes along, and who no longer does.

use nabij_model::discussion::DiscussionEvent;
use nabij_model::{AggregateId, AggregateKind, CentreId, Event, Role};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::Api;

/// Two centres of two operators, with the team of each.
struct Two {
    api: Api,
    here: CentreId,
    there: CentreId,
    sender: String,
    receiver: String,
}

impl Two {
    async fn start() -> Self {
        let api = Api::start().await;
        let (here, there) = (api.centre("here").await, api.centre_of("there", "other").await);
        let sender = api.token("sender", Role::Psychosocial, &[here]);
        let receiver = api.token_of("other", "receiver", Role::Psychosocial, &[there]);
        Self { api, here, there, sender, receiver }
    }

    /// A resident of the first.
    async fn resident(&self) -> String {
        let body =
            json!({"centre": self.here, "birth_year": 1990, "languages": ["fa"], "arrived_on": "2026-01-10"});
        self.api.post(&self.sender, "/v1/cases", body).await.is(201).get("id")
    }

    async fn signal(&self, case: &str, note: &str) -> String {
        let reporter = self.api.token("reception", Role::Frontline, &[self.here]);
        let body = json!({"centre": self.here, "note": note, "cases": [{"case": case, "role": "affected"}]});
        self.api.post(&reporter, "/v1/signals", body).await.is(201).get("id")
    }

    fn talk(&self, centre: CentreId, cases: &[&str]) -> Value {
        json!({"centre": centre, "kind": "case_conference", "held_at": jiff::Timestamp::now(), "cases": cases})
    }

    /// The resident is in the other centre, and the file is not; the transfer's address.
    async fn arrive(&self, case: &str) -> String {
        let Self { api, sender, receiver, .. } = self;
        let director = api.token("director", Role::Director, &[self.here]);
        let request = json!({
            "to_centre": self.there, "kind": "family_reunion", "who_moves": "resident", "reason": "zus woont daar",
            "alternatives": "bezoek", "resident_view": "wil gaan", "handover": "slaapt slecht",
        });
        let asked = api.post(sender, &format!("/v1/cases/{case}/transfers"), request).await.is(200);
        let transfer = format!("/v1/cases/{case}/transfers/{}", asked.get("transfer"));
        let held = api.post(sender, "/v1/discussions", self.talk(self.here, &[case])).await.is(201);
        let approval =
            json!({"basis": {"discussion": held.get("id")}, "summary_version": held.json()["sequence"]});
        api.post(&director, &format!("{transfer}/approve"), approval).await.is(200);
        api.post(sender, &format!("{transfer}/depart"), json!({})).await.is(200);
        api.post(receiver, &format!("{transfer}/arrive"), json!({})).await.is(200);
        transfer
    }

    /// The file too; what the transfer's last event is numbered.
    async fn transfer(&self, case: &str) -> u64 {
        let transfer = self.arrive(case).await;
        self.api.done(&self.receiver, &format!("{transfer}/acknowledge"), json!({})).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_referral_lies_where_its_case_lies_and_a_signal_goes_with_whom_it_affects() {
    let two = Two::start().await;
    let Two { api, sender, receiver, .. } = &two;
    let case = two.resident().await;
    let signal = two.signal(&case, "eet niet").await;
    let asked = json!({
        "centre": two.here, "case": case, "provider": "the clinic", "provider_kind": "mental_health_centre",
        "urgency": "soon", "reason": "slaapt slecht", "consent": {"given": {"by": "self"}},
    });
    let referral = api.post(sender, "/v1/referrals", asked).await.is(201).get("id");
    let (referral, signal) = (format!("/v1/referrals/{referral}"), format!("/v1/signals/{signal}"));
    let view = || json!({"severity": "low", "blind": true});
    api.post(receiver, &format!("{signal}/assessments"), view()).await.problem(403, "not-yours");
    two.transfer(&case).await;

    api.get(receiver, &referral).await.is(200);
    api.post(receiver, &format!("{referral}/accept"), json!({})).await.is(200);
    api.get(sender, &referral).await.problem(403, "not-yours");
    api.post(sender, &format!("{referral}/withdraw"), json!({})).await.problem(403, "not-yours");
    assert!(api.get(receiver, &signal).await.is(200).text.contains("eet niet"));
    api.post(receiver, &format!("{signal}/assessments"), view()).await.is(200);
    let told = json!({"to": "reporter", "kind": "action_taken", "note": "we aten samen"});
    api.post(receiver, &format!("{signal}/feedback"), told).await.is(200);
    // Where it was logged it can still be followed.
    api.post(sender, &format!("{signal}/feedback"), json!({"to": "reporter", "kind": "outcome"}))
        .await
        .is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confidential_signal_goes_nowhere() {
    let two = Two::start().await;
    let case = two.resident().await;
    let reporter = two.api.token("reception", Role::Frontline, &[two.here]);
    let signal = json!({
        "centre": two.here, "note": "hij komt op haar kamer", "concerns_staff": true, "route": "confidential",
        "cases": [{"case": case, "role": "affected"}],
    });
    let signal = two.api.post(&reporter, "/v1/signals", signal).await.is(201).get("id");
    two.transfer(&case).await;
    let path = format!("/v1/signals/{signal}");
    two.api.get(&two.receiver, &path).await.problem(404, "signal-unknown");
    let safe = two.api.token_of("other", "safe", Role::SafeguardingPerson, &[]);
    two.api.get(&safe, &path).await.problem(404, "signal-unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_names_a_resident_of_others_in_a_discussion_or_an_incident() {
    let two = Two::start().await;
    let Two { api, receiver, .. } = &two;
    let case = two.resident().await;
    let signal = two.signal(&case, "eet niet").await;
    let entry = |case: &str| {
        json!({
            "centre": two.there, "source": "register", "register_number": "7", "incident_type": "violence",
            "level": "minor", "occurred_at": "2026-01-12T10:00:00Z", "cases": [case],
        })
    };
    let answers = async |case: &str| {
        let held = api.post(receiver, "/v1/discussions", two.talk(two.there, &[case])).await;
        let registered = api.post(receiver, "/v1/incidents", entry(case)).await;
        [held, registered].map(|answer| answer.problem(404, "case-unknown").json())
    };
    let nobody = Uuid::now_v7().to_string();
    assert_eq!(answers(&case).await, answers(&nobody).await);
    let mut talk = two.talk(two.there, &[]);
    talk["signals"] = json!([signal]);
    api.post(receiver, "/v1/discussions", talk).await.problem(404, "signal-unknown");
    // A signal may name anybody, and what a register says is taken over.
    let noticed = json!({"centre": two.there, "note": "riep", "cases": [{"case": case, "role": "affected"}]});
    api.post(receiver, "/v1/signals", noticed).await.is(201);
    let machine = api.token("register", Role::Service, &[]);
    api.post(&machine, "/v1/incidents", entry(&case)).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_former_team_talks_about_is_no_talk_of_the_team_that_follows() {
    let two = Two::start().await;
    let Two { api, sender, receiver, .. } = &two;
    let case = two.resident().await;
    let moved = two.transfer(&case).await;
    let noticed = json!({"centre": two.there, "note": "riep", "cases": [{"case": case, "role": "affected"}]});
    let signal = api.post(receiver, "/v1/signals", noticed).await.is(201).get("id");
    let held = api.post(sender, "/v1/discussions", two.talk(two.here, &[&case])).await.is(201);
    let sequence = held.json()["sequence"].as_u64().unwrap();
    assert!(sequence > moved);
    let discussion = AggregateId::new(AggregateKind::Discussion, held.get("id").parse::<Uuid>().unwrap());
    let raw = api.log.history(discussion).await.unwrap().remove(0);
    let (_, event) = Event::decode(raw.event_type().unwrap(), &raw.body).unwrap();
    let Event::Discussion(DiscussionEvent::Held(held)) = event else { panic!("{event:?}") };
    assert_eq!(held.guest_cases, [case.parse().unwrap()]);
    let agenda = async |sequence: u64| {
        let path = format!("/v1/centres/{}/agenda?min_sequence={sequence}", two.there);
        api.get(receiver, &path).await.is(200).text
    };
    let waits = agenda(sequence).await;
    assert!(waits.contains(&signal), "it still waits to be talked about: {waits}");
    let ours = api.post(receiver, "/v1/discussions", two.talk(two.there, &[&case])).await.is(201);
    let ours = agenda(ours.json()["sequence"].as_u64().unwrap()).await;
    assert!(!ours.contains(&signal), "{ours}");
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_glass_is_reviewed_where_the_file_was_when_it_was_broken() {
    let two = Two::start().await;
    let api = &two.api;
    let case = two.resident().await;
    let night = api.token("night", Role::Frontline, &[two.here]);
    let glass = format!("/v1/cases/{case}/break-glass");
    let why = json!({"reason": "danger_to_life", "why": "hij wil springen"});
    let broken = api.post(&night, &glass, why).await.is(200).get("glass");
    let moved = two.transfer(&case).await;
    let [own, other] =
        ["fedasil", "other"].map(|operator| api.token_of(operator, "auditor", Role::Auditor, &[]));
    let due = format!("/v1/break-glass?due=true&min_sequence={moved}");
    assert!(api.get(&own, &due).await.is(200).text.contains(&broken));
    assert!(!api.get(&other, &due).await.is(200).text.contains(&broken));
    let review = format!("{glass}/{broken}/review");
    let justified = json!({"verdict": "justified"});
    api.post(&other, &review, justified.clone()).await.problem(403, "not-yours");
    let reviewed = api.done(&own, &review, justified).await;
    let due = format!("/v1/break-glass?due=true&min_sequence={reviewed}");
    assert!(!api.get(&own, &due).await.is(200).text.contains(&broken));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_former_team_does_not_read_what_the_receiver_wrote_before_the_file_was_theirs() {
    let two = Two::start().await;
    let Two { api, sender, receiver, .. } = &two;
    let case = two.resident().await;
    let contacts = format!("/v1/cases/{case}/contacts");
    api.post(sender, &contacts, json!({"note": "ons gesprek"})).await.is(200);
    let transfer = two.arrive(&case).await;
    api.post(receiver, &contacts, json!({"note": "eerste nacht"})).await.is(200);
    api.post(sender, &contacts, json!({"note": "zij belde ons nog"})).await.is(200);
    let moved = api.done(receiver, &format!("{transfer}/acknowledge"), json!({})).await;
    let seen = api.get(sender, &format!("/v1/cases/{case}/timeline?min_sequence={moved}")).await.is(200);
    assert!(!seen.text.contains("eerste nacht"), "{}", seen.text);
    for shown in ["ons gesprek", "zij belde ons nog", "transfer_handover_acknowledged"] {
        assert!(seen.text.contains(shown), "{shown}: {}", seen.text);
    }
}
