//! An event that cannot be applied parks what it names, and nothing else.

use std::sync::atomic::Ordering;

use futures::StreamExt;
use nabij_model::{CaseId, CentreId};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::place::Place;
use crate::control;
use crate::error::EngineError;
use crate::runner::Leader;
use crate::{Outcome, Touched, checkpoints, dead_letters, incomplete, retry};

async fn one_bad_event_parks_what_it_names(category: &str) {
    let place = Place::new().await;
    let (case, other) = (Uuid::now_v7(), Uuid::now_v7());
    place.signal("conflict", &[case]).await;
    let (bad, at_bad) = place.signal(category, &[case]).await;
    let (good, _) = place.signal("conflict", &[other]).await;
    // Names the parked case: it waits, and with it what happens to it later.
    let (waiting, _) = place.signal("conflict", &[case, other]).await;
    for signal in [bad, waiting, good] {
        place.assess(signal).await;
    }
    let (writer, stop) = place.run();
    place.visible(7).await;
    assert_eq!(place.sequences().await, [1, 3, 7]);

    let letters = dead_letters(&place.pool).await.unwrap();
    let why: Vec<(u64, bool)> =
        letters.iter().map(|letter| (letter.sequence, letter.error.is_some())).collect();
    assert_eq!(why, [(at_bad, true), (4, false), (5, false), (6, false)]);
    assert_eq!(letters[0].aggregate, format!("signal.{bad}"));

    let missing = async |touched| incomplete(&place.pool, "seen", 1, touched, u64::MAX).await.unwrap();
    assert_eq!(missing(Touched::Case(CaseId(case))).await, 4);
    assert_eq!(missing(Touched::Case(CaseId(Uuid::now_v7()))).await, 0);
    assert_eq!(missing(Touched::Centre(CentreId(Uuid::from_u128(1)), &[])).await, 4);
    assert_eq!(missing(Touched::Anything).await, 4);
    assert_eq!(incomplete(&place.pool, "seen", 1, Touched::Anything, 3).await.unwrap(), 1);
    assert_eq!(checkpoints(&place.pool).await.unwrap()[0].incomplete_aggregates, 2);

    // A writer that starts again remembers what is parked.
    stop.cancel();
    writer.await.unwrap().unwrap();
    let (writer, stop) = place.run();
    place.signal("conflict", &[case]).await;
    place.visible(8).await;
    assert_eq!(place.sequences().await, [1, 3, 7]);

    let refused = place.rebuild().run(&CancellationToken::new(), |_| {}).await.unwrap_err();
    assert!(matches!(&refused, EngineError::DeadLetter { sequence, .. } if *sequence == at_bad), "{refused}");
    assert_eq!(place.sequences().await, [1, 3, 7], "a failed rebuild leaves the live view as it was");

    place.seen.mended.store(true, Ordering::Relaxed);
    assert_eq!(retry(&place.pool, &place.log, &place.projections()).await.unwrap(), []);
    let rebuilt = place.rebuild().run(&CancellationToken::new(), |_| {}).await.unwrap();
    assert_eq!(rebuilt, Outcome::Swapped(8));
    assert_eq!(dead_letters(&place.pool).await.unwrap(), []);
    // The writer that was running all along goes on in the fresh tables, with nothing parked.
    place.assess(waiting).await;
    place.visible(9).await;
    assert_eq!(place.sequences().await, (1..=9).collect::<Vec<_>>());
    stop.cancel();
    writer.await.unwrap().unwrap();
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_the_projection_refuses_parks_what_it_names() {
    one_bad_event_parks_what_it_names("bad-event").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_row_postgres_refuses_parks_what_it_names() {
    one_bad_event_parks_what_it_names("bad-row").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_a_type_that_this_binary_does_not_know_is_parked_by_its_headers() {
    let place = Place::new().await;
    let (known, _) = place.signal("conflict", &[]).await;
    let case = Uuid::now_v7();
    let mut raw = place.log.event_at(1).await.unwrap().unwrap();
    raw.headers.insert("ce-type", "nabij.signal.dreamt.v1");
    raw.headers.insert("ce-cases", case.to_string());
    raw.sequence = 2;
    let runner = place.runner();
    let mut client = control::own_connection(&place.pool).await.unwrap();
    let mut leader = Leader::new(&runner, &mut client).await.unwrap();
    let first: Vec<_> = place.log.read(1).await.unwrap().take(1).map(Result::unwrap).collect().await;
    leader.take(&mut client, first.into_iter().chain([raw]).collect()).await.unwrap();
    let letters = dead_letters(&place.pool).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].event_type, "nabij.signal.dreamt.v1");
    assert_eq!(letters[0].aggregate, format!("signal.{known}"));
    assert_eq!(letters[0].cases, [case]);
    assert!(letters[0].error.as_ref().unwrap().contains("unknown"), "{:?}", letters[0].error);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_case_or_centre_is_told_that_something_confidential_is_missing() {
    let place = Place::new().await;
    let case = Uuid::now_v7();
    let hidden = place.hidden("bad-event", &[case]).await;
    let (writer, stop) = place.run();
    place.visible(hidden).await;
    assert!(dead_letters(&place.pool).await.unwrap()[0].confidential);
    let cases = [case];
    let missing = async |touched| incomplete(&place.pool, "seen", 1, touched, u64::MAX).await.unwrap();
    assert_eq!(missing(Touched::Case(CaseId(case))).await, 0);
    assert_eq!(missing(Touched::Centre(CentreId(Uuid::from_u128(1)), &cases)).await, 0);
    assert_eq!(missing(Touched::Anything).await, 1);
    stop.cancel();
    writer.await.unwrap().unwrap();
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_are_there_already_learn_what_is_confidential() {
    let place = Place::new().await;
    let client = place.pool.get().await.unwrap();
    client
        .batch_execute(
            "ALTER TABLE nabij.dead_letter DROP COLUMN confidential;
             DELETE FROM nabij.migration WHERE number = 3;",
        )
        .await
        .unwrap();
    control::prepare_database(&place.pool).await.unwrap();
    let known = client.query("SELECT confidential FROM nabij.dead_letter", &[]).await.unwrap();
    assert!(known.is_empty());
    drop(client);
    place.end().await;
}
