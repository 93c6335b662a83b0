//! Appending: one winner, exact repeats, nothing half.

use futures::FutureExt;
use futures::future::join_all;
use nabij_log::ExecuteError;
use nabij_model::signal::Signal;
use uuid::Uuid;

use crate::place::{by, dismissed, everywhere, feedback, keyed, logged, logged_bare, signal};

#[tokio::test]
async fn a_command_is_appended_and_loaded_by_another_process() {
    everywhere(|place| {
        async move {
            let id = Uuid::now_v7();
            let accepted = signal(&place.log, id, logged("he stays in bed")).await.unwrap();
            assert_eq!((accepted.sequence, accepted.version, accepted.replayed), (1, 1, false));
            let accepted = signal(&place.log, id, feedback()).await.unwrap();
            assert_eq!(accepted.version, 2);
            let other = place.another().await;
            // A refusal is certain: it was decided on what the leader knows.
            let refused = signal(&other, id, dismissed()).await.unwrap_err();
            assert!(matches!(refused, ExecuteError::Refused(refusal) if refusal.code == "not-assessed"));
            let root = other.load::<Signal>(id).await.unwrap();
            assert_eq!(root.version, 2);
            assert_eq!(root.state.reporter, Some(by("reporter").actor.subject));
            assert_eq!(root.hash, place.log.load::<Signal>(id).await.unwrap().hash);
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

#[tokio::test]
async fn concurrent_commands_on_one_subject_all_get_in_one_after_the_other() {
    everywhere(|place| {
        async move {
            let id = Uuid::now_v7();
            signal(&place.log, id, logged_bare()).await.unwrap();
            let other = place.another().await;
            let mut in_ = 0;
            // Three writers at a time: with three retries each of them gets through.
            for _ in 0..5 {
                let writers = [&place.log, &other, &place.log].map(|log| signal(log, id, feedback()));
                in_ += join_all(writers).await.into_iter().filter(Result::is_ok).count();
            }
            assert_eq!(in_, 15);
            assert_eq!(place.another().await.load::<Signal>(id).await.unwrap().version, 16);
            assert_eq!(place.log.head().await.unwrap().events, 16);
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

#[tokio::test]
async fn of_two_creations_one_wins_and_the_other_is_refused() {
    everywhere(|place| {
        async move {
            let (id, other) = (Uuid::now_v7(), place.another().await);
            let both = [&place.log, &other].map(|log| signal(log, id, logged("the same signal twice")));
            let outcomes = join_all(both).await;
            assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
            let refused = outcomes.into_iter().find_map(Result::err).unwrap();
            let code = |error: &ExecuteError| match error {
                ExecuteError::Refused(refusal) => refusal.code.to_owned(),
                other => other.to_string(),
            };
            assert_eq!(code(&refused), "signal-exists");
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

#[tokio::test]
async fn a_repeat_under_the_same_key_gives_the_first_answer() {
    everywhere(|place| {
        async move {
            let id = Uuid::now_v7();
            let submit = |log: nabij_log::Log, body| async move {
                log.execute::<Signal>(id, logged("x"), &keyed("reporter", 7, body)).await
            };
            let first = submit(place.log.clone(), 1).await.unwrap();
            signal(&place.log, id, feedback()).await.unwrap();
            for log in [place.log.clone(), place.another().await] {
                let again = submit(log.clone(), 1).await.unwrap();
                assert_eq!((again.sequence, again.version, again.replayed), (first.sequence, 2, true));
                let reused = submit(log, 2).await.unwrap_err();
                assert!(matches!(reused, ExecuteError::KeyReused { sequence: 1, .. }), "{reused}");
            }
            assert_eq!(place.log.head().await.unwrap().sequence, 2);
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

#[tokio::test]
async fn if_match_compares_with_what_the_leader_knows() {
    everywhere(|place| {
        async move {
            let id = Uuid::now_v7();
            signal(&place.log, id, logged_bare()).await.unwrap();
            let other = place.another().await;
            signal(&other, id, feedback()).await.unwrap();
            let at = |version| nabij_log::Submission { expected_version: Some(version), ..by("reporter") };
            let stale = place.log.execute::<Signal>(id, feedback(), &at(1)).await.unwrap_err();
            assert!(matches!(stale, ExecuteError::VersionMismatch { expected: 1, actual: 2, .. }), "{stale}");
            assert_eq!(place.log.execute::<Signal>(id, feedback(), &at(2)).await.unwrap().version, 3);
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}
