//! Entries of the register: one operator neither reads in another's nor takes a place in it.

use std::sync::Arc;

use jiff::Timestamp;
use nabij_log::Submission;
use nabij_model::incident::{Incident, IncidentCommand, former_id_of, id_of};
use nabij_model::text::StaffId;
use nabij_model::{Actor, CentreId, Policies, Role};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::{Answer, Api};

fn entry(centre: CentreId, number: &str) -> Value {
    json!({
        "centre": centre, "source": "register", "register_number": number, "incident_type": "violence",
        "level": "minor", "occurred_at": "2026-01-12T10:00:00Z",
    })
}

fn id(operator: &str, number: &str) -> Uuid {
    id_of(operator, &"register".parse().unwrap(), &number.parse().unwrap()).into()
}

fn former_id(number: &str) -> Uuid {
    former_id_of(&"register".parse().unwrap(), &number.parse().unwrap()).into()
}

/// Every answer about an entry of this id.
async fn answers(api: &Api, token: &str, signal: &str, id: Uuid) -> Vec<(u16, Value)> {
    let path = format!("/v1/incidents/{id}");
    let to = |id: Uuid| json!({"to": {"incident": id}});
    let apart = |id: Uuid| json!({"to": {"incident": id}, "reason": "another_time"});
    let other = Uuid::now_v7();
    let all = [
        api.get(token, &path).await,
        api.post(token, &format!("{path}/reclassifications"), json!({"level": "major"})).await,
        api.post(token, &format!("{path}/close"), json!({})).await,
        api.post(token, &format!("{path}/links"), to(other)).await,
        api.post(token, &format!("{path}/link-removals"), apart(other)).await,
        api.post(token, &format!("{path}/redactions"), json!({})).await,
        api.post(token, &format!("/v1/signals/{signal}/links"), to(id)).await,
        api.post(token, &format!("/v1/signals/{signal}/link-removals"), apart(id)).await,
    ];
    all.map(|answer: Answer| (answer.status.as_u16(), answer.json())).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_finds_out_what_stands_in_the_register_of_another_operator() {
    let api = Api::start().await;
    let (here, far) = (api.centre_of("here", "one").await, api.centre_of("far", "two").await);
    let [team, others] =
        [("a", here), ("b", far)].map(|(who, centre)| api.token(who, Role::Coordinator, &[centre]));
    let signal = json!({"centre": here, "note": "lawaai"});
    let signal = api.post(&team, "/v1/signals", signal).await.is(201).get("id");
    api.post(&others, "/v1/incidents", entry(far, "8")).await.is(201);
    let absent = answers(&api, &team, &signal, id("two", "9")).await;
    assert!(absent.iter().all(|(status, _)| *status == 404), "{absent:#?}");
    assert_eq!(answers(&api, &team, &signal, id("two", "8")).await, absent);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_the_place_of_an_entry_of_another_operator() {
    let api = Api::start().await;
    let (here, near) = (api.centre_of("here", "one").await, api.centre_of("near", "one").await);
    let far = api.centre_of("far", "two").await;
    let [team, others] =
        [("a", here), ("b", far)].map(|(who, centre)| api.token(who, Role::Coordinator, &[centre]));
    let neighbours = api.token("c", Role::Coordinator, &[near]);
    // Whoever comes first, the answer is the same, and the real entry stands.
    for (first, second) in
        [((&team, here, "7"), (&others, far, "7")), ((&others, far, "8"), (&team, here, "8"))]
    {
        let mut ids = Vec::new();
        for (token, centre, number) in [first, second] {
            ids.push(api.post(token, "/v1/incidents", entry(centre, number)).await.is(201).get("id"));
        }
        assert_ne!(ids[0], ids[1]);
    }
    api.post(&team, "/v1/incidents", entry(here, "7")).await.problem(409, "incident-exists");
    api.post(&neighbours, "/v1/incidents", entry(near, "7")).await.problem(409, "incident-exists");
    assert!(api.log.load::<Incident>(id("one", "7")).await.unwrap().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_of_before_ids_followed_from_operators_is_not_doubled() {
    let api = Api::start().await;
    let (here, far) = (api.centre_of("here", "one").await, api.centre_of("far", "two").await);
    let [team, others] =
        [("a", here), ("b", far)].map(|(who, centre)| api.token(who, Role::Coordinator, &[centre]));
    let actor = Actor {
        subject: StaffId::new("a").unwrap(),
        role: Role::Coordinator,
        centres: vec![here],
        operator: None,
    };
    let submission = Submission::new(Timestamp::now(), actor, Arc::new(Policies::shipped()));
    let command = IncidentCommand::Register(serde_json::from_value(entry(here, "7")).unwrap());
    api.log.execute::<Incident>(former_id("7"), command, &submission).await.unwrap();
    api.post(&team, "/v1/incidents", entry(here, "7")).await.problem(409, "incident-exists");
    api.post(&others, "/v1/incidents", entry(far, "7")).await.is(201);
    api.get(&others, &format!("/v1/incidents/{}", former_id("7"))).await.problem(404, "incident-unknown");
    api.get(&team, &format!("/v1/incidents/{}", former_id("7"))).await.is(200);
}
