//! The adapter for the `eventually` project, with its own repository.

use eventually::aggregate::{AggregateRoot, AggregateRootBuilder};
use eventually::repository::Repository;
use eventually::store::{EventStore as _, Expected, Select};
use eventually::versioning::Versioned;
use futures::{FutureExt, TryStreamExt};
use nabij_log::{EventStore, EventStoreError};
use nabij_model::Deciding;
use nabij_model::signal::Signal;
use uuid::Uuid;

use crate::place::{by, everywhere, feedback, logged, signal};

fn builder(name: &str) -> AggregateRootBuilder<Deciding<Signal>> {
    let submission = by(name);
    Deciding::new(submission.now, submission.actor, (*submission.policies).clone()).into()
}

#[tokio::test]
async fn a_repository_adds_gets_and_refuses_what_is_out_of_date() {
    everywhere(|place| {
        async move {
            let id = Uuid::now_v7();
            signal(&place.log, Uuid::now_v7(), logged("another signal")).await.unwrap();
            let store = EventStore::<Signal>::new(place.log.clone());
            let mut repository = Repository::new(builder("reporter"), store);
            let mut root: AggregateRoot<_> = builder("reporter").build(id);
            root.handle(logged("he stays in bed")).await.unwrap().handle(feedback()).await.unwrap();
            let added = repository.add(root).await.unwrap();
            assert_eq!(added.version(), 3, "the version is the sequence of the last event");
            let mut one = repository.get(id).await.unwrap();
            let mut other = repository.get(id).await.unwrap();
            assert_eq!((one.version(), one.state().reporter.clone()), (3, Some("reporter".parse().unwrap())));
            one.handle(feedback()).await.unwrap();
            assert_eq!(repository.add(one).await.unwrap().version(), 4);
            other.handle(feedback()).await.unwrap();
            let error = repository.add(other).await.unwrap_err().to_string();
            assert!(error.contains("version 4, not 3"), "{error}");
            // What the adapter wrote, the log reads, sealed and chained.
            assert_eq!(place.another().await.load::<Signal>(id).await.unwrap().version, 4);
            assert!(place.log.verify(|_| {}).await.unwrap().is_clean());
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

#[tokio::test]
async fn it_streams_its_kind_and_says_no_to_what_the_log_never_does() {
    everywhere(|place| {
        async move {
            let ids = [Uuid::now_v7(), Uuid::now_v7()];
            for id in ids {
                signal(&place.log, id, logged("x")).await.unwrap();
            }
            signal(&place.log, ids[0], feedback()).await.unwrap();
            let mut store = EventStore::<Signal>::new(place.log.clone());
            let all: Vec<_> = store.stream_all(Select::All).await.unwrap().try_collect().await.unwrap();
            assert_eq!(
                all.iter().map(|event| *event.source_id()).collect::<Vec<_>>(),
                [ids[0], ids[1], ids[0]]
            );
            let later: Vec<_> =
                store.stream(ids[0], Select::From(2)).await.unwrap().try_collect().await.unwrap();
            assert_eq!(later.iter().map(Versioned::version).collect::<Vec<_>>(), [3]);
            let any = store.append(ids[0], Expected::Any, vec![]).await.unwrap_err();
            assert!(matches!(any, EventStoreError::AnyVersion));
            assert!(matches!(store.remove(ids[0]).await.unwrap_err(), EventStoreError::Remove));
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}
