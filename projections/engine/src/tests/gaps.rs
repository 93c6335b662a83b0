//! Nothing may be missing unless somebody said that they know.

use serde_json::{Value, json};

use super::place::Place;
use crate::accept_gap;
use crate::error::EngineError;

/// The stream refuses to delete events, so it is made anew with a later first sequence: the first four are missing.
async fn lose_the_first_four(place: &Place) {
    let client = nabij_testkit::connect(&nabij_testkit::stack().nats_admin_url).await;
    let context = async_nats::jetstream::new(client);
    let stream = &place.names.stream;
    let info: Value = context.request(format!("STREAM.INFO.{stream}"), &json!({})).await.unwrap();
    context.delete_stream(stream).await.unwrap();
    let mut config = info["config"].clone();
    config["first_seq"] = json!(5);
    let made: Value = context.request(format!("STREAM.CREATE.{stream}"), &config).await.unwrap();
    assert!(made["error"].is_null(), "{made}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_stops_the_projection_until_it_is_accepted() {
    let place = Place::new().await;
    lose_the_first_four(&place).await;
    let (_, sequence) = place.signal("conflict", &[]).await;
    assert_eq!(sequence, 5);
    let (writer, _) = place.run();
    let stopped = writer.await.unwrap().unwrap_err();
    assert!(matches!(stopped, EngineError::Gap { first: 1, last: 4 }), "{stopped}");

    accept_gap(&place.pool, 1, 3).await.unwrap();
    let (writer, _) = place.run();
    assert!(matches!(writer.await.unwrap(), Err(EngineError::Gap { .. })), "a part of it is not enough");

    accept_gap(&place.pool, 1, 4).await.unwrap();
    let (writer, stop) = place.run();
    place.visible(5).await;
    assert_eq!(place.sequences().await, [5]);
    stop.cancel();
    writer.await.unwrap().unwrap();
    place.end().await;
}
