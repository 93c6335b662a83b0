//! `nabij simulate` on real servers: the same seed gives the same events, a second run adds nothing, and what it wrote is
//! sound.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

use futures::StreamExt;
use nabij_log::{KnownAt, Log, LogConfig, MasterKey};
use nabij_model::incident::IncidentEvent;
use nabij_model::{Event, Recorded};
use nabij_testkit::{Database, Names, fresh_database, fresh_names, stack};
use serde_json::{Value, json};
use tempfile::TempDir;

const NETWORK: [&str; 7] = ["simulate", "--centres", "3", "--cases", "60", "--days", "30"];

/// Streams and a database of the test's own.
struct Place {
    dir: TempDir,
    names: Names,
    database: Database,
}

impl Place {
    async fn new() -> Self {
        let (dir, names, database) = (tempfile::tempdir().unwrap(), fresh_names(), fresh_database().await);
        let place = Self { dir, names, database };
        place.nabij(&["keys", "create"]);
        place
    }

    fn nabij(&self, words: &[&str]) -> Value {
        let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
        let ended = Command::new(env!("CARGO_BIN_EXE_nabij"))
            .args(words)
            .arg("--json")
            .current_dir(self.dir.path())
            .envs([
                ("NATS_URL", stack().nats_url.clone()),
                ("DATABASE_URL", self.database.url().to_owned()),
                ("NABIJ_LOG__STREAM", self.names.stream.clone()),
                ("NABIJ_LOG__VAULT", self.names.vault.clone()),
                ("NABIJ_LOG__PREFIX", self.names.prefix.clone()),
                ("NABIJ_KEYS__FOLDER", self.dir.path().join("keys").display().to_string()),
                ("NABIJ_DEPLOY__FOLDER", deploy.display().to_string()),
            ])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{words:?}: {}: {said}", ended.status);
        serde_json::from_slice(&ended.stdout).unwrap()
    }

    fn simulate(&self, seed: &str) -> Value {
        self.nabij(&[&NETWORK[..], &["--seed", seed]].concat())
    }

    async fn log(&self) -> Log {
        let config =
            LogConfig::at(&stack().nats_url, &self.names.stream, &self.names.vault, &self.names.prefix);
        Log::connect(config, MasterKey::from_file(&self.dir.path().join("keys/master.key")).unwrap())
            .await
            .unwrap()
    }

    async fn events(&self) -> Vec<Recorded> {
        let log = self.log().await;
        let head = log.head().await.unwrap().sequence;
        let mut known_at = KnownAt::default();
        let mut events = Vec::new();
        let mut raws = Box::pin(log.read(1).await.unwrap().take(usize::try_from(head).unwrap()));
        while let Some(raw) = raws.next().await {
            events.push(raw.unwrap().decode(&mut known_at).unwrap());
        }
        events
    }
}

/// Everything of an event that is no ciphertext and no id of the append itself, which each run makes afresh.
fn clear(event: &Recorded) -> Value {
    let mut body: Value = serde_json::from_slice(&event.body).unwrap();
    close(&mut body);
    json!({
        "sequence": event.sequence,
        "command": event.meta.command,
        "type": event.meta.event_type.to_string(),
        "aggregate": event.meta.aggregate.to_string(),
        "at": event.meta.recorded_at,
        "by": event.meta.actor,
        "body": body,
    })
}

fn close(value: &mut Value) {
    match value {
        Value::Object(fields) if fields.contains_key("sealed") => {
            fields.remove("sealed");
            // The associated data begins with the event's id.
            let of = fields["of"].as_str().and_then(|of| of.split_once('#')).map(|(_, field)| field.into());
            fields.insert("of".into(), of.unwrap_or_default());
        }
        Value::Object(fields) => fields.values_mut().for_each(close),
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

#[tokio::test]
async fn the_same_seed_gives_the_same_events_and_a_second_run_adds_nothing() {
    let (one, two) = (Place::new().await, Place::new().await);
    let ran = one.simulate("7");
    assert_eq!(ran["refused"], json!({}), "a command was refused");
    assert_eq!(ran["added"], ran["commands"]);
    two.simulate("7");
    let (first, second) = (one.events().await, two.events().await);
    assert_eq!(json!(first.len()), ran["added"]);
    let clear = |events: &[Recorded]| events.iter().map(clear).collect::<Vec<_>>();
    assert_eq!(clear(&first), clear(&second));
    assert!(first.iter().all(|event| event.meta.historic), "a simulated event would notify somebody");

    let again = one.simulate("7");
    assert_eq!((&again["added"], &again["already"]), (&json!(0), &ran["commands"]));
    let other = one.simulate("8");
    assert_eq!(other["already"], 0, "another seed is another network");
    one.names.cleanup().await;
    two.names.cleanup().await;
}

#[tokio::test]
async fn the_register_holds_what_the_truth_says_and_the_log_is_sound() {
    let place = Place::new().await;
    let ran = place.simulate("11");
    let truth = std::fs::read_to_string(place.dir.path().join("truth-11.jsonl")).unwrap();
    let truth: Vec<Value> = truth.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json!(truth.len()), ran["occurrences"]);
    let said: HashSet<&str> = truth.iter().filter_map(|it| it["register_number"].as_str()).collect();
    let events = place.events().await;
    let held: HashSet<&str> = events
        .iter()
        .filter_map(|event| match &event.event {
            Event::Incident(IncidentEvent::Registered(entry)) => Some(entry.register_number.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(said, held);
    assert_eq!(place.nabij(&["verify"])["clean"], true);

    // As of a moment and replayed to it: the same rows.
    place.nabij(&["rebuild"]);
    let middle = events.len() / 2;
    place.nabij(&["replay", "--until", &middle.to_string(), "--into", "then"]);
    let (client, connection) =
        tokio_postgres::connect(place.database.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    for table in ["timeline", "case_fact", "signal_case", "work_item", "occupancy", "centre_fact"] {
        let rows = format!(
            "SELECT count(*) FROM (
                (SELECT * FROM caseload_v5.{table} WHERE recorded_seq <= {middle} EXCEPT ALL SELECT * FROM \"then\".{table})
                UNION ALL
                (SELECT * FROM \"then\".{table} EXCEPT ALL SELECT * FROM caseload_v5.{table} WHERE recorded_seq <= {middle})
            ) AS differing"
        );
        let differing: i64 = client.query_one(&rows, &[]).await.unwrap().get(0);
        assert_eq!(differing, 0, "{table} as of {middle} is not what a replay gives");
        let some = format!("SELECT count(*) FROM \"then\".{table}");
        assert!(client.query_one(&some, &[]).await.unwrap().get::<_, i64>(0) > 0, "{table} is empty");
    }
    place.names.cleanup().await;
}
