//! Anchors find what chains cannot: a log that was cut off, or rewritten with every hash in order. And whatever is done to a
//! server's disk is found and located.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use nabij_log::{
    AnchorKey, AnchorSet, Anchorer, Finding, Log, LogErrorKind, MasterKey, Part, Raw, Verification,
};
use nabij_testkit::{private_stack, stack};
use tempfile::TempDir;
use uuid::Uuid;

use crate::audit::record;
use crate::place::{MASTER, Place, feedback, logged, signal};

/// Streams of a test's own, with a key and a file for anchors.
struct Anchored {
    place: Place,
    dir: TempDir,
    key: PathBuf,
}

impl Anchored {
    async fn on(place: Place) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = dir.path().join("anchor.pem");
        fs::write(&key, AnchorKey::generate().unwrap().to_pem().unwrap().as_bytes()).unwrap();
        Self { place, dir, key }
    }

    fn key(&self) -> AnchorKey {
        AnchorKey::from_file(&self.key).unwrap()
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("anchors.jsonl")
    }

    async fn anchor(&self) -> Option<u64> {
        let mut anchorer =
            Anchorer::open(self.place.another().await, self.key(), &self.file()).await.unwrap();
        anchorer.anchor(Timestamp::now()).await.unwrap().map(|anchor| anchor.number)
    }

    /// Three events on each of two subjects, anchored after the fourth and after the sixth.
    async fn six(&self) -> Vec<Raw> {
        let ids = [Uuid::now_v7(), Uuid::now_v7()];
        for id in ids {
            signal(&self.place.log, id, logged("words")).await.unwrap();
        }
        for round in 0..2 {
            for id in ids {
                signal(&self.place.log, id, feedback()).await.unwrap();
            }
            assert_eq!(self.anchor().await, Some(round + 1));
        }
        assert_eq!(self.anchor().await, None, "nothing changed");
        self.place.events().await
    }

    async fn verify(&self) -> Verification {
        let log = Log::connect(self.place.config.clone(), MasterKey::from_bytes(MASTER)).await.unwrap();
        let public = self.key().public();
        let file = AnchorSet::read(&fs::read_to_string(self.file()).unwrap(), &public);
        let anchors = log.anchors_beside(file, &public).await.unwrap();
        log.verify_against(anchors, |_| {}).await.unwrap()
    }

    /// What is found first of the events.
    async fn first(&self) -> Finding {
        self.first_of(Part::Events).await
    }

    async fn first_of(&self, part: Part) -> Finding {
        let found = self.verify().await;
        found.findings.into_iter().find(|finding| finding.part == part).expect("something is wrong")
    }

    /// Six messages of one process in the audit stream, anchored after the second, the fourth and the sixth.
    async fn audited(&self) -> Vec<Raw> {
        let auditor = self.place.log.auditor("api");
        for (round, numbers) in (1..).zip([[1, 2], [3, 4], [5, 6]]) {
            for number in numbers {
                auditor.write(&record(number)).await.unwrap();
            }
            assert_eq!(self.anchor().await, Some(round));
        }
        self.place.log.read_audit(1).await.unwrap().take(6).try_collect().await.unwrap()
    }

    async fn rewrite_audit(&self, raws: &[Raw]) {
        self.place.rewrite_stream(&self.place.config.audit(), raws, &[]).await;
        let chains = self.place.another().await.verify_audit(|_| {}).await.unwrap();
        assert!(chains.is_clean(), "chains alone see nothing: {:?}", chains.findings);
    }
}

/// Computes the chain anew over changed events: what whoever owns the disk can do.
fn chained(events: &mut [Raw]) {
    let mut last = HashMap::new();
    for event in events {
        if let Some(previous) = last.get(&event.subject) {
            event.headers.insert("ce-previous", String::clone(previous));
        }
        last.insert(event.subject.clone(), event.event_hash().to_string());
    }
}

#[tokio::test]
async fn an_untouched_log_fits_its_anchors() {
    let anchored = Anchored::on(Place::on(stack()).await).await;
    anchored.six().await;
    let found = anchored.verify().await;
    assert!(found.is_clean(), "{:?}", found.findings);
    assert_eq!((found.anchors, found.keys, found.erased), (2, 2, 0));
    let text = fs::read_to_string(anchored.file()).unwrap();
    assert_eq!(text.lines().count(), 2);
    anchored.place.cleanup().await;
}

#[tokio::test]
async fn a_log_that_was_rewritten_with_a_valid_chain_is_located_between_two_anchors() {
    let anchored = Anchored::on(Place::on(stack()).await).await;
    let mut events = anchored.six().await;
    let body = String::from_utf8(events[4].body.to_vec()).unwrap().replace("reporter", "guardian");
    events[4].body = body.into();
    chained(&mut events);
    anchored.place.rewrite(&events, &[]).await;
    assert!(
        anchored.place.another().await.verify(|_| {}).await.unwrap().is_clean(),
        "chains alone see nothing"
    );
    let first = anchored.first().await;
    assert_eq!(first.sequence, 5, "{first}");
    assert!(first.what.contains("sequence 6") && first.what.contains("anchor 2"), "{first}");
    anchored.place.cleanup().await;
}

