//! A confidential signal about staff: with the safeguarding person, with who wrote it, and nowhere else.

use nabij_model::Role;
use serde_json::{Value, json};

use crate::common::Api;

const STORY: &str = "hij komt 's nachts op haar kamer";
const TALK: &str = "we spreken met haar zus";

#[tokio::test(flavor = "multi_thread")]
async fn it_leaves_no_trace_in_any_read_of_the_centre() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let team = api.token("psy", Role::Psychosocial, &[here]);
    let reporter = api.token("reception", Role::Frontline, &[here]);
    let safe = api.token("safe", Role::SafeguardingPerson, &[]);
    let body = json!({"centre": here, "birth_year": 1990, "languages": ["fa"], "arrived_on": "2026-01-10"});
    let case = api.post(&team, "/v1/cases", body).await.is(201);
    let opened = case.json()["sequence"].as_u64().unwrap();
    let case = case.get("id");
    let reads = [
        format!("/v1/cases/{case}"),
        format!("/v1/cases/{case}/timeline"),
        "/v1/cases".to_owned(),
        format!("/v1/centres/{here}/worklist"),
        format!("/v1/centres/{here}/agenda"),
        format!("/v1/centres/{here}/board"),
        "/v1/escalations".to_owned(),
    ];
    let shown = async |token: &str, sequence: u64| {
        let mut all = Vec::new();
        for path in &reads {
            let mut json = api.get(token, &format!("{path}?min_sequence={sequence}")).await.is(200).json();
            // The head of the log moves with everything that anybody writes.
            let fields = json.as_object_mut().unwrap();
            fields.remove("as_of");
            if !path.starts_with("/v1/cases") {
                fields.remove("recorded_seq");
            }
            all.push(json);
        }
        all
    };
    let director = api.token("director", Role::Director, &[here]);
    let (team_before, director_before) = (shown(&team, opened).await, shown(&director, opened).await);
    let signal = json!({
        "centre": here, "note": STORY, "concerns_staff": true, "route": "confidential", "severity": "acute",
        "cases": [{"case": case, "role": "affected"}],
    });
    let signal = api.post(&reporter, "/v1/signals", signal).await.is(201).get("id");
    let talk = json!({
        "centre": here, "kind": "case_conference", "held_at": jiff::Timestamp::now(), "cases": [case],
        "signals": [signal], "needs": [TALK], "next_review": "2030-01-01",
    });
    // To a team the signal does not exist, whatever it says of the discussion.
    for token in [&team, &director] {
        api.post(token, "/v1/discussions", talk.clone()).await.problem(404, "signal-unknown");
    }
    let held = api.post(&safe, "/v1/discussions", talk).await.is(201);
    let sequence = held.json()["sequence"].as_u64().unwrap();
    let discussion = format!("/v1/discussions/{}", held.get("id"));
    assert!(api.get(&safe, &discussion).await.is(200).text.contains(TALK));
    api.get(&team, &discussion).await.problem(404, "discussion-unknown");
    api.get(&director, &discussion).await.problem(404, "discussion-unknown");
    assert_eq!(shown(&team, sequence).await, team_before);
    assert_eq!(shown(&director, sequence).await, director_before);
    // Broken glass opens the file, and not this.
    let glass = json!({"reason": "danger_to_life", "why": "ze wil springen"});
    let broken = api.done(&team, &format!("/v1/cases/{case}/break-glass"), glass).await;
    for path in [format!("/v1/cases/{case}"), format!("/v1/cases/{case}/timeline")] {
        let seen = api.get(&team, &format!("{path}?min_sequence={broken}")).await.is(200);
        assert!(!seen.text.contains(STORY) && !seen.text.contains(&signal), "{}", seen.text);
    }
    api.get(&team, &format!("/v1/signals/{signal}")).await.problem(404, "signal-unknown");

    let list = api.get(&safe, &format!("/v1/safeguarding/signals?min_sequence={broken}")).await.is(200);
    assert_eq!(list.json()["signals"].as_array().unwrap().len(), 1);
    assert!(list.text.contains(STORY), "{}", list.text);
    for token in [&team, &director, &reporter] {
        api.get(token, "/v1/safeguarding/signals").await.problem(403, "role-not-allowed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_noticed_sees_what_became_of_each_of_their_signals() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let reporter = api.token("reception", Role::Frontline, &[here]);
    let team = api.token("psy", Role::Psychosocial, &[here]);
    let log = async |note: &str| {
        let body = json!({"centre": here, "note": note});
        api.post(&reporter, "/v1/signals", body).await.is(201).get("id")
    };
    let (first, second) = (log("zit alleen").await, log("eet niet mee").await);
    let other =
        api.post(&team, "/v1/signals", json!({"centre": here, "note": "van een ander"})).await.is(201);
    let path = format!("/v1/signals/{first}");
    api.post(&team, &format!("{path}/assessments"), json!({"severity": "low", "blind": true})).await.is(200);
    let told = json!({"to": "reporter", "kind": "action_taken", "note": "we aten samen"});
    api.post(&team, &format!("{path}/feedback"), told).await.is(200);
    let elsewhere = json!({"to": "parents", "kind": "outcome", "note": "niet voor de melder"});
    let last = api.done(&team, &format!("{path}/feedback"), elsewhere).await;
    let mine = api.get(&reporter, &format!("/v1/my/signals?min_sequence={last}")).await.is(200);
    let json = mine.json();
    let signals = json["signals"].as_array().unwrap();
    assert_eq!([&signals[0]["signal"], &signals[1]["signal"]], [&json!(second), &json!(first)]);
    assert_eq!((&signals[0]["assessed"], &signals[0]["reporter_heard"]), (&json!(false), &json!(false)));
    assert_eq!((&signals[1]["assessed"], &signals[1]["reporter_heard"]), (&json!(true), &json!(true)));
    for word in ["zit alleen", "eet niet mee", "we aten samen"] {
        assert!(mine.text.contains(word), "{word}: {}", mine.text);
    }
    assert!(
        !mine.text.contains("niet voor de melder") && !mine.text.contains(&other.get("id")),
        "{}",
        mine.text
    );
    let page = api.get(&reporter, "/v1/my/signals?limit=1").await.is(200).json();
    let next =
        api.get(&reporter, &format!("/v1/my/signals?limit=1&cursor={}", page["next"])).await.is(200).json();
    assert_eq!(next["signals"][0]["signal"], json!(first));
    assert_eq!(next["next"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn to_the_safeguarding_person_of_another_operator_it_does_not_exist() {
    let api = Api::start().await;
    let there = api.centre_of("there", "other").await;
    let reporter = api.token("reception", Role::Frontline, &[there]);
    let signal = json!({"centre": there, "note": STORY, "concerns_staff": true, "route": "confidential"});
    let signal = api.post(&reporter, "/v1/signals", signal).await.is(201).get("id");
    let safe = api.token("safe", Role::SafeguardingPerson, &[]);
    let unknown = uuid::Uuid::now_v7();
    let answered = async |signal: &str| {
        let read = api.get(&safe, &format!("/v1/signals/{signal}")).await;
        let assessed = json!({"severity": "high", "blind": true});
        let assessed = api.post(&safe, &format!("/v1/signals/{signal}/assessments"), assessed).await;
        (read.status.as_u16(), assessed.status.as_u16())
    };
    assert_eq!(answered(&signal).await, (404, 404));
    assert_eq!(answered(&unknown.to_string()).await.0, 404, "as one that nobody logged");
    let own = api.get(&safe, "/v1/safeguarding/signals").await.is(200);
    assert!(!own.text.contains(&signal), "{}", own.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_answers_word_for_word_as_what_nobody_ever_logged() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let reporter = api.token("reception", Role::Frontline, &[here]);
    let log = async |about: Value| {
        let mut signal = json!({"centre": here, "note": STORY});
        signal.as_object_mut().unwrap().extend(about.as_object().unwrap().clone());
        api.post(&reporter, "/v1/signals", signal).await.is(201).get("id")
    };
    let hidden = log(json!({"concerns_staff": true, "route": "confidential", "severity": "low"})).await;
    let own = log(json!({})).await;
    let team = api.token("team", Role::Coordinator, &[here]);
    let director = api.token("director", Role::Director, &[here]);
    let entry = json!({
        "centre": here, "source": "register", "register_number": "7", "incident_type": "violence",
        "level": "minor", "occurred_at": "2026-01-12T10:00:00Z",
    });
    let incident = api.post(&team, "/v1/incidents", entry).await.is(201).get("id");
    let talk = |signal: &str| {
        json!({
            "centre": here, "kind": "multidisciplinary", "held_at": jiff::Timestamp::now(), "cases": [],
            "signals": [signal],
        })
    };
    let to = |signal: &str| json!({"to": {"signal": signal}});
    let answers = async |signal: &str| {
        let path = format!("/v1/signals/{signal}");
        let all = [
            api.get(&team, &path).await,
            api.get(&team, &format!("{path}/protocols")).await,
            api.get(&director, &format!("{path}/access-log")).await,
            api.post(&team, &format!("{path}/assessments"), json!({"severity": "low", "blind": true})).await,
            api.post(&team, &format!("{path}/feedback"), json!({"to": "reporter", "kind": "outcome"})).await,
            api.post(&team, &format!("{path}/links"), to(&own)).await,
            api.post(&team, &format!("/v1/signals/{own}/links"), to(signal)).await,
            api.post(&team, &format!("/v1/incidents/{incident}/links"), to(signal)).await,
            api.post(&team, "/v1/discussions", talk(signal)).await,
        ];
        all.map(|answer| answer.problem(404, "signal-unknown").json())
    };
    let unknown = uuid::Uuid::now_v7().to_string();
    assert_eq!(answers(&hidden).await, answers(&unknown).await);
    // And the same calls about one's own are taken.
    api.post(&team, &format!("/v1/incidents/{incident}/links"), to(&own)).await.is(200);
    api.post(&team, "/v1/discussions", talk(&own)).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn its_escalation_exists_for_the_safeguarding_person_alone() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let elsewhere = api.centre_of("there", "other").await;
    let reporter = api.token("reception", Role::Frontline, &[here]);
    let safe = api.token("safe", Role::SafeguardingPerson, &[]);
    let signal = json!({
        "centre": here, "note": STORY, "concerns_staff": true, "route": "confidential", "severity": "acute",
    });
    api.post(&reporter, "/v1/signals", signal).await.is(201);
    let mut raised = Vec::new();
    for _ in 0..200 {
        let list = api.get(&safe, "/v1/escalations").await.is(200).json();
        raised = list["escalations"].as_array().unwrap().clone();
        if !raised.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let [one] = &raised[..] else { panic!("one escalation: {raised:?}") };
    let escalation = one["id"].as_str().unwrap();
    let path = format!("/v1/escalations/{escalation}");
    assert!(api.get(&safe, &path).await.is(200).text.contains("acute-signal"));
    let head = api.log.head().await.unwrap().sequence;
    let unknown = format!("/v1/escalations/{}", uuid::Uuid::now_v7());
    for (role, centres) in [
        (Role::Psychosocial, vec![here]),
        (Role::Coordinator, vec![here]),
        (Role::Director, vec![here]),
        (Role::OperatorHq, vec![]),
        (Role::NetworkHq, vec![]),
        (Role::Director, vec![elsewhere]),
    ] {
        let token = api.token("other", role, &centres);
        let list = api.get(&token, &format!("/v1/escalations?min_sequence={head}")).await.is(200);
        assert!(!list.text.contains(escalation), "{role:?}: {}", list.text);
        // Every answer is that of an escalation which nobody ever raised.
        let answers = async |path: &str| {
            let read = api.get(&token, path).await.is(404).json();
            let taken = api.post(&token, &format!("{path}/acknowledge"), json!({"will_do": "ik bel"})).await;
            (read["type"].clone(), taken.status, taken.json()["type"].clone())
        };
        assert_eq!(answers(&path).await, answers(&unknown).await, "{role:?}");
    }
}
