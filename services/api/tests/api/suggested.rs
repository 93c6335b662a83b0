//! Links that are suggested: offered to the team, applied by nobody, not offered again after a no.

use nabij_model::incident::{Incident, id_of};
use nabij_model::{CentreId, Role};
use serde_json::{Value, json};

use crate::common::Api;

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_suggested_until_the_team_makes_it_or_says_no() {
    let api = Api::start().await;
    let (here, there) = (api.centre("here").await, api.centre("there").await);
    let team = api.token("team", Role::Coordinator, &[here]);
    let opener = api.token("psy", Role::Psychosocial, &[here]);
    let opened = json!({"centre": here, "birth_year": 1990, "languages": ["fa"], "arrived_on": "2026-01-10"});
    let case = api.post(&opener, "/v1/cases", opened).await.is(201).get("id");
    let now = jiff::Timestamp::now();
    let occurred = now - jiff::SignedDuration::from_hours(30);
    let log = async |source: &str, staff: bool| {
        let mut body = json!({
            "centre": here, "category": "violence", "source": source, "occurred": {"from": occurred},
            "cases": [{"case": case, "role": "affected"}],
        });
        if staff {
            body["concerns_staff"] = json!(true);
            body["route"] = json!("confidential");
        }
        let reporter = api.token("reception", Role::Frontline, &[here]);
        api.post(&reporter, "/v1/signals", body).await.is(201).get("id")
    };
    let (seen, told) = (log("frontline", false).await, log("own_voice", false).await);
    let staff = log("medical_note", true).await;
    let entry = json!({
        "centre": here, "source": "register", "register_number": "9", "incident_type": "violence",
        "level": "minor", "occurred_at": occurred, "cases": [case],
    });
    let entry = api.post(&team, "/v1/incidents", entry).await.is(201);
    let (incident, mut sequence) = (entry.get("id"), entry.json()["sequence"].as_u64().unwrap());
    let suggested = async |sequence: u64| -> Vec<(Value, Value)> {
        let path = format!("/v1/centres/{here}/candidate-links?min_sequence={sequence}");
        let answer = api.get(&team, &path).await.is(200);
        assert!(!answer.text.contains(&staff), "confidential: {}", answer.text);
        let answer = answer.json();
        let all = answer["candidates"].as_array().unwrap();
        assert_eq!(answer["total"], all.len());
        assert!(all.iter().all(|one| one["probability"].as_f64() >= answer["threshold"].as_f64()));
        all.iter().map(|one| (one["signal"].clone(), one["to"].clone())).collect()
    };
    // The same stand on the worklist, behind what somebody waits for.
    let worklist = async |sequence: u64| -> Vec<Value> {
        let path = format!("/v1/centres/{here}/worklist?min_sequence={sequence}");
        let answer = api.get(&team, &path).await.is(200);
        assert!(!answer.text.contains(&staff), "confidential: {}", answer.text);
        let items = answer.json()["items"].as_array().unwrap().clone();
        let first = items.iter().position(|item| item["kind"] == "candidate_link").unwrap_or(items.len());
        assert!(items[first..].iter().all(|item| item["kind"] == "candidate_link"), "{items:?}");
        items[first..].to_vec()
    };
    let items = worklist(sequence).await;
    assert_eq!(items.len(), 3, "{items:?}");
    let of = |signal: &str| {
        items.iter().find(|item| item["key"] == signal && !item["link"]["to"]["incident"].is_null())
    };
    let item = of(&seen).unwrap();
    assert_eq!((&item["link"]["to"], &item["cases"]), (&json!({"incident": incident}), &json!([case])));
    assert!((50..=100).contains(&item["link"]["percent"].as_u64().unwrap()), "{item}");
    assert_eq!((&item["overdue"], &item["recorded_seq"]), (&json!(false), &json!(sequence)));
    let all = suggested(sequence).await;
    assert_eq!(all.len(), 3, "{all:?}");
    for signal in [&seen, &told] {
        assert!(all.contains(&(json!(signal), json!({"incident": incident}))), "{all:?}");
    }
    // What the safeguarding person links takes no suggestion away: it would tell the team that something holds both together.
    let safe = api.token("safe", Role::SafeguardingPerson, &[]);
    for to in [json!({"incident": incident}), json!({"signal": seen})] {
        sequence = api.done(&safe, &format!("/v1/signals/{staff}/links"), json!({"to": to})).await;
    }
    assert_eq!(suggested(sequence).await, all);

    // The team makes one, and says no to another.
    let linked = api
        .post(&team, &format!("/v1/signals/{seen}/links"), json!({"to": {"incident": incident}}))
        .await
        .is(200);
    sequence = linked.json()["sequence"].as_u64().unwrap() + 1;
    assert_eq!(suggested(sequence).await.len(), 2);
    assert_eq!(worklist(sequence).await.len(), 2, "what was linked is gone");
    let no = json!({"to": {"incident": incident}, "reason": "another_occurrence"});
    let refused = api.post(&team, &format!("/v1/signals/{told}/link-rejections"), no).await.is(200);
    sequence = refused.json()["sequence"].as_u64().unwrap();
    let left = suggested(sequence).await;
    assert_eq!(left.len(), 1, "{left:?}");
    let items = worklist(sequence).await;
    assert_eq!(items.len(), 1, "and so is what was refused");
    assert_eq!((&items[0]["key"], &items[0]["link"]["to"]), (&left[0].0, &left[0].1));
    assert_ne!(left[0].1, json!({"incident": incident}));
    // What was suggested then is suggested then.
    let path = format!("/v1/centres/{here}/candidate-links?as_of={}", sequence - 1);
    assert_eq!(api.get(&team, &path).await.is(200).json()["total"], 2);

    let elsewhere = api.token("other", Role::Coordinator, &[there]);
    api.get(&elsewhere, &format!("/v1/centres/{here}/candidate-links")).await.problem(403, "not-yours");
    api.get(&team, &format!("/v1/centres/{here}/candidate-links?days=0")).await.problem(400, "bad-query");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_links_to_a_register_of_another_operator_nor_learns_what_stands_in_it() {
    let api = Api::start().await;
    let (here, near) = (api.centre_of("here", "one").await, api.centre_of("near", "one").await);
    let far = api.centre_of("far", "two").await;
    let [team, neighbours, others] = [("a", here), ("b", near), ("c", far)]
        .map(|(who, centre)| api.token(who, Role::Coordinator, &[centre]));
    let entry = |centre: &CentreId, number: &str| {
        json!({
            "centre": centre, "source": "register", "register_number": number, "incident_type": "violence",
            "level": "minor", "occurred_at": "2026-01-12T10:00:00Z",
        })
    };
    let registered = async |token: &str, centre, number| {
        api.post(token, "/v1/incidents", entry(&centre, number)).await.is(201).get("id")
    };
    let (next_door, elsewhere) =
        (registered(&neighbours, near, "7").await, registered(&others, far, "8").await);
    let reporter = api.token("reception", Role::Frontline, &[here]);
    let signal =
        api.post(&reporter, "/v1/signals", json!({"centre": here, "note": "lawaai"})).await.is(201).get("id");
    let links = format!("/v1/signals/{signal}/links");
    let to = |incident: &str| json!({"to": {"incident": incident}});
    // The id of an entry follows from operator, register and number: whoever guesses one learns nothing.
    let absent = id_of("two", &"register".parse().unwrap(), &"9".parse().unwrap()).0.to_string();
    let [hidden, none] = [&elsewhere, &absent].map(|id| api.post(&team, &links, to(id)));
    let (hidden, none) = tokio::join!(hidden, none);
    assert_eq!(hidden.problem(404, "incident-unknown").json(), none.problem(404, "incident-unknown").json());
    let theirs = api.log.load::<Incident>(elsewhere.parse().unwrap()).await.unwrap().state.clone();
    assert!(theirs.links.is_empty(), "{theirs:?}");
    api.post(&team, &links, to(&next_door)).await.is(200);
}
