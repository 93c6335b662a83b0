//! Settings as somebody at a terminal meets them.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// `nabij config check` in a folder with this `nabij.toml`, if any, and this environment.
fn check(file: Option<&str>, environment: &[(&str, &str)]) -> (TempDir, Output) {
    let dir = tempfile::tempdir().unwrap();
    if let Some(text) = file {
        std::fs::write(dir.path().join("nabij.toml"), text).unwrap();
    }
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
    let mut command = Command::new(env!("CARGO_BIN_EXE_nabij"));
    command.args(["config", "check", "--json"]).current_dir(dir.path());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("NABIJ_")) {
        command.env_remove(name);
    }
    command.env_remove("NATS_URL").env_remove("DATABASE_URL").env("NABIJ_DEPLOY__FOLDER", deploy);
    let done = command.envs(environment.iter().copied()).output().unwrap();
    (dir, done)
}

fn shown(done: &Output) -> Value {
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

fn refused(done: &Output) -> String {
    assert_eq!(done.status.code(), Some(2));
    String::from_utf8(done.stderr.clone()).unwrap()
}

#[test]
fn without_a_file_the_defaults_stand() {
    let (_dir, done) = check(None, &[]);
    assert_eq!(shown(&done)["log"]["stream"], "NABIJ");
}

#[test]
fn the_environment_goes_over_the_file_and_secrets_stay_hidden() {
    let file = "[api]\nlisten = \"127.0.0.1:9\"\n[log]\nstream = \"OTHER\"\nprefix = \"other\"";
    let environment = [
        ("NABIJ_LOG__STREAM", "THIRD"),
        ("NATS_URL", "nats://app:top-secret@127.0.0.1:4222"),
        ("NABIJ_KEYS__MASTER_KEY", "dG9wLXNlY3JldA=="),
        // Somebody else's: no section has it.
        ("NABIJ_SHARED", "/elsewhere"),
    ];
    let (_dir, done) = check(Some(file), &environment);
    let settings = shown(&done);
    assert_eq!(settings["log"]["stream"], "THIRD");
    assert_eq!(settings["log"]["prefix"], "other");
    assert_eq!(settings["api"]["listen"], "127.0.0.1:9");
    let told = settings.to_string();
    assert!(!told.contains("top-secret") && !told.contains("dG9wLXNlY3JldA"), "{told}");
}

#[test]
fn a_wrong_setting_is_named_with_its_place_and_what_was_expected() {
    let (_dir, done) = check(Some("[api]\nlisten = 80"), &[]);
    let told = refused(&done);
    assert!(told.contains("nabij.toml") && told.contains("api.listen"), "{told}");
    let (_dir, done) = check(Some("[log]\nstreem = \"NABIJ\""), &[]);
    let told = refused(&done);
    assert!(told.contains("nabij.toml") && told.contains("streem"), "{told}");
    let (_dir, done) = check(None, &[("NABIJ_LOG__REPLICAS", "2")]);
    let told = refused(&done);
    assert!(told.contains("log.replicas") && told.contains("1, 3 or 5"), "{told}");
}

#[test]
fn a_file_that_was_asked_for_must_be_there() {
    let done = Command::new(env!("CARGO_BIN_EXE_nabij"))
        .args(["--config", "absent.toml", "config", "check"])
        .output();
    assert!(refused(&done.unwrap()).contains("absent.toml"));
}
