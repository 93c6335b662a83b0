//! One writer, whatever crashes.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::StreamExt;
use tokio::time::sleep;

use super::place::Place;
use crate::control;
use crate::error::EngineError;
use crate::runner::Leader;
use crate::{NotYet, checkpoints, wait_for};

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_comes_twice_changes_nothing() {
    let place = Place::new().await;
    for _ in 0..5 {
        place.signal("conflict", &[]).await;
    }
    let runner = place.runner();
    let mut client = control::own_connection(&place.pool).await.unwrap();
    let mut leader = Leader::new(&runner, &mut client).await.unwrap();
    let raws: Vec<_> = place.log.read(1).await.unwrap().take(5).map(Result::unwrap).collect().await;
    for batch in [&raws[..3], &raws[..3], &raws[1..4], &raws[3..], &raws[3..]] {
        leader.take(&mut client, batch.to_vec()).await.unwrap();
    }
    assert_eq!(place.sequences().await, [1, 2, 3, 4, 5]);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_lost_its_lock_is_fenced_by_the_checkpoint() {
    let place = Place::new().await;
    for _ in 0..4 {
        place.signal("conflict", &[]).await;
    }
    let runner = place.runner();
    let mut one = control::own_connection(&place.pool).await.unwrap();
    let mut other = control::own_connection(&place.pool).await.unwrap();
    let mut first = Leader::new(&runner, &mut one).await.unwrap();
    let mut second = Leader::new(&runner, &mut other).await.unwrap();
    let raws: Vec<_> = place.log.read(1).await.unwrap().take(4).map(Result::unwrap).collect().await;
    first.take(&mut one, raws[..2].to_vec()).await.unwrap();
    let lost = second.take(&mut other, raws[..3].to_vec()).await;
    assert!(matches!(lost, Err(EngineError::Fenced)), "{lost:?}");
    first.take(&mut one, raws[2..].to_vec()).await.unwrap();
    assert_eq!(place.sequences().await, [1, 2, 3, 4]);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_standby_takes_over_when_the_leader_dies() {
    let place = Place::new().await;
    let (first, _) = place.run();
    let (_, sequence) = place.signal("conflict", &[]).await;
    place.visible(sequence).await;

    let standby = place.runner();
    let metrics = standby.metrics();
    let stop = tokio_util::sync::CancellationToken::new();
    let stopped = stop.clone();
    let second = tokio::spawn(async move { standby.run(&stopped).await });
    sleep(Duration::from_millis(600)).await;
    assert!(!metrics.leading.load(Ordering::Relaxed), "two writers lead");

    first.abort();
    first.await.ok();
    let (_, sequence) = place.signal("conflict", &[]).await;
    place.visible(sequence).await;
    assert!(metrics.leading.load(Ordering::Relaxed));
    // Rows are visible a moment before the writer counts them.
    while metrics.sequence.load(Ordering::Relaxed) != sequence {
        sleep(Duration::from_millis(1)).await;
    }
    stop.cancel();
    second.await.unwrap().unwrap();
    assert_eq!(place.sequences().await, [1, 2]);
    place.end().await;
}

/// An aborted task drops its connection in the middle of whatever it did, as a killed process does.
#[tokio::test(flavor = "multi_thread")]
async fn a_writer_killed_again_and_again_loses_and_doubles_nothing() {
    let place = Place::new().await;
    let writing = async {
        for _ in 0..300 {
            place.signal("conflict", &[]).await;
        }
    };
    let killing = async {
        for round in 0..25 {
            let (writer, _) = place.run();
            sleep(Duration::from_millis(15 + 7 * (round % 9))).await;
            writer.abort();
            writer.await.ok();
        }
    };
    tokio::join!(writing, killing);
    let (writer, stop) = place.run();
    place.visible(300).await;
    stop.cancel();
    writer.await.unwrap().unwrap();
    assert_eq!(place.sequences().await, (1..=300).collect::<Vec<_>>());
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_that_the_log_does_not_know_stops_the_writer() {
    let place = Place::new().await;
    let (writer, stop) = place.run();
    let (_, sequence) = place.signal("conflict", &[]).await;
    place.visible(sequence).await;
    stop.cancel();
    writer.await.unwrap().unwrap();
    let sql = "UPDATE nabij.checkpoint SET event_hash = decode(repeat('ab', 32), 'hex')";
    place.pool.get().await.unwrap().execute(sql, &[]).await.unwrap();
    let (writer, _) = place.run();
    let stopped = writer.await.unwrap().unwrap_err();
    assert!(matches!(stopped, EngineError::Rewound { sequence: 1, .. }), "{stopped}");
    assert_eq!(stopped.exit_code(), 3);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_what_never_comes_ends_with_where_the_view_is() {
    let place = Place::new().await;
    let (writer, stop) = place.run();
    let (_, sequence) = place.signal("conflict", &[]).await;
    place.visible(sequence).await;
    let waited = wait_for(&place.pool, &["seen_v1", "absent_v1"], 1, Duration::from_millis(30)).await;
    assert!(
        matches!(&waited, Err(NotYet::Behind { projection, reached: 0, wanted: 1 }) if projection == "absent_v1"),
        "{waited:?}"
    );
    let all = checkpoints(&place.pool).await.unwrap();
    assert_eq!((all.len(), all[0].schema.as_str(), all[0].sequence), (1, "seen_v1", sequence));
    assert!(all[0].event_hash.is_some() && all[0].known_at.is_some());
    stop.cancel();
    writer.await.unwrap().unwrap();
    place.end().await;
}
