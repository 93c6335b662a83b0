//! Anchors, verification, backup and restore from the command line.

use std::fs;

use crate::place::Place;

#[tokio::test]
async fn an_anchor_is_made_by_hand_and_verified_with_the_public_key_alone() {
    let place = Place::new().await;
    let first = place.nabij(&["anchor", "--json"]).exits(0).json();
    assert_eq!((first["made"].as_bool(), first["anchor"]["number"].as_u64()), (Some(true), Some(1)));
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

#[tokio::test]
async fn a_backup_goes_into_empty_servers_only_and_with_a_list_of_erasures() {
    let place = Place::new().await;
    drop(place.nabij(&["anchor"]).exits(0));
    drop(place.nabij(&["backup"]).exits(2));
    let made = place.nabij(&["backup", "kept", "--json"]).exits(0).json();
    assert_eq!((made["anchors"].as_u64(), made["vault"]["count"].as_u64()), (Some(1), Some(1)));
    drop(place.nabij(&["erasures", "export", "erasures.json"]).exits(0));
    drop(place.nabij(&["restore", "kept"]).exits(2));
    let words = ["restore", "kept", "--erasures", "erasures.json", "--json"];
    let full = place.nabij(&words).exits(2);
    assert!(full.err.contains("not empty"), "{}", full.err);
    place.lose().await;
    let restored = place.nabij(&words).exits(0).json();
    assert_eq!((restored["clean"].as_bool(), restored["anchors"].as_u64()), (Some(true), Some(1)));
    let pruned = place.nabij(&["backup", "prune", "kept", "--json"]).exits(0).json();
    assert_eq!(pruned["pruned"].as_array().unwrap().len(), 0);
    place.end().await;
}
