//! The vault: words open only with their key, and a destroyed key opens nothing, anywhere.

use std::fs;
use std::path::Path;

use futures::FutureExt;
use nabij_log::{ExecuteError, Log, LogConfig, MasterKey, Submission};
use nabij_model::SealLevel;
use nabij_model::case::{Case, CaseCommand};
use nabij_model::signal::{Signal, SignalCommand};
use nabij_testkit::{eventually, private_stack};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::place::{MASTER, by, everywhere, feedback, keyed, logged, logged_bare, signal};

const PLANTED: &str = "the planted phrase of a resident who was seen by nobody";

async fn body(log: &Log, sequence: u64) -> Value {
    serde_json::from_slice(&log.event_at(sequence).await.unwrap().unwrap().body).unwrap()
}

fn case_of(name: &str) -> CaseCommand {
    let opened = json!({"centre": Uuid::now_v7(), "birth_date": "2011-04-05", "arrived_on": "2026-01-02",
        "resident": {"name": name}});
    CaseCommand::Open(serde_json::from_value(opened).unwrap())
}

#[tokio::test]
async fn words_open_for_whom_the_policy_allows_in_any_process() {
    everywhere(|place| {
        async move {
            let id = Uuid::now_v7();
            place.log.execute::<Case>(id, case_of("Amina"), &by("companion")).await.unwrap();
            let stored = body(&place.log, 1).await;
            assert_eq!(stored["resident"]["name"]["key"], format!("case.{id}"));
            assert_eq!(stored["birth_date"]["key"], format!("profile.{id}"));
            let other = place.another().await;
            let mut opened = stored.clone();
            other.vault().open(&mut opened, |level| level == SealLevel::Team).await.unwrap();
            assert_eq!(opened["resident"]["name"]["open"], "Amina");
            assert_eq!(opened["birth_date"].get("open"), None);
            let text = stored.to_string();
            let profile = other.vault().open_profile(text.as_bytes()).await.unwrap();
            let profile: Value = serde_json::from_slice(&profile).unwrap();
            assert_eq!(profile["birth_date"]["open"], "2011-04-05");
            assert_eq!(profile["resident"]["name"].get("open"), None);
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

#[tokio::test]
async fn a_destroyed_key_opens_nothing_in_any_process_and_is_never_made_again() {
    everywhere(|place| {
        async move {
            let id = Uuid::now_v7();
            place.log.execute::<Case>(id, case_of("Amina"), &by("companion")).await.unwrap();
            let stored = body(&place.log, 1).await;
            let other = place.another().await;
            let mut opened = stored.clone();
            other.vault().open(&mut opened, |_| true).await.unwrap();
            assert_eq!(opened["resident"]["name"]["open"], "Amina");

            assert_eq!(place.log.vault().destroy(&[id]).await.unwrap(), 1);
            assert_eq!(place.log.vault().destroy(&[id]).await.unwrap(), 0, "a second time does nothing");
            // The other process had the key in memory: it is told.
            let told = eventually(|| async {
                let mut erased = stored.clone();
                other.vault().open(&mut erased, |_| true).await.unwrap();
                (erased["resident"]["name"]["erased"] == true).then_some(())
            });
            told.await.expect("the other process still opens it");
            for log in [&place.log, &other, &place.another().await] {
                let mut erased = stored.clone();
                log.vault().open(&mut erased, |_| true).await.unwrap();
                assert_eq!(erased["resident"]["name"], json!({"erased": true, "level": "team"}));
                // It can still be decoded and loaded: the figures stay.
                let root = log.load::<Case>(id).await.unwrap();
                assert_eq!(root.version, 1);
            }
            assert!(place.another().await.load::<Case>(id).await.unwrap().state.birth.get().is_none());
            let words = CaseCommand::NoteContact(serde_json::from_value(json!({"note": "words"})).unwrap());
            let refused = other.execute::<Case>(id, words, &by("companion")).await.unwrap_err();
            assert!(matches!(refused, ExecuteError::Refused(refusal) if refusal.code == "erased"));
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

#[tokio::test]
async fn two_processes_that_make_a_key_at_once_share_one() {
    everywhere(|place| {
        async move {
            let other = place.another().await;
            for _ in 0..20 {
                let id = Uuid::now_v7();
                signal(&place.log, id, logged_bare()).await.unwrap();
                let note = |text: &str| {
                    let feedback = json!({"to": "reporter", "kind": "acknowledged", "note": text});
                    SignalCommand::GiveFeedback(serde_json::from_value(feedback).unwrap())
                };
                let (one, two) =
                    tokio::join!(signal(&place.log, id, note("one")), signal(&other, id, note("two")));
                for (accepted, text) in [(one.unwrap(), "one"), (two.unwrap(), "two")] {
                    let mut opened = body(&place.log, accepted.sequence).await;
                    place.another().await.vault().open(&mut opened, |_| true).await.unwrap();
                    assert_eq!(opened["note"]["open"], text);
                }
            }
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

#[tokio::test]
async fn a_sealed_field_of_a_caller_and_a_taken_id_are_refused() {
    everywhere(|place| {
        async move {
            let id = Uuid::now_v7();
            signal(&place.log, id, logged("words")).await.unwrap();
            let note = body(&place.log, 1).await["note"].clone();
            let stolen = json!({"to": "reporter", "kind": "acknowledged", "note": note});
            let stolen = SignalCommand::GiveFeedback(serde_json::from_value(stolen).unwrap());
            let refused = signal(&place.log, id, stolen).await.unwrap_err();
            assert!(matches!(refused, ExecuteError::Unstorable(_)), "{refused}");
            let taken = place.log.execute::<Case>(id, case_of("Amina"), &by("companion")).await.unwrap_err();
            assert!(matches!(taken, ExecuteError::Refused(refusal) if refusal.code == "id-taken"));
            assert_eq!(place.log.head().await.unwrap().sequence, 1);
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

/// Every file below `dir` that holds `phrase`.
fn files_with(dir: &Path, phrase: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, phrase));
        } else if fs::read(&path)
            .is_ok_and(|bytes| bytes.windows(phrase.len()).any(|window| window == phrase))
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test]
async fn no_file_of_the_servers_holds_a_planted_phrase_nor_a_destroyed_key() {
    nothing_is_left_on(1).await;
}

#[tokio::test]
async fn no_file_of_a_cluster_holds_a_planted_phrase_nor_a_destroyed_key() {
    nothing_is_left_on(3).await;
}

async fn nothing_is_left_on(nodes: usize) {
    let private = private_stack(nodes).await;
    let config = LogConfig {
        nats_url: private.stack().nats_url.clone(),
        max_bytes: 256 << 20,
        snapshot_every: 3,
        replicas: nodes,
        ..LogConfig::default()
    };
    let log = Log::connect(config, MasterKey::from_bytes(MASTER)).await.unwrap();
    let (case, one) = (Uuid::now_v7(), Uuid::now_v7());
    log.execute::<Case>(case, case_of(PLANTED), &by("companion")).await.unwrap();
    let submission = Submission { traceparent: Some(PLANTED.into()), ..keyed("reporter", 3, 1) };
    log.execute::<Signal>(one, logged(PLANTED), &submission).await.unwrap();
    for _ in 0..8 {
        log.execute::<Signal>(one, feedback(), &by("reporter")).await.unwrap();
    }
    let context = async_nats::jetstream::new(nabij_testkit::connect(&private.stack().nats_url).await);
    let vault = context.get_stream("VAULT").await.unwrap();
    let key = vault.get_last_raw_message_by_subject(&format!("nabij-vault.{case}")).await.unwrap();
    let wrapped: Value = serde_json::from_slice(&key.payload).unwrap();
    let wrapped = wrapped["content"].as_str().unwrap().as_bytes().to_vec();
    let dir = private.dir().join("nats");
    let there = async || (files_with(&dir, wrapped.as_slice()).len() >= nodes).then_some(());
    eventually(there).await.expect("the search finds what is there");
    log.vault().destroy(&[case]).await.unwrap();
    log.vault().press().await.unwrap();
    let after = log.verify(|_| {}).await.unwrap();
    assert!(after.is_clean(), "{:?}", after.findings);
    let gone = async || files_with(&dir, wrapped.as_slice()).is_empty().then_some(());
    eventually(gone).await.expect("a server still has the key");
    // In good order, so that everything is on disk.
    for node in 1..=nodes {
        private.stop_nats(node).await;
    }
    assert_eq!(files_with(&dir, wrapped.as_slice()), Vec::<String>::new(), "the key is still on disk");
    assert_eq!(files_with(&dir, PLANTED.as_bytes()), Vec::<String>::new());
    assert_eq!(files_with(&dir, b"2011-04-05"), Vec::<String>::new());
    assert!(!files_with(&dir, one.to_string().as_bytes()).is_empty(), "the search finds what is there");
}
