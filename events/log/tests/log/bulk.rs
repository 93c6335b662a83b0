//! Bulk loads: order kept for each aggregate, an outcome for each command, nothing twice.

use std::collections::HashMap;

use futures::FutureExt;
use nabij_log::{ExecuteError, Submission};
use nabij_model::CommandId;
use nabij_model::signal::Signal;
use uuid::Uuid;

use crate::place::{Place, by, dismissed, everywhere, feedback, keyed, logged, logged_bare, signal};

/// Pushes `signals` signals with `later` more commands each, interleaved, each under its own idempotency key.
async fn load(place: &Place, log: &nabij_log::Log, ids: &[Uuid], later: u128) -> Vec<nabij_log::Outcome> {
    let mut bulk = log.bulk();
    for round in 0..=later {
        for (place, id) in ids.iter().enumerate() {
            let command = if round == 0 { logged("words") } else { feedback() };
            let submission: Submission = keyed("importer", round * 1_000_000 + place as u128, 1);
            bulk.push::<Signal>(*id, command, submission).await.unwrap();
        }
    }
    let outcomes = bulk.finish().await.unwrap();
    assert_eq!(outcomes.len(), ids.len() * (later as usize + 1), "{}", place.config.stream);
    outcomes
}

#[tokio::test]
async fn thousands_of_commands_go_in_once_and_in_order() {
    everywhere(|place| {
        async move {
            let ids: Vec<Uuid> = (0..700).map(|_| Uuid::now_v7()).collect();
            let outcomes = load(&place, &place.log, &ids, 3).await;
            let mut last = HashMap::new();
            for outcome in &outcomes {
                let accepted = outcome.result.as_ref().unwrap();
                assert!(!accepted.replayed);
                let before = last.insert(outcome.aggregate, accepted.sequence);
                assert!(before < Some(accepted.sequence), "the order of one aggregate was lost");
            }
            // What was pushed first stands first in the log: a history keeps its order in time.
            let sequences: Vec<u64> = outcomes.iter().map(|o| o.result.as_ref().unwrap().sequence).collect();
            assert!(sequences.is_sorted());
            assert_eq!(place.log.head().await.unwrap().sequence, 2_800);
            assert!(place.log.verify(|_| {}).await.unwrap().is_clean());
            let other = place.another().await;
            assert_eq!(other.load::<Signal>(ids[5]).await.unwrap().commands.len(), 4);
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

#[tokio::test]
async fn a_second_load_adds_nothing() {
    everywhere(|place| {
        async move {
            let ids: Vec<Uuid> = (0..400).map(|_| Uuid::now_v7()).collect();
            let first = load(&place, &place.log, &ids, 2).await;
            let end = place.log.head().await.unwrap().sequence;
            for log in [place.another().await, place.log.clone()] {
                let again = load(&place, &log, &ids, 2).await;
                for (before, after) in first.iter().zip(&again) {
                    let (before, after) = (before.result.as_ref().unwrap(), after.result.as_ref().unwrap());
                    assert!(after.replayed);
                    assert_eq!(after.sequence, before.sequence);
                }
            }
            assert_eq!(place.log.head().await.unwrap().sequence, end);
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

#[tokio::test]
async fn a_refusal_and_a_conflict_touch_only_their_own_command() {
    everywhere(|place| {
        async move {
            let ids: Vec<Uuid> = (0..50).map(|_| Uuid::now_v7()).collect();
            let mut bulk = place.log.bulk();
            for id in &ids[..25] {
                bulk.push::<Signal>(*id, logged_bare(), by("importer")).await.unwrap();
            }
            // Somebody else takes an id that is on its way, and one that will be.
            let other = place.another().await;
            signal(&other, ids[3], logged("faster")).await.unwrap();
            signal(&other, ids[30], logged("faster")).await.unwrap();
            bulk.push::<Signal>(ids[4], dismissed(), by("importer")).await.unwrap();
            for id in &ids[25..] {
                bulk.push::<Signal>(*id, logged_bare(), by("importer")).await.unwrap();
            }
            let outcomes = bulk.finish().await.unwrap();
            let refused: Vec<u64> = outcomes
                .iter()
                .filter(|outcome| outcome.result.is_err())
                .map(|outcome| outcome.index)
                .collect();
            assert_eq!(refused, [3, 25, 31]);
            assert!(
                matches!(&outcomes[25].result, Err(ExecuteError::Refused(r)) if r.code == "not-assessed")
            );
            assert!(
                matches!(&outcomes[3].result, Err(ExecuteError::Refused(r)) if r.code == "signal-exists")
            );
            assert_eq!(place.log.head().await.unwrap().sequence, 50);
            assert!(place.log.verify(|_| {}).await.unwrap().is_clean());
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

#[tokio::test]
async fn one_command_twice_in_a_load_goes_in_once() {
    everywhere(|place| {
        async move {
            let id = Uuid::now_v7();
            let mut bulk = place.log.bulk();
            for _ in 0..2 {
                bulk.push::<Signal>(id, logged("x"), keyed("importer", 1, 1)).await.unwrap();
            }
            let outcomes = bulk.finish().await.unwrap();
            let replayed: Vec<bool> = outcomes.iter().map(|o| o.result.as_ref().unwrap().replayed).collect();
            assert_eq!(replayed, [false, true]);
            let sequence = outcomes[1].result.as_ref().unwrap().sequence;
            assert_eq!(sequence, 1, "the repeat must name where the first one stands");
            let root = place.log.load::<Signal>(id).await.unwrap();
            assert_eq!(root.commands[&CommandId(Uuid::from_u128(1))].1, 1);
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}
