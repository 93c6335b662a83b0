//! A log that was rewound underneath us: every writer stops.

use std::fs;

use nabij_log::{ExecuteError, Log, LogErrorKind, MasterKey};
use nabij_model::EventHash;
use nabij_model::signal::Signal;
use nabij_testkit::{PATIENCE, PrivateStack, private_stack, stack};
use uuid::Uuid;

use crate::place::{MASTER, Place, by, feedback, logged, logged_bare, signal};

const EVENTS: u64 = 4_000;

/// A server that loses a part of the log: one flipped byte in the middle of a block, and the index is gone.
async fn damage(private: &PrivateStack, place: &Place) {
    private.stop_nats(1).await;
    let messages = private.stream_dir(1, &place.names.stream).join("msgs");
    let mut blocks = 0;
    for entry in fs::read_dir(&messages).unwrap() {
        let path = entry.unwrap().path();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("blk") => {
                let mut bytes = fs::read(&path).unwrap();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 0x40;
                fs::write(&path, bytes).unwrap();
                blocks += 1;
            }
            _ => fs::remove_file(&path).unwrap(),
        }
    }
    assert!(blocks > 0, "{} holds no blocks", messages.display());
    private.start_nats(1).await;
}

#[tokio::test]
async fn every_writer_stops_when_the_server_lost_what_it_acknowledged() {
    let private = private_stack(1).await;
    let place = Place::on(private.stack()).await;
    let mut bulk = place.log.bulk();
    let id = Uuid::now_v7();
    bulk.push::<Signal>(id, logged("words"), by("importer")).await.unwrap();
    for _ in 1..EVENTS {
        bulk.push::<Signal>(Uuid::now_v7(), logged_bare(), by("importer")).await.unwrap();
    }
    bulk.finish().await.unwrap();
    let other = place.another().await;
    signal(&other, id, feedback()).await.unwrap();
    let checkpoint = place.log.event_at(EVENTS).await.unwrap().unwrap().event_hash();

    damage(&private, &place).await;
    let fresh = loop {
        match Log::connect(place.config.clone(), MasterKey::from_bytes(MASTER)).await {
            Ok(log) => break log,
            Err(error) => assert!(error.is_unavailable(), "{error}"),
        }
    };
    let end = fresh.head().await.unwrap().sequence;
    assert!(end < EVENTS, "the damage did no harm: the log still ends at {end}");

    for log in [&place.log, &other] {
        let stopped = tokio::time::timeout(PATIENCE, log.until_rewound()).await.unwrap();
        assert_eq!(stopped.kind(), LogErrorKind::Rewound);
        let refused = signal(log, Uuid::now_v7(), logged_bare()).await.unwrap_err();
        assert!(matches!(&refused, ExecuteError::Log(error) if error.is_rewound()), "{refused}");
        assert!(log.check_writable().is_err());
    }
    // A process that starts later learns it from any checkpoint that lies behind the loss.
    assert!(fresh.check_writable().is_ok());
    let error = fresh.check(EVENTS, checkpoint).await.unwrap_err();
    assert!(error.is_rewound(), "{error}");
    let refused = signal(&fresh, Uuid::now_v7(), logged_bare()).await.unwrap_err();
    assert!(matches!(&refused, ExecuteError::Log(error) if error.is_rewound()), "{refused}");
    assert_eq!(fresh.head().await.unwrap().sequence, end, "somebody wrote after the loss");
}

#[tokio::test]
async fn a_checkpoint_is_compared_by_its_hash() {
    let place = Place::on(stack()).await;
    signal(&place.log, Uuid::now_v7(), logged_bare()).await.unwrap();
    let hash = place.log.event_at(1).await.unwrap().unwrap().event_hash();
    place.log.check(0, EventHash([0; 32])).await.unwrap();
    place.log.check(1, hash).await.unwrap();
    signal(&place.log, Uuid::now_v7(), logged_bare()).await.unwrap();
    let error = place.log.check(1, EventHash([0; 32])).await.unwrap_err();
    assert!(error.is_rewound() && error.to_string().contains("another event"), "{error}");
    let refused = signal(&place.log, Uuid::now_v7(), logged_bare()).await.unwrap_err();
    assert!(matches!(refused, ExecuteError::Log(error) if error.is_rewound()));
    place.cleanup().await;
}

#[tokio::test]
async fn a_reader_that_stands_beyond_the_end_stops() {
    let place = Place::on(stack()).await;
    signal(&place.log, Uuid::now_v7(), logged_bare()).await.unwrap();
    assert!(place.log.read(2).await.is_ok(), "the next event may come");
    let Err(error) = place.log.read(3).await else { panic!("it reads on") };
    assert!(error.is_rewound(), "{error}");
    place.cleanup().await;
}
