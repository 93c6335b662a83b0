//! A protocol on a signal, from the offer to the last step, and who sees it.

use nabij_model::Role;
use serde_json::{Value, json};

use crate::common::Api;

const STORY: &str = "hij zei dat papa slaat";

#[tokio::test(flavor = "multi_thread")]
async fn a_team_is_offered_a_protocol_starts_it_and_says_what_became_of_each_step() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let team = api.token("psy", Role::Psychosocial, &[here]);
    let reporter = api.token("reception", Role::Frontline, &[here]);
    let signal =
        json!({"centre": here, "note": STORY, "category": "violence_against_child", "severity": "high"});
    let signal = api.post(&reporter, "/v1/signals", signal).await.is(201).get("id");
    let path = format!("/v1/signals/{signal}/protocols");
    let before = api.get(&team, &path).await.is(200).json();
    assert_eq!(before["offered"][0]["protocol"], "violence-against-child");
    assert_eq!(before["offered"].as_array().unwrap().len(), 1);
    assert_eq!(before["runs"], json!([]));

    api.post(&team, &path, json!({"protocol": "dance"})).await.problem(422, "protocol-unknown");
    let started = api.post(&team, &path, json!({"protocol": "violence-against-child"})).await.is(200);
    let run = started.get("run");
    api.post(&team, &path, json!({"protocol": "violence-against-child"}))
        .await
        .problem(409, "protocol-running");
    let steps =
        async |token: &str| -> Value { api.get(token, &path).await.is(200).json()["runs"][0].clone() };
    let first = steps(&team).await;
    assert_eq!(first["run"], json!(run));
    assert_eq!(first["title"]["nl"], "Geweld tegen een kind");
    assert_eq!(first["steps"][0]["state"], "open");
    assert!(first["steps"][0]["what"]["fr"].as_str().unwrap().contains("sécurité"));
    assert_eq!(first["steps"][1]["state"], "waiting");

    let done = format!("{path}/{run}/completions");
    api.post(&team, &done, json!({"step": "dance"})).await.problem(404, "step-unknown");
    api.post(&team, &done, json!({"step": "make-safe", "note": "bij tante"})).await.is(200);
    api.post(&team, &done, json!({"step": "make-safe"})).await.problem(409, "step-done");
    let skips = format!("{path}/{run}/skips");
    let skip = json!({"step": "guardian", "because": "not_applicable", "reason": "woont bij ouders"});
    api.post(&team, &skips, json!({"step": "guardian", "because": "not_applicable", "reason": " "}))
        .await
        .problem(422, "words-needed");
    let last = api.done(&team, &skips, skip).await;
    let now = steps(&team).await;
    let step =
        |id: &str| now["steps"].as_array().unwrap().iter().find(|step| step["step"] == id).unwrap().clone();
    assert_eq!(step("make-safe")["state"], "done");
    assert_eq!(step("make-safe")["ended"]["body"]["note"], "bij tante");
    assert_eq!(step("medical-check")["state"], "open", "its turn has come");
    assert_eq!(
        (step("guardian")["state"].clone(), step("guardian")["because"].clone()),
        (json!("skipped"), json!("not_applicable"))
    );

    let work =
        api.get(&team, &format!("/v1/centres/{here}/worklist?min_sequence={last}")).await.is(200).json();
    let asked: Vec<&str> =
        work["items"].as_array().unwrap().iter().filter_map(|item| item["step"]["step"].as_str()).collect();
    assert!(asked.contains(&"medical-check") && asked.contains(&"listen"), "{asked:?}");
    assert!(!asked.contains(&"make-safe") && !asked.contains(&"write-down"), "{asked:?}");

    // Who only logged it is told by people, and does not read the team's plan.
    api.get(&reporter, &path).await.problem(403, "role-not-allowed");
    let own = api.get(&reporter, &format!("/v1/signals/{signal}")).await.is(200);
    assert!(!own.text.contains("protocol"), "{}", own.text);
    let listed = api.get(&reporter, "/v1/protocols").await.is(200).json();
    assert_eq!(
        listed["protocols"].as_array().unwrap().len(),
        5,
        "everybody on duty may read and practise them"
    );
    api.post(&reporter, &path, json!({"protocol": "suicidality"})).await.problem(403, "role-not-allowed");
    let elsewhere = api.centre("there").await;
    let other = api.token("psy-2", Role::Psychosocial, &[elsewhere]);
    api.get(&other, &path).await.is(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_protocol_of_a_confidential_signal_is_the_safeguarding_persons() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let (team, director) =
        (api.token("psy", Role::Psychosocial, &[here]), api.token("director", Role::Director, &[here]));
    let safe = api.token("safe", Role::SafeguardingPerson, &[]);
    let signal = json!({"centre": here, "note": STORY, "category": "violence-against-child", "severity": "high",
        "concerns_staff": true, "route": "confidential"});
    let signal = api.post(&team, "/v1/signals", signal).await.is(201).get("id");
    let path = format!("/v1/signals/{signal}/protocols");
    let run = api.post(&safe, &path, json!({"protocol": "violence-against-child"})).await.is(200);
    let sequence = run.json()["sequence"].as_u64().unwrap();
    let shown = api.get(&safe, &path).await.is(200).json();
    assert_eq!(shown["runs"][0]["title"]["en"], "Violence against a child");
    api.get(&director, &path).await.problem(404, "signal-unknown");
    // The very person who wrote it follows what becomes of it, and not how.
    api.get(&team, &path).await.is(403);
    let own = api.get(&team, &format!("/v1/signals/{signal}")).await.is(200);
    assert!(!own.text.contains("protocol"), "{}", own.text);
    let work = api.get(&team, &format!("/v1/centres/{here}/worklist?min_sequence={sequence}")).await.is(200);
    assert!(!work.text.contains(&signal), "{}", work.text);
    let done = format!("{path}/{}/completions", run.get("run"));
    api.post(&safe, &done, json!({"step": "make-safe"})).await.is(200);
    api.post(&team, &done, json!({"step": "listen"})).await.is(403);
}
