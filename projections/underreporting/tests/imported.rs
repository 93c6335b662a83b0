//! What was imported: history that nobody waits for, and entries that do not say when they were made.
#![expect(clippy::unwrap_used, reason = "a test stops where what it needs is not there")]

mod common;

use common::{Network, at, submission};
use jiff::Timestamp;
use nabij_log::Submission;
use nabij_model::Decider;
use nabij_model::centre::{Centre, CentreCommand};
use nabij_model::id::{CentreId, IncidentId, SignalId};
use nabij_model::incident::{Incident, IncidentCommand};
use nabij_model::signal::{Signal, SignalCommand};
use nabij_underreporting::report::{AsOf, Filter, Viewer, delays, feedback, to_csv};
use nabij_underreporting::reportability::Reportability;
use serde_json::json;
use uuid::Uuid;

/// When everything was imported.
const IMPORTED: &str = "2026-02-20T09:00:00Z";

fn centre() -> CentreId {
    CentreId::derived(&["test-centre", "here"])
}

/// Day `n` of January 2026 at noon.
fn day(n: u32) -> Timestamp {
    at(&format!("2026-01-{n:02}T12:00:00Z"))
}

async fn does<A: Decider>(
    network: &Network,
    id: impl Into<Uuid>,
    command: A::Command,
    now: Timestamp,
    historic: bool,
) -> u64 {
    let submission = Submission { historic, ..submission("importer", now) };
    network.log.execute::<A>(id.into(), command, &submission).await.unwrap().sequence
}

async fn log(network: &Network, n: u32, now: Timestamp, historic: bool) -> u64 {
    let body = json!({
        "centre": centre(), "category": "violence", "severity": "high", "certainty": "witnessed",
        "occurred": {"from": day(n)}, "involves_minor": true,
    });
    let command = SignalCommand::Log(serde_json::from_value(body).unwrap());
    does::<Signal>(network, SignalId::derived(&["test-signal", &n.to_string()]), command, now, historic).await
}

/// An entry about the same as signal `n`, and its link.
async fn enter(network: &Network, n: u32, registered_at: Option<Timestamp>) -> u64 {
    let incident = IncidentId::derived(&["test-incident", &n.to_string()]);
    let body = json!({
        "centre": centre(), "source": "fedasil", "register_number": format!("N-{n}"), "incident_type": "fight",
        "level": "major", "occurred_at": day(n), "registered_at": registered_at,
    });
    let command = IncidentCommand::Register(serde_json::from_value(body).unwrap());
    does::<Incident>(network, incident, command, at(IMPORTED), true).await;
    let link = SignalCommand::Link(serde_json::from_value(json!({"to": {"incident": incident}})).unwrap());
    does::<Signal>(network, SignalId::derived(&["test-signal", &n.to_string()]), link, at(IMPORTED), true)
        .await
}

fn january(sequence: u64) -> Filter {
    let as_of = AsOf { sequence, moment: at("2026-03-01T00:00:00Z") };
    let day = |day: &str| day.parse().unwrap();
    Filter { centre: Some(centre()), ..Filter::new(day("2026-01-01"), day("2026-03-01"), as_of) }
}

async fn network() -> Network {
    let network = Network::start().await;
    let body = json!({"code": "here", "name": "here", "operator": "fedasil"});
    let command = CentreCommand::Register(serde_json::from_value(body).unwrap());
    network.does::<Centre>(centre(), command, day(1)).await;
    network
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_signal_is_no_open_loop() {
    let network = network().await;
    let mut last = 0;
    for n in 1..=6 {
        last = log(&network, n, at(IMPORTED), true).await;
    }
    for n in 7..=9 {
        last = log(&network, n, day(n), false).await;
    }
    network.shows(last).await;
    let report =
        feedback(&network.reader, &Reportability::shipped(), &january(last), Viewer::Analyst).await.unwrap();
    assert_eq!((report.signals.count, report.open.count), (Some(3), Some(3)));
    for delay in [&report.until_told, &report.until_outcome, &report.until_child_told] {
        assert_eq!(delay.curve.inputs["units"].count, Some(3));
    }
    network.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_entry_that_does_not_say_when_it_was_made_is_in_no_delay_and_is_counted() {
    let network = network().await;
    for n in 1..=14 {
        log(&network, n, day(n), false).await;
    }
    // Ten entries the next day, as the register says; three of a day that nobody knows; one signal still waits.
    let mut last = 0;
    for n in 1..=13 {
        last = enter(&network, n, (n <= 10).then(|| day(n + 1))).await;
    }
    network.shows(last).await;
    let rules = Reportability::shipped();
    let report = delays(&network.reader, &rules, &january(last), Viewer::Analyst).await.unwrap();
    for (delay, waiting) in [(&report.signal_to_registration, 1), (&report.occurrence_to_registration, 0)] {
        let count = |input: &str| delay.curve.inputs[input].count.unwrap();
        assert_eq!((count("ended"), count("waiting"), delay.undated.count), (10, waiting, Some(3)));
        assert_eq!(
            delay.curve.answer.estimate().unwrap().median,
            Some(1.0),
            "nobody registered on the day of the import"
        );
        let share = 3.0 / f64::from(13 + u32::try_from(waiting).unwrap());
        assert_eq!(delay.curve.basis.missing["registration_day_unknown"], (share * 100.0).round() / 100.0);
        let said = &delay.curve.sentence;
        assert!(
            said.nl.contains("Van 3 ingevoerde feiten") && said.fr.contains("Pour 3 faits importés"),
            "{said:?}"
        );
        assert!(said.en.contains("Of 3 imported occurrences"));
    }
    assert_eq!(report.occurrence_to_signal.undated.count, Some(0));
    let entered: u64 = report.recent.iter().filter_map(|month| month.registered.count).sum();
    assert_eq!(entered, 10, "nor is it known to which month of entry they belong");
    assert!(to_csv(&report).contains("signal_to_registration,,statistic,undated,3,"));

    let others = delays(&network.reader, &rules, &january(last), Viewer::Other).await.unwrap();
    assert!(others.signal_to_registration.undated.suppressed);
    network.end().await;
}