#[tokio::test]
async fn what_an_anchor_says_of_many_events_comes_behind_the_one_that_was_changed() {
    let anchored = Anchored::on(Place::on(stack()).await).await;
    let mut events = anchored.six().await;
    let body = String::from_utf8(events[2].body.to_vec()).unwrap().replace("reporter", "guardian");
    events[2].body = body.into();
    anchored.place.rewrite(&events, &[]).await;
    let found = anchored.verify().await.findings;
    assert_eq!((found[0].sequence, found[0].what.contains("sequence 5 says so")), (3, true), "{}", found[0]);
    assert_eq!(found[0].event_type, "nabij.signal.feedback_given.v1");
    assert!(found[1].what.contains("not what anchor 1 saw"), "{}", found[1]);
    anchored.place.cleanup().await;
}

#[tokio::test]
async fn an_event_that_an_anchor_saw_is_not_accused_of_what_is_missing_behind_it() {
    let anchored = Anchored::on(Place::on(stack()).await).await;
    let mut events = anchored.six().await;
    // The events of the first signal stand at 1, 3 and 5; one more behind them, and 5 is gone.
    let id = events[0].aggregate().unwrap().id;
    signal(&anchored.place.log, id, feedback()).await.unwrap();
    events.push(anchored.place.events().await.swap_remove(6));
    drop(events.remove(4));
    anchored.place.rewrite(&events, &[]).await;
    let found = anchored.verify().await.findings;
    let chain =
        found.iter().find(|finding| finding.what.contains("or one is missing")).expect("the chain tells");
    assert_eq!(chain.sequence, 6, "{chain}");
    anchored.place.cleanup().await;
}

#[tokio::test]
async fn an_audit_stream_that_was_cut_off_or_rewritten_with_a_valid_chain_is_located() {
    let anchored = Anchored::on(Place::on(stack()).await).await;
    let raws = anchored.audited().await;
    anchored.rewrite_audit(&raws[..5]).await;
    let first = anchored.first_of(Part::Audit).await;
    assert_eq!((first.sequence, first.what.contains("the end was cut off")), (6, true), "{first}");
    anchored.rewrite_audit(&[]).await;
    let first = anchored.first_of(Part::Audit).await;
    assert_eq!((first.sequence, first.what.contains("the end was cut off")), (1, true), "{first}");
    let mut changed = raws.clone();
    let body = String::from_utf8(changed[2].body.to_vec()).unwrap().replace("reader", "nobody");
    assert_ne!(changed[2].body, body.as_bytes());
    changed[2].body = body.into();
    chained(&mut changed);
    anchored.rewrite_audit(&changed).await;
    let first = anchored.first_of(Part::Audit).await;
    let told = first.what.contains("sequence 4") && first.what.contains("anchor 2");
    assert_eq!((first.sequence, told), (3, true), "{first}");
    anchored.place.cleanup().await;
}

#[tokio::test]
async fn an_end_that_was_cut_off_and_a_log_that_was_replaced_are_found() {
    let anchored = Anchored::on(Place::on(stack()).await).await;
    let mut events = anchored.six().await;
    events.truncate(4);
    anchored.place.rewrite(&events, &[]).await;
    assert!(anchored.place.another().await.verify(|_| {}).await.unwrap().is_clean());
    let first = anchored.first().await;
    assert_eq!((first.sequence, first.what.contains("the end was cut off")), (5, true), "{first}");
    let mut anchorer =
        Anchorer::open(anchored.place.another().await, anchored.key(), &anchored.file()).await.unwrap();
    let refused = anchorer.anchor(Timestamp::now()).await.unwrap_err();
    assert!(refused.is_rewound(), "{refused}");
    // A forged event of valid JSON where the lost ones were.
    let mut forged = events[3].clone();
    forged.headers.insert("ce-id", Uuid::now_v7().to_string());
    events.extend([forged.clone(), {
        forged.headers.insert("ce-id", Uuid::now_v7().to_string());
        forged
    }]);
    chained(&mut events);
    anchored.place.rewrite(&events, &[]).await;
    let first = anchored.first().await;
    assert_eq!((first.sequence, first.what.contains("not what anchor 2 saw")), (5, true), "{first}");
    anchored.place.cleanup().await;
}

#[tokio::test]
async fn dropped_and_swapped_events_are_located_and_the_finding_says_what_was_expected() {
    let anchored = Anchored::on(Place::on(stack()).await).await;
    let events = anchored.six().await;
    let mut swapped = events.clone();
    swapped.swap(2, 4);
    anchored.place.rewrite(&swapped, &[]).await;
    let first = anchored.first().await;
    assert_eq!((first.sequence, first.event_type.as_str()), (3, "nabij.signal.feedback_given.v1"), "{first}");
    assert!(first.expected.is_some() && first.found.is_some() && first.expected != first.found);
    anchored.place.rewrite(&events, &[3]).await;
    let first = anchored.first().await;
    assert_eq!((first.sequence, first.what.contains("1 events are missing")), (3, true), "{first}");
    anchored.place.cleanup().await;
}

