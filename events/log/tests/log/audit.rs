//! Audit records: acknowledged before anybody goes on, in few groups, and never lost.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use futures::{FutureExt, StreamExt, TryStreamExt, poll};
use jiff::Timestamp;
use nabij_log::{AuditGroup, AuditOutcome, AuditRecord, Auditor, GroupContent, Log, LogConfig, LogErrorKind};
use nabij_testkit::{eventually, private_stack, stack};

use crate::lost::through_proxy;
use crate::place::{Place, everywhere, staff};

pub(crate) fn record(number: usize) -> AuditRecord {
    let mut record = AuditRecord::new(Timestamp::now(), "GET /v1/cases/{id}", AuditOutcome::Allowed);
    record.who = Some(staff("reader"));
    record.request = Some(number.to_string());
    record.rows = 1;
    record
}

/// Everything in the audit stream.
pub(crate) async fn groups(log: &Log) -> Vec<AuditGroup> {
    let end = usize::try_from(log.audit_head().await.unwrap().sequence).unwrap();
    let raws: Vec<_> = log.read_audit(1).await.unwrap().take(end).try_collect().await.unwrap();
    raws.iter().map(|raw| AuditGroup::decode(raw).unwrap()).collect()
}

fn requests(groups: &[AuditGroup]) -> Vec<String> {
    groups.iter().flat_map(AuditGroup::records).filter_map(|record| record.request.clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_parallel_reads_each_record_is_there_once_when_its_read_goes_on() {
    everywhere(|place| {
        async move {
            let auditor = place.log.auditor("api");
            let reads = (0..64).map(|number| {
                let (auditor, log) = (auditor.clone(), place.log.clone());
                async move {
                    let sequence = auditor.write(&record(number)).await.unwrap();
                    assert!(
                        log.audit_head().await.unwrap().sequence >= sequence,
                        "answered before it was stored"
                    );
                }
            });
            join_all(reads).await;
            auditor.end(Timestamp::now()).await.unwrap();
            let groups = groups(&place.log).await;
            let mut found = requests(&groups);
            found.sort_by_key(|text| text.parse::<usize>().unwrap());
            assert_eq!(found, (0..64).map(|number| number.to_string()).collect::<Vec<_>>());
            let ended = groups.len() as u64 - 1;
            assert_eq!(groups.last().unwrap().content, GroupContent::Ended { groups: ended, records: 64 });
            let verified = place.log.verify_audit(|_| {}).await.unwrap();
            assert!(verified.is_clean(), "{:?}", verified.findings);
            assert_eq!((verified.records, verified.chains, verified.open.len()), (64, 1, 0));
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

#[tokio::test]
async fn a_record_waits_for_two_acknowledgements_at_most() {
    let place = Place::on(stack()).await;
    let (log, proxy) = through_proxy(&place).await;
    let auditor = log.auditor("api");
    proxy.hold_answers();
    let first = tokio::spawn({
        let auditor = auditor.clone();
        async move { auditor.write(&record(0)).await }
    });
    // The server has the first group, and its acknowledgement is on its way.
    let on_its_way = || async { (place.log.audit_head().await.unwrap().sequence == 1).then_some(()) };
    eventually(on_its_way).await.unwrap();
    // Whoever comes meanwhile is in the very next one, however many come.
    let records: Vec<AuditRecord> = (1..=300).map(record).collect();
    let mut later: Vec<_> = records.iter().map(|record| auditor.write(record).boxed()).collect();
    for one in &mut later {
        assert!(poll!(one).is_pending());
    }
    proxy.release_answers();
    for sequence in join_all(later).await {
        assert_eq!(sequence.unwrap(), 2);
    }
    assert_eq!(first.await.unwrap().unwrap(), 1);
    place.cleanup().await;
}

#[tokio::test]
async fn a_lost_acknowledgement_is_found_and_the_record_is_there_once() {
    everywhere(|place| {
        async move {
            let (log, proxy) = through_proxy(&place).await;
            let auditor = log.auditor("api");
            auditor.write(&record(0)).await.unwrap();
            for round in 1..=3 {
                proxy.swallow_answers();
                let before = place.log.audit_head().await.unwrap().sequence;
                let record = record(round);
                let (written, ()) = tokio::join!(auditor.write(&record), async {
                    while place.log.audit_head().await.unwrap().sequence == before {
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                    proxy.cut();
                });
                // Known in time it is the sequence; else the read is refused. Neither writes it twice.
                if let Ok(sequence) = written {
                    assert_eq!(sequence, before + 1);
                }
                let _ = until_writable(&auditor).await;
            }
            let mut found = requests(&groups(&place.log).await);
            found.retain(|request| request != "again");
            assert_eq!(found, ["0", "1", "2", "3"]);
            let verified = place.log.verify_audit(|_| {}).await.unwrap();
            assert!(verified.is_clean(), "{:?}", verified.findings);
            place.cleanup().await;
        }
        .boxed()
    })
    .await;
}

async fn until_writable(auditor: &Auditor) -> u64 {
    let mut again = record(0);
    again.request = Some("again".into());
    eventually(|| async { auditor.write(&again).await.ok() }).await.unwrap()
}

#[tokio::test]
async fn without_an_acknowledgement_a_read_is_refused_and_the_chains_stay_whole() {
    let private = private_stack(1).await;
    let place = Place::on(private.stack()).await;
    let auditor = place.hasty(Duration::from_millis(300)).await.auditor("api");
    let before = until_writable(&auditor).await;
    private.pause_nats(1).await;
    let refused = join_all((1..=5).map(|number| {
        let auditor = auditor.clone();
        async move { auditor.write(&record(number)).await }
    }))
    .await;
    for answer in refused {
        assert_eq!(answer.unwrap_err().kind(), LogErrorKind::Unavailable);
    }
    private.resume_nats(1).await;
    let after = until_writable(&auditor).await;
    let groups = groups(&place.log).await;
    for known in [before, after] {
        assert!(groups.iter().any(|group| group.sequence == known), "an acknowledged record is gone");
    }
    // Late records of refused reads may be there, none twice.
    let all = requests(&groups);
    let distinct: BTreeSet<&String> = all.iter().filter(|request| *request != "again").collect();
    assert_eq!(distinct.len(), all.iter().filter(|request| *request != "again").count());
    let verified = place.log.verify_audit(|_| {}).await.unwrap();
    assert!(verified.is_clean(), "{:?}", verified.findings);
}

#[tokio::test]
async fn a_full_stream_refuses_reads_and_says_so() {
    let place = Place::with(stack(), |config| LogConfig { audit_max_bytes: 4096, ..config }).await;
    let auditor = place.log.auditor("api");
    let mut written = 0;
    let error = loop {
        match auditor.write(&record(written)).await {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), LogErrorKind::Full, "{error}");
    assert_eq!(
        requests(&groups(&place.log).await).len(),
        written,
        "a refused record is there, or one is lost"
    );
    assert!(place.log.audit_head().await.unwrap().alarm, "somebody was warned before");
    // Less room than is used is refused, more is given, and the chain goes on behind what stood there.
    let less = LogConfig { audit_max_bytes: 1024, ..place.config.clone() };
    let error = Log::resize(&less).await.unwrap_err();
    assert_eq!(error.kind(), LogErrorKind::Settings, "{error}");
    let more = LogConfig { audit_max_bytes: 1 << 20, ..place.config.clone() };
    let resized = Log::resize(&more).await.unwrap();
    assert_eq!(resized.iter().map(|one| (one.before, one.now)).collect::<Vec<_>>(), [(4096, 1 << 20)]);
    assert_eq!(Log::resize(&more).await.unwrap(), []);
    auditor.write(&record(written)).await.unwrap();
    assert!(!place.log.audit_head().await.unwrap().alarm);
    let verified = place.log.verify_audit(|_| {}).await.unwrap();
    assert!(verified.is_clean(), "{:?}", verified.findings);
    place.cleanup().await;
}

#[tokio::test]
async fn the_stream_takes_neither_deletes_nor_purges() {
    let place = Place::on(stack()).await;
    let auditor = place.log.auditor("api");
    auditor.write(&record(0)).await.unwrap();
    let context = async_nats::jetstream::new(place.log.client().clone());
    let stream = context.get_stream(place.config.audit()).await.unwrap();
    assert!(stream.delete_message(1).await.is_err());
    assert!(stream.purge().await.is_err());
    assert_eq!(place.log.audit_head().await.unwrap().events, 1);
    place.cleanup().await;
}

#[test]
fn what_was_written_decodes_for_ever() {
    let golden = include_str!("audit_golden.json");
    let records: Vec<AuditRecord> = serde_json::from_str(golden).unwrap();
    assert_eq!(records.len(), 3);
    let again: serde_json::Value = serde_json::to_value(&records).unwrap();
    assert_eq!(again, serde_json::from_str::<serde_json::Value>(golden).unwrap());
}
