//! Somebody is erased whom discussions, entries of the register and alarms about others name too.

use std::sync::Arc;

use jiff::Timestamp;
use nabij_log::{Raw, Submission};
use nabij_model::case::{Case, CaseCommand, ErasureScope, Records};
use nabij_model::discussion::Discussion;
use nabij_model::incident::Incident;
use nabij_model::signal::{Signal, SignalCommand};
use nabij_model::text::StaffId;
use nabij_model::{Actor, AggregateId, AggregateKind, CentreId, Policies, Role};
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

/// Waits until the first event of a record with such a text opens no more: its old key was destroyed.
async fn old_words_gone(api: &Api, record: AggregateId, pointer: &str) {
    let history = api.log.history(record).await.unwrap();
    let has = |raw: &Raw| serde_json::from_slice::<Value>(&raw.body).unwrap().pointer(pointer).is_some();
    let event = history.iter().position(has).unwrap_or_else(|| panic!("{record} has no {pointer}"));
    let gone = || async { opened(api, record, event, pointer).await.is_none().then_some(()) };
    eventually(gone).await.unwrap_or_else(|| panic!("the old words of {record} still open"));
}

/// What a text of an event of a record says, if its key is still there.
async fn opened(api: &Api, record: AggregateId, event: usize, pointer: &str) -> Option<String> {
    let raw = api.log.history(record).await.unwrap().swap_remove(event);
    let mut body: Value = serde_json::from_slice(&raw.body).unwrap();
    api.log.vault().open(&mut body, |_| true).await.unwrap();
    body.pointer(pointer).unwrap()["open"].as_str().map(str::to_owned)
}

fn record(kind: AggregateKind, id: &str) -> AggregateId {
    AggregateId::new(kind, id.parse::<Uuid>().unwrap())
}

/// An alarm that the caller is told of, other than `known`.
async fn alarm(api: &Api, token: &str, known: &[String]) -> String {
    let found = || async {
        let list = api.get(token, "/v1/escalations").await.is(200).json();
        let ids =
            list["escalations"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned());
        ids.into_iter().find(|id| !known.contains(id))
    };
    eventually(found).await.expect("nothing is raised")
}

/// What there is to do, by kind and key.
fn is_due(work: &Value, kind: &str, key: &str) -> bool {
    work["items"].as_array().unwrap().iter().any(|item| item["kind"] == kind && item["key"] == json!(key))
}

/// A submission by a member of staff, straight to the log.
fn by(name: &str, role: Role) -> Submission {
    let actor = Actor { subject: StaffId::new(name).unwrap(), role, centres: Vec::new(), operator: None };
    Submission::new(Timestamp::now(), actor, Arc::new(Policies::shipped()))
}

