//! Every call of the interface, driven by every role: nobody gets anything that the policies do not give.

use std::collections::BTreeMap;

use nabij_api::access::{Access, Action, Relation, relation};
use nabij_model::{CentreId, Role};
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{Answer, Api};

/// A call of the table.
struct Line {
    method: Method,
    path: String,
    action: Action,
}

async fn lines(api: &Api) -> Vec<Line> {
    let openapi = api.get("", "/openapi.json").await.is(200).json();
    let mut lines = Vec::new();
    for (path, item) in openapi["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            // Health and metrics are about nobody.
            let Some(name) = operation["x-nabij-action"].as_str() else { continue };
            let action = *Action::ALL.iter().find(|action| action.name() == name).unwrap();
            lines.push(Line { method: method.to_uppercase().parse().unwrap(), path: path.clone(), action });
        }
    }
    assert!(lines.len() > 60, "only {} calls", lines.len());
    lines
}

async fn call(api: &Api, token: &str, line: &Line, path: &str) -> Answer {
    let request = api.request(line.method.clone(), path).bearer_auth(token);
    let posts = line.method == Method::POST;
    api.send(if posts { request.json(&json!({})) } else { request }).await
}

/// The address with real ids of the `records`, by collection; parts inside a record get an id that nothing has.
fn address(path: &str, records: &BTreeMap<&str, String>) -> String {
    const NOTHING: &str = "01890000-0000-7000-8000-000000000009";
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
        "centre": centre, "source": "register", "register_number": "7", "incident_type": "violence",
        "level": "minor", "occurred_at": "2026-01-12T10:00:00Z",
    });
    BTreeMap::from([
        ("signals", make("/v1/signals", signal).await),
        ("incidents", make("/v1/incidents", incident).await),
        ("centres", centre.to_string()),
        ("cases", case),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_never_may_is_refused_at_every_call_and_no_role_reaches_another_operator() {
    let api = Api::start().await;
    let access = Access::shipped();
    let (here, there) = (api.centre("here").await, api.centre_of("there", "other").await);
    let records = records(&api, there).await;
    let (mut never, mut elsewhere) = (0, 0);
    for line in lines(&api).await {
        let path = address(&line.path, &records);
        for role in Role::ALL {
            let token = api.token("stranger", role, &[here]);
            let place = Relation::Elsewhere.place(None);
            if !access.check_role(role, line.action).allowed() {
                let answer = call(&api, &token, &line, &path).await;
                let told = (answer.status.as_u16(), answer.json()["type"].as_str().map(str::to_owned));
                let refused = Some("urn:nabij:problem:role-not-allowed".to_owned());
                assert_eq!(told, (403, refused), "{role} {} {path}", line.method);
                never += 1;
            } else if line.path.contains("{id}")
                && !access.check(&relation::caller(role), line.action, &place).allowed()
            {
                let answer = call(&api, &token, &line, &path).await;
                let status = answer.status.as_u16();
                // A write may be told first that its body lacks everything.
                let refused = [403, 404].contains(&status)
                    || line.method == Method::POST && [400, 422].contains(&status);
                assert!(refused, "{role} {} {path}: {status} {}", line.method, answer.text);
                elsewhere += 1;
            }
        }
    }
    assert!(never > 300 && elsewhere > 200, "{never} never, {elsewhere} elsewhere");
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
    for line in lines(&api).await.iter().filter(|line| line.method == Method::GET) {
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
    assert!(answered >= 18, "only {answered} reads were answered");
}
