//! Health, metrics, and what happens when something is away.

use nabij_model::Role;
use nabij_testkit::eventually;
use serde_json::json;

use crate::common::Api;

#[tokio::test(flavor = "multi_thread")]
async fn health_and_metrics_are_open_and_say_nothing_about_anybody() {
    let api = Api::start().await;
    let centre = api.centre("one").await;
    api.get("", "/livez").await.is(200);
    let ready = api.get("", "/readyz").await.is(200).json();
    assert_eq!((&ready["nats"]["ready"], &ready["postgres"]["ready"]), (&json!(true), &json!(true)));
    let token = api.token("worker", Role::Frontline, &[centre]);
    api.post(&token, "/v1/signals", json!({"centre": centre, "note": "x"})).await.is(201);
    api.post(&token, "/v1/signals", json!({})).await.is(422);
    api.get(&token, "/v1/nowhere").await.is(404);
    // What the servers said is told on for a second.
    let head = api.log.head().await.unwrap().sequence;
    let metrics = || async {
        let metrics = api.get("", "/metrics").await.is(200).text;
        let told = metrics.lines().find_map(|line| line.strip_prefix("nabij_log_sequence "));
        told.is_some_and(|told| told.parse::<u64>().unwrap() >= head).then_some(metrics)
    };
    let metrics = eventually(metrics).await.expect("the metrics never tell of what was written");
    for line in [
        r#"nabij_http_requests_total{method="POST",route="/v1/signals",status="201"} 1"#,
        r#"nabij_http_requests_total{method="POST",route="/v1/signals",status="422"} 1"#,
        r#"nabij_http_requests_total{method="none",route="unmatched",status="404"} 1"#,
        r#"nabij_http_request_seconds_count{method="POST",route="/v1/signals"} 2"#,
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    assert!(
        metrics.contains("nabij_audit_alarm 0\n") && metrics.contains("nabij_log_alarm 0\n"),
        "{metrics}"
    );
    assert!(metrics.contains(r#"nabij_projection_behind{schema="caseload_v5"}"#), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_a_request_id() {
    let api = Api::start().await;
    let request = |id: &str| api.request(reqwest::Method::GET, "/v1/cases").header("x-request-id", id);
    assert_eq!(api.send(request("trace-7")).await.is(401).headers["x-request-id"], "trace-7");
    let fresh = api.send(request("not one\u{e9}")).await.is(401);
    assert_eq!(fresh.headers["x-request-id"].len(), 36);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_away_is_named_and_nothing_acknowledged_is_lost() {
    let private = nabij_testkit::private_stack(1).await;
    let api = Api::start_on(private.stack()).await;
    let centre = api.centre("one").await;
    let token = api.token("worker", Role::Companion, &[centre]);
    let log = async |key: &str| {
        let request = api.request(reqwest::Method::POST, "/v1/signals").bearer_auth(&token);
        api.send(request.header("idempotency-key", key).json(&json!({"centre": centre, "note": "x"}))).await
    };
    let first = log("k-1").await.is(201).json()["sequence"].as_u64().unwrap();

    private.stop_postgres().await;
    let away = api.get(&token, "/v1/cases").await.problem(503, "views-away");
    assert!(away.headers.contains_key("retry-after"));
    let ready = api.get("", "/readyz").await.is(503).json();
    assert_eq!((&ready["nats"]["ready"], &ready["postgres"]["ready"]), (&json!(true), &json!(false)));
    log("k-2").await.is(201);
    private.start_postgres().await;

    private.stop_nats(1).await;
    let away = log("k-3").await.problem(503, "log-away");
    assert!(away.headers.contains_key("retry-after"));
    assert_eq!(api.get("", "/readyz").await.is(503).json()["nats"]["ready"], false);
    private.start_nats(1).await;
    let answer = || async { Some(log("k-3").await).filter(|answer| answer.status != 503) };
    let answer = eventually(answer).await.expect("the log stays away").is(201);
    let sequence = answer.json()["sequence"].as_u64().unwrap();
    assert_eq!(sequence, first + 2, "three signals, each once");
    assert_eq!(log("k-1").await.is(201).json()["sequence"], first);
    let list = format!("/v1/cases?min_sequence={sequence}");
    let list = || async { Some(api.get(&token, &list).await).filter(|list| list.status != 503) };
    eventually(list).await.expect("the views stay behind").is(200);
}