/// The log's own order to erase, with such a list; waits until it is carried out.
async fn order(api: &Api, case: &str, scope: ErasureScope) {
    let id: Uuid = case.parse().unwrap();
    let asked = serde_json::from_value(json!({"ground": "person_asked"})).unwrap();
    let (one, other) = (by("one", Role::Director), by("other", Role::Director));
    api.log.execute::<Case>(id, CaseCommand::RequestErasure(asked), &one).await.unwrap();
    api.log.execute::<Case>(id, CaseCommand::Erase(scope), &other).await.unwrap();
    let done = || async { api.log.load::<Case>(id).await.unwrap().state.erasure_completed.then_some(()) };
    eventually(done).await.expect("it was not carried out");
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
    assert!(is_due(&due, "redaction_due", &discussion), "{due}");

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
    assert!(!is_due(&work, "redaction_due", &discussion), "{work}");
    let verified = api.log.verify(|_| {}).await.unwrap();
    assert!(verified.is_clean(), "{:?}", verified.findings);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_lets_words_go_that_they_do_not_read_but_their_own() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let (gone, stays) = (open(&api, here).await, open(&api, here).await);
    let [psychologist, companion] = [("psychologist", Role::Psychosocial), ("companion", Role::Companion)]
        .map(|(name, role)| api.token(name, role, &[here]));
    let held = |secrecy: &str| {
        json!({
            "centre": here, "kind": "multidisciplinary", "held_at": "2026-02-01T09:00:00Z",
            "cases": [gone, stays], "secrecy": secrecy, "needs": ["rust voor Amina"],
        })
    };
    let closed = api.post(&psychologist, "/v1/discussions", held("psychosocial")).await.is(201).get("id");
    let own = api.post(&companion, "/v1/discussions", held("psychosocial")).await.is(201).get("id");
    erase(&api, here, &gone).await;
    let redact = async |token: &str, discussion: &str| {
        let path = format!("/v1/discussions/{discussion}");
        let event = api.get(token, &path).await.is(200).json()["events"][0]["event_id"].clone();
        let texts = json!({"texts": [{"event": event, "field": "needs", "words": "rust"}]});
        api.post(token, &format!("{path}/redactions"), texts).await
    };
    redact(&companion, &closed).await.problem(403, "words-withheld");
    let record = record(AggregateKind::Discussion, &closed);
    assert_eq!(opened(&api, record, 0, "/needs/0").await.as_deref(), Some("rust voor Amina"));
    redact(&companion, &own).await.is(200);
    redact(&psychologist, &closed).await.is(200);
    old_words_gone(&api, record, "/needs/0").await;
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

#[tokio::test(flavor = "multi_thread")]
async fn an_accusation_outlives_whoever_it_names_and_only_the_safeguarding_person_is_told() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let gone = open(&api, here).await;
    let [team, reporter, director] =
        [("team", Role::Coordinator), ("night", Role::Frontline), ("one", Role::Director)]
            .map(|(name, role)| api.token(name, role, &[here]));
    let safe = api.token("safe", Role::SafeguardingPerson, &[]);
    let accusation = json!({
        "centre": here, "note": "hij komt op haar kamer", "concerns_staff": true, "route": "confidential",
        "severity": "acute", "cases": [{"case": gone, "role": "affected"}],
    });
    let signal = api.post(&reporter, "/v1/signals", accusation).await.is(201).get("id");
    let talk = json!({
        "centre": here, "kind": "case_conference", "held_at": Timestamp::now(), "cases": [gone],
        "signals": [signal], "needs": ["zij wil hem niet meer zien"],
    });
    let talk = api.post(&safe, "/v1/discussions", talk).await.is(201).get("id");
    let alarm = format!("/v1/escalations/{}", alarm(&api, &safe, &[]).await);
    api.done(&safe, &format!("{alarm}/acknowledge"), json!({"will_do": "ik spreek hem vandaag"})).await;
    api.done(&safe, &format!("{alarm}/resolve"), json!({"outcome": "hij is geschorst"})).await;

    let (asked, sequence) = erase(&api, here, &gone).await;
    assert_eq!([&asked["alone"], &asked["shared"]], [&Value::Null; 2], "the directors are told");
    let kept = [
        (record(AggregateKind::Signal, &signal), 0, "/note", "hij komt op haar kamer"),
        (record(AggregateKind::Discussion, &talk), 0, "/needs/0", "zij wil hem niet meer zien"),
    ];
    for (of, event, pointer, words) in kept {
        assert_eq!(opened(&api, of, event, pointer).await.as_deref(), Some(words), "{of}");
    }
    let told = api.get(&safe, &format!("{alarm}?min_sequence={sequence}")).await.is(200).text;
    assert!(told.contains("ik spreek hem vandaag") && told.contains("hij is geschorst"), "{told}");
    assert!(!told.contains(&gone), "{told}");
    for path in [format!("/v1/signals/{signal}"), format!("/v1/discussions/{talk}")] {
        let text = api.get(&safe, &path).await.is(200).text;
        assert!(!text.contains(&gone), "{text}");
    }

    // The safeguarding person alone is asked to look at the words; to everybody else there is nothing.
    let asked_of = async |sequence: u64| {
        api.get(&safe, &format!("/v1/safeguarding/worklist?min_sequence={sequence}")).await.is(200).json()
    };
    let work = asked_of(sequence).await;
    for key in [&signal, &talk] {
        assert!(is_due(&work, "redaction_due", key), "{work}");
    }
    for (token, path) in [
        (&team, format!("/v1/centres/{here}/worklist?min_sequence={sequence}")),
        (&director, format!("/v1/centres/{here}/worklist?min_sequence={sequence}")),
        (&director, format!("/v1/centres/{here}/board?min_sequence={sequence}")),
        (&director, format!("/v1/erasures?min_sequence={sequence}")),
    ] {
        let text = api.get(token, &path).await.is(200).text;
        assert!(
            !text.contains(&signal) && !text.contains(&talk) && !text.contains("redaction_due"),
            "{text}"
        );
    }
    let event =
        api.get(&safe, &format!("/v1/signals/{signal}")).await.is(200).json()["events"][0]["event_id"]
            .clone();
    let texts = json!({"texts": [{"event": event, "field": "note", "words": "hij komt op een kamer"}]});
    let done = api.done(&safe, &format!("/v1/signals/{signal}/redactions"), texts).await;
    old_words_gone(&api, record(AggregateKind::Signal, &signal), "/note").await;
    let done =
        done.max(api.done(&safe, &format!("/v1/discussions/{talk}/redactions"), json!({"texts": []})).await);
    let work = asked_of(done).await;
    assert!(!work.to_string().contains("redaction_due"), "{work}");
    let read = api.get(&safe, &format!("/v1/signals/{signal}")).await.is(200).text;
    assert!(read.contains("hij komt op een kamer"), "{read}");
    // So it is with the alarm.
    let view: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(view["redaction_due"], true);
    let event = &step(&view, "resolved")["event_id"];
    let texts = json!({"texts": [{"event": event, "field": "outcome", "words": "geschorst"}]});
    let path = format!("{alarm}/redactions");
    assert_ne!(api.post(&director, &path, texts.clone()).await.status, 200);
    let done = api.done(&safe, &path, texts).await;
    let id = alarm.strip_prefix("/v1/escalations/").unwrap();
    old_words_gone(&api, record(AggregateKind::Escalation, id), "/outcome").await;
    let told = api.get(&safe, &format!("{alarm}?min_sequence={done}")).await.is(200).text;
    assert!(told.contains("ik spreek hem vandaag") && !told.contains("hij is geschorst"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_between_the_list_and_the_order_goes_unless_it_is_confidential() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let gone = open(&api, here).await;
    let safe = api.token("safe", Role::SafeguardingPerson, &[]);
    let listed_at = api.log.head().await.unwrap().sequence;
    let about = |more: Value| {
        let mut body =
            json!({"centre": here, "note": "te laat", "cases": [{"case": gone, "role": "affected"}]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let reporter = api.token("night", Role::Frontline, &[here]);
    let plain = api.post(&reporter, "/v1/signals", about(json!({}))).await.is(201).get("id");
    let quiet = about(json!({"concerns_staff": true, "route": "confidential"}));
    let quiet = api.post(&reporter, "/v1/signals", quiet).await.is(201).get("id");
    order(&api, &gone, ErasureScope { listed_at, ..ErasureScope::default() }).await;
    assert_eq!(opened(&api, record(AggregateKind::Signal, &plain), 0, "/note").await, None);
    let words = opened(&api, record(AggregateKind::Signal, &quiet), 0, "/note").await;
    assert_eq!(words.as_deref(), Some("te laat"));
    let head = api.log.head().await.unwrap().sequence;
    let list = api.get(&safe, &format!("/v1/safeguarding/signals?min_sequence={head}")).await.is(200).text;
    assert!(list.contains(&quiet) && list.contains("te laat") && !list.contains(&gone), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_of_the_safeguarding_person_stops_both_who_would_erase_and_tells_nobody_why() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let case = open(&api, here).await;
    let [one, other] = ["one", "other"].map(|name| api.token(name, Role::Director, &[here]));
    let safe = api.token("vertrouwenspersoon", Role::SafeguardingPerson, &[]);
    let (holds, erase) = (format!("/v1/cases/{case}/holds"), format!("/v1/cases/{case}/erase"));
    let ground = json!({"ground": "complaint"});
    api.done(&one, &erase, json!({"ground": "person_asked"})).await;
    let noted = json!({"ground": "complaint", "note": "over de nachtwaker"});
    api.post(&safe, &holds, noted).await.problem(422, "note-is-read");
    let there = open(&api, api.centre_of("there", "other").await).await;
    api.post(&safe, &format!("/v1/cases/{there}/holds"), ground.clone()).await.problem(403, "not-yours");
    let hold = api.post(&safe, &holds, ground.clone()).await.is(200);
    api.post(&other, &format!("{erase}/approve"), json!({})).await.problem(403, "legal-hold");
    let lift = |hold: &str| format!("{holds}/{hold}/lift");
    for director in [&one, &other] {
        api.post(director, &lift(&hold.get("hold")), json!({})).await.problem(403, "hold-of-another-role");
    }
    // It looks as any hold does.
    let own = api.post(&one, &holds, ground).await.is(200);
    let sequence = own.json()["sequence"].as_u64().unwrap();
    for path in [format!("/v1/cases/{case}"), format!("/v1/cases/{case}/timeline")] {
        let read = api.get(&one, &format!("{path}?min_sequence={sequence}")).await.is(200);
        assert!(read.text.contains(&hold.get("hold")), "{}", read.text);
        assert!(
            !read.text.contains("vertrouwenspersoon") && !read.text.contains("safeguarding"),
            "{}",
            read.text
        );
    }
    api.post(&safe, &lift(&own.get("hold")), json!({})).await.problem(403, "hold-of-another-role");
    // What was refused to whoever placed it stands in no access log that the centre sees.
    let read = api.get(&one, &format!("/v1/cases/{case}")).await.is(200);
    let looked = format!(
        "/v1/cases/{case}/access-log?min_sequence={}",
        read.headers["nabij-audit-sequence"].to_str().unwrap()
    );
    let seen = api.get(&one, &looked).await.is(200).text;
    assert!(!seen.contains("vertrouwenspersoon") && !seen.contains("safeguarding"), "{seen}");
    let auditor = api.token("auditor", Role::Auditor, &[]);
    assert!(api.get(&auditor, &looked).await.is(200).text.contains("vertrouwenspersoon"));
    api.done(&other, &lift(&own.get("hold")), json!({})).await;
    api.post(&other, &format!("{erase}/approve"), json!({})).await.problem(403, "legal-hold");
    // Who placed it finds it again, and what others placed is not in that list.
    let listed = async |sequence: u64| {
        let work = format!("/v1/safeguarding/worklist?min_sequence={sequence}");
        let holds = api.get(&safe, &work).await.is(200).json()["holds"].as_array().unwrap().clone();
        holds.iter().map(|one| one["hold"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed(hold.json()["sequence"].as_u64().unwrap()).await, [hold.get("hold")]);
    let lifted = api.done(&safe, &lift(&hold.get("hold")), json!({})).await;
    assert_eq!(listed(lifted).await, [""; 0]);
    api.erased(&other, &case).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_about_several_go_with_the_last_of_them() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let (first, last) = (open(&api, here).await, open(&api, here).await);
    let [team, director] = [("team", Role::Coordinator), ("one", Role::Director)]
        .map(|(name, role)| api.token(name, role, &[here]));
    let both = json!([{"case": first, "role": "affected"}, {"case": last, "role": "affected"}]);
    let acute = json!({"centre": here, "note": "Amina en Farid", "severity": "acute", "cases": both});
    let signal = api.post(&team, "/v1/signals", acute.clone()).await.is(201).get("id");
    let resolved = alarm(&api, &director, &[]).await;
    let held = json!({
        "centre": here, "kind": "multidisciplinary", "held_at": "2026-02-01T09:00:00Z", "cases": [first, last],
        "needs": ["rust voor Amina en Farid"],
    });
    let discussion = api.post(&team, "/v1/discussions", held).await.is(201).get("id");
    let entry = json!({
        "centre": here, "source": "register", "register_number": "9", "incident_type": "violence",
        "level": "minor", "occurred_at": "2026-01-12T10:00:00Z", "cases": [first, last],
    });
    let incident = api.post(&team, "/v1/incidents", entry).await.is(201).get("id");
    let new = json!({"level": "major", "reason": "Amina en Farid waren gewond"});
    api.done(&team, &format!("/v1/incidents/{incident}/reclassifications"), new).await;
    let second = api.post(&team, "/v1/signals", acute).await.is(201).get("id");
    let unresolved = alarm(&api, &director, std::slice::from_ref(&resolved)).await;
    let way = |alarm: &str, step: &str| format!("/v1/escalations/{alarm}/{step}");
    for alarm in [&resolved, &unresolved] {
        api.done(&director, &way(alarm, "acknowledge"), json!({"will_do": "ik haal Amina en Farid op"}))
            .await;
    }
    api.done(&director, &way(&resolved, "resolve"), json!({"outcome": "ze zijn er"})).await;

    let sorted = |ids: &Value| {
        let mut ids: Vec<String> = serde_json::from_value(ids.clone()).unwrap_or_default();
        ids.sort();
        ids
    };
    let of = |ids: &[&String]| sorted(&json!(ids));
    let (asked, _) = erase(&api, here, &first).await;
    let every = of(&[&signal, &discussion, &incident, &second, &resolved, &unresolved]);
    assert_eq!((sorted(&asked["alone"]), sorted(&asked["shared"])), (vec![], every));
    let words = |kind, id: &str, event, pointer| opened(&api, record(kind, id), event, pointer);
    assert!(words(AggregateKind::Signal, &signal, 0, "/note").await.is_some());
    let (asked, _) = erase(&api, here, &last).await;
    let gone = of(&[&signal, &discussion, &incident, &second, &resolved]);
    assert_eq!((sorted(&asked["alone"]), sorted(&asked["shared"])), (gone, of(&[&unresolved])));
    assert_eq!(words(AggregateKind::Signal, &signal, 0, "/note").await, None);
    assert_eq!(words(AggregateKind::Discussion, &discussion, 0, "/needs/0").await, None);
    assert_eq!(words(AggregateKind::Incident, &incident, 1, "/reason").await, None);
    let promised = async |alarm: &str| {
        api.get(&director, &format!("/v1/escalations/{alarm}")).await.is(200).text.contains("ik haal Amina")
    };
    assert!(!promised(&resolved).await && promised(&unresolved).await);
    // Whoever deals with it needs its words until then.
    api.done(&director, &way(&unresolved, "resolve"), json!({"outcome": "ze zijn er"})).await;
    let gone = || async { (!promised(&unresolved).await).then_some(()) };
    eventually(gone).await.expect("the words of the alarm still open");
    let verified = api.log.verify(|_| {}).await.unwrap();
    assert!(verified.is_clean(), "{:?}", verified.findings);
}

/// The steps of an alarm that hold words, by their name.
fn step(view: &Value, name: &str) -> Value {
    let steps = view["steps"].as_array().unwrap();
    steps.iter().find(|step| step["name"] == name).unwrap_or_else(|| panic!("no {name} in {view}")).clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_an_alarm_about_others_too_go_and_whoever_heard_of_it_is_reminded() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let (gone, stays) = (open(&api, here).await, open(&api, here).await);
    let [team, director, other, unheard] = [
        ("team", Role::Coordinator),
        ("one", Role::Director),
        ("implicated", Role::Director),
        ("medic", Role::Medical),
    ]
    .map(|(name, role)| api.token(name, role, &[here]));
    let both = json!([{"case": gone, "role": "affected"}, {"case": stays, "role": "affected"}]);
    let acute = json!({"centre": here, "note": "beiden zijn weg", "severity": "acute", "cases": both});
    api.post(&team, "/v1/signals", acute).await.is(201);
    let alarm = alarm(&api, &director, &[]).await;
    let way = |step: &str| format!("/v1/escalations/{alarm}/{step}");
    api.done(&director, &way("acknowledge"), json!({"will_do": "ik haal Amina en Farid op"})).await;
    let resolved = api.done(&director, &way("resolve"), json!({"outcome": "Amina en Farid slapen"})).await;
    let read = async |token: &str, sequence: u64| {
        let view = api.get(token, &format!("/v1/escalations/{alarm}?min_sequence={sequence}")).await;
        view.is(200).json()
    };
    let view = read(&director, resolved).await;
    assert_eq!(view["redaction_due"], false);
    let events = [("acknowledged", "will_do"), ("resolved", "outcome")]
        .map(|(name, field)| (step(&view, name)["event_id"].clone(), field));
    let texts = |words: [Option<&str>; 2]| {
        let texts = events.iter().zip(words).map(|((event, field), words)| match words {
            Some(words) => json!({"event": event, "field": field, "words": words}),
            None => json!({"event": event, "field": field}),
        });
        json!({"texts": texts.collect::<Vec<_>>()})
    };
    let redaction = texts([Some("ik haal Farid op"), None]);
    api.post(&director, &way("redactions"), redaction.clone()).await.problem(403, "words-stay");

    let (asked, sequence) = erase(&api, here, &gone).await;
    assert!(asked["shared"].to_string().contains(&alarm), "{asked}");
    let due = async |token: &str, due: bool, sequence: u64| {
        let list = format!("/v1/escalations?redaction_due={due}&min_sequence={sequence}");
        api.get(token, &list).await.is(200).text.contains(&alarm)
    };
    assert!(due(&director, true, sequence).await && !due(&director, false, sequence).await);
    assert_eq!(read(&other, sequence).await["redaction_due"], true);
    // Who never heard of it is not reminded, and finds nothing to let go.
    let work = api.get(&unheard, &format!("/v1/centres/{here}/worklist?min_sequence={sequence}")).await;
    assert!(!work.is(200).text.contains(&alarm));
    assert_ne!(api.post(&unheard, &way("redactions"), redaction.clone()).await.status, 200);

    let done = api.done(&other, &way("redactions"), redaction).await;
    for pointer in ["/will_do", "/outcome"] {
        old_words_gone(&api, record(AggregateKind::Escalation, &alarm), pointer).await;
    }
    let view = read(&director, done).await;
    assert_eq!(view["redaction_due"], false);
    assert_eq!(step(&view, "acknowledged")["body"]["will_do"], "ik haal Farid op", "{view}");
    assert_eq!(step(&view, "resolved")["body"]["outcome"], json!({"erased": true}), "{view}");
    assert!(!view.to_string().contains("Amina") && !due(&director, true, done).await, "{view}");
    let file = api.get(&director, &format!("/v1/cases/{stays}/timeline?min_sequence={done}")).await.text;
    assert!(!file.contains("Amina"), "{file}");
    let verified = api.log.verify(|_| {}).await.unwrap();
    assert!(verified.is_clean(), "{:?}", verified.findings);

    // With the last whom it is about the words that stayed go too.
    let kept = async || read(&director, done).await.to_string().contains("ik haal Farid op");
    assert!(kept().await);
    let (_, sequence) = erase(&api, here, &stays).await;
    let view = read(&director, sequence).await;
    assert!(!view.to_string().contains("Farid") && view["redaction_due"] == false, "{view}");
}

/// Both orders call it shared, since neither list knew of the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_about_two_who_are_erased_at_once_goes() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let cases = [open(&api, here).await, open(&api, here).await];
    let both: Vec<Value> = cases.iter().map(|case| json!({"case": case, "role": "witness"})).collect();
    let noted =
        serde_json::from_value(json!({"centre": here, "note": "Amina en Farid", "cases": both})).unwrap();
    let signal = Uuid::now_v7();
    let reporter = by("night", Role::Frontline);
    let logged = api.log.execute::<Signal>(signal, SignalCommand::Log(noted), &reporter).await.unwrap();
    for case in &cases {
        let shared = Records { signals: vec![signal.into()], ..Records::default() };
        order(&api, case, ErasureScope { shared, listed_at: logged.sequence, ..ErasureScope::default() })
            .await;
    }
    assert_eq!(opened(&api, AggregateId::new(AggregateKind::Signal, signal), 0, "/note").await, None);
}
