//! Snapshots: no command replays a whole subject, and a snapshot is believed only where the log agrees.

use nabij_log::LogConfig;
use nabij_model::case::{Case, CaseCommand};
use nabij_model::signal::Signal;
use nabij_model::{AggregateId, AggregateKind, Decider as _};
use nabij_testkit::{connect, eventually, stack};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::place::{Place, by, feedback, logged_bare, signal};

async fn snapshot(place: &Place, kind: &str, id: Uuid) -> Option<Value> {
    let context = async_nats::jetstream::new(connect(&place.stack.nats_url).await);
    let stream = context.get_stream(place.config.snapshots()).await.unwrap();
    let version = if kind == "signal" { Signal::STATE_VERSION } else { Case::STATE_VERSION };
    let subject = format!("{}-snapshot.{kind}.{id}.{version}", place.config.prefix);
    let found = stream.get_last_raw_message_by_subject(&subject).await.ok()?;
    serde_json::from_slice(&found.payload).ok()
}

/// Snapshots are written behind: waits for one of at least `version`.
async fn await_snapshot(place: &Place, kind: &str, id: Uuid, version: u64) -> Value {
    let written = eventually(|| async {
        snapshot(place, kind, id).await.filter(|found| found["version"].as_u64() >= Some(version))
    });
    written.await.unwrap_or_else(|| panic!("no snapshot of version {version} was written"))
}

#[tokio::test]
async fn a_long_history_is_loaded_from_a_snapshot_and_its_tail() {
    let place = Place::with(stack(), |config| LogConfig { snapshot_every: 10, ..config }).await;
    let id = Uuid::now_v7();
    signal(&place.log, id, logged_bare()).await.unwrap();
    for _ in 0..14 {
        signal(&place.log, id, feedback()).await.unwrap();
    }
    let written = await_snapshot(&place, "signal", id, 10).await;
    assert_eq!(written["version"], 10);
    let another = place.another().await;
    let loaded = another.load::<Signal>(id).await.unwrap();
    assert_eq!((loaded.version, loaded.hash), (15, place.log.load::<Signal>(id).await.unwrap().hash));

    // A snapshot that the log does not agree with is as good as none.
    let mut wrong = written;
    wrong["state"]["reporter"] = json!("somebody-else");
    wrong["hash"] = json!("00".repeat(32));
    let context = async_nats::jetstream::new(connect(&place.stack.nats_url).await);
    let subject = format!("{}-snapshot.signal.{id}.{}", place.config.prefix, Signal::STATE_VERSION);
    context.publish(subject, wrong.to_string().into()).await.unwrap().await.unwrap();
    let loaded = place.another().await.load::<Signal>(id).await.unwrap();
    assert_eq!(loaded.state.reporter, Some(by("reporter").actor.subject));
    assert_eq!(loaded.version, 15);
    place.cleanup().await;
}

#[tokio::test]
async fn a_snapshot_is_closed_and_its_profile_opens_again() {
    let place = Place::with(stack(), |config| LogConfig { snapshot_every: 2, ..config }).await;
    let id = Uuid::now_v7();
    let opened = json!({"centre": Uuid::now_v7(), "birth_date": "2011-04-05", "arrived_on": "2026-01-02",
        "resident": {"name": "Amina Planted"}});
    let open = CaseCommand::Open(serde_json::from_value(opened).unwrap());
    place.log.execute::<Case>(id, open, &by("companion")).await.unwrap();
    let contact = CaseCommand::NoteContact(serde_json::from_value(json!({})).unwrap());
    place.log.execute::<Case>(id, contact, &by("companion")).await.unwrap();
    let written = await_snapshot(&place, "case", id, 2).await.to_string();
    assert!(!written.contains("2011-04-05") && !written.contains("Amina"), "{written}");
    assert!(written.contains("profile."), "{written}");
    let here = place.log.load::<Case>(id).await.unwrap();
    let there = place.another().await.load::<Case>(id).await.unwrap();
    assert_eq!(here.state, there.state);
    assert!(here.state.birth.get().is_some(), "the birth date is open for the deciders");
    // Whoever carries an erasure out drops it: what no key opens is no use to anybody, and says when something was written.
    place.log.vault().destroy(&[id]).await.unwrap();
    place.log.drop_snapshots(&[AggregateId::new(AggregateKind::Case, id)]).await.unwrap();
    assert_eq!(snapshot(&place, "case", id).await, None);
    let erased = place.another().await.load::<Case>(id).await.unwrap();
    assert_eq!((erased.version, erased.state.birth.get()), (2, None));
    place.cleanup().await;
}
