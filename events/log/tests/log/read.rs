//! Reading: in order, without a gap, resumable, live.

use std::pin::pin;

use futures::{FutureExt, StreamExt, TryStreamExt};
use nabij_log::{KnownAt, LogErrorKind};
use nabij_model::AggregateKind;
use nabij_model::signal::Signal;
use nabij_testkit::{PATIENCE, connect, eventually, private_stack, stack};
use uuid::Uuid;

use crate::lost::through_proxy;
use crate::place::{Place, by, everywhere, feedback, logged_bare, signal};

#[tokio::test]
async fn it_catches_up_and_goes_on_live() {
    everywhere(|place| {
        async move {
            let mut bulk = place.log.bulk();
            for _ in 0..3_000 {
                bulk.push::<Signal>(Uuid::now_v7(), logged_bare(), by("importer")).await.unwrap();
            }
            bulk.finish().await.unwrap();
            let other = place.another().await;
            let mut events = pin!(other.read(1_001).await.unwrap());
            let mut known = KnownAt::default();
            for sequence in 1_001..=3_000 {
                let raw = events.next().await.unwrap().unwrap();
                assert_eq!(raw.sequence, sequence);
                let recorded = raw.decode(&mut known).unwrap();
                assert_eq!(recorded.meta.aggregate.to_string(), raw.subject.split_once('.').unwrap().1);
            }
            for sequence in 3_001..=3_050 {
                let id = Uuid::now_v7();
                let (accepted, raw) = tokio::join!(signal(&place.log, id, logged_bare()), events.next());
                assert_eq!(
                    (accepted.unwrap().sequence, raw.unwrap().unwrap().sequence),
                    (sequence, sequence)
                );
            }
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

#[tokio::test]
async fn it_outlives_a_server_that_is_killed() {
    let private = private_stack(1).await;
    let place = Place::on(private.stack()).await;
    let id = Uuid::now_v7();
    signal(&place.log, id, logged_bare()).await.unwrap();
    let other = place.another().await;
    let mut events = pin!(other.read(1).await.unwrap());
    assert_eq!(events.next().await.unwrap().unwrap().sequence, 1);
    private.kill_nats(1).await;
    private.start_nats(1).await;
    let accepted = signal(&place.log, id, feedback()).await.unwrap();
    let raw = tokio::time::timeout(PATIENCE, events.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(raw.sequence, accepted.sequence);
}

#[tokio::test]
async fn what_was_on_its_way_when_the_connection_broke_comes_again_where_no_gap_would_show() {
    everywhere(|place| {
        async move {
            let (log, proxy) = through_proxy(&place).await;
            signal(&place.log, Uuid::now_v7(), logged_bare()).await.unwrap();
            let mut events = pin!(log.follow(AggregateKind::Signal, 1).await.unwrap());
            assert_eq!(events.next().await.unwrap().unwrap().sequence, 1);
            proxy.swallow_answers();
            signal(&place.log, Uuid::now_v7(), logged_bare()).await.unwrap();
            let context = async_nats::jetstream::new(connect(&place.stack.nats_admin_url).await);
            let stream = context.get_stream(&place.names.stream).await.unwrap();
            let sent = eventually(|| async {
                let readers: Vec<_> = stream.consumers().try_collect().await.unwrap();
                readers.iter().any(|reader| reader.delivered.stream_sequence == 2).then_some(())
            });
            sent.await.expect("the server has sent it into the wire");
            proxy.cut();
            signal(&place.log, Uuid::now_v7(), logged_bare()).await.unwrap();
            for sequence in [2, 3] {
                let raw = tokio::time::timeout(PATIENCE, events.next()).await.unwrap().unwrap().unwrap();
                assert_eq!(raw.sequence, sequence);
            }
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

#[tokio::test]
async fn a_gap_is_named_and_reading_goes_on_behind_it() {
    let place = Place::on(stack()).await;
    for _ in 0..6 {
        signal(&place.log, Uuid::now_v7(), logged_bare()).await.unwrap();
    }
    let events = place.events().await;
    place.rewrite(&events, &[3, 4]).await;
    let log = place.another().await;
    let read: Vec<_> = log.read(1).await.unwrap().collect().await;
    let (gap, before) = read.split_last().unwrap();
    assert_eq!(before.len(), 2);
    let gap = gap.as_ref().unwrap_err();
    assert_eq!(gap.kind(), LogErrorKind::Gap { first: 3, last: 4 }, "a reader ends at a gap: {gap}");
    let mut behind = pin!(log.read(5).await.unwrap());
    assert_eq!(behind.next().await.unwrap().unwrap().sequence, 5);
    let verification = log.verify(|_| {}).await.unwrap();
    assert_eq!((verification.first_bad().unwrap().sequence, verification.events), (3, 4));
    place.cleanup().await;
}
