//! Answers that never come: the outcome is looked up, never guessed.

use std::time::Duration;

use futures::FutureExt;
use nabij_log::{ExecuteError, Log, LogConfig, MasterKey};
use nabij_model::signal::Signal;
use nabij_testkit::{connect, eventually, private_stack, stack};
use uuid::Uuid;

use crate::place::{MASTER, Place, by, everywhere, feedback, keyed, logged_bare, signal};
use crate::proxy::Proxy;

/// The same streams through a wire that can be cut.
pub(crate) async fn through_proxy(place: &Place) -> (Log, Proxy) {
    let first = place.config.nats_url.split(',').next().unwrap();
    let (login, server) = first.rsplit_once('@').unwrap();
    let proxy = Proxy::to(server.to_owned()).await;
    let config = LogConfig {
        nats_url: format!("{login}@{}", proxy.address),
        timeout: Duration::from_secs(2),
        ..place.config.clone()
    };
    (Log::connect(config, MasterKey::from_bytes(MASTER)).await.unwrap(), proxy)
}

#[tokio::test]
async fn a_lost_acknowledgement_is_found_in_the_log() {
    everywhere(|place| {
        async move {
            let (log, proxy) = through_proxy(&place).await;
            let id = Uuid::now_v7();
            signal(&log, id, logged_bare()).await.unwrap();
            for round in 0..3 {
                let before = place.log.head().await.unwrap().sequence;
                proxy.swallow_answers();
                let (accepted, ()) = tokio::join!(signal(&log, id, feedback()), async {
                    // The wire is cut once the server has it.
                    while place.log.head().await.unwrap().sequence == before {
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                    proxy.cut();
                });
                assert_eq!(accepted.unwrap().sequence, before + 1, "round {round}");
            }
            assert_eq!(place.log.head().await.unwrap().sequence, 4);
            assert!(place.log.verify(|_| {}).await.unwrap().is_clean());
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

#[tokio::test]
async fn a_lost_acknowledgement_of_a_batch_is_found_in_the_log() {
    everywhere(|place| {
        async move {
            let (log, proxy) = through_proxy(&place).await;
            let ids = [Uuid::now_v7(), Uuid::now_v7()];
            proxy.swallow_answers();
            let both = log
                .transaction(by("reporter"))
                .then::<Signal>(ids[0], logged_bare())
                .then::<Signal>(ids[1], logged_bare());
            let (accepted, ()) = tokio::join!(both.commit(), async {
                while place.log.head().await.unwrap().sequence == 0 {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                proxy.cut();
            });
            let sequences: Vec<u64> = accepted.unwrap().iter().map(|accepted| accepted.sequence).collect();
            assert_eq!(sequences, [1, 2]);
            assert_eq!(place.log.head().await.unwrap().sequence, 2);
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

/// Has it read a signal, so that a command on it is sent without a look before.
async fn knows(log: &Log, id: Uuid) {
    eventually(|| async { log.load::<Signal>(id).await.ok() }).await.unwrap();
}

#[tokio::test]
async fn a_server_that_hangs_and_comes_back_has_the_event_once() {
    let private = private_stack(1).await;
    let place = Place::on(private.stack()).await;
    let id = Uuid::now_v7();
    signal(&place.log, id, logged_bare()).await.unwrap();
    let timeout = Duration::from_secs(3);
    let hasty = place.hasty(timeout).await;
    knows(&hasty, id).await;
    private.pause_nats(1).await;
    let (accepted, ()) = tokio::join!(signal(&hasty, id, feedback()), async {
        // The first send has no answer in time, and there are several.
        tokio::time::sleep(timeout + Duration::from_millis(500)).await;
        private.resume_nats(1).await;
    });
    assert_eq!(accepted.unwrap().sequence, 2);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(place.log.head().await.unwrap().sequence, 2, "a late copy got in as well");
}

#[tokio::test]
async fn without_an_answer_nobody_claims_to_know_and_a_repeat_is_exact() {
    let private = private_stack(1).await;
    let place = Place::on(private.stack()).await;
    let id = Uuid::now_v7();
    signal(&place.log, id, logged_bare()).await.unwrap();
    let hasty = place.hasty(Duration::from_millis(200)).await;
    knows(&hasty, id).await;
    private.pause_nats(1).await;
    let submission = keyed("reporter", 5, 1);
    let submit = || hasty.execute::<Signal>(id, feedback(), &submission);
    let error = submit().await.unwrap_err();
    assert!(matches!(error, ExecuteError::Unavailable(_)), "{error}");
    private.resume_nats(1).await;
    let again = eventually(|| async {
        let again = submit().await;
        (!matches!(again, Err(ExecuteError::Unavailable(_)))).then_some(again)
    });
    assert_eq!(again.await.unwrap().unwrap().sequence, 2);
    assert_eq!(place.log.head().await.unwrap().sequence, 2);
}

#[tokio::test]
async fn an_id_that_was_used_on_another_subject_is_not_taken_for_success() {
    everywhere(|place| {
        async move {
            let id = Uuid::now_v7();
            signal(&place.log, id, logged_bare()).await.unwrap();
            // The server acknowledges this and drops it.
            let first = place.log.event_at(1).await.unwrap().unwrap();
            let context = async_nats::jetstream::new(connect(&place.stack.nats_url).await);
            let mut headers = async_nats::HeaderMap::new();
            headers.insert("Nats-Msg-Id", first.event_id().unwrap().to_string());
            let subject = format!("{}.signal.{}", place.names.prefix, Uuid::now_v7());
            let sent =
                context.publish_with_headers(subject, headers, first.body).await.unwrap().await.unwrap();
            assert!(sent.duplicate);
            assert_eq!(place.log.head().await.unwrap().sequence, 1);
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

#[tokio::test]
async fn a_stale_follower_misleads_nobody() {
    let Some(cluster) = nabij_testkit::cluster() else { return };
    let place = Place::on(&cluster).await;
    let other = place.another().await;
    for _ in 0..200 {
        let id = Uuid::now_v7();
        signal(&place.log, id, logged_bare()).await.unwrap();
        // The other process reads it for the first time, straight after the acknowledgement.
        assert_eq!(
            signal(&other, id, feedback()).await.unwrap().version,
            place.log.head().await.unwrap().sequence
        );
    }
    place.cleanup().await;
    assert!(stack().replicas == 1);
}