#[tokio::test]
async fn a_key_that_went_without_an_erasure_is_found_and_an_erasure_is_not() {
    let anchored = Anchored::on(Place::on(stack()).await).await;
    let (erased, lost) = (Uuid::now_v7(), Uuid::now_v7());
    for id in [erased, lost] {
        signal(&anchored.place.log, id, logged("words")).await.unwrap();
    }
    anchored.anchor().await;
    anchored.place.log.vault().destroy(&[erased]).await.unwrap();
    assert_eq!(anchored.anchor().await, Some(2));
    let found = anchored.verify().await;
    assert!(found.is_clean() && (found.keys, found.erased) == (1, 1), "{:?}", found.findings);
    let admin = async_nats::jetstream::new(nabij_testkit::connect(&stack().nats_admin_url).await);
    let vault = admin.get_stream(&anchored.place.names.vault).await.unwrap();
    let subject = format!("{}-vault.{lost}", anchored.place.names.prefix);
    let key = vault.get_last_raw_message_by_subject(&subject).await.unwrap();
    vault.delete_message(key.sequence).await.unwrap();
    let found = anchored.verify().await;
    assert_eq!(found.first_bad().unwrap().sequence, 2, "{:?}", found.findings);
    assert!(
        found.findings[0].what.contains("neither the key of the sealed field /note"),
        "{:?}",
        found.findings
    );
    let vault = found.findings.iter().find(|finding| finding.part == Part::Vault).unwrap();
    assert!(vault.what.contains("other keys were made"), "{vault}");
    anchored.place.cleanup().await;
}

#[tokio::test]
async fn anchors_that_were_changed_or_taken_out_of_their_file_or_of_nats_are_named() {
    let anchored = Anchored::on(Place::on(stack()).await).await;
    anchored.six().await;
    let whole = fs::read_to_string(anchored.file()).unwrap();
    let anchors_of = |found: Verification| {
        found
            .findings
            .into_iter()
            .find(|finding| finding.part == Part::Anchors)
            .map(|finding| finding.to_string())
    };
    fs::write(anchored.file(), whole.replacen("\"count\":4", "\"count\":5", 1)).unwrap();
    let named = anchors_of(anchored.verify().await).unwrap();
    assert!(named.contains("anchor 1") && named.contains("signature does not fit"), "{named}");
    let second = whole.lines().nth(1).unwrap();
    fs::write(anchored.file(), format!("{second}\n")).unwrap();
    let named = anchors_of(anchored.verify().await).unwrap();
    assert!(named.contains("anchor 2 stands in its place"), "{named}");
    // A file of yesterday is good: NATS went on.
    fs::write(anchored.file(), format!("{}\n", whole.lines().next().unwrap())).unwrap();
    let found = anchored.verify().await;
    assert!(found.is_clean() && found.anchors == 2, "{:?}", found.findings);
    fs::write(anchored.file(), &whole).unwrap();
    let admin = async_nats::jetstream::new(nabij_testkit::connect(&stack().nats_admin_url).await);
    admin.delete_stream(format!("{}_ANCHORS", anchored.place.names.stream)).await.unwrap();
    let named = anchors_of(anchored.verify().await).unwrap();
    assert!(named.contains("2 anchors are missing in NATS"), "{named}");
    let refused =
        Anchorer::open(anchored.place.another().await, anchored.key(), &anchored.file()).await.unwrap_err();
    assert_eq!(refused.kind(), LogErrorKind::Rewound, "{refused}");
    anchored.place.cleanup().await;
}

/// What the server does with a flipped byte of a stored message depends on its index. With the index, it leaves out the
/// message whose checksum is wrong, and goes on; without, as after a crash, it cuts the block off there and says nothing.
#[tokio::test]
async fn a_byte_that_was_flipped_on_the_servers_disk_is_located() {
    for without_index in [false, true] {
        let private = private_stack(1).await;
        let anchored = Anchored::on(Place::on(private.stack()).await).await;
        anchored.six().await;
        private.stop_nats(1).await;
        let messages = private.stream_dir(1, &anchored.place.names.stream).join("msgs");
        for entry in fs::read_dir(&messages).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "blk") {
                let mut bytes = fs::read(&path).unwrap();
                // The third event is the first that tells a reporter something.
                let word = bytes.windows(15).position(|window| window == br#""to":"reporter""#).unwrap();
                bytes[word] ^= 0x01;
                fs::write(&path, bytes).unwrap();
            } else if without_index {
                fs::remove_file(&path).unwrap();
            }
        }
        private.start_nats(1).await;
        let first = anchored.first().await;
        let what = if without_index { "the end was cut off" } else { "1 events are missing" };
        assert!(first.sequence == 3 && first.what.contains(what), "{without_index}: {first}");
    }
}
