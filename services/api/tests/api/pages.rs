//! No list is without a limit, and its pages hold every line once.

use std::collections::BTreeSet;

use nabij_model::{CentreId, Role};
use serde_json::{Value, json};

use crate::common::Api;

/// All lines of a list by pages of `limit`, with how many it says there are; `lines` names them.
async fn paged(api: &Api, token: &str, path: &str, lines: &str, limit: usize) -> (Vec<Value>, Option<u64>) {
    let (mut all, mut cursor, mut in_all) = (Vec::new(), String::new(), None);
    loop {
        let join = if path.contains('?') { '&' } else { '?' };
        let page = api.get(token, &format!("{path}{join}limit={limit}{cursor}")).await.is(200).json();
        let found = page[lines].as_array().unwrap_or_else(|| panic!("no {lines} in {page}"));
        assert!(found.len() <= limit, "{path}: {} lines", found.len());
        all.extend(found.iter().cloned());
        in_all = page["in_all"].as_u64().or(in_all);
        match &page["next"] {
            Value::Null => return (all, in_all),
            Value::String(next) => cursor = format!("&cursor={next}"),
            next => cursor = format!("&cursor={next}"),
        }
        assert_eq!(found.len(), limit, "{path}: a page before the last is full");
    }
}

async fn open(api: &Api, token: &str, centre: CentreId, household: Option<&str>) -> (String, u64) {
    let mut body =
        json!({"centre": centre, "birth_year": 2012, "languages": ["fa"], "arrived_on": "2026-01-10"});
    if let Some(household) = household {
        body["household"] = household.into();
    }
    let opened = api.post(token, "/v1/cases", body).await.is(201);
    (opened.get("id"), opened.json()["sequence"].as_u64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_comes_in_pages_that_hold_each_line_once() {
    let api = Api::start().await;
    let (here, _there) = (api.centre("here").await, api.centre("there").await);
    let team = api.token("team", Role::Coordinator, &[here]);
    let service = api.token("service", Role::Service, &[here]);
    let household = "01890000-0000-7000-8000-0000000000f1";
    let mut cases = Vec::new();
    for _ in 0..5 {
        cases.push(open(&api, &team, here, Some(household)).await.0);
    }
    let mut last = 0;
    for case in &cases {
        let signal = json!({"centre": here, "note": "huilt", "cases": [{"case": case, "role": "affected"}]});
        last = api.post(&team, "/v1/signals", signal).await.is(201).json()["sequence"].as_u64().unwrap();
    }
    for day in 1..=5 {
        let count = json!({"as_at": format!("2026-01-0{day}T10:00:00Z"), "residents": 100 + day});
        last = api.done(&service, &format!("/v1/centres/{here}/occupancy"), count).await.max(last);
    }
    api.get(&team, &format!("/v1/cases?min_sequence={last}")).await.is(200);
    let centre = format!("/v1/centres/{here}");
    let lists = [
        ("/v1/centres".to_owned(), "centres", 2),
        (format!("{centre}/occupancy"), "counts", 5),
        (format!("{centre}/worklist"), "items", 5),
        (format!("{centre}/agenda"), "cases", 5),
        (format!("/v1/cases/{}/household", cases[0]), "cases", 4),
    ];
    for (path, lines, least) in lists {
        let (whole, in_all) = paged(&api, &team, &path, lines, 200).await;
        assert!(whole.len() >= least, "{path}: {} lines", whole.len());
        assert_eq!(in_all, Some(whole.len() as u64), "{path}");
        for limit in [1, 2, 3] {
            let (pages, in_all) = paged(&api, &team, &path, lines, limit).await;
            assert_eq!(in_all, Some(whole.len() as u64), "{path}");
            let text = |lines: &[Value]| lines.iter().map(Value::to_string).collect::<Vec<_>>();
            assert_eq!(text(&pages), text(&whole), "{path} by {limit}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_page_shows_the_moment_of_the_first() {
    let api = Api::start().await;
    for name in ["b", "c", "d"] {
        api.centre(name).await;
    }
    let team = api.token("team", Role::Coordinator, &[]);
    let head = api.log.head().await.unwrap().sequence;
    let first = api.get(&team, &format!("/v1/centres?limit=2&min_sequence={head}")).await.is(200).json();
    let codes = |page: &Value| -> Vec<String> {
        let centres = page["centres"].as_array().unwrap();
        centres.iter().map(|centre| centre["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(codes(&first), ["b", "c"]);
    // One that sorts before all of them would push a line from the first page onto the second.
    api.centre("a").await;
    let head = api.log.head().await.unwrap().sequence;
    let next = first["next"].as_str().unwrap();
    let path = format!("/v1/centres?limit=2&min_sequence={head}&cursor={next}");
    let second = api.get(&team, &path).await.is(200).json();
    assert_eq!((codes(&second), &second["in_all"]), (vec!["d".to_owned()], &json!(3)));
    assert_eq!(second["as_of"], first["as_of"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_or_a_cursor_that_is_none_is_named_at_every_list() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let roles = [Role::Coordinator, Role::Auditor, Role::Analyst, Role::SafeguardingPerson];
    let tokens = roles.map(|role| api.token("reader", role, &[here]));
    let (case, sequence) = open(&api, &tokens[0], here, None).await;
    api.get(&tokens[0], &format!("/v1/cases?min_sequence={sequence}")).await.is(200);
    let openapi = api.get("", "/openapi.json").await.is(200).json();
    let mut asked = BTreeSet::new();
    for (path, item) in openapi["paths"].as_object().unwrap() {
        let parameters = item["get"]["parameters"].as_array().into_iter().flatten();
        if !parameters.clone().any(|parameter| parameter["name"] == "limit") {
            continue;
        }
        let id = if path.starts_with("/v1/centres") { here.to_string() } else { case.clone() };
        let path = path.replace("{id}", &id).replace("{pseudonym}", &case);
        for wrong in ["limit=0", "limit=201", "limit=-1", "limit=many"] {
            let mut told = false;
            for token in &tokens {
                let answer = api.get(token, &format!("{path}?{wrong}")).await;
                // Another role reads this list.
                if ![403, 404].contains(&answer.status.as_u16()) {
                    let detail = answer.problem(400, "bad-query").json()["detail"].to_string();
                    assert!(detail.contains("limit"), "{path}?{wrong}: {detail}");
                    told = true;
                }
            }
            if told {
                asked.insert(path.clone());
            }
        }
    }
    assert!(asked.len() >= 11, "only {asked:?}");
    for path in ["/v1/centres", &format!("/v1/centres/{here}/worklist")] {
        api.get(&tokens[0], &format!("{path}?cursor=7")).await.problem(400, "bad-query");
        let ahead = format!("{path}?cursor=999999.1767225600000000000.1");
        api.get(&tokens[0], &ahead).await.problem(400, "no-such-sequence");
    }
}
