//! An identity provider that is away, accounts of machines, and calls that name nobody.

use std::time::Duration;

use nabij_api::tokens::{Issuer, Keys, Machine, Scope, Timing, Trust, Verifier};
use nabij_api::{Limits, Rate, Rates};
use nabij_model::text::Code;
use nabij_model::{CentreId, Role};
use nabij_testkit::eventually;
use reqwest::header;
use serde_json::{Value, json};

use crate::common::{Api, limits};

/// Where nobody answers.
const AWAY: &str = "http://127.0.0.1:1";

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_away_is_nobodys_bad_token() {
    let issuer = Issuer::from_pem(&Issuer::new_key().unwrap(), AWAY, "nabij").unwrap();
    let quick = Duration::from_millis(20);
    let timing = Timing { floor: quick, ceiling: quick, wait: quick * 2, ..Timing::default() };
    let trust = Trust { keys: Keys::Published { ca_file: None, timing }, ..issuer.trust() };
    let verifier = Verifier::new(vec![trust]).unwrap();
    let rates = Rates { address_failures: Rate { per_second: 1, burst: 2 }, ..limits().rates };
    let within = Limits { rates, ..limits() };
    let api = Api::start_trusting(nabij_testkit::stack(), within, issuer, verifier).await;
    let token = api.token("worker", Role::Psychosocial, &[CentreId(uuid::Uuid::now_v7())]);
    for _ in 0..20 {
        let answer = api.get(&token, "/v1/cases").await.problem(503, "identity-away");
        assert!(answer.headers.contains_key(header::RETRY_AFTER));
    }
    let ready = api.get("", "/readyz").await.is(503).json();
    assert_eq!((&ready["nats"]["ready"], &ready["postgres"]["ready"]), (&json!(true), &json!(true)));
    assert_eq!(ready["identity"], json!([{"issuer": AWAY, "ready": false, "keys": 0}]));
    let metrics = api.get("", "/metrics").await.is(200).text;
    assert!(metrics.contains(&format!("nabij_identity_usable{{issuer=\"{AWAY}\"}} 0")), "{metrics}");
    assert!(!metrics.contains(&format!("nabij_identity_failures{{issuer=\"{AWAY}\"}} 0")), "{metrics}");
    // What is no token of anybody still counts as a guess.
    let mut refused = None;
    for _ in 0..1_000 {
        let answer = api.get("nonsense", "/v1/cases").await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    refused.expect("a thousand guesses").problem(429, "too-many-failures");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_is_held_to_its_centres_and_its_actions() {
    let issuer = Issuer::from_pem(&Issuer::new_key().unwrap(), "test", "nabij").unwrap();
    let (here, there) = (CentreId(uuid::Uuid::now_v7()), CentreId(uuid::Uuid::now_v7()));
    let mut trust = issuer.trust();
    trust.mapping.machines = vec![Machine {
        client: "counter".into(),
        subject: "counter".into(),
        operator: None,
        scope: Scope { actions: Some(vec!["centre.report".into()]), centres: vec![here] },
    }];
    let said = json!({"sub": "counter", "client_id": "counter"});
    let Value::Object(claims) = said else { panic!("no object") };
    let token = issuer.sign(claims, jiff::Timestamp::now(), jiff::SignedDuration::from_hours(1)).unwrap();
    let verifier = Verifier::new(vec![trust]).unwrap();
    let api = Api::start_trusting(nabij_testkit::stack(), limits(), issuer, verifier).await;
    let register = async |id: CentreId, code: &str| {
        let service = api.token("service", Role::NetworkHq, &[]);
        let body = json!({"id": id, "code": code, "name": code, "operator": "fedasil", "languages": ["nl"]});
        api.post(&service, "/v1/centres", body).await.is(201);
    };
    register(here, "here").await;
    register(there, "there").await;
    let count = json!({"as_at": "2026-01-01T10:00:00Z", "residents": 100});
    let report = async |centre: CentreId| {
        api.post(&token, &format!("/v1/centres/{centre}/occupancy"), count.clone()).await
    };
    report(here).await.is(200);
    let head = api.log.head().await.unwrap().sequence;
    report(there).await.problem(403, "account-elsewhere");
    let signal = json!({"centre": here, "note": "x"});
    api.post(&token, "/v1/signals", signal).await.problem(403, "action-not-allowed");
    api.get(&token, &format!("/v1/centres/{here}")).await.problem(403, "action-not-allowed");
    assert_eq!(api.log.head().await.unwrap().sequence, head, "something was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_provider_does_not_speak_for_the_centres_of_another() {
    let issuer = Issuer::from_pem(&Issuer::new_key().unwrap(), "test", "nabij").unwrap();
    let theirs = Issuer::from_pem(&Issuer::new_key().unwrap(), "theirs", "nabij").unwrap();
    let mut bound = theirs.trust();
    bound.operator = Some(Code::new("caritas").unwrap());
    let verifier = Verifier::new(vec![issuer.trust(), bound]).unwrap();
    let api = Api::start_trusting(nabij_testkit::stack(), limits(), issuer, verifier).await;
    let (fedasils, caritas) = (api.centre("one").await, api.centre_of("two", "caritas").await);
    let unregistered = CentreId(uuid::Uuid::now_v7());
    let token = |centres: &[CentreId]| {
        let said = json!({"sub": "psy", "roles": ["psychosocial"], "centres": centres});
        let Value::Object(claims) = said else { panic!("no object") };
        theirs.sign(claims, jiff::Timestamp::now(), jiff::SignedDuration::from_hours(1)).unwrap()
    };
    api.get(&token(&[caritas]), "/v1/cases").await.is(200);
    api.get(&token(&[fedasils]), "/v1/cases").await.problem(403, "other-operator");
    api.get(&token(&[caritas, fedasils]), "/v1/cases").await.problem(403, "other-operator");
    // Whoever is turned away at the door stands in the audit, with their name and without the centres that they claimed.
    let asked = api.request(reqwest::Method::GET, "/v1/cases").bearer_auth(token(&[caritas]));
    api.send(asked.header("nabij-role", "director")).await.problem(403, "role-not-held");
    let found = || async {
        let refused: Vec<_> =
            api.audited().await.into_iter().filter(|record| record.action.is_some()).collect();
        let of = |problem: &str| {
            refused.iter().filter(|record| record.problem.as_deref() == Some(problem)).count()
        };
        ((of("other-operator"), of("role-not-held")) == (2, 1)).then_some(refused)
    };
    let refused = eventually(found).await.expect("it was not written down");
    for record in refused.iter().filter(|record| record.problem.is_some()) {
        let who = record.who.as_ref().expect("nobody is named");
        assert_eq!((who.subject.as_str(), who.role, who.centres.len()), ("psy", Role::Psychosocial, 0));
    }
    // One that nobody registered yet is nobody's.
    api.get(&token(&[unregistered]), &format!("/v1/cases?centre={unregistered}"))
        .await
        .problem(403, "not-yours");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_a_good_token_is_written_down_and_names_nobody() {
    let issuer = Issuer::from_pem(&Issuer::new_key().unwrap(), "test", "nabij").unwrap();
    // Who watches the whole network: what names nobody is no operator's.
    let Value::Object(claims) = json!({"sub": "auditor", "roles": ["auditor"]}) else { panic!("no object") };
    let auditor = issuer.sign(claims, jiff::Timestamp::now(), jiff::SignedDuration::from_hours(1)).unwrap();
    let verifier = issuer.verifier();
    let api = Api::start_trusting(nabij_testkit::stack(), limits(), issuer, verifier).await;
    let guessed = "mohammad.guessed.this";
    api.get(guessed, "/v1/cases").await.problem(401, "token-refused");
    api.send(api.request(reqwest::Method::GET, "/v1/centres")).await.problem(401, "token-missing");
    let found = || async {
        let audit = api.get(&auditor, "/v1/audit?outcome=refused").await;
        if audit.status != 200 {
            return None;
        }
        let lines = audit.json()["accesses"].as_array().unwrap().clone();
        (lines.len() >= 2).then_some((lines, audit.text))
    };
    let (lines, text) = eventually(found).await.expect("nothing was recorded");
    assert!(!text.contains("mohammad"), "{text}");
    let problems: std::collections::BTreeSet<&str> =
        lines.iter().filter_map(|line| line["problem"].as_str()).collect();
    assert_eq!(problems, ["token-missing", "token-refused"].into());
    for line in &lines {
        assert!(line["subject"].is_null() && line["role"].is_null(), "{line}");
        assert!(line["call"].as_str().unwrap().starts_with("GET /v1/c"), "{line}");
    }
}
