//! Lists of escalations: their filters, their pages, and what belongs together.

use nabij_model::{CentreId, Role};
use nabij_testkit::eventually;
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::Api;
use crate::streams::raise_with;

async fn acute(api: &Api, here: CentreId, case: Option<&str>) {
    let reporter = api.token("reception", Role::Frontline, &[here]);
    let mut body = json!({"centre": here, "note": "mes", "severity": "acute"});
    if let Some(case) = case {
        body["cases"] = json!([{"case": case, "role": "affected"}]);
    }
    api.post(&reporter, "/v1/signals", body).await.is(201);
}

/// The list once it is so long.
async fn list(api: &Api, token: &str, address: &str, count: usize) -> Vec<Value> {
    let found = || async {
        let read = api.get(token, address).await.is(200).json();
        Some(read["escalations"].as_array().unwrap().clone()).filter(|found| found.len() >= count)
    };
    let found = eventually(found).await.unwrap_or_else(|| panic!("{address}: not {count}"));
    assert_eq!(found.len(), count, "{address}: {found:#?}");
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_cut_after_what_the_caller_may_see_and_filters_say_what_stands_where() {
    let api = Api::start().await;
    let (here, there) = (api.centre("here").await, api.centre("there").await);
    let director = api.token("director", Role::Director, &[here, there]);
    let only_here = api.token("director-here", Role::Director, &[here]);
    // Somebody else's lie between, and a confidential one, which is nobody's here.
    for centre in [here, there, there, here, there, here] {
        acute(&api, centre, None).await;
    }
    let all = list(&api, &director, "/v1/escalations", 6).await;
    let own = list(&api, &only_here, "/v1/escalations", 3).await;
    let mut paged = Vec::new();
    let mut address = "/v1/escalations?limit=1".to_owned();
    loop {
        let page = api.get(&only_here, &address).await.is(200).json();
        let lines = page["escalations"].as_array().unwrap();
        assert_eq!(lines.len(), 1, "a page is as full as it can be: {page}");
        paged.push(lines[0]["id"].clone());
        let Some(next) = page["next"].as_u64() else { break };
        address = format!("/v1/escalations?limit=1&cursor={next}");
    }
    let ids = |lines: &[Value]| lines.iter().map(|line| line["id"].clone()).collect::<Vec<_>>();
    assert_eq!(paged, ids(&own));

    let taken = format!("/v1/escalations/{}", own[0]["id"].as_str().unwrap());
    let for_ever = json!({"will_do": "ik ga", "until": "2100-01-01T00:00:00Z"});
    let refused =
        api.post(&only_here, &format!("{taken}/acknowledge"), for_ever).await.problem(422, "until-too-late");
    assert!(refused.get("detail").contains("at the latest, 168 hours from now"), "{}", refused.text);
    let sequence = api.done(&only_here, &format!("{taken}/acknowledge"), json!({"will_do": "ik ga"})).await;
    let second = api.request(Method::POST, &format!("{taken}/acknowledge")).bearer_auth(&director);
    let refused =
        api.send(second.json(&json!({"will_do": "ik ook"}))).await.problem(409, "already-acknowledged");
    assert!(refused.get("detail").contains("director took it up at"), "{}", refused.text);
    let standing = |standing: &str| format!("/v1/escalations?min_sequence={sequence}&standing={standing}");
    list(&api, &director, &standing("open"), 5).await;
    let acknowledged = list(&api, &director, &standing("acknowledged"), 1).await;
    assert_eq!(acknowledged[0]["taken_up"]["by"], "director-here", "{acknowledged:?}");
    let until = &acknowledged[0]["taken_up"]["until"];
    assert!(
        until.is_string() && *until == acknowledged[0]["climbs_at"],
        "nothing said, the rung's own time: {acknowledged:?}"
    );
    list(&api, &director, &standing("resolved"), 0).await;
    list(&api, &director, "/v1/escalations?severity=acute", 6).await;
    list(&api, &director, "/v1/escalations?severity=high", 0).await;
    list(&api, &director, "/v1/escalations?mine=true", 5).await;
    list(&api, &only_here, "/v1/escalations?mine=true", 3).await;
    let done = api.done(&only_here, &format!("{taken}/resolve"), json!({"outcome": "rustig"})).await;
    list(&api, &director, &format!("/v1/escalations?standing=resolved&min_sequence={done}"), 1).await;
    assert_eq!(all[0]["rungs"][0]["roles"].as_array().map(Vec::is_empty), Some(false), "{:?}", all[0]);
    assert!(all[0]["climbs_at"].is_string(), "the deadline ahead: {:?}", all[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_at_once_on_one_case_is_shown_as_one_matter() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let team = api.token("psy", Role::Psychosocial, &[here]);
    let case = |year: u32| json!({"centre": here, "birth_year": year, "languages": ["nl"]});
    let one = api.post(&team, "/v1/cases", case(2010)).await.is(201).get("id");
    let other = api.post(&team, "/v1/cases", case(2011)).await.is(201).get("id");
    for case in [&one, &one, &other] {
        acute(&api, here, Some(case)).await;
    }
    let director = api.token("director", Role::Director, &[here]);
    let all = list(&api, &director, "/v1/escalations", 3).await;
    // The newest first.
    assert_eq!(all[0]["group"], Value::Null, "{:?}", all[0]);
    assert_eq!(all[1]["group"], all[2]["id"]);
    assert_eq!(all[2]["group"], all[2]["id"]);
    assert_eq!(all[1]["related"], json!([all[2]["id"]]));
    let address = format!("/v1/escalations/{}", all[2]["id"].as_str().unwrap());
    let read = api.get(&director, &address).await.is(200).json();
    assert_eq!(read["related"], json!([all[1]["id"]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn to_who_never_heard_of_one_or_was_passed_over_there_is_none() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let team = api.token("psy", Role::Psychosocial, &[here]);
    let director = api.token("director", Role::Director, &[here]);
    let implicated = api.token("implicated", Role::Director, &[here]);
    let body = json!({"centre": here, "birth_year": 2010, "languages": ["nl"]});
    let case = api.post(&team, "/v1/cases", body).await.is(201).get("id");
    let subject = json!({"centre": here, "cases": [case]});
    let raised = raise_with(&api, here, json!({"subject": subject, "passed_over": ["implicated"]})).await;
    let path = format!("/v1/escalations/{raised}");
    api.post(&team, &format!("/v1/cases/{case}/contacts"), json!({"note": "gesprek"})).await.is(200);

    let answers = async |token: &str, path: &str| {
        let take = api.post(token, &format!("{path}/acknowledge"), json!({"will_do": "ik ga"})).await;
        let end = api.post(token, &format!("{path}/resolve"), json!({"outcome": "rustig"})).await;
        [take, end].map(|answer| answer.problem(404, "escalation-unknown").json())
    };
    let nobody = format!("/v1/escalations/{}", uuid::Uuid::now_v7());
    for token in [&team, &implicated] {
        assert_eq!(answers(token, &path).await, answers(token, &nobody).await);
    }
    api.done(&director, &format!("{path}/acknowledge"), json!({"will_do": "ik spreek met hem"})).await;
    let last = api.done(&director, &format!("{path}/resolve"), json!({"outcome": "hij werkt elders"})).await;

    let timeline = async |token: &str, query: &str| {
        api.get(token, &format!("/v1/cases/{case}/timeline?min_sequence={last}{query}")).await.is(200)
    };
    let shown = timeline(&director, "").await;
    assert!(shown.text.contains("hij werkt elders") && !shown.text.contains("implicated"), "{}", shown.text);
    for token in [&team, &implicated] {
        let whole = timeline(token, "").await;
        let told =
            ["escalation", "implicated", "hij werkt elders"].iter().any(|word| whole.text.contains(word));
        assert!(!told && whole.text.contains("contact_noted"), "{}", whole.text);
        // Pages are cut from what is shown.
        let (mut paged, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = timeline(token, &format!("&limit=1{cursor}")).await.json();
            paged.extend(page["entries"].as_array().unwrap().clone());
            let Some(next) = page["next"].as_u64() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(json!(paged), whole.json()["entries"]);
    }
    // Who is part of the matter is named to nobody.
    let list = list(&api, &director, "/v1/escalations", 1).await;
    let one = api.get(&director, &path).await.is(200);
    assert!(
        !json!(list).to_string().contains("implicated") && !one.text.contains("implicated"),
        "{}",
        one.text
    );
}
