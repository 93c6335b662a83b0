//! Every call of the interface, driven by every role: nobody gets anything that the policies do not give.

use std::collections::{BTreeMap, BTreeSet};

use nabij_api::access::{Access, Action, Relation, relation};
use nabij_model::{CentreId, Role};
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{Answer, Api};
use crate::sample::{NOTHING, least};
use crate::streams::raise_with;

/// A call of the table.
struct Line {
    method: Method,
    path: String,
    action: Action,
    /// The schema of its body; null of a read.
    body: Value,
}

async fn document(api: &Api) -> Value {
    api.get("", "/openapi.json").await.is(200).json()
}

fn lines(openapi: &Value) -> Vec<Line> {
    let mut lines = Vec::new();
    for (path, item) in openapi["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            // Health and metrics are about nobody.
            let Some(name) = operation["x-nabij-action"].as_str() else { continue };
            let action = *Action::ALL.iter().find(|action| action.name() == name).unwrap();
            let body = operation["requestBody"]["content"]["application/json"]["schema"].clone();
            let method = method.to_uppercase().parse().unwrap();
            lines.push(Line { method, path: path.clone(), action, body });
        }
    }
    assert!(lines.len() > 60, "only {} calls", lines.len());
    lines
}

async fn call(api: &Api, token: &str, line: &Line, path: &str, body: &Value) -> Answer {
    let request = api.request(line.method.clone(), path).bearer_auth(token);
    api.send(if line.method == Method::POST { request.json(body) } else { request }).await
}

