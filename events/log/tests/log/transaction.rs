//! Several aggregates together: all or none, also when somebody else was faster on one of them.

use futures::FutureExt;
use nabij_log::ExecuteError;
use nabij_model::signal::{Signal, SignalCommand};
use serde_json::json;
use uuid::Uuid;

use crate::place::{by, dismissed, everywhere, feedback, keyed, logged, logged_bare, signal};

fn link(to: Uuid) -> SignalCommand {
    SignalCommand::Link(serde_json::from_value(json!({"to": {"signal": to}})).unwrap())
}

#[tokio::test]
async fn both_go_in_next_to_each_other() {
    everywhere(|place| {
        async move {
            let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
            signal(&place.log, one, logged("first")).await.unwrap();
            let accepted = place
                .log
                .transaction(by("reporter"))
                .then::<Signal>(other, logged("second"))
                .then::<Signal>(one, link(other))
                .then::<Signal>(other, link(one))
                .commit()
                .await
                .unwrap();
            assert_eq!(accepted.iter().map(|a| a.sequence).collect::<Vec<_>>(), [2, 3, 4]);
            let another = place.another().await;
            assert_eq!(another.load::<Signal>(one).await.unwrap().version, 3);
            assert_eq!(another.load::<Signal>(other).await.unwrap().state.links.len(), 1);
            assert!(another.verify(|_| {}).await.unwrap().is_clean());
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

#[tokio::test]
async fn one_refusal_keeps_everything_out() {
    everywhere(|place| {
        async move {
            let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
            signal(&place.log, one, logged_bare()).await.unwrap();
            let refused = place
                .log
                .transaction(by("reporter"))
                .then::<Signal>(other, logged_bare())
                .then::<Signal>(one, dismissed())
                .commit()
                .await
                .unwrap_err();
            assert!(matches!(refused, ExecuteError::Refused(refusal) if refusal.code == "not-assessed"));
            assert_eq!(place.log.head().await.unwrap().sequence, 1);
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

#[tokio::test]
async fn a_conflict_on_one_of_them_is_decided_again_for_all() {
    everywhere(|place| {
        async move {
            let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
            signal(&place.log, one, logged_bare()).await.unwrap();
            signal(&place.log, other, logged_bare()).await.unwrap();
            // The first process does not know of this one.
            signal(&place.another().await, other, feedback()).await.unwrap();
            let accepted = place
                .log
                .transaction(by("reporter"))
                .then::<Signal>(one, feedback())
                .then::<Signal>(other, feedback())
                .commit()
                .await
                .unwrap();
            assert_eq!(accepted.iter().map(|a| a.sequence).collect::<Vec<_>>(), [4, 5]);
            assert!(place.log.verify(|_| {}).await.unwrap().is_clean());
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

#[tokio::test]
async fn a_repeat_of_all_is_exact() {
    everywhere(|place| {
        async move {
            let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
            let submit = |log: nabij_log::Log| async move {
                log.transaction(keyed("reporter", 9, 1))
                    .then::<Signal>(one, logged("first"))
                    .then::<Signal>(other, logged("second"))
                    .then::<Signal>(one, link(other))
                    .commit()
                    .await
                    .unwrap()
            };
            let first = submit(place.log.clone()).await;
            assert!(first.iter().all(|accepted| !accepted.replayed));
            for log in [place.log.clone(), place.another().await] {
                let again = submit(log).await;
                assert!(again.iter().all(|accepted| accepted.replayed));
                assert_eq!(
                    again.iter().map(|a| a.sequence).collect::<Vec<_>>(),
                    first.iter().map(|a| a.sequence).collect::<Vec<_>>()
                );
            }
            assert_eq!(place.log.head().await.unwrap().sequence, 3);
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}
