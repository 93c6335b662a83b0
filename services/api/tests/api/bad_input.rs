//! Every mistake gets its own problem document, and writes nothing.

use crate::common::Api;
use nabij_model::Role;
use reqwest::{Method, header};
use serde_json::json;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_cannot_be_read() {
    let api = Api::start().await;
    let centre = api.centre("one").await;
    let token = api.token("worker", Role::Frontline, &[centre]);
    let before = api.log.head().await.unwrap().sequence;
    let raw = async |body: &str, content_type: &str| {
        let request = api.request(Method::POST, "/v1/signals").bearer_auth(&token);
        api.send(request.header(header::CONTENT_TYPE, content_type).body(body.to_owned())).await
    };
    let json_type = "application/json";
    let malformed =
        raw("{\"centre\": \"x\",\n \"note\" \"y\"}", json_type).await.problem(400, "malformed-json").json();
    assert_eq!((&malformed["line"], &malformed["column"]), (&json!(2), &json!(9)));
    raw("", json_type).await.problem(400, "body-missing");
    raw("{\"note\": \"a\", \"note\": \"b\"}", json_type).await.problem(400, "duplicate-field");
    raw(&"[".repeat(10_000), json_type).await.problem(400, "too-deep");
    raw("{}", "text/plain").await.problem(415, "not-json");
    raw("[]", json_type).await.problem(422, "wrong-type");
    let large = format!("{{\"note\": \"{}\"}}", "x".repeat(1 << 20));
    raw(&large, json_type).await.problem(413, "body-too-large");
    raw("\u{0}", json_type).await.problem(400, "malformed-json");

    let post = async |body| api.post(&token, "/v1/signals", body).await;
    let point =
        |answer: crate::common::Answer| answer.json()["pointer"].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        point(post(json!({"centre": centre, "nota": "x"})).await.problem(422, "unknown-field")),
        "/nota"
    );
    assert_eq!(point(post(json!({"note": "x"})).await.problem(422, "missing-field")), "/centre");
    assert_eq!(point(post(json!({"centre": centre, "note": 7})).await.problem(422, "wrong-type")), "/note");
    assert_eq!(point(post(json!({"centre": "x"})).await.problem(422, "invalid-value")), "/centre");
    let future = json!({"centre": centre, "note": "x", "occurred": {"from": "2999-01-01T00:00:00Z"}});
    assert_eq!(point(post(future).await.problem(422, "impossible-date")), "/occurred");
    let no_day = json!({"centre": centre, "note": "x", "occurred": {"from": "2026-02-31T00:00:00Z"}});
    assert_eq!(point(post(no_day).await.problem(422, "invalid-value")), "/occurred/from");
    let seal =
        json!({"centre": centre, "note": {"sealed": "x", "key": "case.1", "of": "y", "level": "team"}});
    assert_eq!(point(post(seal).await.problem(422, "ready-made-seal")), "/note");
    let clear = json!({"centre": centre, "note": {"clear": "x", "level": "duty"}});
    post(clear).await.problem(422, "ready-made-seal");
    let old_id = json!({"centre": centre, "note": "x", "id": Uuid::from_u128(4).to_string()});
    assert_eq!(point(post(old_id).await.problem(422, "bad-id")), "/id");

    assert_eq!(api.log.head().await.unwrap().sequence, before, "something was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_leads_nowhere() {
    let api = Api::start().await;
    let centre = api.centre("one").await;
    let token = api.token("worker", Role::Psychosocial, &[centre]);
    api.post(&token, "/v1/nowhere", json!({})).await.problem(404, "no-such-address");
    let wrong = api.send(api.request(Method::DELETE, "/v1/signals").bearer_auth(&token)).await;
    let wrong = wrong.problem(405, "method-not-allowed");
    assert_eq!(wrong.headers["allow"], "POST");
    api.post(&token, "/v1/signals/north/assessments", json!({})).await.problem(400, "bad-id");
    api.post(&token, "/v1/signals/%FF/assessments", json!({})).await.problem(400, "bad-id");
    api.get("", "/schemas/%FF").await.problem(404, "unknown-event-type");
    let unknown = format!("/v1/signals/{}/feedback", Uuid::now_v7());
    let feedback = json!({"to": "reporter", "kind": "acknowledged"});
    api.post(&token, &unknown, feedback).await.problem(404, "signal-unknown");
    api.get(&token, "/v1/cases?limit=many").await.problem(400, "bad-query");
    api.get(&token, "/v1/cases?colour=red").await.problem(400, "bad-query");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_does_not_hold() {
    let api = Api::start().await;
    let none = api.send(api.request(Method::POST, "/v1/signals").json(&json!({}))).await;
    assert_eq!(none.problem(401, "token-missing").headers["www-authenticate"], "Bearer");
    api.post("nonsense", "/v1/signals", json!({})).await.problem(401, "token-refused");
    let analyst = api.token("counter", Role::Analyst, &[]);
    api.post(&analyst, "/v1/signals", json!({"note": "x"})).await.problem(403, "role-not-allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_repeated_exactly() {
    let api = Api::start().await;
    let centre = api.centre("one").await;
    let token = api.token("worker", Role::Frontline, &[centre]);
    let body = json!({"centre": centre, "note": "he stays in bed"});
    let with_key = async |key: &str, body: &serde_json::Value| {
        let request = api.request(Method::POST, "/v1/signals").bearer_auth(&token);
        api.send(request.header("idempotency-key", key).json(body)).await
    };
    let first = with_key("k-1", &body).await.is(201);
    let again = with_key("k-1", &body).await.is(201);
    assert_eq!(first.text, again.text);
    assert_eq!(first.headers["location"], format!("/v1/signals/{}", first.get("id")));
    assert_eq!(first.headers["etag"], format!("\"{}\"", first.json()["version"]));
    with_key("k-1", &json!({"centre": centre, "note": "other"})).await.problem(409, "idempotency-key-reused");
    assert_ne!(with_key("k-2", &body).await.is(201).get("id"), first.get("id"));
    with_key("", &body).await.problem(400, "bad-idempotency-key");

    // An id of one's own is a key too: what was sent while offline can be sent again.
    let own = json!({"centre": centre, "note": "x", "id": Uuid::now_v7()});
    let first = api.post(&token, "/v1/signals", own.clone()).await.is(201);
    assert_eq!(first.get("id"), own["id"].as_str().unwrap());
    assert_eq!(api.post(&token, "/v1/signals", own.clone()).await.is(201).text, first.text);
    let mut other = own;
    other["note"] = "y".into();
    api.post(&token, "/v1/signals", other).await.problem(409, "idempotency-key-reused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_version_changes_nothing() {
    let api = Api::start().await;
    let centre = api.centre("one").await;
    let (reporter, assessor) =
        (api.token("a", Role::Companion, &[centre]), api.token("b", Role::Companion, &[centre]));
    let signal = api.post(&reporter, "/v1/signals", json!({"centre": centre, "note": "x"})).await.is(201);
    let path = format!("/v1/signals/{}/assessments", signal.get("id"));
    let assess = async |version: &str| {
        let request = api.request(Method::POST, &path).bearer_auth(&assessor).header("if-match", version);
        api.send(request.json(&json!({"severity": "high", "blind": true}))).await
    };
    assess("\"1\"").await.problem(412, "stale-version");
    assess("x").await.problem(400, "bad-if-match");
    let current = signal.headers["etag"].to_str().unwrap().to_owned();
    assess(&current).await.is(200);
    assess(&current).await.problem(412, "stale-version");
    let own = api.post(&reporter, &path, json!({"severity": "high", "blind": true})).await;
    own.problem(403, "second-person-needed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_says_nothing_known_is_named() {
    let api = Api::start().await;
    let analyst = api.token("counter", Role::Analyst, &[]);
    for (bad, named) in [
        ("level=grave", "level"),
        ("minors=perhaps", "minors"),
        ("type=Not%20A%20Code!", "type"),
        ("centre=north", "centre"),
        ("operator=", "operator"),
        ("region=Not%20A%20Code!", "region"),
        ("certainty=sure", "certainty"),
        ("accompaniment=dog", "accompaniment"),
        ("zone=Mars", "zone"),
        ("as_of=yesterday", "as_of"),
        ("format=xml", "format"),
        ("levels=major", "levels"),
        ("level=major&level=minor", "level"),
        ("month=2026-01", "month"),
    ] {
        for report in ["underreporting", "register-counts"] {
            let path = format!("/v1/analytics/{report}?from=2026-01-01&to=2026-02-01&{bad}");
            let answer = api.get(&analyst, &path).await.problem(400, "bad-query").json();
            assert!(answer["detail"].as_str().unwrap().contains(named), "{bad}: {answer}");
        }
    }
    for (bad, named) in [
        ("month=2026-13", "month"),
        ("month=2026-1", "month"),
        ("month=January", "month"),
        ("from=2026-02-30&to=2026-03-01", "from"),
        ("from=2026-01-01", "to"),
        ("minors=true", "month"),
    ] {
        let answer =
            api.get(&analyst, &format!("/v1/analytics/delays?{bad}")).await.problem(400, "bad-query").json();
        assert!(answer["detail"].as_str().unwrap().contains(named), "{bad}: {answer}");
    }
    let unknown = format!("/v1/analytics/delays?month=2026-01&centre={}", Uuid::from_u128(7));
    api.get(&analyst, &unknown).await.problem(404, "centre-unknown");
}
