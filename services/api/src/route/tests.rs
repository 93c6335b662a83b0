//! A call that breaks or hangs is still answered, and counted; one that forgets the policy, or what the audit writes down,
//! answers nothing. And no call is put beside the table, where nobody asks the policy.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use nabij_model::text::StaffId;
use nabij_model::{Actor, Policies, Role};
use nabij_underreporting::reportability::Reportability;
use tower::ServiceExt;

use super::{Answer, Call, Routes, schema_of};
use crate::access::{Access, Action, Place};
use crate::audit::Seen;
use crate::fixtures::fresh_log;
use crate::problem::Problem;
use crate::state::{ApiState, Limits};
use crate::tokens::Issuer;

/// What puts a call on a router.
const MOUNTS: [&str; 7] =
    ["fallback", "fallback_service", "merge", "nest", "nest_service", "route", "route_service"];

async fn breaks(_: ApiState, _: Call) -> Result<Response, Problem> {
    panic!("a mistake of ours")
}

async fn forgets_to_ask(_: ApiState, _: Call) -> Result<Response, Problem> {
    Ok("what nobody asked about".into_response())
}

async fn asks(state: ApiState, call: Call) -> Result<Response, Problem> {
    call.allow(&state, Place::default()).await?;
    Ok(Seen::rows(1).on("asked".into_response()))
}

async fn says_not_what_it_shows(state: ApiState, call: Call) -> Result<Response, Problem> {
    call.allow(&state, Place::default()).await?;
    Ok("asked, and nobody can write down what was shown".into_response())
}

async fn hangs(_: ApiState, _: Call) -> Result<Response, Problem> {
    std::future::pending().await
}

#[tokio::test]
async fn a_call_that_breaks_or_hangs_is_a_problem_document() {
    let names = nabij_testkit::fresh_names();
    let log = fresh_log(&names).await;
    // Neither call comes as far as the database.
    let manager = deadpool_postgres::Manager::new(tokio_postgres::Config::new(), tokio_postgres::NoTls);
    let pool = deadpool_postgres::Pool::builder(manager).build().unwrap();
    let issuer = Issuer::from_pem(&Issuer::new_key().unwrap(), "test", "nabij").unwrap();
    let limits = Limits { request: Duration::from_millis(50), ..Limits::default() };
    let (policies, duties) = (Arc::new(Policies::shipped()), Arc::new(Reportability::shipped()));
    let access = Arc::new(Access::shipped());
    let state = ApiState::new(log, pool, policies, access, duties, issuer.verifier(), limits);

    let mut routes = Routes::default();
    let answer = Answer { status: 200, media: &[], schema: schema_of::<()> };
    routes.read("/breaks", Action::ListCentres, "", schema_of::<()>, answer, breaks);
    routes.read("/hangs", Action::ListCentres, "", schema_of::<()>, answer, hangs);
    routes.read("/forgets", Action::ListCentres, "", schema_of::<()>, answer, forgets_to_ask);
    routes.read("/silent", Action::ListCentres, "", schema_of::<()>, answer, says_not_what_it_shows);
    routes.read("/asks", Action::ListCentres, "", schema_of::<()>, answer, asks);
    state.metrics().name(routes.lines().iter().map(|route| format!("GET {}", route.path)));
    let router = routes.into_router().with_state(state.clone());
    let subject = StaffId::new("me").unwrap();
    let actor = Actor { subject, role: Role::Analyst, centres: vec![], operator: None };
    let token = issuer.issue(&actor, Timestamp::now(), SignedDuration::from_hours(1)).unwrap();
    for (path, status) in [("/breaks", 500), ("/hangs", 503)] {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        assert!(response.headers().contains_key("x-request-id"));
    }
    for (path, status) in [("/forgets", 500), ("/silent", 500), ("/asks", 200)] {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        let body = axum::body::to_bytes(response.into_body(), 1 << 16).await.unwrap();
        assert_eq!(body.starts_with(b"asked"), status == 200, "{path}: {body:?}");
    }
    let mut metrics = String::new();
    state.metrics().write(&mut metrics);
    assert!(metrics.contains(r#"{method="GET",route="/breaks",status="500"} 1"#), "{metrics}");
    names.cleanup().await;
}

/// Every place of the sources below `folder` that puts something on a router: the file, how, and what comes first in the brackets.
fn mounted(source: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            mounted(source, &path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let file = path.strip_prefix(source).unwrap().display();
        for how in MOUNTS {
            for call in [format!(".{how}("), format!("::{how}(")] {
                let all = text.match_indices(&call).map(|(at, _)| text[at + call.len()..].trim_start());
                let first = all.map(|rest| rest.split([',', '(', ')']).next().unwrap_or_default());
                found.extend(first.map(|first| format!("{file} {how} {first}")));
            }
        }
    }
}

#[test]
fn no_call_stands_beside_the_table_but_those_that_are_about_nobody() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    mounted(&source, &source, &mut found);
    found.sort_unstable();
    let known = [
        r#"docs/mod.rs route "/asyncapi.json""#,
        r#"docs/mod.rs route "/openapi.json""#,
        r#"docs/mod.rs route "/schemas/{type}""#,
        r#"operations/mod.rs route "/livez""#,
        r#"operations/mod.rs route "/metrics""#,
        r#"operations/mod.rs route "/readyz""#,
        "route/table.rs route path",
        "serve.rs fallback fallback",
        "serve.rs merge docs::routes",
        "serve.rs merge operations::routes",
        "serve.rs merge routes.into_router",
    ];
    assert_eq!(found, known, "beside the table nobody asks the policy: make it a line of the table");
}
