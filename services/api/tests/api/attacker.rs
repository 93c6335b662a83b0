//! A director who asks everything and subtracts: no count of 1 to 4 follows from any two answers.

use std::collections::BTreeMap;

use nabij_model::Role;
use serde_json::Value;

use crate::common::Api;
use crate::figures::{centre, plant};

/// Figures that count something, in the lines of every report.
const COUNTS: [&str; 16] = [
    "due",
    "registered",
    "unregistered",
    "reasoned",
    "undecided",
    "not_due",
    "late",
    "not_reportable",
    "happened_elsewhere",
    "captured",
    "entries",
    "signals",
    "open",
    "records",
    "answers",
    "unreadable",
];

/// Which count of a report: figure, centre, by, part.
type Key = [String; 4];

/// Between what a count lies, as a director is told, and what it is.
type Told = ((u64, u64), u64);

/// The lines of one answer: what was counted, or between what it lies.
fn counts(csv: &str) -> BTreeMap<Key, (u64, u64)> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let rows = reader.deserialize::<std::collections::HashMap<String, String>>().map(Result::unwrap);
    rows.filter(|row| COUNTS.contains(&row["figure"].as_str()))
        .map(|row| {
            let number = |column: &str| row[column].parse::<f64>().ok().map(|value| value as u64);
            let told = match (number("value"), number("lower"), number("upper")) {
                (_, Some(lower), Some(upper)) => (lower, upper),
                (Some(value), ..) => (value, value),
                _ => {
                    assert_eq!(row["reason"], "suppressed", "{row:?}");
                    (0, 4)
                }
            };
            (["figure", "centre", "by", "part"].map(|column| row[column].clone()), told)
        })
        .collect()
}

/// Every number of an answer that stands under one of these names counts something; that there are so many lists counts nobody.
fn counted(json: &Value, found: &mut Vec<u64>) {
    match json {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| match value.as_u64() {
            Some(count) if ["count", "units", "ended", "observed", "pairs"].contains(&name.as_str()) => {
                found.push(count)
            }
            _ if name == "lists" => {}
            _ => counted(value, found),
        }),
        Value::Array(list) => list.iter().for_each(|value| counted(value, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_report_tells_a_director_a_count_that_is_not_the_middle_of_a_band() {
    let api = Api::start().await;
    let planted = plant(&api).await;
    let last = planted.iter().map(|one| one.sequence).max().unwrap();
    let director = api.token("director", Role::Director, &[centre(0)]);
    let analyst = api.token("counter", Role::Analyst, &[]);
    let (mut told, mut small) = (0, 0);
    for report in [
        "underreporting",
        "reporting-rates",
        "silences",
        "register-gaps",
        "delays",
        "non-registration-reasons",
        "disagreement",
        "feedback",
        "protocols",
        "register-counts",
    ] {
        for period in ["month=2026-02", "from=2026-01-01&to=2026-04-01"] {
            let path = format!("/v1/analytics/{report}?{period}&centre={}&min_sequence={last}", centre(0));
            let (mut shown, mut exact) = (vec![], vec![]);
            counted(&api.get(&director, &path).await.is(200).json(), &mut shown);
            counted(&api.get(&analyst, &path).await.is(200).json(), &mut exact);
            // A sum of two middles ends in 4 or 9, as what waits and what ended of a curve.
            let middles = |count: &u64| *count > 4 && [2, 4].contains(&(count % 5));
            assert!(shown.iter().all(middles), "{path}: {shown:?}");
            told += shown.len();
            small += exact.iter().filter(|count| (1..=4).contains(*count)).count();
        }
    }
    assert!(told > 60 && small > 40, "{told} told, {small} small");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_director_who_subtracts_any_two_answers_pins_no_small_count() {
    let api = Api::start().await;
    let planted = plant(&api).await;
    let last = planted.iter().map(|one| one.sequence).max().unwrap();
    let director = api.token("director", Role::Director, &[centre(0)]);
    let analyst = api.token("counter", Role::Analyst, &[]);
    let quarter = "from=2026-01-01&to=2026-04-01";
    let periods =
        [quarter, "month=2026-01", "month=2026-02", "month=2026-03", "from=2026-01-01&to=2027-01-01"];
    let filters = [
        "",
        "&minors=true",
        "&minors=false",
        "&level=unknown",
        "&level=minor",
        "&level=major",
        "&level=critical",
        "&type=violence",
        "&type=self-harm",
        "&type=violence&minors=true",
        "&level=major&minors=false",
    ];
    let (mut small, mut pairs) = (0, 0);
    for report in [
        "underreporting",
        "register-counts",
        "feedback",
        "non-registration-reasons",
        "silences",
        "register-gaps",
    ] {
        let mut told: BTreeMap<Key, Vec<Told>> = BTreeMap::new();
        for period in periods {
            for filter in filters {
                let path = format!(
                    "/v1/analytics/{report}?{period}{filter}&centre={}&min_sequence={last}&format=csv",
                    centre(0)
                );
                let shown = counts(&api.get(&director, &path).await.is(200).text);
                let truth = counts(&api.get(&analyst, &path).await.is(200).text);
                for (key, band) in shown {
                    // What is told of several parts together is of no part.
                    let Some((count, _)) = truth.get(&key).copied() else { continue };
                    assert!(
                        (band.0..=band.1).contains(&count) && band.1 - band.0 >= 4,
                        "{path} {key:?}: {band:?}"
                    );
                    small += usize::from((1..=4).contains(&count));
                    told.entry(key).or_default().push((band, count));
                }
                let parts = |of: &Key| of[3].is_empty() || report == "silences";
                assert!(truth.keys().filter(|key| parts(key)).all(|key| told.contains_key(key)), "{path}");
            }
        }
        for (key, asked) in &told {
            for ((one, more), (other, less)) in
                asked.iter().flat_map(|one| asked.iter().map(move |other| (one, other)))
            {
                if more > less {
                    let (lowest, highest) = (one.0.saturating_sub(other.1), one.1 - other.0);
                    assert!(
                        (lowest..=highest).contains(&(more - less)) && highest - lowest >= 4,
                        "{report} {key:?}"
                    );
                    pairs += 1;
                }
            }
        }
    }
    assert!(small > 200 && pairs > 5_000, "{small} small counts, {pairs} pairs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_director_may_not_ask_about_days_nor_as_of_any_moment() {
    let api = Api::start().await;
    let here = api.centre("here").await;
    let director = api.token("director", Role::Director, &[here]);
    let analyst = api.token("counter", Role::Analyst, &[]);
    for asked in [
        "from=2026-01-01&to=2026-02-02",
        "from=2026-01-02&to=2026-02-01",
        "from=2026-01-01&to=2026-03-01",
        "month=2026-01&as_of=1",
        "month=2026-01&as_of=2026-02-02T12:00:00Z",
        "month=2026-01&zone=Asia/Tokyo",
    ] {
        for report in ["underreporting", "silences"] {
            let path = format!("/v1/analytics/{report}?{asked}");
            let refused = api.get(&director, &path).await.problem(400, "not-a-whole-period").json();
            assert!(refused["detail"].as_str().unwrap().contains("others than analysts"), "{refused}");
            api.get(&analyst, &path).await.is(200);
        }
    }
    for asked in ["month=2026-01", "from=2026-01-01&to=2026-04-01"] {
        api.get(&director, &format!("/v1/analytics/underreporting?{asked}")).await.is(200);
    }
    // It may be asked; the centre was not there yet.
    let then = "/v1/analytics/underreporting?month=2026-01&as_of=2026-01-31T23:00:00Z";
    api.get(&director, then).await.problem(404, "centre-unknown");
}
