//! Anchors, verification, backup and restore from the command line.

use std::fs;

use crate::place::Place;

#[tokio::test]
async fn an_anchor_is_made_by_hand_and_verified_with_the_public_key_alone() {
    let place = Place::new().await;
    let first = place.nabij(&["anchor", "--json"]).exits(0).json();
    assert_eq!((first["made"].as_bool(), first["anchor"]["number"].as_u64()), (Some(true), Some(1)));
    let again = place.nabij(&["anchor", "--json"]).exits(0).json();
    assert_eq!(again["made"], false, "nothing changed");
    let file = place.dir().join("anchors/anchors.jsonl");
    let outside = place.file("outside.jsonl", fs::read(&file).unwrap());
    let key = place.file("key.pem", fs::read(place.dir().join("keys/anchor.pub.pem")).unwrap());
    fs::remove_file(place.dir().join("keys/anchor.pub.pem")).unwrap();
    let words = ["verify", "--anchors", &outside, "--public-key", &key, "--json"];
    let found = place.nabij(&words).exits(0).json();
    assert_eq!(found["clean"], true);
    let forged = fs::read_to_string(&outside).unwrap().replacen("\"made\":0", "\"made\":1", 1);
    fs::write(&outside, forged).unwrap();
    let found = place.nabij(&words).exits(1).json();
    assert_eq!(found["findings"][0]["part"], "anchors");
    let absent = place.nabij(&["verify", "--anchors", "nowhere"]).exits(2);
    assert!(absent.sentence().contains("anchor.pub.pem"), "{}", absent.err);
    place.end().await;
}
