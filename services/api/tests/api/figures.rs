//! Every filter of the figures, by value: a planted network of which each answer is known, as JSON and as CSV.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use nabij_log::Submission;
use nabij_model::centre::{Centre, CentreCommand};
use nabij_model::id::{IncidentId, SignalId};
use nabij_model::incident::{Incident, IncidentCommand};
use nabij_model::signal::{Signal, SignalCommand};
use nabij_model::text::StaffId;
use nabij_model::{Actor, CentreId, Decider, Policies, Role};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::Api;

const SEVERITIES: [&str; 5] = ["unsure", "low", "moderate", "high", "acute"];
/// What those are on the scale of the register, as the shipped reportability has it.
const OF_SEVERITY: [&str; 5] = ["unknown", "minor", "minor", "major", "critical"];
const LEVELS: [&str; 4] = ["unknown", "minor", "major", "critical"];
const MINORS: [Option<bool>; 3] = [Some(true), Some(false), None];
/// Name, operator, region.
const CENTRES: [(&str, &str, &str); 3] =
    [("north", "fedasil", "flanders"), ("south", "fedasil", "wallonia"), ("east", "rode-kruis", "flanders")];

/// A record that was planted: a signal, or an entry of the register.
pub(crate) struct Planted {
    signal: bool,
    month: usize,
    centre: usize,
    kind: &'static str,
    level: &'static str,
    minors: Option<bool>,
    /// Somebody said why it is not registered.
    reasoned: bool,
    pub(crate) sequence: u64,
}

type Asks = (String, Box<dyn Fn(&Planted) -> bool>);

/// The `n`th day that something was planted on: two days apart from 2 January 2026 on, at noon.
pub(crate) fn day(n: usize) -> Timestamp {
    let first: Timestamp = "2026-01-02T12:00:00Z".parse().unwrap();
    first + SignedDuration::from_hours(48 * i64::try_from(n).unwrap())
}

pub(crate) fn read<T: serde::de::DeserializeOwned>(body: Value) -> T {
    serde_json::from_value(body).unwrap()
}

pub(crate) async fn does<A: Decider>(
    api: &Api,
    id: impl Into<Uuid>,
    command: A::Command,
    at: Timestamp,
) -> u64 {
    does_as::<A>(api, "planter", id, command, at).await
}

pub(crate) async fn does_as<A: Decider>(
    api: &Api,
    who: &str,
    id: impl Into<Uuid>,
    command: A::Command,
    at: Timestamp,
) -> u64 {
    let subject = StaffId::new(who).unwrap();
    let actor = Actor { subject, role: Role::Psychosocial, centres: vec![], operator: None };
    let submission = Submission::new(at, actor, Arc::new(Policies::shipped()));
    api.log.execute::<A>(id.into(), command, &submission).await.unwrap().sequence
}

fn operator(place: usize) -> &'static str {
    CENTRES[place].1
}

fn region(place: usize) -> &'static str {
    CENTRES[place].2
}

pub(crate) fn centre(place: usize) -> CentreId {
    CentreId::derived(&["figures-centre", CENTRES[place].0])
}

