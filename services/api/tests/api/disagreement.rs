//! How far blind judgements disagree, by value: a table of pairs that was worked out by hand.

use nabij_model::Role;
use nabij_model::centre::{Centre, CentreCommand};
use nabij_model::id::SignalId;
use nabij_model::signal::{Signal, SignalCommand};
use serde_json::{Value, json};

use crate::common::Api;
use crate::figures::{centre, day, does, does_as, read};

/// What the reporter said, what an assessor said who had not seen that, and how often.
const PAIRS: [(&str, &str, usize); 7] = [
    ("low", "low", 6),
    ("low", "moderate", 2),
    ("moderate", "moderate", 5),
    ("moderate", "high", 3),
    ("high", "moderate", 1),
    ("high", "high", 4),
    ("acute", "acute", 3),
];

/// Kappa with linear weights of that table, with the limits by the error of Fleiss, Cohen and Everitt; worked out apart.
const KAPPA: [f64; 3] = [0.774_294_670_8, 0.598_830_866_9, 0.949_758_474_8];
/// Of the six that differ the second is higher in five, with Wilson's limits.
const HIGHER: [f64; 3] = [5.0 / 6.0, 0.436_497_177_8, 0.969_946_630_3];

fn near(found: [&Value; 3], expected: [f64; 3]) {
    for (found, expected) in found.into_iter().zip(expected) {
        assert!((found.as_f64().unwrap() - expected).abs() < 1e-9, "{found} is not {expected}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kappa_with_its_interval_and_the_direction_as_worked_out_by_hand() {
    let api = Api::start().await;
    let body = json!({"code": "north", "name": "north", "operator": "fedasil"});
    does::<Centre>(&api, centre(0), CentreCommand::Register(read(body)), day(0)).await;
    let mut last = 0;
    let pairs = PAIRS.iter().flat_map(|(first, second, times)| (0..*times).map(move |_| (*first, *second)));
    // Who judged after having seen the first, and a first that is no judgement, are no pair.
    let others = [("low", "acute", false), ("unsure", "acute", true)];
    for (n, (first, second, blind)) in
        pairs.map(|(first, second)| (first, second, true)).chain(others).enumerate()
    {
        let id = SignalId::derived(&["judged", &n.to_string()]);
        let kind = if n % 2 == 0 { "violence" } else { "self-harm" };
        let logged =
            json!({"centre": centre(0), "category": kind, "severity": first, "certainty": "witnessed"});
        does::<Signal>(&api, id, SignalCommand::Log(read(logged)), day(1)).await;
        let assessed = json!({"severity": second, "certainty": "witnessed", "blind": blind});
        last = does_as::<Signal>(&api, "colleague", id, SignalCommand::Assess(read(assessed)), day(2)).await;
    }

    let path = format!("/v1/analytics/disagreement?month=2026-01&centre={}&min_sequence={last}", centre(0));
    let analyst = api.token("counter", Role::Analyst, &[]);
    let report = api.get(&analyst, &path).await.is(200).json();
    let agreement = &report["agreement"]["answer"];
    let interval = &agreement["interval"];
    near([&agreement["kappa"], &interval["lower"], &interval["upper"]], KAPPA);
    assert_eq!(
        (&agreement["pairs"], &agreement["second_higher"], &agreement["second_lower"]),
        (&json!(24), &json!(5), &json!(1))
    );
    let higher = &report["direction"]["answer"]["second_higher"];
    near([&higher["share"], &higher["interval"]["lower"], &higher["interval"]["upper"]], HIGHER);
    assert_eq!((&higher["x"], &higher["n"]), (&json!(5), &json!(6)));
    let said = report["direction"]["sentence"]["nl"].as_str().unwrap();
    assert!(said.contains("van de 6 keer") && said.contains("5 keer ernstiger"), "{said}");
    let by = |of: &str| {
        report["by"].as_array().unwrap().iter().filter(|part| part["by"] == of).cloned().collect::<Vec<_>>()
    };
    assert_eq!(by("centre")[0]["agreement"]["answer"]["kappa"], agreement["kappa"], "there is one centre");
    let of_types: u64 =
        by("type").iter().map(|part| part["agreement"]["inputs"]["pairs"]["count"].as_u64().unwrap()).sum();
    assert_eq!((by("type").len(), of_types), (2, 24));

    let csv = api.get(&analyst, &format!("{path}&format=csv")).await.is(200).text;
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<std::collections::HashMap<String, String>> =
        rows.deserialize().map(Result::unwrap).collect();
    for (figure, expected) in [("kappa", KAPPA), ("second_higher", HIGHER)] {
        let row = rows.iter().find(|row| row["figure"] == figure && row["by"].is_empty()).unwrap();
        for (column, expected) in ["value", "lower", "upper"].into_iter().zip(expected) {
            assert!(
                (row[column].parse::<f64>().unwrap() - expected).abs() < 1e-9,
                "{figure} {column}: {row:?}"
            );
        }
    }

    // A director reads no kappa where one way of differing is below five, since few tables have such a kappa, and the direction of what
    // differs within its bands.
    let director = api.token("director", Role::Director, &[centre(0)]);
    let told = api.get(&director, &path).await.is(200).json();
    assert_eq!(
        (&told["agreement"]["answer"]["reason"], &told["agreement"]["inputs"]["pairs"]["count"]),
        (&json!("suppressed"), &json!(22))
    );
    let higher = &told["direction"]["answer"]["second_higher"];
    assert_eq!((&higher["x"], &higher["n"]), (&json!(7), &json!(9)));
    assert!(higher["interval"]["lower"].as_f64().unwrap() < HIGHER[1], "{higher}");
}
