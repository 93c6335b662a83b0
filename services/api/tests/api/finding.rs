//! Finding a person by name or number: by ear, and only whom one may know of.

use nabij_model::{CentreId, Role};
use reqwest::Method;
use serde_json::json;

use crate::common::Api;

async fn open(api: &Api, centre: CentreId, name: &str, number: Option<&str>) -> (String, u64) {
    let team = api.token("opener", Role::Coordinator, &[centre]);
    let body = json!({
        "centre": centre, "birth_year": 1990, "languages": ["fa"], "arrived_on": "2026-01-10",
        "resident": {"name": name, "official_number": number},
    });
    let opened = api.post(&team, "/v1/cases", body).await.is(201);
    (opened.get("id"), opened.json()["sequence"].as_u64().unwrap())
}

/// The ids of the cases that a search shows, in their order.
async fn search(api: &Api, token: &str, asked: &[(&str, &str)]) -> Vec<String> {
    let request = api.request(Method::GET, "/v1/cases").query(asked).bearer_auth(token);
    let answer = api.send(request).await.is(200).json();
    let cases = answer["cases"].as_array().unwrap();
    cases.iter().map(|case| case["case"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resident_is_found_by_ear_and_by_number() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let (yusuf, _) = open(&api, here, "Youssef El-Amrani", Some("9.123.456")).await;
    let (ivan, _) = open(&api, here, "Иван Петров", None).await;
    let (yusra, _) = open(&api, here, "Yusra Noor", Some("9.123.457")).await;
    open(&api, here, "Noor Haddad", None).await;
    let team = api.token("psy", Role::Psychosocial, &[here]);
    for (asked, found) in [
        (("name", "yusuf"), vec![&yusuf]),
        (("name", "el amrani youssef"), vec![&yusuf]),
        (("name", "YOUSEF"), vec![&yusuf]),
        (("name", "petrov"), vec![&ivan]),
        (("name", "yus"), vec![&yusra]),
        (("name", "karim"), vec![]),
        (("number", "9123456"), vec![&yusuf]),
        (("number", "9 123 457"), vec![&yusra]),
        (("number", "9123"), vec![]),
    ] {
        assert_eq!(search(&api, &team, &[asked]).await.iter().collect::<Vec<_>>(), found, "{asked:?}");
    }
    assert!(
        search(&api, &team, &[("name", "yusra"), ("number", "9123456")]).await.is_empty(),
        "both must fit"
    );

    // Whose follow-up ended is found when asked for; what is broader than the answer may be long says so.
    let close = json!({"reason": "own_housing"});
    let ended = api.post(&team, &format!("/v1/cases/{ivan}/close"), close).await;
    assert_eq!(ended.status.as_u16(), 200, "{}", ended.text);
    assert!(search(&api, &team, &[("name", "petrov")]).await.is_empty());
    assert_eq!(search(&api, &team, &[("name", "petrov"), ("closed", "true")]).await, [ivan]);
    for broad in ["name=y", "name=noor&limit=1"] {
        api.get(&team, &format!("/v1/cases?{broad}")).await.problem(400, "too-broad");
    }
    for bad in ["name=-", "number=-", "name=yusra&as_of=3", &format!("name={}", "y".repeat(101))] {
        api.get(&team, &format!("/v1/cases?{bad}")).await.problem(400, "bad-query");
    }
    api.get(&team, "/v1/cases?name=yusra&min_sequence=999999").await.problem(400, "no-such-sequence");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_shows_and_counts_only_whom_one_may_know_of_and_is_written_down() {
    let api = Api::start().await;
    let (here, there) = (api.centre("here").await, api.centre_of("there", "other").await);
    let (own, _) = open(&api, here, "Zemzem Planted", Some("777")).await;
    let mut others = Vec::new();
    for number in ["778", "779", "780"] {
        others.push(open(&api, there, "Zemzem Planted", Some(number)).await.0);
    }
    let team = api.token("psy", Role::Psychosocial, &[here]);
    // Three namesakes elsewhere are no reason to call it too broad.
    assert_eq!(search(&api, &team, &[("name", "zemzem"), ("limit", "1")]).await, [own]);
    assert!(search(&api, &team, &[("number", "778")]).await.is_empty());
    api.get(&team, &format!("/v1/cases?name=zemzem&centre={there}")).await.problem(403, "not-yours");
    let audited =
        api.send(api.request(Method::GET, "/v1/cases?name=zemzem").bearer_auth(&team)).await.is(200);
    let sequence: u64 = audited.headers["nabij-audit-sequence"].to_str().unwrap().parse().unwrap();

    // Duty opens no names, so it finds nobody by them; who may not read at all is refused.
    let duty = api.token("night", Role::Frontline, &[here]);
    for asked in [("name", "zemzem"), ("number", "777")] {
        assert!(search(&api, &duty, &[asked]).await.is_empty(), "{asked:?}");
    }
    for role in [Role::NetworkHq, Role::OperatorHq, Role::Analyst, Role::Auditor, Role::Service] {
        let stranger = api.token("stranger", role, &[here]);
        let answer = api.get(&stranger, "/v1/cases?name=zemzem").await;
        assert_eq!(answer.status.as_u16(), 403, "{role}: {}", answer.text);
    }

    // Who looked, and whom they found; not what they typed.
    let auditor = api.token("auditor", Role::Auditor, &[]);
    let log = api.get(&auditor, &format!("/v1/audit?min_sequence={sequence}&limit=200")).await.is(200);
    let records = log.json();
    let written = records["accesses"].as_array().unwrap();
    let search = written.iter().find(|record| record["sequence"] == sequence).unwrap();
    let told = (&search["subject"], &search["rows"], &search["cases"]);
    assert_eq!(told, (&json!("psy"), &json!(1), &json!(1)), "{search}");
    assert!(!log.text.to_lowercase().contains("zemzem"), "{}", log.text);
    assert!(others.iter().all(|other| !log.text.contains(other)), "{}", log.text);
}
