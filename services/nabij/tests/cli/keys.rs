//! Keys are made once and for their owner only; tokens need them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::place::{bare, run};

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

#[test]
fn a_token_is_printed_alone_and_only_with_a_key() {
    let dir = tempfile::tempdir().unwrap();
    let words = ["token", "--role", "psychosocial", "--centre", "0192f0c1-2345-7abc-8def-0123456789ab"];
    let absent = run(&mut bare(dir.path(), &words)).exits(2);
    assert!(absent.sentence().contains("nabij keys create"), "{}", absent.err);
    assert!(!dir.path().join("keys").exists(), "keys were made silently");
    drop(run(&mut bare(dir.path(), &["keys", "create"])).exits(0));
    let token = run(&mut bare(dir.path(), &words)).exits(0);
    let parts: Vec<&str> = token.out.trim_end().split('.').collect();
    assert!(parts.len() == 3 && token.out.lines().count() == 1, "{}", token.out);
    assert_eq!(token.err, "");
    let json = run(&mut bare(dir.path(), &[&words[..], &["--json"]].concat())).exits(0).json();
    assert_eq!(json["token"].as_str().unwrap().split('.').count(), 3);
    let role = run(&mut bare(dir.path(), &["token", "--role", "janitor"])).exits(2);
    assert!(role.err.contains("frontline"), "{}", role.err);
}
