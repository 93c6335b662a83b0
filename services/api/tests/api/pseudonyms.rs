//! Who counts reads cases under pseudonyms: no name, no word, no id.

use nabij_model::Role;
use serde_json::json;

use crate::common::Api;

#[tokio::test(flavor = "multi_thread")]
async fn an_analyst_reads_what_happened_and_nothing_that_leads_to_a_person() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let team = api.token("psy", Role::Psychosocial, &[here]);
    let director = api.token("director", Role::Director, &[here]);
    let analyst = api.token("counter", Role::Analyst, &[]);
    let open = async |birth: &str| {
        let body = json!({
            "centre": here, "birth_date": birth, "languages": ["ps"], "arrived_on": "2026-01-10",
            "resident": {"name": "Mohibullah Testpersoon", "official_number": "998877"},
        });
        api.post(&team, "/v1/cases", body).await.is(201).get("id")
    };
    let (adult, child) = (open("1987-05-01").await, open("2012-05-01").await);
    let note = "zwijgt sinds de brand";
    let body = json!({"centre": here, "note": note, "severity": "high", "cases": [{"case": child, "role": "affected"}]});
    let signal = api.post(&team, "/v1/signals", body).await.is(201);
    let (signal, sequence) = (signal.get("id"), signal.json()["sequence"].as_u64().unwrap());
    let list = api.get(&analyst, &format!("/v1/analytics/cases?min_sequence={sequence}")).await.is(200);
    let json = list.json();
    let cases = json["cases"].as_array().unwrap();
    let mut bands: Vec<&str> = cases.iter().map(|case| case["birth"].as_str().unwrap()).collect();
    bands.sort_unstable();
    assert_eq!(bands.len(), 2);
    assert!(bands.contains(&"1985-1989"), "{bands:?}");
    let mut texts = vec![list.text.clone()];
    for case in cases {
        let path = format!("/v1/analytics/cases/{}/timeline", case["pseudonym"].as_str().unwrap());
        texts.push(api.get(&analyst, &path).await.is(200).text);
    }
    let all = texts.concat();
    assert!(all.contains(r#""severity":"high""#) && all.contains("signal.logged"), "{all}");
    let here = here.to_string();
    for joins in
        [&adult, &child, &signal, &here, "Mohibullah", "998877", note, "1987", "2012-05", "psy\"", "sealed"]
    {
        assert!(!all.contains(joins), "{joins}: {all}");
    }
    for case in [&adult, &child] {
        api.get(&analyst, &format!("/v1/analytics/cases/{case}/timeline")).await.problem(404, "case-unknown");
    }
    // The same pseudonym in every answer, a page at a time too.
    let page = api.get(&analyst, "/v1/analytics/cases?limit=1").await.is(200).json();
    assert_eq!(page["cases"][0]["pseudonym"], cases[0]["pseudonym"]);
    let rest = format!("/v1/analytics/cases?cursor={}", page["next"].as_str().unwrap());
    assert_eq!(api.get(&analyst, &rest).await.is(200).json()["cases"][0]["pseudonym"], cases[1]["pseudonym"]);
    for token in [&team, &director] {
        api.get(token, "/v1/analytics/cases").await.problem(403, "role-not-allowed");
    }
}
