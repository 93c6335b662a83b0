//! What the interface says about itself is true.

use std::collections::BTreeSet;

use nabij_api::access::{Access, Action};
use nabij_model::Role;
use serde_json::{Map, Value};

use crate::common::Api;

fn operations(openapi: &Value) -> impl Iterator<Item = (String, &Map<String, Value>)> {
    openapi["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        let operations = item.as_object().unwrap().iter();
        operations
            .map(move |(method, operation)| (format!("{method} {path}"), operation.as_object().unwrap()))
    })
}

/// Every `$ref` below `value`.
fn references<'v>(value: &'v Value, found: &mut BTreeSet<&'v str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn openapi_is_whole_and_every_call_has_a_rule() {
    let api = Api::start().await;
    let openapi = api.get("", "/openapi.json").await.is(200).json();
    assert_eq!(openapi["openapi"], "3.1.0");
    assert!(openapi["info"]["title"].is_string() && openapi["info"]["version"].is_string());
    let access = Access::shipped();
    let mut ids = BTreeSet::new();
    let mut named = BTreeSet::new();
    for (name, operation) in operations(&openapi) {
        let action = operation["x-nabij-action"].as_str().unwrap();
        let known = Action::ALL.iter().find(|known| known.name() == action);
        let known = known.unwrap_or_else(|| panic!("{name} asks about {action}, which is no action"));
        let may = |role| access.check_role(role, *known).allowed();
        assert!(Role::ALL.into_iter().any(may), "nobody may {name}");
        named.insert(*known);
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{name} has no id of its own");
        let parameters = operation["parameters"].as_array().unwrap();
        let path = name.split(' ').nth(1).unwrap();
        for part in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
            let described = |parameter: &&Value| parameter["name"] == part && parameter["in"] == "path";
            let parameter = parameters.iter().find(described).unwrap_or_else(|| panic!("{name}: {part}"));
            assert_eq!(parameter["required"], true);
        }
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.contains_key("default") && responses.len() == 2, "{name}");
        assert_eq!(operation.contains_key("requestBody"), name.starts_with("post"), "{name}");
    }
    // Asked inside calls: levels of secrecy, what decides how much of a record is shown, and whom a record may name.
    let inside = [Action::ReadWritten, Action::ReadGranted, Action::NameCase];
    let unused = Action::ALL.iter().filter(|action| {
        !named.contains(action) && !inside.contains(action) && !action.name().starts_with("open.")
    });
    assert_eq!(unused.collect::<Vec<_>>(), [&Action::ReadCase; 0], "rules that no call asks about");
    let mut found = BTreeSet::new();
    references(&openapi, &mut found);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads outside"));
        assert!(openapi.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn openapi_describes_requests_as_callers_send_them() {
    let api = Api::start().await;
    let openapi = api.get("", "/openapi.json").await.json();
    let body = |path: &str| {
        let schema = &openapi["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"];
        match schema["$ref"].as_str() {
            Some(reference) => openapi.pointer(&reference[1..]).unwrap().clone(),
            None => schema.clone(),
        }
    };
    let signal = body("/v1/signals");
    assert_eq!(signal["required"], serde_json::json!(["centre"]));
    assert_eq!(signal["properties"]["note"]["type"], serde_json::json!(["string", "null"]));
    assert!(signal["properties"]["id"].is_object(), "an id of one's own");
    let done = body("/v1/cases/{id}/plan-actions/{action}/completions");
    assert!(done["properties"].get("action").is_none(), "the action stands in the address");
    let added = body("/v1/cases/{id}/plan-actions");
    assert!(!added["required"].as_array().unwrap().contains(&"action".into()), "made when left out");
    // The design's calls are all there.
    for call in [
        "/v1/centres",
        "/v1/centres/{id}/occupancy",
        "/v1/cases",
        "/v1/cases/{id}/transfers",
        "/v1/signals",
        "/v1/signals/{id}/assessments",
        "/v1/signals/{id}/links",
        "/v1/signals/{id}/link-removals",
        "/v1/signals/{id}/link-rejections",
        "/v1/signals/{id}/non-registrations",
        "/v1/signals/{id}/dismissals",
        "/v1/signals/{id}/feedback",
        "/v1/signals/{id}/corrections",
        "/v1/discussions",
        "/v1/referrals",
        "/v1/cases/{id}/arrival",
        "/v1/cases/{id}/vulnerabilities",
        "/v1/cases/{id}/guardian",
        "/v1/cases/{id}/accompaniment",
        "/v1/cases/{id}/guidance",
        "/v1/cases/{id}/contacts",
        "/v1/cases/{id}/screenings",
        "/v1/cases/{id}/support-level",
        "/v1/cases/{id}/plan-actions",
        "/v1/cases/{id}/consents",
        "/v1/cases/{id}/shares",
        "/v1/cases/{id}/outside-reports",
        "/v1/cases/{id}/responses",
        "/v1/cases/{id}/holds",
        "/v1/cases/{id}/close",
        "/v1/cases/{id}/reopen",
        "/v1/cases/{id}/erase",
        "/v1/incidents",
        "/v1/incidents/{id}/links",
        "/v1/incidents/{id}/link-removals",
        "/v1/incidents/{id}/reclassifications",
        "/v1/escalations/{id}/acknowledge",
        "/v1/escalations/{id}/resolve",
    ] {
        assert!(openapi["paths"][call]["post"].is_object(), "POST {call}");
    }
    for call in [
        "/v1/cases",
        "/v1/cases/{id}",
        "/v1/cases/{id}/timeline",
        "/v1/cases/{id}/access-log",
        "/v1/audit",
        "/v1/centres/{id}/worklist",
        "/v1/centres/{id}/candidate-links",
        "/v1/centres/{id}/agenda",
        "/v1/centres/{id}/board",
        "/v1/analytics/underreporting",
        "/v1/analytics/reporting-rates",
        "/v1/analytics/silences",
        "/v1/analytics/register-gaps",
        "/v1/analytics/delays",
        "/v1/analytics/feedback",
        "/v1/analytics/protocols",
        "/v1/analytics/non-registration-reasons",
        "/v1/escalations",
        "/v1/escalations/stream",
    ] {
        assert!(openapi["paths"][call]["get"].is_object(), "GET {call}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_has_its_schema() {
    let api = Api::start().await;
    let asyncapi = api.get("", "/asyncapi.json").await.is(200).json();
    assert_eq!(asyncapi["asyncapi"], "3.0.0");
    let messages = asyncapi["components"]["messages"].as_object().unwrap();
    assert_eq!(messages.len(), nabij_model::Event::catalogue().len());
    for (name, message) in messages {
        let schema = message["payload"]["schema"]["$ref"].as_str().unwrap();
        assert!(api.get("", schema).await.is(200).json().is_object(), "{name}");
    }
    for channel in asyncapi["channels"].as_object().unwrap().values() {
        for message in channel["messages"].as_object().unwrap().values() {
            let pointer = &message["$ref"].as_str().unwrap()[1..];
            assert!(asyncapi.pointer(pointer).is_some(), "{pointer}");
        }
    }
    api.get("", "/schemas/nabij.case.forgotten.v1").await.problem(404, "unknown-event-type");
}
