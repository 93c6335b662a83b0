//! A director decides on a transfer with the whole file in view, without its secrets, and on nothing older than that.

use nabij_model::Role;
use serde_json::json;

use crate::common::Api;

const STORY: &str = "bang op de gang";
const CLINICAL: &str = "paniek bij sirenes";

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_names_the_summary_that_it_read() {
    let api = Api::start().await;
    let (here, there) = (api.centre("here").await, api.centre("there").await);
    let team = api.token("psy", Role::Psychosocial, &[here]);
    let director = api.token("director", Role::Director, &[here]);
    let body = json!({"centre": here, "birth_date": "2010-02-01", "languages": ["fa"], "arrived_on": "2026-01-10", "accompaniment": "parents"});
    let case = api.post(&team, "/v1/cases", body).await.is(201).get("id");
    let file = format!("/v1/cases/{case}");
    api.done(&team, &format!("{file}/vulnerabilities"), json!({"category": "torture"})).await;
    api.done(&team, &format!("{file}/support-level"), json!({"level": 3, "reason": CLINICAL})).await;
    let signal = json!({"centre": here, "note": STORY, "severity": "high", "category": "conflict", "cases": [{"case": case, "role": "affected"}]});
    api.post(&team, "/v1/signals", signal).await.is(201);
    let request = json!({
        "to_centre": there, "kind": "family_reunion", "who_moves": "resident", "reason": "zus woont daar",
        "alternatives": "bezoek", "resident_view": "wil bij haar zus zijn", "handover": CLINICAL,
    });
    let asked = api.post(&team, &format!("{file}/transfers"), request).await.is(200);
    let transfer = format!("{file}/transfers/{}", asked.get("transfer"));
    let summary = format!("{transfer}/summary");
    let first =
        api.get(&director, &format!("{summary}?min_sequence={}", asked.json()["sequence"])).await.is(200);
    let json = first.json();
    assert_eq!((&json["minor"], &json["support_level"]), (&json!(true), &json!(3)));
    assert_eq!(json["needs"], json!(["torture"]));
    assert_eq!(
        (&json["signals"][0]["category"], &json["signals"][0]["severity"]),
        (&json!("conflict"), &json!("high"))
    );
    assert!(first.text.contains("wil bij haar zus zijn"), "the resident's view: {}", first.text);
    for secret in [STORY, CLINICAL, "sealed"] {
        assert!(!first.text.contains(secret), "{secret}: {}", first.text);
    }
    let withheld =
        |kind: &str, level: &str, count: u32| json!({"kind": kind, "level": level, "count": count});
    let all = json["withheld"].as_array().unwrap();
    for expected in [
        withheld("signals", "team", 1),
        withheld("screenings", "psychosocial", 1),
        withheld("plan", "psychosocial", 1),
    ] {
        assert!(all.contains(&expected), "{expected} is not in {all:?}");
    }
    api.get(&api.token("night", Role::Frontline, &[here]), &summary).await.problem(403, "role-not-allowed");
    api.get(&api.token("away", Role::Director, &[there]), &summary).await.problem(403, "not-yours");

    let held = json!({"centre": here, "kind": "case_conference", "held_at": jiff::Timestamp::now(), "cases": [case]});
    let held = api.post(&team, "/v1/discussions", held).await.is(201).get("id");
    let approve =
        |version: &serde_json::Value| json!({"basis": {"discussion": held}, "summary_version": version});
    let stale = api.post(&director, &format!("{transfer}/approve"), approve(&json["version"])).await;
    let stale = stale.problem(409, "summary-stale");
    assert!(stale.text.contains("discussion.held"), "it says what changed: {}", stale.text);
    api.post(&director, &format!("{transfer}/approve"), approve(&json!(1)))
        .await
        .problem(409, "summary-stale");
    let second = api.get(&director, &summary).await.is(200).json();
    // What changes nothing of the summary does not make it stale.
    api.done(&team, &format!("{file}/contacts"), json!({})).await;
    let approved = api.done(&director, &format!("{transfer}/approve"), approve(&second["version"])).await;
    let timeline = api.get(&team, &format!("{file}/timeline?min_sequence={approved}")).await.is(200).json();
    let body = &timeline["entries"][0]["body"];
    assert_eq!(body["summary_version"], second["version"]);
    assert_eq!(body["withheld_words"], second["withheld"]);
    assert!(body["withheld"].as_array().unwrap().contains(&json!("signals")), "{body}");
    let unknown = format!("{file}/transfers/01890000-0000-7000-8000-000000000009/summary");
    api.get(&director, &unknown).await.problem(404, "transfer-unknown");
}