/// The address with real ids of the `records`, by collection; parts inside a record get an id that nothing has.
fn address(path: &str, records: &BTreeMap<&str, String>) -> String {
    let collection = path.split('/').nth(2).unwrap_or_default();
    let id = records.get(collection).map_or(NOTHING, String::as_str);
    let parts = path.split('/').map(|part| match part {
        "{id}" => id,
        part if part.starts_with('{') => NOTHING,
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// One record of each kind in `centre`.
async fn records(api: &Api, centre: CentreId) -> BTreeMap<&'static str, String> {
    let team = api.token("team", Role::Coordinator, &[centre]);
    let make = async |path: &str, body: Value| api.post(&team, path, body).await.is(201).get("id");
    let opened =
        json!({"centre": centre, "birth_year": 1990, "languages": ["fa"], "arrived_on": "2026-01-10"});
    let case = make("/v1/cases", opened).await;
    let signal = json!({"centre": centre, "note": "huilt", "cases": [{"case": case, "role": "affected"}]});
    let incident = json!({
        "centre": centre, "source": "register", "register_number": centre, "incident_type": "violence",
        "level": "minor", "occurred_at": "2026-01-12T10:00:00Z",
    });
    let referral = json!({
        "centre": centre, "case": case, "provider": "the clinic", "provider_kind": "mental_health_centre",
        "urgency": "soon", "reason": "slaapt slecht", "consent": {"given": {"by": "self"}},
    });
    let discussion = json!({
        "centre": centre, "kind": "case_conference", "held_at": "2026-01-12T10:00:00Z", "cases": [case],
    });
    // Every role heard of it: what refuses is where it lies. It is read from a view, which must show it.
    let escalation = raise_with(api, centre, json!({"recipients": Role::ALL})).await;
    let head = api.log.head().await.unwrap().sequence;
    api.get(&team, &format!("/v1/escalations/{escalation}?min_sequence={head}")).await.is(200);
    BTreeMap::from([
        ("escalations", escalation.to_string()),
        ("referrals", make("/v1/referrals", referral).await),
        ("discussions", make("/v1/discussions", discussion).await),
        ("signals", make("/v1/signals", signal).await),
        ("incidents", make("/v1/incidents", incident).await),
        ("centres", centre.to_string()),
        ("cases", case),
    ])
}

/// Whether the call is about a record, or makes one, that lies in a centre.
fn places(line: &Line) -> bool {
    line.path.contains("{id}") || line.method == Method::POST
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_never_may_is_refused_at_every_call_and_no_role_reaches_another_centre() {
    let api = Api::start().await;
    let access = Access::shipped();
    let here = api.centre("here").await;
    let (next, there) = (api.centre("next").await, api.centre_of("there", "other").await);
    let openapi = document(&api).await;
    let (mut never, mut elsewhere) = (0, 0);
    for (relation, centre, operator) in
        [(Relation::OwnOperator, next, "fedasil"), (Relation::Elsewhere, there, "other")]
    {
        let records = records(&api, centre).await;
        let mut found = BTreeSet::new();
        for line in lines(&openapi) {
            let path = address(&line.path, &records);
            // A new record says in its body where it will lie.
            let known = |name: &str| match name {
                "operator" => Some(json!(operator)),
                name => records.get(format!("{name}s").as_str()).map(|id| json!(id)),
            };
            let body = least(&openapi, &line.body, &known);
            for role in Role::ALL {
                let token = api.token("stranger", role, &[here]);
                let place = relation.place(None);
                if !access.check_role(role, line.action).allowed() {
                    let answer = call(&api, &token, &line, &path, &body).await;
                    let told = (answer.status.as_u16(), answer.json()["type"].as_str().map(str::to_owned));
                    let refused = Some("urn:nabij:problem:role-not-allowed".to_owned());
                    assert_eq!(told, (403, refused), "{role} {} {path}", line.method);
                    never += 1;
                } else if places(&line)
                    && !access.check(&relation::caller(role), line.action, &place).allowed()
                {
                    let answer = call(&api, &token, &line, &path, &body).await;
                    let refused = [403, 404].contains(&answer.status.as_u16());
                    let told = format!("{}: {}", answer.status, answer.text);
                    assert!(refused, "{role} {relation:?} {} {path} {body}: {told}", line.method);
                    elsewhere += 1;
                    // A record that nobody made is unknown to everybody, and a refusal would say nothing of the handler.
                    if answer.status == 403 && line.path.contains("{id}") {
                        found.extend(path.split('/').nth(2).map(str::to_owned));
                    }
                }
            }
        }
        // An entry of the register is unknown to others even where there is one.
        let made = records.keys().filter(|collection| **collection != "incidents");
        let unasked: Vec<_> = made.filter(|collection| !found.contains(**collection)).collect();
        assert!(unasked.is_empty(), "{relation:?}: nobody was denied a record that is there of {unasked:?}");
    }
    assert!(never > 600 && elsewhere > 600, "{never} never, {elsewhere} elsewhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_read_is_answered_by_every_read() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let records = records(&api, here).await;
    let access = Access::shipped();
    let head = api.log.head().await.unwrap().sequence;
    let team = api.token("team", Role::Coordinator, &[here]);
    let period = "from=2026-01-01&to=2026-02-01";
    for view in ["cases?".to_owned(), format!("analytics/delays?{period}&")] {
        api.get(&team, &format!("/v1/{view}min_sequence={head}")).await.is(200);
    }
    let mut answered = 0;
    for line in lines(&document(&api).await).iter().filter(|line| line.method == Method::GET) {
        // Reads of which this test makes no record have tests of their own; a stream does not end.
        let collection = line.path.split('/').nth(2).unwrap_or_default();
        let whole = line.path.ends_with(collection) || line.path.split('/').nth(3) == Some("{id}");
        if !(collection == "analytics" || whole && records.contains_key(collection))
            || line.path.matches('{').count() > 1
        {
            continue;
        }
        let mut path = address(&line.path, &records);
        if collection == "analytics" {
            path = format!("{path}?{period}");
        }
        let may = |role: &Role| {
            let place = Relation::OwnCentre.place(None);
            access.check(&relation::caller(*role), line.action, &place).allowed()
        };
        let Some(role) = Role::ALL.into_iter().find(may) else { continue };
        let answer = api.get(&api.token("reader", role, &[here]), &path).await;
        // There may be nothing to show, or a parameter to give; refused it must not be, nor unasked, which is a 500.
        assert!([200, 400, 404].contains(&answer.status.as_u16()), "{role} {path}: {}", answer.text);
        answered += usize::from(answer.status == 200);
    }
    assert!(answered >= 22, "only {answered} reads were answered");
}
