//! What is wrong with an audit stream is found and located.

use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use nabij_log::{AuditVerification, Raw};
use nabij_testkit::stack;

use crate::audit::record;
use crate::place::Place;

/// Two processes with three messages each and an end mark, interleaved: the first at 1, 3, 5, 7, the second at 2, 4, 6, 8.
async fn verified_after(change: impl FnOnce(&mut Vec<Raw>), without: &[u64]) -> AuditVerification {
    let place = Place::on(stack()).await;
    let auditors = [place.log.auditor("api"), place.log.auditor("cli")];
    for number in 0..3 {
        for auditor in &auditors {
            auditor.write(&record(number)).await.unwrap();
        }
    }
    for auditor in &auditors {
        auditor.end(Timestamp::now()).await.unwrap();
    }
    let mut raws: Vec<Raw> = place.log.read_audit(1).await.unwrap().take(8).try_collect().await.unwrap();
    change(&mut raws);
    place.rewrite_stream(&place.config.audit(), &raws, without).await;
    let verified = place.another().await.verify_audit(|_| {}).await.unwrap();
    place.cleanup().await;
    verified
}

#[track_caller]
fn first_is(verified: &AuditVerification, sequence: u64, words: &str) {
    let found = verified.findings.first().expect("something is wrong");
    assert_eq!(found.sequence, sequence, "{found}");
    assert!(found.what.contains(words), "{found}");
}

#[tokio::test]
async fn untouched_chains_are_clean() {
    let verified = verified_after(|_| {}, &[]).await;
    assert!(verified.is_clean(), "{:?}", verified.findings);
    assert_eq!((verified.groups, verified.records, verified.chains), (8, 6, 2));
    assert!(verified.open.is_empty());
}

#[tokio::test]
async fn a_process_that_was_killed_is_told_and_no_finding() {
    let verified = verified_after(|raws| drop(raws.pop()), &[]).await;
    assert!(verified.is_clean(), "{:?}", verified.findings);
    assert_eq!(verified.open.len(), 1);
    assert!(verified.open[0].starts_with("cli."));
}

#[tokio::test]
async fn a_changed_record_is_named_and_who_says_so() {
    let change = |raws: &mut Vec<Raw>| {
        let text = String::from_utf8(raws[2].body.to_vec()).unwrap();
        raws[2].body = text.replace("reader", "nobody").into();
    };
    first_is(&verified_after(change, &[]).await, 3, "the message at sequence 5 says so");
}

#[tokio::test]
async fn a_missing_message_is_a_gap_and_a_break() {
    let verified = verified_after(|_| {}, &[3]).await;
    first_is(&verified, 3, "1 messages of the audit stream are missing");
    assert!(verified.findings[1].what.contains("some are missing"), "{}", verified.findings[1]);
    // Closed up again so that no sequence is missing, the running number tells.
    first_is(&verified_after(|raws| drop(raws.remove(2)), &[]).await, 4, "some are missing");
}

#[tokio::test]
async fn swapped_messages_are_out_of_order() {
    first_is(&verified_after(|raws| raws.swap(2, 4), &[]).await, 3, "some are missing");
}

#[tokio::test]
async fn a_forged_record_is_found() {
    let forge = |raws: &mut Vec<Raw>| {
        let mut forged = raws[4].clone();
        forged.headers.insert("ce-id", "01890000-0000-7000-8000-00000000abcd");
        forged.headers.insert("ce-number", "3");
        raws.insert(4, forged);
    };
    let verified = verified_after(forge, &[]).await;
    // It took the place of the true one, which then comes out of order; what follows says that it is another.
    first_is(&verified, 5, "the message at sequence 8 says so");
    assert!(verified.findings[1].what.contains("out of order"), "{}", verified.findings[1]);
    let after_end = |raws: &mut Vec<Raw>| {
        let mut forged = raws[4].clone();
        forged.headers.insert("ce-id", "01890000-0000-7000-8000-00000000abcd");
        forged.headers.insert("ce-number", "5");
        raws.push(forged);
    };
    first_is(&verified_after(after_end, &[]).await, 9, "follows the end mark");
}
