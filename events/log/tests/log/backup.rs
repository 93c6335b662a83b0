//! A backup taken while everybody writes comes back as it was, whatever is damaged is refused before anything is written, and
//! who was erased stays so.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_nats::jetstream::stream::Config;
use jiff::{SignedDuration, Timestamp};
use nabij_log::{
    AnchorKey, Anchorer, AuditOutcome, AuditRecord, Checked, Erasures, LogError, Raw, Restored, prune,
};
use nabij_model::case::{Case, CaseCommand};
use nabij_testkit::{connect, eventually, stack};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::place::{Place, by, feedback, logged, signal};

/// Streams of a test's own, a key, and a folder for backups.
struct Kept {
    place: Place,
    dir: TempDir,
    key: AnchorKey,
}

impl Kept {
    async fn new() -> Self {
        Self {
            place: Place::on(stack()).await,
            dir: tempfile::tempdir().unwrap(),
            key: AnchorKey::generate().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    async fn anchor(&self) {
        let key = self.path("anchor.pem");
        fs::write(&key, self.key.to_pem().unwrap().as_bytes()).unwrap();
        let key = AnchorKey::from_file(&key).unwrap();
        let mut anchorer =
            Anchorer::open(self.place.another().await, key, &self.path("anchors.jsonl")).await.unwrap();
        anchorer.anchor(Timestamp::now()).await.unwrap();
    }

    async fn backup(&self) {
        let log = &self.place.log;
        let (folder, vault) = (self.path("backup"), self.path("backup/vault"));
        log.backup(&folder, &vault, &self.key, Timestamp::now(), |_| {}).await.unwrap();
    }

    async fn list(&self) -> PathBuf {
        let path = self.path("erasures.json");
        self.place.log.erasure_list(Timestamp::now()).await.unwrap().write(&path, &self.key).unwrap();
        path
    }

    fn check(&self, now: Timestamp) -> Result<Checked, LogError> {
        Checked::open(&self.path("backup"), &self.path("backup/vault"), &self.key.public(), now)
    }

    /// The servers lose everything.
    async fn lose(&self) {
        self.place.names.cleanup_on(&self.place.stack).await;
    }

    async fn restore(&self) -> Result<Restored, LogError> {
        let erasures = Erasures::read(&self.path("erasures.json"), &self.key.public())?;
        self.check(Timestamp::now())?.restore(&self.place.config, &erasures, |_| {}).await
    }

    async fn streams(&self) -> usize {
        let context = async_nats::jetstream::new(connect(&self.place.stack.nats_admin_url).await);
        let listed: Value = context.request("STREAM.NAMES", &json!({})).await.unwrap();
        let names = listed["streams"].as_array().cloned().unwrap_or_default();
        names
            .iter()
            .filter(|name| name.as_str().is_some_and(|name| name.contains(&self.place.names.id)))
            .count()
    }
}

async fn note(place: &Place, sequence: u64) -> Value {
    let log = place.another().await;
    let raw = log.event_at(sequence).await.unwrap().unwrap();
    let mut body: Value = serde_json::from_slice(&raw.body).unwrap();
    log.vault().open(&mut body, |_| true).await.unwrap();
    body["note"].clone()
}

fn same(one: &Raw, other: &Raw) -> bool {
    let own = |raw: &Raw| -> Vec<(String, String)> {
        let mut headers: Vec<_> = raw
            .headers
            .iter()
            .map(|(name, values)| (name.to_string(), values[0].to_string()))
            .filter(|(name, _)| !name.starts_with("Nats-") || name == "Nats-Msg-Id")
            .collect();
        headers.sort();
        headers
    };
    (one.sequence, &one.subject, &one.body) == (other.sequence, &other.subject, &other.body)
        && own(one) == own(other)
}

#[tokio::test]
async fn a_backup_under_load_is_restored_event_by_event_and_verifies_with_its_anchors() {
    let kept = Kept::new().await;
    for number in 0..60 {
        signal(&kept.place.log, Uuid::now_v7(), logged(&format!("words {number}"))).await.unwrap();
    }
    kept.anchor().await;
    let stop = Arc::new(AtomicBool::new(false));
    let (log, stopped) = (kept.place.another().await, stop.clone());
    let load = tokio::spawn(async move {
        while !stopped.load(Ordering::SeqCst) {
            let id = Uuid::now_v7();
            signal(&log, id, logged("under load")).await.unwrap();
            signal(&log, id, feedback()).await.unwrap();
        }
    });
    let loaded = || async { (kept.place.log.head().await.unwrap().sequence > 60).then_some(()) };
    eventually(loaded).await.expect("nothing is written beside it");
    kept.backup().await;
    stop.store(true, Ordering::SeqCst);
    load.await.unwrap();
    kept.list().await;
    let before = kept.place.events().await;
    kept.lose().await;
    let restored = kept.restore().await.unwrap();
    assert!(restored.events >= 60 && restored.anchors == 1 && restored.withheld == 0, "{restored:?}");
    let fresh = kept.place.another().await;
    let anchors = fresh.anchors(&kept.key.public()).await.unwrap();
    let found = fresh.verify_against(anchors, |_| {}).await.unwrap();
    assert!(found.is_clean() && found.anchors == 1, "{:?}", found.findings);
    assert_eq!(found.events, restored.events);
    for was in &before[..usize::try_from(restored.events).unwrap()] {
        let is = fresh.event_at(was.sequence).await.unwrap().unwrap();
        assert!(same(was, &is), "{was:?}\n{is:?}");
    }
    assert_eq!(note(&kept.place, 60).await["open"], "words 59");
    // The log goes on, and anchors do behind those that were restored, once the file is that of the backup.
    signal(&fresh, Uuid::now_v7(), logged("after")).await.unwrap();
    kept.anchor().await;
    let anchors = fresh.anchors(&kept.key.public()).await.unwrap();
    assert_eq!(anchors.len(), 2);
    let found = fresh.verify_against(anchors, |_| {}).await.unwrap();
    assert!(found.is_clean(), "{:?}", found.findings);
    kept.place.cleanup().await;
}

#[tokio::test]
async fn a_person_who_was_erased_after_the_backup_stays_erased_and_the_event_that_says_so_is_appended() {
    let kept = Kept::new().await;
    let id = Uuid::now_v7();
    let opened = json!({"centre": Uuid::now_v7(), "birth_date": "2011-04-05", "arrived_on": "2026-01-02",
        "resident": {"name": "Amina"}});
    let open = CaseCommand::Open(serde_json::from_value(opened).unwrap());
    kept.place.log.execute::<Case>(id, open, &by("companion")).await.unwrap();
    signal(&kept.place.log, Uuid::now_v7(), logged("stays")).await.unwrap();
    kept.list().await;
    kept.backup().await;
    // Another event on the case, which the backup does not know, stands before the erasure.
    let contact = CaseCommand::NoteContact(serde_json::from_value(json!({"note": "words"})).unwrap());
    kept.place.log.execute::<Case>(id, contact, &by("companion")).await.unwrap();
    erased_event(&kept.place, id).await;
    kept.place.log.vault().destroy(&[id]).await.unwrap();
    let older = kept.check(Timestamp::now()).unwrap();
    let old_list = Erasures::read(&kept.path("erasures.json"), &kept.key.public()).unwrap();
    let refused = older.accepts(&old_list).unwrap_err();
    assert!(refused.to_string().contains("export a later one"), "{refused}");
    kept.list().await;
    kept.lose().await;
    let restored = kept.restore().await.unwrap();
    assert_eq!((restored.keys, restored.withheld, restored.appended), (1, 1, 1), "{restored:?}");
    let fresh = kept.place.another().await;
    let mut body: Value = serde_json::from_slice(&fresh.event_at(1).await.unwrap().unwrap().body).unwrap();
    fresh.vault().open(&mut body, |_| true).await.unwrap();
    assert_eq!(body["resident"]["name"], json!({"erased": true, "level": "team"}));
    assert_eq!(note(&kept.place, 2).await["open"], "stays");
    assert_eq!(fresh.event_at(3).await.unwrap().unwrap().event_type().unwrap(), "nabij.case.erased.v1");
    let found = fresh.verify(|_| {}).await.unwrap();
    assert!(found.is_clean() && found.erased == 1, "{:?}", found.findings);
    kept.place.cleanup().await;
}

/// Appends the event as it lies in logs, whatever rules lead to it.
async fn erased_event(place: &Place, id: Uuid) {
    let last = place.events().await.into_iter().rfind(|raw| raw.subject.ends_with(&id.to_string())).unwrap();
    let mut headers = last.headers.clone();
    let event = Uuid::now_v7().to_string();
    headers.insert("ce-id", event.as_str());
    headers.insert("ce-type", "nabij.case.erased.v1");
    headers.insert("ce-previous", last.event_hash().to_string());
    headers.insert("Nats-Msg-Id", event);
    headers.insert("Nats-Expected-Last-Subject-Sequence", last.sequence.to_string());
    let context = async_nats::jetstream::new(connect(&place.stack.nats_url).await);
    let body = json!({"ground": "person_asked", "approved_by": "director"}).to_string();
    context.publish_with_headers(last.subject, headers, body.into()).await.unwrap().await.unwrap();
}

#[tokio::test]
async fn whatever_is_wrong_with_a_backup_is_refused_before_anything_is_written() {
    let kept = Kept::new().await;
    for number in 0..20 {
        signal(&kept.place.log, Uuid::now_v7(), logged(&format!("words {number}"))).await.unwrap();
    }
    kept.anchor().await;
    let record = AuditRecord::new(Timestamp::now(), "GET /v1/cases", AuditOutcome::Allowed);
    kept.place.log.auditor("api").write(&record).await.unwrap();
    kept.backup().await;
    kept.list().await;
    let refused = kept.restore().await.unwrap_err().to_string();
    assert!(refused.contains("not empty") && refused.contains(&kept.place.names.stream), "{refused}");
    let (folder, vault) = (kept.path("backup"), kept.path("v"));
    let again = kept.place.log.backup(&folder, &vault, &kept.key, Timestamp::now(), |_| {}).await;
    assert!(again.unwrap_err().to_string().contains("not empty"));
    kept.lose().await;
    for name in ["events.gz", "audit.gz", "anchors.gz", "manifest.json", "vault/vault.gz", "vault/vault.json"]
    {
        let path = kept.path("backup").join(name);
        let whole = fs::read(&path).unwrap();
        let mut flipped = whole.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        for damaged in [flipped, whole[..middle].to_vec()] {
            fs::write(&path, damaged).unwrap();
            let refused = kept.restore().await.unwrap_err().to_string();
            assert!(refused.contains("nothing was restored"), "{name}: {refused}");
        }
        fs::remove_file(&path).unwrap();
        kept.restore().await.unwrap_err();
        fs::write(&path, whole).unwrap();
    }
    let later = Timestamp::now() + SignedDuration::from_hours(24 * 31);
    let refused = kept.check(later).unwrap_err().to_string();
    assert!(refused.contains("expired"), "{refused}");
    let other = AnchorKey::generate().unwrap();
    let forged =
        Checked::open(&kept.path("backup"), &kept.path("backup/vault"), &other.public(), Timestamp::now());
    assert!(forged.unwrap_err().to_string().contains("was signed by"));
    let list = fs::read_to_string(kept.path("erasures.json")).unwrap();
    fs::write(kept.path("erasures.json"), list.replace("\"erased\":[]", "\"erased\": []")).unwrap();
    assert!(kept.restore().await.unwrap_err().to_string().contains("signature"));
    assert_eq!(kept.streams().await, 0, "something was written");
    assert_eq!(prune(&kept.path("backup"), &kept.key.public(), Timestamp::now()).unwrap().len(), 0);
    assert_eq!(prune(&kept.path("backup"), &kept.key.public(), later).unwrap().len(), 1);
    assert_eq!(fs::read_dir(kept.path("backup/vault")).unwrap().count(), 0);
    assert!(kept.check(Timestamp::now()).is_err());
}

#[tokio::test]
async fn a_hole_in_the_log_is_the_same_hole_afterwards() {
    let kept = Kept::new().await;
    for _ in 0..5 {
        signal(&kept.place.log, Uuid::now_v7(), logged("words")).await.unwrap();
    }
    let events = kept.place.events().await;
    kept.place.rewrite(&events, &[3]).await;
    kept.backup().await;
    kept.list().await;
    kept.lose().await;
    assert_eq!(kept.restore().await.unwrap().events, 4);
    let fresh = kept.place.another().await;
    let found = fresh.verify(|_| {}).await.unwrap();
    assert_eq!((found.events, found.found, found.findings[0].sequence), (4, 1, 3), "{:?}", found.findings);
    let admin = async_nats::jetstream::new(connect(&stack().nats_admin_url).await);
    let Config { deny_delete, .. } =
        admin.get_stream(&kept.place.names.stream).await.unwrap().cached_info().config.clone();
    assert!(deny_delete, "the restored log is not protected");
    kept.place.cleanup().await;
}

#[tokio::test]
async fn what_was_rewritten_since_a_backup_is_named_event_by_event() {
    let kept = Kept::new().await;
    let ids = [Uuid::now_v7(), Uuid::now_v7()];
    for id in ids {
        signal(&kept.place.log, id, logged("words")).await.unwrap();
        signal(&kept.place.log, id, feedback()).await.unwrap();
    }
    kept.backup().await;
    signal(&kept.place.log, ids[0], feedback()).await.unwrap();
    let compare = async || {
        let log = kept.place.another().await;
        log.compare(&kept.path("backup"), &kept.key.public(), |_| {}).await.unwrap()
    };
    let compared = compare().await;
    assert_eq!((compared.through, compared.same, compared.found), (4, 4, 0), "{compared:?}");
    // One is changed with a body that is valid, one is lost.
    let mut events = kept.place.events().await;
    let body = String::from_utf8(events[1].body.to_vec()).unwrap();
    events[1].body = body.replace("acknowledged", "outcome").into();
    kept.place.rewrite(&events, &[3]).await;
    let compared = compare().await;
    let found: Vec<u64> = compared.findings.iter().map(|finding| finding.sequence).collect();
    assert_eq!((compared.same, found), (2, vec![2, 3]), "{compared:?}");
    let other = AnchorKey::generate().unwrap().public();
    let refused = kept.place.log.compare(&kept.path("backup"), &other, |_| {}).await.unwrap_err();
    assert!(refused.to_string().contains("was signed by"), "{refused}");
    kept.place.cleanup().await;
}
