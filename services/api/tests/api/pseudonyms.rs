//! Who counts reads cases under pseudonyms: no name, no word, no id.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, ToSpan};
use nabij_log::Submission;
use nabij_model::case::age::today;
use nabij_model::case::{Case, CaseCommand};
use nabij_model::centre::{Centre, CentreCommand};
use nabij_model::signal::{Signal, SignalCommand};
use nabij_model::{Actor, CentreId, Policies, Role};
use nabij_testkit::eventually;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::Api;

fn of<T: DeserializeOwned>(body: Value) -> T {
    serde_json::from_value(body).unwrap()
}

/// What somebody wrote so long ago.
fn by(subject: &str, ago: SignedDuration) -> Submission {
    let actor = Actor {
        subject: subject.parse().unwrap(),
        role: Role::Psychosocial,
        centres: vec![],
        operator: None,
    };
    Submission::new(Timestamp::now() - ago, actor, Arc::new(Policies::shipped()))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_analyst_reads_what_happened_and_nothing_that_leads_to_a_person() {
    let [adult, child, signal] = [Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7()];
    let here = CentreId(Uuid::now_v7());
    let note = "zwijgt sinds de brand";
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    let open = |birth: &str| {
        CaseCommand::Open(of(json!({
            "centre": here, "birth_date": birth, "languages": ["ps"], "arrived_on": "2026-01-10",
            "resident": {"name": "Mohibullah Testpersoon", "official_number": "998877"},
        })))
    };
    let api = Api::start_after(async |log| {
        let registered = of(json!({"code": "here", "name": "Here", "operator": "fedasil"}));
        let register = CentreCommand::Register(registered);
        log.execute::<Centre>(here.0, register, &by("hq", days(5))).await.unwrap();
        for (case, birth) in [(adult, "1987-05-01"), (child, "2012-05-01")] {
            log.execute::<Case>(case, open(birth), &by("psy", days(3))).await.unwrap();
        }
        let noticed = of(json!({
            "centre": here, "note": note, "severity": "high", "cases": [{"case": child, "role": "affected"}],
        }));
        log.execute::<Signal>(signal, SignalCommand::Log(noticed), &by("psy", days(2))).await.unwrap();
    })
    .await;
    let team = api.token("psy", Role::Psychosocial, &[here]);
    let director = api.token("director", Role::Director, &[here]);
    let analyst = api.token("counter", Role::Analyst, &[]);
    let list = api.get(&analyst, "/v1/analytics/cases").await.is(200);
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
    let [adult, child, signal, here] = [adult, child, signal, here.0].map(|id| id.to_string());
    for joins in
        [&adult, &child, &signal, &here, "Mohibullah", "998877", note, "1987", "2012-05", "psy\"", "sealed"]
    {
        assert!(!all.contains(joins), "{joins}: {all}");
    }
    for case in [&adult, &child] {
        api.get(&analyst, &format!("/v1/analytics/cases/{case}/timeline")).await.problem(404, "case-unknown");
    }
    // What is not a whole day old is not there yet, and no moment can be asked for, only a day that is over.
    let today_id = Uuid::now_v7();
    api.log.execute::<Case>(today_id, open("1999-05-01"), &by("psy", SignedDuration::ZERO)).await.unwrap();
    let again = api.get(&analyst, "/v1/analytics/cases").await.is(200).json();
    assert_eq!(again["cases"].as_array().unwrap().len(), 2, "{again}");
    let day = |ago: i64| (today(Timestamp::now()) - ago.days()).to_string();
    let of = async |day: &str| {
        let list = api.get(&analyst, &format!("/v1/analytics/cases?as_of={day}")).await.is(200).json();
        list["cases"].as_array().unwrap().len()
    };
    assert_eq!((of(&day(4)).await, of(&day(3)).await), (0, 2));
    for moment in [day(0), "1".to_owned(), Timestamp::now().to_string()] {
        let asked = format!("/v1/analytics/cases?as_of={moment}");
        api.get(&analyst, &asked).await.problem(400, "bad-query");
    }
    // Who looked stands with each case that was shown.
    let looked = || async {
        let log = api.get(&director, &format!("/v1/cases/{child}/access-log")).await;
        Some(log.text)
            .filter(|text| log.status == 200 && text.contains("analytics/cases/{pseudonym}/timeline"))
    };
    eventually(looked).await.expect("that an analyst looked is in no access log");
    // The same pseudonym in every answer, a page at a time too.
    let page = api.get(&analyst, "/v1/analytics/cases?limit=1").await.is(200).json();
    assert_eq!(page["cases"][0]["pseudonym"], cases[0]["pseudonym"]);
    let rest = format!("/v1/analytics/cases?cursor={}", page["next"].as_str().unwrap());
    assert_eq!(api.get(&analyst, &rest).await.is(200).json()["cases"][0]["pseudonym"], cases[1]["pseudonym"]);
    for token in [&team, &director] {
        api.get(token, "/v1/analytics/cases").await.problem(403, "role-not-allowed");
    }
}
