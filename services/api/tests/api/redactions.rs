//! Somebody is erased whom discussions, entries of the register and alarms about others name too.

use nabij_model::discussion::Discussion;
use nabij_model::incident::Incident;
use nabij_model::{AggregateId, AggregateKind, CentreId, Role};
use nabij_testkit::eventually;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::Api;

async fn open(api: &Api, centre: CentreId) -> String {
    let team = api.token("opener", Role::Coordinator, &[centre]);
    let body = json!({"centre": centre, "birth_year": 2014, "languages": ["fa"], "arrived_on": "2026-01-10"});
    api.post(&team, "/v1/cases", body).await.is(201).get("id")
}

/// Two directors erase it.
async fn erase(api: &Api, centre: CentreId, case: &str) -> (Value, u64) {
    let path = format!("/v1/cases/{case}/erase");
    let [one, other] = ["one", "other"].map(|name| api.token(name, Role::Director, &[centre]));
    let asked = api.post(&one, &path, json!({"ground": "person_asked"})).await.is(200).json();
    let erased = api.erased(&other, case).await;
    (asked, erased["sequence"].as_u64().unwrap())
}

/// Waits until the first event of a record opens no more: its old key was destroyed.
async fn old_words_gone(api: &Api, record: AggregateId, pointer: &str) {
    let raw = api.log.history(record).await.unwrap().swap_remove(0);
    let gone = || async {
        let mut body: Value = serde_json::from_slice(&raw.body).unwrap();
        api.log.vault().open(&mut body, |_| true).await.unwrap();
        (body.pointer(pointer).unwrap()["erased"] == true).then_some(())
    };
    eventually(gone).await.unwrap_or_else(|| panic!("the old words of {record} still open"));
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_a_discussion_about_others_too_go_one_by_one() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let (gone, stays) = (open(&api, here).await, open(&api, here).await);
    let team = api.token("team", Role::Coordinator, &[here]);
    let held = json!({
        "centre": here, "kind": "multidisciplinary", "held_at": "2026-02-01T09:00:00Z", "cases": [gone, stays],
        "strengths": ["Amina zingt", "Farid lacht weer"], "needs": ["rust voor Amina"],
        "decisions": [{"text": "Amina en Farid elk een eigen kamer", "role": "companion"}],
    });
    let discussion = api.post(&team, "/v1/discussions", held.clone()).await.is(201).get("id");
    let (asked, sequence) = erase(&api, here, &gone).await;
    assert_eq!(asked["shared"], json!([discussion]));
    let due =
        api.get(&team, &format!("/v1/centres/{here}/worklist?min_sequence={sequence}")).await.is(200).json();
    let is_due = |work: &Value| {
        let items = work["items"].as_array().unwrap().iter();
        items.into_iter().any(|item| item["kind"] == "redaction_due" && item["key"] == json!(discussion))
    };
    assert!(is_due(&due), "{due}");

    // Nothing new is kept about who is erased, whatever the write.
    api.post(&team, "/v1/discussions", held).await.problem(422, "case-erased");
    let incident = json!({
        "centre": here, "source": "register", "register_number": "7", "incident_type": "violence",
        "level": "minor", "occurred_at": "2026-01-12T10:00:00Z", "cases": [gone],
    });
    api.post(&team, "/v1/incidents", incident).await.problem(422, "case-erased");
    let signal = json!({"centre": here, "note": "huilt", "cases": [{"case": stays, "role": "affected"}]});
    let signal = api.post(&team, "/v1/signals", signal).await.is(201).get("id");
    let corrected = json!({"reason": "ook zij", "cases": [{"case": gone, "role": "affected"}]});
    let corrections = format!("/v1/signals/{signal}/corrections");
    api.post(&team, &corrections, corrected).await.problem(422, "case-erased");

    let path = format!("/v1/discussions/{discussion}");
    let event = api.get(&team, &path).await.is(200).json()["events"][0]["event_id"].clone();
    let redactions = format!("{path}/redactions");
    let wrong = json!({"texts": [{"event": event, "field": "strengths", "number": 2}]});
    api.post(&team, &redactions, wrong).await.problem(422, "no-such-text");
    let stranger = api.token("stranger", Role::Coordinator, &[api.centre("there").await]);
    api.post(&stranger, &redactions, json!({"texts": []})).await.problem(403, "not-yours");
    let texts = json!({"texts": [
        {"event": event, "field": "strengths"},
        {"event": event, "field": "needs", "number": 0},
        {"event": event, "field": "decisions", "words": "Farid een eigen kamer"},
    ]});
    let done = api.done(&team, &redactions, texts).await;
    let record = AggregateId::new(AggregateKind::Discussion, discussion.parse::<Uuid>().unwrap());
    old_words_gone(&api, record, "/strengths/1").await;
    let keys = api.log.load::<Discussion>(record.id).await.unwrap().state.redactions.keys(record.id);
    assert_eq!(keys.len(), 2);
    for read in [path, format!("/v1/cases/{stays}/timeline?min_sequence={done}")] {
        let text = api.get(&team, &read).await.is(200).text;
        assert!(!text.contains("Amina") && !text.contains(&gone), "{text}");
        assert!(text.contains("Farid lacht weer") && text.contains("Farid een eigen kamer"), "{text}");
    }
    let work =
        api.get(&team, &format!("/v1/centres/{here}/worklist?min_sequence={done}")).await.is(200).json();
    assert!(!is_due(&work), "{work}");
    let verified = api.log.verify(|_| {}).await.unwrap();
    assert!(verified.is_clean(), "{:?}", verified.findings);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_an_entry_of_the_register_go_and_the_entry_stays() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let (gone, stays) = (open(&api, here).await, open(&api, here).await);
    let team = api.token("team", Role::Coordinator, &[here]);
    let incident = json!({
        "centre": here, "source": "register", "register_number": "8", "incident_type": "violence",
        "level": "minor", "occurred_at": "2026-01-12T10:00:00Z", "cases": [gone, stays],
    });
    let incident = api.post(&team, "/v1/incidents", incident).await.is(201).get("id");
    let path = format!("/v1/incidents/{incident}");
    let new = json!({"level": "major", "reason": "Amina was gewond"});
    api.post(&team, &format!("{path}/reclassifications"), new).await.is(200);
    erase(&api, here, &gone).await;
    let events = api.get(&team, &path).await.is(200).json()["events"].clone();
    let texts =
        json!({"texts": [{"event": events[1]["event_id"], "field": "reason", "words": "iemand was gewond"}]});
    api.done(&team, &format!("{path}/redactions"), texts).await;
    let id: Uuid = incident.parse().unwrap();
    assert_eq!(api.log.load::<Incident>(id).await.unwrap().state.redactions.keys(id).len(), 2);
    let read =
        || async { Some(api.get(&team, &path).await.is(200).text).filter(|text| !text.contains("Amina")) };
    let text = eventually(read).await.expect("the old words still open");
    assert!(text.contains("iemand was gewond"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_about_others_too_forgets_who_is_erased_and_a_confidential_signal_is_not_told_to_who_erases()
{
    let api = Api::start().await;
    let here = api.centre("here").await;
    let (gone, stays) = (open(&api, here).await, open(&api, here).await);
    let team = api.token("team", Role::Coordinator, &[here]);
    let both = json!([{"case": gone, "role": "affected"}, {"case": stays, "role": "affected"}]);
    let acute = json!({"centre": here, "note": "ruzie", "severity": "acute", "cases": both});
    let signal = api.post(&team, "/v1/signals", acute).await.is(201).get("id");
    let quiet = json!({"centre": here, "note": "over een collega", "concerns_staff": true, "route": "confidential", "cases": both});
    let quiet = api.post(&team, "/v1/signals", quiet).await.is(201).get("id");
    let director = api.token("one", Role::Director, &[here]);
    let told = || async {
        let told = api.get(&director, "/v1/escalations").await.is(200).text;
        Some(told).filter(|told| told.contains("acute-signal"))
    };
    let told = eventually(told).await.expect("nothing is raised");
    assert!(told.contains(&gone), "{told}");
    let (asked, sequence) = erase(&api, here, &gone).await;
    let shared = asked["shared"].to_string();
    assert!(shared.contains(&signal) && !shared.contains(&quiet), "{asked}");
    let told = api.get(&director, &format!("/v1/escalations?min_sequence={sequence}")).await.is(200).text;
    assert!(told.contains("acute-signal") && told.contains(&stays) && !told.contains(&gone), "{told}");
}
