//! A confidential signal about staff: with the safeguarding person, with who wrote it, and nowhere else.

use nabij_model::{CentreId, Role};
use serde_json::{Value, json};

use crate::common::Api;

const STORY: &str = "hij komt 's nachts op haar kamer";
const TALK: &str = "we spreken met haar zus";

/// A resident of a centre.
async fn resident(api: &Api, team: &str, centre: CentreId) -> String {
    let body = json!({"centre": centre, "birth_year": 1990, "languages": ["fa"], "arrived_on": "2026-01-10"});
    api.post(team, "/v1/cases", body).await.is(201).get("id")
}

/// Something that the team sees; its sequence.
async fn worry(api: &Api, team: &str, centre: CentreId, case: &str) -> u64 {
    let body = json!({"centre": centre, "note": "zit alleen", "cases": [{"case": case, "role": "affected"}]});
    api.post(team, "/v1/signals", body).await.is(201).json()["sequence"].as_u64().unwrap()
}

/// Something that the team does not see, about these cases.
async fn hidden(api: &Api, centre: CentreId, cases: &[&str]) -> String {
    let reporter = api.token("reception", Role::Frontline, &[centre]);
    let cases: Vec<Value> = cases.iter().map(|case| json!({"case": case, "role": "affected"})).collect();
    let signal = json!({
        "centre": centre, "note": STORY, "concerns_staff": true, "route": "confidential", "severity": "acute",
        "cases": cases,
    });
    api.post(&reporter, "/v1/signals", signal).await.is(201).get("id")
}

/// The escalation of a hidden signal, once the safeguarding person has it.
async fn alarm(api: &Api, safe: &str, signal: &str) -> String {
    for _ in 0..200 {
        let list = api.get(safe, "/v1/escalations").await.is(200).json();
        let of_signal = |one: &&Value| one["steps"][0]["body"]["subject"]["signal"] == signal;
        let found: Vec<&Value> = list["escalations"].as_array().unwrap().iter().filter(of_signal).collect();
        match found[..] {
            [] => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            [one] => return one["id"].as_str().unwrap().to_owned(),
            _ => panic!("one escalation: {found:#?}"),
        }
    }
    panic!("no escalation of {signal}");
}

/// Waits until the rules have written whatever they make of everything so far; the head of the log then.
async fn ruled(api: &Api, safe: &str, centre: CentreId) -> u64 {
    // What they find in one look they write in any order, and before they look again: the first alarm may be of that same look.
    for _ in 0..2 {
        let last = hidden(api, centre, &[]).await;
        alarm(api, safe, &last).await;
    }
    api.log.head().await.unwrap().sequence
}