/// 44 signals and as many entries of the register, a pair every two days from January to March 2026, none linked to another.
pub(crate) async fn plant(api: &Api) -> Vec<Planted> {
    for (place, (name, operator, region)) in CENTRES.into_iter().enumerate() {
        let body = json!({"code": name, "name": name, "operator": operator, "region": region});
        does::<Centre>(api, centre(place), CentreCommand::Register(read(body)), day(0)).await;
        for at in ["2025-12-31T00:00:00Z", "2026-04-02T00:00:00Z"] {
            let body = json!({"as_at": at, "residents": 100, "minors": 40});
            let at = "2026-04-02T00:00:00Z".parse().unwrap();
            does::<Centre>(api, centre(place), CentreCommand::ReportOccupancy(read(body)), at).await;
        }
    }
    let mut planted = Vec::new();
    for n in 0..44 {
        let at = day(n);
        let month = usize::try_from(at.to_zoned(jiff::tz::TimeZone::UTC).month()).unwrap();
        let (place, minors) = (n / 4 % 3, MINORS[n / 2 % 3]);
        let kind = if n % 7 < 3 { "self-harm" } else { "violence" };
        let id = SignalId::derived(&["figures-signal", &n.to_string()]);
        let logged = json!({
            "centre": centre(place), "category": kind, "severity": SEVERITIES[n % 5], "involves_minor": minors,
            "certainty": "witnessed", "occurred": {"from": at - SignedDuration::from_hours(2)},
        });
        let mut sequence = does::<Signal>(api, id, SignalCommand::Log(read(logged)), at).await;
        let reasoned = n % 4 == 0;
        if reasoned {
            let why = SignalCommand::DoNotRegister(read(json!({"reason": "no_time"})));
            sequence = does::<Signal>(api, id, why, at).await;
        }
        let level = OF_SEVERITY[n % 5];
        planted.push(Planted { signal: true, month, centre: place, kind, level, minors, reasoned, sequence });
        let (place, level) = ((n + 1) % 3, LEVELS[n % 4]);
        let entry = json!({
            "centre": centre(place), "source": "register", "register_number": format!("{n}-A"), "incident_type": kind,
            "level": level, "occurred_at": at, "registered_at": at, "minors_involved": minors,
        });
        let id = IncidentId::derived(&["figures-entry", &n.to_string()]);
        let sequence = does::<Incident>(api, id, IncidentCommand::Register(read(entry)), at).await;
        let (signal, reasoned) = (false, false);
        planted.push(Planted { signal, month, centre: place, kind, level, minors, reasoned, sequence });
    }
    planted
}

/// Every value of every filter that all reports take, and some together.
fn filters(planted: &[Planted]) -> Vec<Asks> {
    fn ask(query: impl Into<String>, keep: impl Fn(&Planted) -> bool + 'static) -> Asks {
        (query.into(), Box::new(keep))
    }
    let mut filters = vec![ask("", |_| true)];
    filters.extend((1..=3).map(|month| ask(format!("month=2026-0{month}"), move |one| one.month == month)));
    filters.extend(LEVELS.map(|level| ask(format!("level={level}"), move |one| one.level == level)));
    filters.extend(
        [true, false].map(|minors| ask(format!("minors={minors}"), move |one| one.minors == Some(minors))),
    );
    filters.extend(
        ["self-harm", "violence"].map(|kind| ask(format!("type={kind}"), move |one| one.kind == kind)),
    );
    filters
        .extend((0..3).map(|place| ask(format!("centre={}", centre(place)), move |one| one.centre == place)));
    for (name, of) in [("operator", operator as fn(usize) -> &'static str), ("region", region)] {
        let values: std::collections::BTreeSet<_> = (0..3).map(of).collect();
        filters.extend(
            values
                .into_iter()
                .map(|value| ask(format!("{name}={value}"), move |one| of(one.centre) == value)),
        );
    }
    let half = planted[planted.len() / 2].sequence;
    filters.push(ask(format!("as_of={half}"), move |one| one.sequence <= half));
    filters.push(ask("month=2026-02&level=major&minors=true", |one| {
        one.month == 2 && one.level == "major" && one.minors == Some(true)
    }));
    filters.push(ask("level=critical&type=violence&region=flanders", |one| {
        one.level == "critical" && one.kind == "violence" && CENTRES[one.centre].2 == "flanders"
    }));
    filters
}

/// A count of a report: where it stands in the JSON (summed over lists), and in which lines and column of the CSV.
struct Count {
    report: &'static str,
    json: &'static [&'static str],
    csv: &'static [(&'static str, &'static str, &'static str)],
    of: fn(&Planted) -> bool,
}

