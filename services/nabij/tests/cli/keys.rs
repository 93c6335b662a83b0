//! Keys are made once and for their owner only; tokens need them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::place::{Place, bare, run};

#[test]
fn keys_are_for_their_owner_and_never_written_over() {
    let dir = tempfile::tempdir().unwrap();
    drop(run(&mut bare(dir.path(), &["keys", "create"])).exits(0));
    let files = ["master.key", "token.pem"].map(|name| dir.path().join("keys").join(name));
    let texts = files.clone().map(|file| fs::read(file).unwrap());
    for file in &files {
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
    let again = run(&mut bare(dir.path(), &["keys", "create"])).exits(2);
    assert!(again.sentence().contains("not written over"), "{}", again.err);
    fs::remove_file(&files[0]).unwrap();
    drop(run(&mut bare(dir.path(), &["keys", "create"])).exits(2));
    assert!(!files[0].exists(), "half of the keys were made anew");
    assert_eq!(fs::read(&files[1]).unwrap(), texts[1]);
}

#[tokio::test]
async fn a_token_is_printed_alone_and_only_with_a_key() {
    let place = Place::new().await;
    fs::remove_dir_all(place.dir().join("keys")).unwrap();
    let words = ["token", "--role", "psychosocial", "--centre", "0192f0c1-2345-7abc-8def-0123456789ab"];
    let absent = place.nabij(&words).exits(2);
    assert!(absent.sentence().contains("nabij keys create"), "{}", absent.err);
    assert!(!place.dir().join("keys").exists(), "keys were made silently");
    drop(place.nabij(&["keys", "create"]).exits(0));
    let token = place.nabij(&words).exits(0);
    let parts: Vec<&str> = token.out.trim_end().split('.').collect();
    assert!(parts.len() == 3 && token.out.lines().count() == 1, "{}", token.out);
    assert_eq!(token.err, "");
    let json = place.nabij(&[&words[..], &["--json"]].concat()).exits(0).json();
    assert_eq!(json["token"].as_str().unwrap().split('.').count(), 3);
    let role = place.nabij(&["token", "--role", "janitor"]).exits(2);
    assert!(role.err.contains("frontline"), "{}", role.err);
    place.end().await;
}

#[tokio::test]
async fn a_master_key_is_rotated_and_the_old_one_destroyed_only_when_nothing_needs_it() {
    let place = Place::new().await;
    assert_eq!(place.events(), 0);
    let keys = place.dir().join("keys");
    let first = fs::read(keys.join("master.key")).unwrap();
    drop(place.nabij(&["keys", "rotate", "--discard-old"]).exits(2));
    let rotated = place.nabij(&["keys", "rotate", "--json"]).exits(0).json();
    assert_eq!((rotated["replaced"].as_u64(), rotated["old_discarded"].as_bool()), (Some(1), Some(false)));
    assert_ne!(fs::read(keys.join("master.key")).unwrap(), first);
    assert_eq!(fs::read(keys.join("master.old.key")).unwrap(), first);
    let second = fs::read(keys.join("master.key")).unwrap();
    let again = place.nabij(&["keys", "rotate", "--json"]).exits(0).json();
    assert_eq!(again["replaced"], 0);
    assert_eq!(fs::read(keys.join("master.key")).unwrap(), second, "a rotation under way made another key");
    let ended = place.nabij(&["keys", "rotate", "--discard-old", "--json"]).exits(0).json();
    assert_eq!(ended["old_discarded"], true);
    assert!(!keys.join("master.old.key").exists());
    assert_eq!(place.events(), 0);
    fs::write(keys.join("master.key"), first).unwrap();
    let refused = place.nabij(&["verify"]).exits(2);
    assert!(refused.sentence().contains("do not open with master key"), "{}", refused.err);
    place.end().await;
}
