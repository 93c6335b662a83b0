//! Streams that are not as they must be, and what the application may not do.

use async_nats::jetstream::stream::Config;
use nabij_log::{Log, LogErrorKind, MasterKey};
use nabij_testkit::{connect, private_stack, stack};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::place::{MASTER, Place, logged, logged_bare, signal};

#[tokio::test]
async fn a_stream_with_another_setting_is_refused_by_name() {
    let place = Place::on(stack()).await;
    let other = nabij_log::LogConfig { max_bytes: 128 << 20, ..place.config.clone() };
    let error = Log::connect(other, MasterKey::from_bytes(MASTER)).await.unwrap_err();
    assert_eq!(error.kind(), LogErrorKind::Settings);
    assert!(error.to_string().contains("max_bytes is 268435456, not 134217728"), "{error}");
    let admin = async_nats::jetstream::new(connect(&place.stack.nats_admin_url).await);
    let snapshots = place.config.snapshots();
    let is = admin.get_stream(&snapshots).await.unwrap().cached_info().config.clone();
    admin.update_stream(Config { max_messages_per_subject: 2, ..is }).await.unwrap();
    let error = Log::connect(place.config.clone(), MasterKey::from_bytes(MASTER)).await.unwrap_err();
    assert!(error.to_string().contains("max_msgs_per_subject is 2, not 1"), "{error}");
    place.cleanup().await;
}

#[tokio::test]
async fn another_master_key_is_refused_at_start() {
    let place = Place::on(stack()).await;
    signal(&place.log, Uuid::now_v7(), logged("words")).await.unwrap();
    let error = Log::connect(place.config.clone(), MasterKey::from_bytes([1; 32])).await.unwrap_err();
    assert_eq!(error.kind(), LogErrorKind::Key);
    place.cleanup().await;
}

#[tokio::test]
async fn servers_that_are_away_are_told_from_wrong_settings() {
    let config = nabij_log::LogConfig { nats_url: "nats://127.0.0.1:9".into(), ..Default::default() };
    let error = Log::connect(config, MasterKey::from_bytes(MASTER)).await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    let config = nabij_log::LogConfig { nats_url: "not an address".into(), ..Default::default() };
    let error = Log::connect(config, MasterKey::from_bytes(MASTER)).await.unwrap_err();
    assert_eq!(error.kind(), LogErrorKind::Settings);
}

#[tokio::test]
async fn a_full_stream_refuses_and_raises_its_alarm_before() {
    let place = Place::with(stack(), |config| nabij_log::LogConfig { max_bytes: 64 << 10, ..config }).await;
    let (mut alarmed, mut taken) = (false, 0);
    let error = loop {
        alarmed |= place.log.head().await.unwrap().alarm;
        match signal(&place.log, Uuid::now_v7(), logged_bare()).await {
            Ok(_) => taken += 1,
            Err(error) => break error,
        }
        assert!(taken < 1_000, "the stream never filled up");
    };
    assert!(alarmed, "the alarm comes before the end");
    let nabij_log::ExecuteError::Unavailable(error) = error else { panic!("{error}") };
    assert_eq!(error.kind(), LogErrorKind::Full, "{error}");
    assert_eq!(place.log.head().await.unwrap().sequence, taken);
    place.cleanup().await;
}

#[tokio::test]
async fn the_application_can_neither_delete_nor_purge_the_log() {
    let private = private_stack(1).await;
    let config = nabij_log::LogConfig {
        nats_url: private.stack().nats_url.clone(),
        max_bytes: 256 << 20,
        ..nabij_log::LogConfig::default()
    };
    let log = Log::connect(config, MasterKey::from_bytes(MASTER)).await.unwrap();
    signal(&log, Uuid::now_v7(), logged("words")).await.unwrap();
    let app = async_nats::jetstream::new(connect(&private.stack().nats_url).await);
    for stream in ["NABIJ", "VAULT"] {
        for call in ["STREAM.DELETE", "STREAM.PURGE"] {
            let answer = app.request::<_, _, Value>(format!("{call}.{stream}"), &json!({})).await;
            assert!(answer.is_err(), "{call} {stream} was answered: {answer:?}");
        }
    }
    let erase = app.request::<_, _, Value>("STREAM.MSG.DELETE.NABIJ", &json!({"seq": 1})).await;
    assert!(erase.is_err(), "a message of the log was deleted: {erase:?}");
    assert_eq!(log.head().await.unwrap().events, 1);
}
