//! Commands that touch more than one record: links, transfers, erasure, escalations.

use std::time::Duration;

use futures::StreamExt;
use nabij_model::case::{Case, CaseState};
use nabij_model::incident::Incident;
use nabij_model::signal::Signal;
use nabij_model::{CentreId, Role};
use nabij_testkit::{PATIENCE, eventually};
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::Api;

async fn open_case(api: &Api, centre: CentreId) -> String {
    let team = api.token("psy", Role::Psychosocial, &[centre]);
    let body = json!({"centre": centre, "birth_year": 1990, "languages": ["fa"], "arrived_on": "2026-01-10"});
    api.post(&team, "/v1/cases", body).await.is(201).get("id")
}

async fn log_signal(api: &Api, centre: CentreId, case: &str, note: &str) -> String {
    let reporter = api.token("reception", Role::Frontline, &[centre]);
    let body = json!({"centre": centre, "note": note, "cases": [{"case": case, "role": "affected"}]});
    api.post(&reporter, "/v1/signals", body).await.is(201).get("id")
}

async fn state(api: &Api, case: &str) -> CaseState {
    api.log.load::<Case>(case.parse().unwrap()).await.unwrap().state.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_the_register_is_made_on_both_sides_or_on_none() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let case = open_case(&api, here).await;
    let signal = log_signal(&api, here, &case, "geduwd op de trap").await;
    let team = api.token("team", Role::Coordinator, &[here]);
    let register = json!({
        "centre": here, "source": "register", "register_number": "7", "incident_type": "violence",
        "level": "minor", "occurred_at": "2026-01-12T10:00:00Z",
    });
    let incident = api.post(&team, "/v1/incidents", register).await.is(201).get("id");
    let (id, entry) = (signal.parse().unwrap(), incident.parse().unwrap());
    let nowhere = json!({"to": {"incident": "01890000-0000-7000-8000-000000000009"}});
    let links = format!("/v1/signals/{signal}/links");
    api.post(&team, &links, nowhere).await.problem(404, "incident-unknown");
    assert!(!api.log.load::<Signal>(id).await.unwrap().state.registered(), "half of a link was written");
    let to_incident = json!({"to": {"incident": incident}});
    let linked = api.post(&team, &links, to_incident.clone()).await.is(200).json();
    // Both stand together in the log.
    let other_side = linked["sequence"].as_u64().unwrap() + 1;
    let other_side = api.log.event_at(other_side).await.unwrap().unwrap();
    assert_eq!(other_side.aggregate().unwrap().id, entry);
    api.post(&team, &links, to_incident).await.problem(409, "already-linked");
    assert!(api.log.load::<Signal>(id).await.unwrap().state.registered());
    assert_eq!(api.log.load::<Incident>(entry).await.unwrap().state.links.len(), 1);
    // Taken back from either side, it is gone on both.
    let removals = format!("/v1/signals/{signal}/link-removals");
    let wrong = json!({"to": {"incident": incident}, "reason": "another_time"});
    api.post(&team, &removals, wrong.clone()).await.is(200);
    assert!(!api.log.load::<Signal>(id).await.unwrap().state.registered());
    assert!(api.log.load::<Incident>(entry).await.unwrap().state.links.is_empty());
    api.post(&team, &removals, wrong.clone()).await.problem(409, "not-linked");
    api.post(&team, &links, json!({"to": {"incident": incident}})).await.is(200);
    let removals = format!("/v1/incidents/{incident}/link-removals");
    api.post(&team, &removals, json!({"to": {"signal": signal}, "reason": "another_time"})).await.is(200);
    assert!(!api.log.load::<Signal>(id).await.unwrap().state.registered());
    api.post(&team, &format!("/v1/signals/{signal}/link-rejections"), wrong)
        .await
        .problem(409, "already-rejected");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_hasty_transfer_and_the_file_moves_with_the_handover() {
    let api = Api::start().await;
    let (here, there) = (api.centre("here").await, api.centre("there").await);
    let case = open_case(&api, here).await;
    log_signal(&api, here, &case, "bang op de gang").await;
    let sender = api.token("sender", Role::Psychosocial, &[here]);
    let receiver = api.token("receiver", Role::Psychosocial, &[there]);
    let director = api.token("director", Role::Director, &[here]);
    let file = format!("/v1/cases/{case}");
    let request = json!({
        "to_centre": there, "kind": "family_reunion", "who_moves": "resident", "reason": "zus woont daar",
        "alternatives": "bezoek", "resident_view": "wil gaan", "handover": "slaapt slecht",
    });
    let asked = api.post(&sender, &format!("{file}/transfers"), request).await.is(200);
    let transfer = format!("{file}/transfers/{}", asked.get("transfer"));
    let approval = json!({"basis": "planned", "summary_version": asked.json()["sequence"]});
    api.post(&sender, &format!("{transfer}/approve"), approval.clone())
        .await
        .problem(403, "role-not-allowed");
    api.post(&director, &format!("{transfer}/approve"), approval.clone())
        .await
        .problem(403, "hasty-transfer");
    let held = json!({"centre": here, "kind": "case_conference", "held_at": jiff::Timestamp::now(), "cases": [case]});
    let held = api.post(&sender, "/v1/discussions", held).await.is(201);
    let approval =
        json!({"basis": {"discussion": held.get("id")}, "summary_version": held.json()["sequence"]});
    api.post(&director, &format!("{transfer}/approve"), approval).await.is(200);
    api.post(&receiver, &format!("{transfer}/depart"), json!({})).await.problem(403, "not-yours");
    api.post(&sender, &format!("{transfer}/depart"), json!({})).await.is(200);
    api.get(&receiver, &file).await.problem(403, "not-yours");
    api.post(&sender, &format!("{transfer}/arrive"), json!({})).await.problem(403, "not-yours");
    let arrived = api.done(&receiver, &format!("{transfer}/arrive"), json!({})).await;
    let early = api.get(&receiver, &format!("{file}?min_sequence={arrived}")).await.is(200).json();
    assert_eq!(early["part"], "guidance", "safety passes at arrival, the file does not");
    // What was said before is not on the agenda of who only answers for their safety.
    let noticed =
        json!({"centre": there, "note": "kwam stil aan", "cases": [{"case": case, "role": "affected"}]});
    let noticed = api.post(&receiver, "/v1/signals", noticed).await.is(201).json()["sequence"].clone();
    let agenda =
        api.get(&receiver, &format!("/v1/centres/{there}/agenda?min_sequence={noticed}")).await.is(200);
    assert!(!agenda.text.contains(&case), "{}", agenda.text);
    let before =
        ["/v1/cases?", &format!("/v1/centres/{here}/agenda?"), &format!("/v1/centres/{here}/worklist?")]
            .map(|list| format!("{list}as_of={arrived}"));
    assert!(
        api.get(&sender, &before[0]).await.is(200).text.contains(&case),
        "the file is here until the handover"
    );
    let moved = api.done(&receiver, &format!("{transfer}/acknowledge"), json!({})).await;
    // Nor does a list of the day before bring back who has gone: who may read is a question of today.
    for list in before {
        let seen = api.get(&sender, &format!("{list}&min_sequence={moved}")).await.is(200);
        assert!(!seen.text.contains(&case), "{list}: {}", seen.text);
    }
    api.get(&sender, &format!("{file}/timeline?as_of={arrived}")).await.problem(403, "now-only");
    assert_eq!(state(&api, &case).await.centre, Some(there));
    let whole = api.get(&receiver, &format!("{file}?min_sequence={moved}")).await.is(200);
    assert!(whole.text.contains("bang op de gang"), "{}", whole.text);
    // The sender keeps sight of what it wrote and of the outcome, and of nothing that comes later.
    api.get(&sender, &file).await.problem(403, "not-yours");
    let later = api.done(&receiver, &format!("{file}/contacts"), json!({"note": "eerste gesprek"})).await;
    let seen = api.get(&sender, &format!("{file}/timeline?min_sequence={later}")).await.is(200);
    assert!(seen.text.contains("bang op de gang") && !seen.text.contains("eerste gesprek"), "{}", seen.text);
    assert!(seen.text.contains("transfer_handover_acknowledged"), "{}", seen.text);
    // Nor does it learn how much that is: pages are cut from what it sees.
    let all: Vec<Value> = seen.json()["entries"].as_array().unwrap().clone();
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = api.get(&sender, &format!("{file}/timeline?limit=1{cursor}")).await.is(200).json();
        let entries = page["entries"].as_array().unwrap().clone();
        assert_eq!(entries.len(), 1, "{page}");
        paged.extend(entries);
        let Some(next) = page["next"].as_u64() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_of_an_alarm_that_was_open_when_somebody_was_erased_go_once_it_is_dealt_with() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let case = open_case(&api, here).await;
    let [director, second] =
        ["director", "second-director"].map(|who| api.token(who, Role::Director, &[here]));
    let reporter = api.token("reception", Role::Frontline, &[here]);
    let acute = json!({"centre": here, "note": "mes", "severity": "acute", "cases": [{"case": case, "role": "affected"}]});
    api.post(&reporter, "/v1/signals", acute).await.is(201);
    let open = async || {
        let list = api.get(&director, "/v1/escalations?standing=open").await.is(200).json();
        list["escalations"].as_array().unwrap().first().map(|one| one["id"].as_str().unwrap().to_owned())
    };
    let alarm = loop {
        if let Some(alarm) = open().await {
            break alarm;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let way = format!("/v1/escalations/{alarm}");
    api.done(&director, &format!("{way}/acknowledge"), json!({"will_do": "ik haal haar op"})).await;
    api.done(&director, &format!("/v1/cases/{case}/erase"), json!({"ground": "person_asked"})).await;
    api.done(&second, &format!("/v1/cases/{case}/erase/approve"), json!({})).await;
    // Whoever deals with it needs the words until then.
    assert!(api.get(&director, &way).await.is(200).text.contains("ik haal haar op"));
    api.done(&director, &format!("{way}/resolve"), json!({"outcome": "ze is er"})).await;
    loop {
        let told = api.get(&director, &way).await.is(200).text;
        if !told.contains("ik haal haar op") && !told.contains("ze is er") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_a_person_leaves_what_is_about_others() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let (case, other) = (open_case(&api, here).await, open_case(&api, here).await);
    let team = api.token("team", Role::Coordinator, &[here]);
    let director = api.token("director", Role::Director, &[here]);
    let alone = log_signal(&api, here, &case, "alleen over haar").await;
    let body = json!({
        "centre": here, "note": "over twee",
        "cases": [{"case": case, "role": "affected"}, {"case": other, "role": "witness"}],
    });
    let shared = api.post(&team, "/v1/signals", body).await.is(201).get("id");
    let erase = format!("/v1/cases/{case}/erase");
    let approve = format!("{erase}/approve");
    let second = api.token("second-director", Role::Director, &[here]);
    let order = json!({"ground": "person_asked"});
    api.post(&team, &erase, order.clone()).await.problem(403, "role-not-allowed");
    let hold =
        api.post(&director, &format!("/v1/cases/{case}/holds"), json!({"ground": "complaint"})).await.is(200);
    api.post(&director, &erase, order.clone()).await.problem(403, "legal-hold");
    assert!(api.get(&team, &format!("/v1/signals/{alone}")).await.is(200).text.contains("alleen over haar"));
    let lift = format!("/v1/cases/{case}/holds/{}/lift", hold.get("hold"));
    api.post(&director, &lift, json!({})).await.is(200);
    api.post(&second, &approve, json!({})).await.problem(409, "erasure-not-requested");
    let asked = api.post(&director, &erase, order.clone()).await.is(200).json();
    assert_eq!((&asked["alone"], &asked["shared"]), (&json!([alone]), &json!([shared])));
    assert!(api.get(&team, &format!("/v1/signals/{alone}")).await.is(200).text.contains("alleen over haar"));
    api.post(&director, &approve, json!({})).await.problem(403, "second-person-needed");
    let erased = api.erased(&second, &case).await;
    assert_eq!(erased["shared"], json!([shared]));
    let gone = api.get(&team, &format!("/v1/signals/{alone}")).await.is(200);
    assert!(
        !gone.text.contains("alleen over haar") && gone.text.contains(r#""note":{"erased":true}"#),
        "{}",
        gone.text
    );
    let left = api.get(&team, &format!("/v1/signals/{shared}")).await.is(200);
    assert!(left.text.contains("over twee") && left.text.contains(&other), "{}", left.text);
    assert!(!left.text.contains(&case), "her part shows: {}", left.text);
    let named = json!({"centre": here, "note": "te laat", "cases": [{"case": case, "role": "witness"}]});
    api.post(&team, "/v1/signals", named).await.problem(422, "case-erased");
    let sequence = erased["sequence"].as_u64().unwrap();
    api.get(&team, &format!("/v1/cases/{case}?min_sequence={sequence}")).await.problem(410, "case-erased");
    let list = api.get(&team, "/v1/cases").await.is(200);
    assert!(!list.text.contains(&case) && list.text.contains(&other));
    // Asking again tells the same, and changes nothing more.
    let version = async || api.log.load::<Case>(case.parse().unwrap()).await.unwrap().version;
    let before = version().await;
    let again = api.post(&second, &approve, json!({})).await.is(200).json();
    assert_eq!((&again["alone"], &again["done"]), (&json!([alone]), &json!(true)));
    assert_eq!(version().await, before);
    let listed = api.get(&director, &format!("/v1/erasures?min_sequence={before}")).await.is(200).json();
    assert_eq!(listed["erasures"][0]["state"], "done", "{listed}");
    assert_eq!(listed["erasures"][0]["requested_by"], "director", "{listed}");
    let worklist = api.get(&team, &format!("/v1/centres/{here}/worklist")).await.is(200).json();
    let due = worklist["items"]
        .as_array()
        .unwrap()
        .iter()
        .any(|item| item["kind"] == "redaction_due" && item["key"] == json!(shared));
    assert!(due, "{worklist}");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_about_who_was_erased_go_and_the_rest_stays_readable() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let (case, gone) = (open_case(&api, here).await, open_case(&api, here).await);
    let team = api.token("team", Role::Coordinator, &[here]);
    let both = json!({
        "centre": here, "note": "Amina sloeg Farid",
        "cases": [{"case": case, "role": "affected"}, {"case": gone, "role": "witness"}],
    });
    let reporter = api.token("reception", Role::Frontline, &[here]);
    let signal = api.post(&reporter, "/v1/signals", both).await.is(201).get("id");
    let path = format!("/v1/signals/{signal}");
    let view = json!({"severity": "low", "certainty": "witnessed", "blind": true, "note": "beide rustig nu"});
    api.post(&team, &format!("{path}/assessments"), view).await.is(200);
    let events = api.get(&team, &path).await.is(200).json()["events"].clone();
    let logged = events[0]["event_id"].clone();
    let redactions = format!("{path}/redactions");
    let [director, second] = ["director", "second"].map(|who| api.token(who, Role::Director, &[here]));
    // Nothing asks that they go, as long as nobody is erased.
    let redaction = || json!({"texts": [{"event": logged, "field": "note", "words": "iemand sloeg Farid"}]});
    for who in [&team, &director] {
        api.post(who, &redactions, redaction()).await.problem(403, "words-stay");
    }
    api.done(&director, &format!("/v1/cases/{gone}/erase"), json!({"ground": "person_asked"})).await;
    api.erased(&second, &gone).await;
    // A hold on the file of the other keeps the words that are about both.
    let holds = format!("/v1/cases/{case}/holds");
    let hold = api.post(&director, &holds, json!({"ground": "proceedings"})).await.is(200).get("hold");
    api.post(&team, &redactions, redaction()).await.problem(403, "legal-hold");
    api.post(&director, &format!("{holds}/{hold}/lift"), json!({})).await.is(200);
    let unknown = json!({"texts": [{"event": logged, "field": "reason"}]});
    api.post(&team, &redactions, unknown).await.problem(422, "no-such-text");
    let done = api.done(&team, &redactions, redaction()).await;
    let id = signal.parse().unwrap();
    let keys = api.log.load::<Signal>(id).await.unwrap().state.redactions.keys(id);
    assert_eq!(keys.len(), 2);
    // The eraser destroys the old key: from then on no copy of the old words opens.
    let raw = api.log.history(nabij_model::AggregateId::new(nabij_model::AggregateKind::Signal, id)).await;
    let first: Value = serde_json::from_slice(&raw.unwrap()[0].body).unwrap();
    let gone = || async {
        let mut old = first.clone();
        api.log.vault().open(&mut old, |_| true).await.unwrap();
        (old["note"]["erased"] == true).then_some(old)
    };
    let old = eventually(gone).await.expect("the old words still open");
    assert_eq!(old["note"], json!({"erased": true, "level": "team"}));
    for read in [path.clone(), format!("/v1/cases/{case}/timeline?min_sequence={done}")] {
        let read = api.get(&team, &read).await.is(200);
        assert!(!read.text.contains("Amina"), "{}", read.text);
        assert!(
            read.text.contains("iemand sloeg Farid") && read.text.contains("beide rustig nu"),
            "{}",
            read.text
        );
    }
    // What is written from now on is sealed under the new key, and a second redaction leaves it.
    api.post(
        &team,
        &format!("{path}/feedback"),
        json!({"to": "reporter", "kind": "outcome", "note": "verteld"}),
    )
    .await
    .is(200);
    let again = json!({"texts": [{"event": logged, "field": "note"}]});
    api.done(&team, &redactions, again).await;
    let read =
        || async { Some(api.get(&team, &path).await.is(200)).filter(|read| !read.text.contains("Farid")) };
    let read = eventually(read).await.expect("the old words still open").text;
    assert!(read.contains("verteld") && read.contains("beide rustig nu"), "{read}");
}

#[tokio::test(flavor = "multi_thread")]
async fn headquarters_hears_once_and_answers() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let case = open_case(&api, here).await;
    let director = api.token("director", Role::Director, &[here]);
    let stranger = api.centre("there").await;
    let stranger = api.token("stranger", Role::Director, &[stranger]);
    let open_stream = async |token: &str, after: u64| {
        let request = api.request(Method::GET, &format!("/v1/escalations/stream?after={after}"));
        request.bearer_auth(token).send().await.unwrap().bytes_stream()
    };
    let mut heard = open_stream(&director, 0).await;
    let mut unheard = open_stream(&stranger, 0).await;
    let reporter = api.token("reception", Role::Frontline, &[here]);
    let body = json!({
        "centre": here, "note": "mes", "severity": "acute", "cases": [{"case": case, "role": "affected"}],
    });
    api.post(&reporter, "/v1/signals", body).await.is(201);
    let raised = next_event(&mut heard).await;
    assert_eq!(raised["event"], "raised", "{raised}");
    let escalation = raised["data"]["escalation"].as_str().unwrap().to_owned();
    let answer = format!("/v1/escalations/{escalation}");
    api.post(&stranger, &format!("{answer}/acknowledge"), json!({"will_do": "x"}))
        .await
        .problem(403, "not-yours");
    api.post(&director, &format!("{answer}/resolve"), json!({"outcome": "x"}))
        .await
        .problem(409, "not-acknowledged");
    let words = json!({"will_do": "ik ga erheen"});
    api.post(&director, &format!("{answer}/acknowledge"), words).await.is(200);
    let mut taken = next_event(&mut heard).await;
    while taken["event"] != "acknowledged" {
        taken = next_event(&mut heard).await;
    }
    assert_eq!(taken["data"]["body"]["will_do"], "ik ga erheen");
    let resolved = api.done(&director, &format!("{answer}/resolve"), json!({"outcome": "rustig nu"})).await;
    let one = api.get(&director, &format!("{answer}?min_sequence={resolved}")).await.is(200).json();
    assert_eq!(one["standing"], "resolved", "{one}");
    let list = api.get(&director, "/v1/escalations").await.is(200).json();
    assert_eq!(list["escalations"].as_array().unwrap().len(), 1, "{list}");
    assert_eq!(api.get(&stranger, "/v1/escalations").await.is(200).json()["escalations"], json!([]));

    // Who comes back with the last id gets the rest, and nothing twice.
    let last = raised["id"].as_str().unwrap();
    let request = api.request(Method::GET, "/v1/escalations/stream").bearer_auth(&director);
    let mut again = request.header("last-event-id", last).send().await.unwrap().bytes_stream();
    let next = next_event(&mut again).await;
    assert_ne!(next["event"], "raised");
    assert!(next["id"].as_str().unwrap().parse::<u64>().unwrap() > last.parse().unwrap());
    let silence = tokio::time::timeout(Duration::from_millis(300), unheard.next()).await;
    assert!(silence.is_err(), "another centre heard of it: {silence:?}");
}

/// The next server-sent event, its data parsed; comments are skipped.
async fn next_event(
    stream: &mut (impl futures::Stream<Item = reqwest::Result<bytes::Bytes>> + Unpin),
) -> Value {
    let mut event = json!({});
    loop {
        let chunk = tokio::time::timeout(PATIENCE, stream.next()).await.expect("no event came");
        let text = String::from_utf8(chunk.unwrap().unwrap().to_vec()).unwrap();
        for line in text.lines() {
            if let Some((name, value)) = line.split_once(": ").filter(|(name, _)| !name.is_empty()) {
                event[name] =
                    if name == "data" { serde_json::from_str(value).unwrap() } else { value.into() };
            }
        }
        if event.get("data").is_some() {
            return event;
        }
    }
}
