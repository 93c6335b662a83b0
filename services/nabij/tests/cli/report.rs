//! `nabij report` and `nabij replay --compare`: a page with its data, and what changed since an earlier day.

use std::fs;

use serde_json::Value;

use super::place::Place;

#[tokio::test(flavor = "multi_thread")]
async fn a_page_with_its_data_and_what_changed_between_two_moments() {
    let place = Place::new().await;
    let simulate = ["simulate", "--centres", "3", "--cases", "60", "--days", "90", "--seed", "7"];
    drop(place.nabij(&simulate).exits(0));
    drop(place.nabij(&["rebuild"]).exits(0));
    let last = place.events();
    let period = ["--from", "2020-01-01", "--to", "2030-01-01"];
    let report = |more: &[&str]| {
        let words = ["report", "underreporting", "--out", "page", "--json"];
        place.nabij(&[&words[..], &period, more].concat())
    };

    let written = report(&["--language", "fr"]).exits(0).json();
    assert_eq!(written["as_of"].as_u64(), Some(last));
    let read = |name: &str| fs::read(place.dir().join("page").join(name)).unwrap();
    let html = String::from_utf8(read("underreporting.html")).unwrap();
    assert!(
        html.contains("<html lang=\"fr\">")
            && html.contains("Les nombres de 1 à 4 sont masqués, et zéro aussi")
    );
    assert!(read("figures.parquet").starts_with(b"PAR1"));
    let figures = String::from_utf8(read("figures.csv")).unwrap();
    assert_eq!(figures.lines().count() as u64, written["figures"].as_u64().unwrap() + 1);
    assert!(figures.lines().skip(1).all(|line| line.contains(",other,")), "the stricter is the default");

    drop(report(&["--for", "analyst"]).exits(0));
    let all = String::from_utf8(read("figures.csv")).unwrap();
    assert!(all.lines().skip(1).all(|line| line.contains(",analyst,")) && all != figures);

    let half = (last / 2).to_string();
    let compare = |a: &str, b: &str, more: &[&str]| {
        let words = ["replay", "--compare", a, b, "--json"];
        place.nabij(&[&words[..], &period, more].concat())
    };
    let answer = compare(&half, &last.to_string(), &["--for", "analyst"]).exits(0).json();
    let changed = answer["changed"].as_array().unwrap();
    let total = changed.iter().find(|one| one["report"] == "register-counts" && one["by"].is_null()).unwrap();
    assert!(total["after"]["value"].as_f64() > total["before"]["value"].as_f64(), "{total}");
    let named = total["latest"].as_array().unwrap();
    assert!(!named.is_empty() && named.len() <= 10);
    for event in named {
        let sequence = event["sequence"].as_u64().unwrap();
        assert!(sequence > last / 2 && sequence <= last);
        let kind = answer["events"][sequence.to_string()]["type"].as_str().unwrap();
        assert!(kind.starts_with("nabij.incident."), "{kind}");
    }
    // A moment differs from itself in nothing; and whoever is no analyst is told no single event.
    assert_eq!(compare(&half, &half, &["--for", "analyst"]).exits(0).json()["changed"], Value::Array(vec![]));
    let others = compare(&half, &last.to_string(), &[]).exits(0).json();
    assert!(
        others["changed"].as_array().unwrap().iter().all(|one| one["latest"].as_array().unwrap().is_empty())
    );

    let wrong =
        place.nabij(&["replay", "--compare", "1", "yesterday", "--from", "2020-01-01", "--to", "2021-01-01"]);
    assert!(wrong.exits(2).err.contains("schema:NAME"));
    place.end().await;
}
