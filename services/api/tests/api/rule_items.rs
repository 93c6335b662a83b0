//! What rules put on the lists of a centre, and what the safeguarding person has to do.

use nabij_model::{CentreId, Role};
use nabij_testkit::eventually;
use serde_json::{Value, json};

use crate::common::Api;

/// What a list holds under `field` once `fits`.
async fn until(api: &Api, token: &str, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
    let read = || async { Some(api.get(token, path).await.is(200).json()).filter(|read| fits(read)) };
    match eventually(read).await {
        Some(read) => read,
        None => panic!("{path}: {}", api.get(token, path).await.text),
    }
}

async fn open_case(api: &Api, team: &str, centre: CentreId) -> String {
    let body = json!({"centre": centre, "birth_year": 2012, "languages": ["fa"], "arrived_on": "2026-01-10"});
    api.post(team, "/v1/cases", body).await.is(201).get("id")
}

#[tokio::test(flavor = "multi_thread")]
async fn three_concerns_stand_on_the_agenda_with_their_reason_until_the_team_talked() {
    let api = Api::start().await;
    let (here, there) = (api.centre("here").await, api.centre("there").await);
    let team = api.token("psy", Role::Psychosocial, &[here]);
    let elsewhere = api.token("psy-there", Role::Psychosocial, &[there]);
    let (case, accused) = (open_case(&api, &team, here).await, open_case(&api, &team, here).await);
    for _ in 0..3 {
        let cases = json!([{"case": case, "role": "affected"}, {"case": accused, "role": "alleged_actor"}]);
        let body = json!({"centre": here, "note": "zit alleen", "cases": cases});
        api.post(&team, "/v1/signals", body).await.is(201);
    }
    let path = format!("/v1/centres/{here}/agenda");
    let matters = |read: &Value| read["matters"].as_array().unwrap().len();
    let agenda = until(&api, &team, &path, |read| matters(read) == 1).await;
    let matter = &agenda["matters"][0];
    assert_eq!(matter["rule"], "three-concerns");
    assert_eq!(matter["cases"], json!([case]), "whoever is said to have done it is not who it is about");
    assert_eq!(matter["to"], json!(["psychosocial", "coordinator"]));
    assert_eq!(matter["why"]["en"], "Three concerns without a discussion");
    assert_eq!(matter["why"]["reason"], "Each colleague sees one thing and thinks it small.");
    assert_eq!(agenda["more_matters"], json!([]));
    let before = agenda["as_of"].as_u64().unwrap();
    api.get(&elsewhere, &path).await.problem(403, "not-yours");
    let other = api.get(&elsewhere, &format!("/v1/centres/{there}/agenda")).await.is(200);
    assert!(!other.text.contains("three-concerns"), "{}", other.text);

    let talk = json!({
        "centre": here, "kind": "multidisciplinary", "held_at": jiff::Timestamp::now(), "cases": [case],
        "participants": ["companion", "school"],
    });
    api.post(&team, "/v1/discussions", talk).await.is(201);
    until(&api, &team, &path, |read| matters(read) == 0).await;
    let then = api.get(&team, &format!("{path}?as_of={before}")).await.is(200).json();
    assert_eq!(then["matters"], agenda["matters"], "what stood there stands there as of then");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_safeguarding_person_has_a_worklist_and_nobody_else_sees_it() {
    let api = Api::start().await;
    let (here, other) = (api.centre("here").await, api.centre_of("other", "other").await);
    let team = api.token("psy", Role::Psychosocial, &[here]);
    let safe = api.token("safe", Role::SafeguardingPerson, &[]);
    let log = async |centre: CentreId, confidential: bool| {
        let reporter = api.token("reception", Role::Frontline, &[centre]);
        let route = if confidential { "confidential" } else { "team" };
        let body = json!({"centre": centre, "note": "hij dreigt", "concerns_staff": true, "route": route,
            "severity": "high"});
        api.post(&reporter, "/v1/signals", body).await.is(201).get("id")
    };
    let secret = log(here, true).await;
    let (of_team, of_other) = (log(here, false).await, log(other, true).await);
    let path = "/v1/safeguarding/worklist";
    let escalations = |read: &Value| read["escalations"].as_array().unwrap().len();
    let work = until(&api, &safe, path, |read| escalations(read) == 1).await;
    let kinds = |read: &Value| -> Vec<(String, String)> {
        let items = read["items"].as_array().unwrap().iter();
        items
            .map(|item| (item["kind"].as_str().unwrap().into(), item["key"].as_str().unwrap().into()))
            .collect()
    };
    let of = |kind: &str| (kind.to_owned(), secret.clone());
    assert_eq!(kinds(&work), [of("new_signal"), of("feedback_due")], "{work:#}");
    assert_eq!(work["items"][0]["centre"], json!(here));
    assert_eq!(work["in_all"], 2);
    assert_eq!(work["escalations"][0]["steps"][0]["body"]["subject"]["signal"], json!(secret));
    for not in [&of_team, &of_other] {
        assert!(!work.to_string().contains(not.as_str()), "{work:#}");
    }
    let page = api.get(&safe, &format!("{path}?limit=1")).await.is(200).json();
    assert_eq!(kinds(&page), [of("new_signal")]);
    let next = page["next"].as_str().unwrap();
    assert_eq!(
        kinds(&api.get(&safe, &format!("{path}?limit=1&cursor={next}")).await.is(200).json()),
        [of("feedback_due")]
    );

    let assessed = json!({"severity": "high", "blind": true});
    api.done(&safe, &format!("/v1/signals/{secret}/assessments"), assessed).await;
    let told = json!({"to": "reporter", "kind": "action_taken", "note": "we spraken hem"});
    let last = api.done(&safe, &format!("/v1/signals/{secret}/feedback"), told).await;
    let after = api.get(&safe, &format!("{path}?min_sequence={last}")).await.is(200).json();
    assert_eq!(kinds(&after), [of("outcome_due")]);
    let before = work["as_of"].as_u64().unwrap();
    let then = api.get(&safe, &format!("{path}?as_of={before}")).await.is(200).json();
    assert_eq!(kinds(&then), kinds(&work));

    let alarm = format!("/v1/escalations/{}", work["escalations"][0]["id"].as_str().unwrap());
    api.done(&safe, &format!("{alarm}/acknowledge"), json!({"will_do": "ik spreek haar"})).await;
    let done = api.done(&safe, &format!("{alarm}/resolve"), json!({"outcome": "hij is weg"})).await;
    let ended = api.get(&safe, &format!("{path}?min_sequence={done}")).await.is(200).json();
    assert_eq!(escalations(&ended), 0);
    for role in [Role::Psychosocial, Role::Director, Role::OperatorHq, Role::Auditor] {
        let token = api.token("curious", role, &[here]);
        api.get(&token, path).await.problem(403, "role-not-allowed");
    }
    for list in ["worklist", "agenda", "board"] {
        let seen = api.get(&team, &format!("/v1/centres/{here}/{list}?min_sequence={done}")).await.is(200);
        assert!(!seen.text.contains(&secret), "{list}: {}", seen.text);
    }
}