/// The rules that ask for a talk, on the agenda.
fn asked(agenda: &Value) -> Vec<&Value> {
    agenda["matters"].as_array().unwrap().iter().map(|matter| &matter["rule"]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_leaves_no_trace_in_any_read_of_the_centre() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let team = api.token("psy", Role::Psychosocial, &[here]);
    let reporter = api.token("reception", Role::Frontline, &[here]);
    let safe = api.token("safe", Role::SafeguardingPerson, &[]);
    // One more would be three concerns about the one, and about the other there are.
    let (case, other) = (resident(&api, &team, here).await, resident(&api, &team, here).await);
    for case in [&case, &case, &other, &other, &other] {
        worry(&api, &team, here, case).await;
    }
    let before = ruled(&api, &safe, here).await;
    let agenda = api.get(&team, &format!("/v1/centres/{here}/agenda?min_sequence={before}")).await.is(200);
    assert_eq!(asked(&agenda.json()), ["three-concerns"]);
    let reads = [
        format!("/v1/cases/{case}"),
        format!("/v1/cases/{case}/timeline"),
        format!("/v1/cases/{other}/timeline"),
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
    let (team_before, director_before) = (shown(&team, before).await, shown(&director, before).await);
    let signal = hidden(&api, here, &[&case]).await;
    let talk = json!({
        "centre": here, "kind": "case_conference", "held_at": jiff::Timestamp::now(), "cases": [case, other],
        "signals": [signal], "needs": [TALK], "next_review": "2030-01-01",
    });
    // To a team the signal does not exist, whatever it says of the discussion.
    for token in [&team, &director] {
        api.post(token, "/v1/discussions", talk.clone()).await.problem(404, "signal-unknown");
    }
    let held = api.post(&safe, "/v1/discussions", talk).await.is(201);
    let after = ruled(&api, &safe, here).await;
    let discussion = format!("/v1/discussions/{}", held.get("id"));
    assert!(api.get(&safe, &discussion).await.is(200).text.contains(TALK));
    api.get(&team, &discussion).await.problem(404, "discussion-unknown");
    api.get(&director, &discussion).await.problem(404, "discussion-unknown");
    assert_eq!(shown(&team, after).await, team_before);
    assert_eq!(shown(&director, after).await, director_before);
    // Broken glass opens the file, and not this.
    let glass = json!({"reason": "danger_to_life", "why": "ze wil springen"});
    let broken = api.done(&team, &format!("/v1/cases/{case}/break-glass"), glass).await;
    for path in [format!("/v1/cases/{case}"), format!("/v1/cases/{case}/timeline")] {
        let seen = api.get(&team, &format!("{path}?min_sequence={broken}")).await.is(200);
        assert!(!seen.text.contains(STORY) && !seen.text.contains(&signal), "{}", seen.text);
    }
    api.get(&team, &format!("/v1/signals/{signal}")).await.problem(404, "signal-unknown");

    let list = api.get(&safe, &format!("/v1/safeguarding/signals?min_sequence={broken}")).await.is(200);
    assert!(list.text.contains(&signal) && list.text.contains(STORY), "{}", list.text);
    for token in [&team, &director, &reporter] {
        api.get(token, "/v1/safeguarding/signals").await.problem(403, "role-not-allowed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_neither_completes_what_the_team_counts_nor_uses_it_up() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let team = api.token("psy", Role::Psychosocial, &[here]);
    let safe = api.token("safe", Role::SafeguardingPerson, &[]);
    let case = resident(&api, &team, here).await;
    worry(&api, &team, here, &case).await;
    hidden(&api, here, &[&case]).await;
    worry(&api, &team, here, &case).await;
    let agenda = async |head: u64| {
        api.get(&team, &format!("/v1/centres/{here}/agenda?min_sequence={head}")).await.is(200).json()
    };
    let two = agenda(ruled(&api, &safe, here).await).await;
    assert_eq!(asked(&two), [] as [&str; 0], "the team saw two");
    hidden(&api, here, &[&case]).await;
    worry(&api, &team, here, &case).await;
    let three = agenda(ruled(&api, &safe, here).await).await;
    assert_eq!(asked(&three), ["three-concerns"], "the team saw three");
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
async fn who_read_it_stands_in_no_access_log_that_the_centre_sees() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let [team, director] = [("psy", Role::Psychosocial), ("director", Role::Director)]
        .map(|(who, role)| api.token(who, role, &[here]));
    let reporter = api.token("reception", Role::Frontline, &[here]);
    let (safe, auditor) =
        (api.token("safe", Role::SafeguardingPerson, &[]), api.token("auditor", Role::Auditor, &[]));
    let body = json!({"centre": here, "birth_year": 2015, "languages": ["fa"], "arrived_on": "2026-01-10"});
    let case = api.post(&team, "/v1/cases", body).await.is(201).get("id");
    let signal = json!({
        "centre": here, "note": STORY, "concerns_staff": true, "route": "confidential", "severity": "high",
        "cases": [{"case": case, "role": "affected"}],
    });
    let logged = api.post(&reporter, "/v1/signals", signal).await.is(201);
    let (signal, sequence) = (logged.get("id"), logged.json()["sequence"].as_u64().unwrap());
    let read = api.get(&team, &format!("/v1/cases/{case}?min_sequence={sequence}")).await.is(200);
    for (token, path) in [
        (&safe, format!("/v1/signals/{signal}")),
        (&safe, format!("/v1/safeguarding/signals?min_sequence={sequence}")),
        (&safe, format!("/v1/safeguarding/worklist?min_sequence={sequence}")),
        (&reporter, format!("/v1/signals/{signal}")),
        (&reporter, format!("/v1/my/signals?min_sequence={sequence}")),
    ] {
        let shown = api.get(token, &path).await.is(200);
        assert!(shown.text.contains(&case), "{path} tells of the case: {}", shown.text);
    }
    // A last read by the team: what stands before it has been taken in.
    let last =
        api.get(&team, &format!("/v1/cases/{case}")).await.is(200).headers["nabij-audit-sequence"].clone();
    let subjects = async |token: &str| {
        let path = format!("/v1/cases/{case}/access-log?min_sequence={}", last.to_str().unwrap());
        let log = api.get(token, &path).await.is(200);
        let subjects: Vec<String> = log.json()["accesses"]
            .as_array()
            .unwrap()
            .iter()
            .map(|access| access["subject"].as_str().unwrap().to_owned())
            .collect();
        (subjects, log.text.contains(&signal))
    };
    assert!(read.text.contains(&case));
    assert_eq!(subjects(&director).await, (vec!["psy".to_owned(); 2], false));
    for token in [&safe, &auditor] {
        let (who, told) = subjects(token).await;
        assert!(told && ["safe", "reception"].iter().all(|one| who.iter().any(|who| who == one)), "{who:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn its_escalation_exists_for_the_safeguarding_person_alone() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let elsewhere = api.centre_of("there", "other").await;
    let safe = api.token("safe", Role::SafeguardingPerson, &[]);
    let signal = hidden(&api, here, &[]).await;
    let escalation = alarm(&api, &safe, &signal).await;
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
        assert!(!list.text.contains(&escalation), "{role:?}: {}", list.text);
        // Every answer is that of an escalation which nobody ever raised.
        let answers = async |path: &str| {
            let read = api.get(&token, path).await.is(404).json();
            let taken = api.post(&token, &format!("{path}/acknowledge"), json!({"will_do": "ik bel"})).await;
            (read["type"].clone(), taken.status, taken.json()["type"].clone())
        };
        assert_eq!(answers(&path).await, answers(&unknown).await, "{role:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_is_linked_to_tells_the_centre_nothing_of_it() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let team = api.token("team", Role::Coordinator, &[here]);
    let safe = api.token("safe", Role::SafeguardingPerson, &[]);
    let case = resident(&api, &team, here).await;
    let entry = json!({
        "centre": here, "source": "register", "register_number": "7", "incident_type": "violence",
        "level": "minor", "occurred_at": "2026-01-12T10:00:00Z", "cases": [case],
    });
    let incident = api.post(&team, "/v1/incidents", entry).await.is(201);
    let (sequence, incident) = (incident.json()["sequence"].as_u64().unwrap(), incident.get("id"));
    let path = format!("/v1/incidents/{incident}");
    let seen = async |sequence: u64| {
        let timeline = format!("/v1/cases/{case}/timeline?min_sequence={sequence}");
        let (entry, timeline) =
            (api.get(&team, &path).await.is(200), api.get(&team, &timeline).await.is(200));
        (entry.json()["events"].clone(), entry.json()["version"].clone(), timeline.json()["entries"].clone())
    };
    let before = seen(sequence).await;
    let signal = hidden(&api, here, &[&case]).await;
    let signals = format!("/v1/signals/{signal}");
    let to = json!({"to": {"incident": incident}});
    let linked = api.done(&safe, &format!("{signals}/links"), to.clone()).await;
    assert!(api.get(&safe, &signals).await.is(200).text.contains(&incident));
    assert_eq!(seen(linked).await, before, "linked");
    let apart = json!({"to": {"incident": incident}, "reason": "another_time"});
    let unlinked = api.done(&safe, &format!("{signals}/link-removals"), apart.clone()).await;
    assert_eq!(seen(unlinked).await, before, "taken back");
    api.post(&safe, &format!("{signals}/link-removals"), apart).await.problem(409, "not-linked");

    // Nor does who wrote such a signal let the entry tell of it.
    let own = json!({"centre": here, "note": STORY, "concerns_staff": true, "route": "confidential"});
    let own = api.post(&team, "/v1/signals", own).await.is(201).get("id");
    let back = json!({"to": {"signal": own}});
    api.post(&team, &format!("{path}/links"), back).await.problem(422, "confidential");
    let linked = api.done(&team, &format!("/v1/signals/{own}/links"), to).await;
    assert_eq!(seen(linked).await, before, "linked by its author");
}
