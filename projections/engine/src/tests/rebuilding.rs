//! Beside the live tables, stopped, resumed, swapped; and replays to a moment.

use std::sync::Mutex;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::place::Place;
use crate::bulk::{Place as InLog, Until};
use crate::{EngineError, Outcome, replay};

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_beside_a_busy_writer_gives_the_same_bytes() {
    let place = Place::new().await;
    let (writer, stop) = place.run();
    for _ in 0..100 {
        place.signal("conflict", &[]).await;
    }
    let writing = async {
        for _ in 0..100 {
            place.signal("quarrel", &[]).await;
        }
    };
    let reports = Mutex::new(vec![]);
    let never = CancellationToken::new();
    let rebuild = place.rebuild();
    let rebuilding = rebuild.run(&never, |progress| reports.lock().unwrap().push(progress));
    let ((), outcome) = tokio::join!(writing, rebuilding);
    assert!(matches!(outcome.unwrap(), Outcome::Swapped(100..=200)));
    place.visible(200).await;
    assert_eq!(place.sequences().await, (1..=200).collect::<Vec<_>>());
    let reports = reports.into_inner().unwrap();
    assert!(reports.iter().all(|report| report.done <= report.total && report.per_second > 0.0));
    assert!(!reports.is_empty());
    stop.cancel();
    writer.await.unwrap().unwrap();

    // Live and rebuilt rows in one table so far; a second rebuild replaces them all and nothing changes.
    let before = place.digest("seen_v1").await;
    assert_eq!(place.rebuild().run(&never, |_| {}).await.unwrap(), Outcome::Swapped(200));
    assert_eq!(place.digest("seen_v1").await, before);
    let client = place.pool.get().await.unwrap();
    let left: i64 = client
        .query_one("SELECT count(*) FROM pg_namespace WHERE nspname IN ('seen_v1_next', 'seen_v1_old')", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(left, 0);
    let indexes: i64 = client
        .query_one("SELECT count(*) FROM pg_indexes WHERE schemaname = 'seen_v1'", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(indexes, 2);
    place.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_was_stopped_goes_on_where_it_was() {
    let place = Place::new().await;
    for _ in 0..40 {
        place.signal("conflict", &[]).await;
    }
    // Stopped at once: nothing is in yet, and the schema waits.
    let stop = CancellationToken::new();
    stop.cancel();
    assert_eq!(place.rebuild().run(&stop, |_| {}).await.unwrap(), Outcome::Stopped(0));
    // Stopped halfway: the next run must not read the first half again.
    load_half(&place, 20).await;
    let firsts = Mutex::new(vec![]);
    let never = CancellationToken::new();
    let outcome = place.rebuild().run(&never, |progress| firsts.lock().unwrap().push(progress.done)).await;
    assert_eq!(outcome.unwrap(), Outcome::Swapped(40));
    assert_eq!(place.sequences().await, (1..=40).collect::<Vec<_>>());
    place.end().await;
}

/// What a rebuild does until it is stopped after event `until`.
async fn load_half(place: &Place, until: u64) {
    let never = CancellationToken::new();
    let targets = [crate::bulk::Target {
        projection: place.projections().remove(0),
        schema: "seen_v1_next".to_owned(),
    }];
    let erased = std::sync::Arc::default();
    let bulk = crate::bulk::Bulk {
        pool: &place.pool,
        log: &place.log,
        targets: &targets,
        erased: &erased,
        stop: &never,
    };
    let reached = bulk.load(InLog::start(), Until::Sequence(until), &mut |_| {}).await.unwrap();
    assert_eq!(reached.sequence, until);
    assert_eq!(place.sequences_in("seen_v1_next").await, (1..=until).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_stops_at_a_sequence_or_a_moment_and_touches_nothing_live() {
    let place = Place::new().await;
    let (writer, stop) = place.run();
    let mut between = jiff::Timestamp::now();
    for number in 0..10 {
        if number == 6 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            between = jiff::Timestamp::now();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        place.signal("conflict", &[]).await;
    }
    place.visible(10).await;
    let live = place.digest("seen_v1").await;
    let never = CancellationToken::new();
    let into = |schema: &str| vec![(place.projections().remove(0), schema.to_owned())];
    for (until, expected) in [(Until::Sequence(4), 4), (Until::Time(between), 6), (Until::Sequence(99), 10)] {
        let reached = replay(&place.pool, &place.log, &into("then"), until, &never, |_| {}).await.unwrap();
        assert_eq!(reached, expected, "{until:?}");
        assert_eq!(place.sequences_in("then").await, (1..=expected).collect::<Vec<_>>());
    }
    assert_eq!(place.digest("then").await, live);
    for taken in ["seen_v1", "nabij", "seen_v1_next", "pg_catalog"] {
        let refused = replay(&place.pool, &place.log, &into(taken), Until::Sequence(1), &never, |_| {}).await;
        assert!(matches!(refused, Err(EngineError::ForeignSchema(_))), "{taken}: {refused:?}");
    }
    let injected = into("then; DROP SCHEMA nabij");
    let refused = replay(&place.pool, &place.log, &injected, Until::Sequence(1), &never, |_| {}).await;
    assert!(matches!(refused, Err(EngineError::NotAnIdentifier(_))), "{refused:?}");
    assert_eq!(place.digest("seen_v1").await, live);
    stop.cancel();
    writer.await.unwrap().unwrap();
    place.end().await;
}
