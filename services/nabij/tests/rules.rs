//! `nabij rules`: what is wrong with rules, and what they would have raised.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use jiff::{Timestamp, ToSpan};
use nabij_log::{Log, LogConfig, MasterKey, Submission};
use nabij_model::signal::{Signal, SignalCommand};
use nabij_model::{Actor, Policies, Role};
use nabij_testkit::{Database, Names, fresh_database, fresh_names, stack};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

const CENTRE: &str = "01890000-0000-7000-8000-000000000001";

struct Place {
    dir: TempDir,
    names: Names,
    database: Database,
    now: Timestamp,
}

impl Place {
    async fn new() -> Self {
        let (dir, names, database) = (tempfile::tempdir().unwrap(), fresh_names(), fresh_database().await);
        let place = Self { dir, names, database, now: Timestamp::now() };
        assert!(place.nabij(&["keys", "create"]).status.success());
        place
    }

    fn nabij(&self, words: &[&str]) -> Output {
        let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
        let mut command = Command::new(env!("CARGO_BIN_EXE_nabij"));
        command.args(words).current_dir(self.dir.path()).envs([
            ("NATS_URL", stack().nats_url.clone()),
            ("DATABASE_URL", self.database.url().to_owned()),
            ("NABIJ_LOG__STREAM", self.names.stream.clone()),
            ("NABIJ_LOG__VAULT", self.names.vault.clone()),
            ("NABIJ_LOG__PREFIX", self.names.prefix.clone()),
            ("NABIJ_KEYS__FOLDER", self.dir.path().join("keys").display().to_string()),
            ("NABIJ_DEPLOY__FOLDER", deploy.display().to_string()),
        ]);
        command.output().unwrap()
    }

    async fn log(&self) -> Log {
        let config =
            LogConfig::at(&stack().nats_url, &self.names.stream, &self.names.vault, &self.names.prefix);
        let key = MasterKey::from_file(&self.dir.path().join("keys/master.key")).unwrap();
        Log::connect(config, key).await.unwrap()
    }

    async fn signal(&self, log: &Log, days_ago: i64, severity: &str) {
        let actor = Actor {
            subject: "night-7".parse().unwrap(),
            role: Role::Companion,
            centres: vec![],
            operator: None,
        };
        let at = self.now - (24 * days_ago).hours();
        let submission = Submission::new(at, actor, Arc::new(Policies::shipped()));
        let body = json!({"centre": CENTRE, "category": "noise", "severity": severity});
        let command = SignalCommand::Log(serde_json::from_value(body).unwrap());
        log.execute::<Signal>(Uuid::now_v7(), command, &submission).await.unwrap();
    }

    /// The shipped rules, to be changed.
    fn copy(&self) -> PathBuf {
        let (from, to) = (shipped(), self.dir.path().join("rules"));
        std::fs::create_dir(&to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
            }
        }
        to
    }
}

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/rules")
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

#[tokio::test]
async fn check_tells_every_wrong_rule_with_its_line_and_finds_the_shipped_ones_sound() {
    let place = Place::new().await;
    let sound = place.nabij(&["rules", "check"]);
    assert_eq!(sound.status.code(), Some(0), "{}", String::from_utf8_lossy(&sound.stdout));
    let folder = place.copy();
    replace(&folder.join("acute-signal.toml"), "signal.assessed", "signal.judged");
    replace(&folder.join("quiet-resident.toml"), "at_most = 5", "at_most = 0");
    let wrong = place.nabij(&["rules", "check", folder.to_str().unwrap()]);
    let told = String::from_utf8_lossy(&wrong.stdout).into_owned();
    assert_eq!(wrong.status.code(), Some(1), "{told}");
    assert!(told.contains("acute-signal.toml:19: `signal.judged` is no event"), "{told}");
    assert!(told.contains("quiet-resident.toml:6: `at_most` is 1 or more"), "{told}");
}

#[tokio::test]
async fn a_backtest_tells_what_is_new_gone_and_earlier_and_appends_nothing() {
    let place = Place::new().await;
    let log = place.log().await;
    place.signal(&log, 30, "acute").await;
    place.signal(&log, 20, "high").await;
    let head = log.head().await.unwrap().sequence;
    let folder = place.copy();
    replace(&folder.join("acute-signal.toml"), "[\"acute\"]", "[\"high\"]");
    replace(&folder.join("feedback-overdue.toml"), "within = \"168h\"", "within = \"48h\"");
    let from = (place.now - 1_000.hours()).to_string();
    let words = ["--json", "rules", "backtest", folder.to_str().unwrap(), "--from", &from];
    let output = place.nabij(&words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let changes: Vec<(&str, &str)> = told["escalations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["rule"].as_str().unwrap(), one["change"].as_str().unwrap()))
        .collect();
    let expected = [
        ("acute-signal", "gone"),
        ("feedback-overdue", "earlier"),
        ("acute-signal", "new"),
        ("feedback-overdue", "earlier"),
    ];
    assert_eq!(changes, expected, "{told:#}");
    assert_eq!(told["events"], json!(head));
    assert_eq!(told["not_tested"], json!(["dead-letters", "open-feedback-loops", "silent-centre"]));
    assert!(told["ratio"].as_f64().unwrap() > 0.0);
    assert_eq!(log.head().await.unwrap().sequence, head);
    place.names.cleanup().await;
}
