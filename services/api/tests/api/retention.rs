//! Whose retention period is over stands on the list of whoever may erase.

use std::sync::Arc;

use jiff::Timestamp;
use nabij_log::Submission;
use nabij_model::signal::{Signal, SignalCommand};
use nabij_model::text::StaffId;
use nabij_model::{Actor, CentreId, Policies, Role};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::Api;

/// A signal that names no case, from when the network was young.
async fn signal(api: &Api, signal: Value) -> (Uuid, u64) {
    let subject = StaffId::new("night").unwrap();
    let actor = Actor { subject, role: Role::Frontline, centres: Vec::new(), operator: None };
    let then: Timestamp = "2010-03-01T22:00:00Z".parse().unwrap();
    let submission = Submission::new(then, actor, Arc::new(Policies::shipped()));
    let command = SignalCommand::Log(serde_json::from_value(signal).unwrap());
    let accepted = api.log.execute::<Signal>(Uuid::now_v7(), command, &submission).await.unwrap();
    (accepted.id, accepted.sequence)
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_a_record_without_a_case_are_proposed_to_those_of_its_centre_alone() {
    let api = Api::start().await;
    let (here, there) = (api.centre("here").await, api.centre("there").await);
    let of = |centre: CentreId| json!({"centre": centre, "note": "geroep in de gang", "cases": []});
    let mut found = [signal(&api, of(here)).await.0, signal(&api, of(here)).await.0];
    found.sort();
    let confidential = json!({"concerns_staff": true, "route": "confidential"});
    let mut about_staff = of(here);
    about_staff.as_object_mut().unwrap().extend(confidential.as_object().unwrap().clone());
    signal(&api, about_staff).await;
    let (elsewhere, last) = signal(&api, of(there)).await;

    let proposed = async |name: &str, centre: CentreId, query: &str| {
        let director = api.token(name, Role::Director, &[centre]);
        let path = format!("/v1/erasures?state=proposed&min_sequence={last}{query}");
        api.get(&director, &path).await.is(200).json()
    };
    let records = |answer: &Value| -> Vec<Uuid> {
        let records = answer["records"].as_array().unwrap().iter();
        records.map(|one| one["record"].as_str().unwrap().parse().unwrap()).collect()
    };
    // Nobody but the safeguarding person knows of the confidential one: it takes no line and is no reason for another page.
    let all = proposed("director", here, "").await;
    let mut seen = records(&all);
    seen.sort();
    assert_eq!((seen, &all["next"]), (found.to_vec(), &json!(null)), "{all}");
    assert_eq!(all["records"][0]["rule"], "signal-without-case", "{all}");
    assert_eq!(records(&proposed("neighbour", there, "").await), [elsewhere]);
    let first = proposed("director", here, "&limit=1").await;
    let second = proposed("director", here, &format!("&limit=1&cursor={}", first["next"])).await;
    assert_eq!([records(&first), records(&second)].concat(), records(&all));
    assert_eq!(second["next"], json!(null));
}