const COUNTS: [Count; 8] = [
    Count {
        report: "underreporting",
        json: &["observed/due/count", "not_due/count", "not_reportable/count"],
        csv: &[("due", "", "value"), ("not_due", "", "value"), ("not_reportable", "", "value")],
        of: |one| one.signal,
    },
    Count {
        report: "delays",
        json: &["occurrence_to_signal/curve/inputs/units/count"],
        csv: &[("occurrence_to_signal", "median_days", "n")],
        of: |one| one.signal,
    },
    Count {
        report: "non-registration-reasons",
        json: &["answers/count"],
        csv: &[("answers", "", "value")],
        of: |one| one.reasoned,
    },
    Count {
        report: "feedback",
        json: &["signals/count"],
        csv: &[("signals", "", "value")],
        of: |one| one.signal,
    },
    Count {
        report: "register-counts",
        json: &["total/count"],
        csv: &[("entries", "", "value")],
        of: |one| !one.signal,
    },
    Count {
        report: "register-gaps",
        json: &["unreadable/count"],
        csv: &[("unreadable", "", "value")],
        of: |one| !one.signal,
    },
    Count {
        report: "silences",
        json: &["register/*/records/count", "other_sources/*/records/count"],
        csv: &[("records", "register", "value"), ("records", "other_sources", "value")],
        of: |_| true,
    },
    Count {
        report: "reporting-rates",
        json: &["other_sources/centres/*/rate/inputs/count/count"],
        csv: &[("rate_per_1000", "other_sources", "n")],
        of: |one| one.signal,
    },
];

/// The number at a path, summed over what `*` stands for.
fn at(json: &Value, path: &str) -> u64 {
    match path.split_once("*/") {
        Some((list, rest)) => {
            let list = json.pointer(&format!("/{}", list.trim_end_matches('/'))).unwrap();
            list.as_array().unwrap().iter().map(|one| at(one, rest)).sum()
        }
        None => json
            .pointer(&format!("/{path}"))
            .and_then(Value::as_u64)
            .unwrap_or_else(|| panic!("{path}: {json:#}")),
    }
}

/// The same from CSV: the numbers of a column, of the lines of a figure and part; of rates those of centres.
fn in_csv(text: &str, (figure, part, column): (&str, &str, &str)) -> f64 {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.deserialize::<std::collections::HashMap<String, String>>().map(Result::unwrap);
    let wanted = rows.filter(|row| {
        row["figure"] == figure
            && row["part"] == part
            && (figure != "rate_per_1000" || !row["centre"].is_empty())
    });
    wanted.map(|row| row[column].parse::<f64>().unwrap_or(0.0)).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_filter_counts_what_was_planted_and_its_parts_add_up() {
    let api = Api::start().await;
    let planted = plant(&api).await;
    let last = planted.iter().map(|one| one.sequence).max().unwrap();
    let analyst = api.token("counter", Role::Analyst, &[]);
    let filters = filters(&planted);
    for count in COUNTS {
        let mut counted = std::collections::BTreeMap::new();
        for (query, keep) in &filters {
            let period = if query.contains("month=") { "" } else { "&from=2026-01-01&to=2026-04-01" };
            let path = format!("/v1/analytics/{}?{query}{period}&min_sequence={last}", count.report)
                .replace("?&", "?");
            let expected = planted.iter().filter(|one| (count.of)(one) && keep(one)).count() as u64;
            let json = api.get(&analyst, &path).await.is(200).json();
            let found: u64 = count.json.iter().map(|place| at(&json, place)).sum();
            assert_eq!(found, expected, "{path}");
            let csv = api.get(&analyst, &format!("{path}&format=csv")).await.is(200).text;
            let found: f64 = count.csv.iter().map(|place| in_csv(&csv, *place)).sum();
            assert!((found - expected as f64).abs() < 1e-9, "{path}: {found} in {csv}");
            counted.insert(query.as_str(), expected);
        }
        // What nobody said of minors is in neither part.
        let unsaid = planted.iter().filter(|one| (count.of)(one) && one.minors.is_none()).count() as u64;
        for (filter, without) in [
            ("month=2026-0", 0),
            ("level=", 0),
            ("minors=", unsaid),
            ("type=", 0),
            ("centre=", 0),
            ("operator=", 0),
            ("region=", 0),
        ] {
            let alone = counted.iter().filter(|(query, _)| query.starts_with(filter) && !query.contains('&'));
            assert_eq!(
                alone.map(|(_, count)| count).sum::<u64>() + without,
                counted[""],
                "{}: {filter}",
                count.report
            );
        }
    }
}
