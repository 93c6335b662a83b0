//! A new master key while everybody works: no word is lost, no event changes, and the old key opens nothing any more.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use futures::future::join_all;
use nabij_log::{Keyring, Log, LogConfig, LogErrorKind, MasterKey};
use nabij_testkit::{private_stack, stack};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::place::{MASTER, Place, config, logged, signal};

const NEW: [u8; 32] = [43; 32];

/// Key files that are exchanged while processes run: the current one, and the one before it.
#[derive(Clone, Default)]
struct Files(Arc<Mutex<(u8, Option<u8>)>>);

impl Files {
    fn with(current: u8) -> Self {
        Self(Arc::new(Mutex::new((current, None))))
    }

    fn exchange(&self, current: u8, previous: u8) {
        *self.0.lock().unwrap() = (current, Some(previous));
    }

    fn keyring(&self) -> Keyring {
        let files = self.clone();
        let key = |byte| MasterKey::from_bytes([byte; 32]);
        Keyring::reading(move || {
            let (current, previous) = *files.0.lock().unwrap();
            Ok((key(current), previous.map(key)))
        })
        .unwrap()
    }
}

async fn note(log: &Log, sequence: u64) -> Value {
    let raw = log.event_at(sequence).await.unwrap().unwrap();
    let mut body: Value = serde_json::from_slice(&raw.body).unwrap();
    log.vault().open(&mut body, |_| true).await.unwrap();
    body["note"]["open"].clone()
}

#[tokio::test]
async fn a_rotation_under_load_loses_no_word_and_leaves_nothing_to_the_old_key() {
    let place = Place::on(stack()).await;
    let files = Files::with(MASTER[0]);
    let writers: Vec<Log> = join_all((0..3).map(|_| Log::connect(place.config.clone(), files.keyring())))
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    for number in 0..150 {
        signal(&writers[0], Uuid::now_v7(), logged(&format!("before {number}"))).await.unwrap();
    }
    let erased = Uuid::now_v7();
    signal(&writers[0], erased, logged("erased before")).await.unwrap();
    writers[0].vault().destroy(&[erased]).await.unwrap();
    let before = place.log.verify(|_| {}).await.unwrap();
    let hidden = place.log.vault().blind_key("caseload").hash(b"household");

    let stop = Arc::new(AtomicBool::new(false));
    let load = writers.iter().enumerate().map(|(writer, log)| {
        let (log, stop) = (log.clone(), stop.clone());
        tokio::spawn(async move {
            let mut written = Vec::new();
            while !stop.load(Ordering::SeqCst) {
                let words = format!("{writer} {}", written.len());
                let accepted = signal(&log, Uuid::now_v7(), logged(&words)).await.unwrap();
                written.push((accepted.sequence, words));
                // A process that reads for the first time while wraps are exchanged under it.
                let old = 1 + (written.len() as u64 * 7) % 150;
                assert!(note(&log, old).await.as_str().unwrap().starts_with("before"));
            }
            written
        })
    });
    let load: Vec<_> = load.collect();
    files.exchange(NEW[0], MASTER[0]);
    let rotator = Log::connect(place.config.clone(), files.keyring()).await.unwrap();
    let rotated = rotator.rotate(|_| {}).await.unwrap();
    assert!(rotated.replaced >= 151, "150 keys and the root at least: {rotated:?}");
    stop.store(true, Ordering::SeqCst);
    let written: Vec<(u64, String)> =
        join_all(load).await.into_iter().flat_map(|written| written.unwrap()).collect();
    let rest = rotator.rotate(|_| {}).await.unwrap();
    assert_eq!(rest.replaced, 0, "a process went on with the old key after it was told");
    assert_eq!(rest.current, 150 + written.len() as u64);

    // A process that has the new key alone reads every word, what is erased stays so, and no event changed.
    let fresh = Log::connect(place.config.clone(), MasterKey::from_bytes(NEW)).await.unwrap();
    for (sequence, words) in &written {
        assert_eq!(note(&fresh, *sequence).await, json!(words));
    }
    assert_eq!(note(&fresh, 151).await, Value::Null);
    assert_eq!(fresh.vault().blind_key("caseload").hash(b"household"), hidden, "a hash changed");
    let after = fresh.verify(|_| {}).await.unwrap();
    assert!(after.is_clean(), "{:?}", after.findings);
    assert!(after.through > before.through);
    let refused = Log::connect(place.config.clone(), MasterKey::from_bytes(MASTER)).await.unwrap_err();
    assert_eq!(refused.kind(), LogErrorKind::Key, "{refused}");
    place.cleanup().await;
}

#[tokio::test]
async fn a_rotation_that_was_broken_off_is_finished_and_no_old_wrap_is_left_on_disk() {
    let private = private_stack(1).await;
    let names = nabij_testkit::fresh_names();
    let config = LogConfig { max_bytes: 64 << 20, ..config(private.stack(), &names) };
    let old = Log::connect(config.clone(), MasterKey::from_bytes(MASTER)).await.unwrap();
    for number in 0..40 {
        signal(&old, Uuid::now_v7(), logged(&format!("words {number}"))).await.unwrap();
    }
    let wraps = wraps(&config).await;
    assert_eq!(wraps.len(), 41);
    let files = Files::with(NEW[0]);
    files.exchange(NEW[0], MASTER[0]);
    let rotator = Log::connect(config.clone(), files.keyring()).await.unwrap();
    let half = rotator.clone();
    // Broken off somewhere in between: the task ends at its next await.
    let (started, mut begun) = tokio::sync::mpsc::unbounded_channel();
    let task =
        tokio::spawn(async move { half.rotate(|count| started.send(count).unwrap_or_default()).await });
    begun.recv().await;
    task.abort();
    drop(task.await);
    let rest = rotator.rotate(|_| {}).await.unwrap();
    assert!(rest.replaced < 41 && rest.current == 40, "{rest:?}");
    private.stop_nats(1).await;
    let dir = private.stream_dir(1, &names.vault);
    for wrap in &wraps {
        assert!(!holds(&dir, wrap.as_bytes()), "an old wrap is still on disk");
    }
    private.start_nats(1).await;
    let fresh = Log::connect(config, MasterKey::from_bytes(NEW)).await.unwrap();
    assert_eq!(note(&fresh, 40).await, json!("words 39"));
}

/// What the vault holds, as base64: both ciphertexts of each key, and the root.
async fn wraps(config: &LogConfig) -> Vec<String> {
    let stream = async_nats::jetstream::new(nabij_testkit::connect(&config.nats_url).await)
        .get_stream(&config.vault)
        .await
        .unwrap();
    let mut wraps = Vec::new();
    for sequence in 1..=stream.cached_info().state.last_sequence {
        let body: Value =
            serde_json::from_slice(&stream.get_raw_message(sequence).await.unwrap().payload).unwrap();
        let wrap = body.get("content").or(body.get("root")).and_then(Value::as_str);
        wraps.extend(wrap.map(str::to_owned));
    }
    wraps
}

fn holds(dir: &Path, bytes: &[u8]) -> bool {
    fs::read_dir(dir).unwrap().flatten().any(|entry| match entry.path() {
        path if path.is_dir() => holds(&path, bytes),
        path => fs::read(path).unwrap().windows(bytes.len()).any(|window| window == bytes),
    })
}
