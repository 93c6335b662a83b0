//! The access log over real servers: what is followed, what is asked, and that a rebuild gives the same.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use deadpool_postgres::{Manager, Pool};
use jiff::Timestamp;
use nabij_accesslog::{Follower, Question, Reader, Rebuilt, rebuild, schema};
use nabij_log::{AuditOutcome, AuditRecord, Log, LogConfig, MasterKey, RecordRef};
use nabij_model::{Actor, CaseId, CentreId, Role};
use nabij_testkit::{Database, Names, PATIENCE, fresh_database, fresh_names, stack};
use tokio_postgres::NoTls;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

struct Place {
    log: Log,
    pool: Pool,
    names: Names,
    _database: Database,
}

async fn place() -> Place {
    let (names, database) = (fresh_names(), fresh_database().await);
    let config = LogConfig::at(&stack().nats_url, &names.stream, &names.vault, &names.prefix);
    let log = Log::connect(config, MasterKey::generate().unwrap()).await.unwrap();
    let manager = Manager::new(database.url().parse().unwrap(), NoTls);
    let pool = Pool::builder(manager).max_size(8).build().unwrap();
    Place { log, pool, names, _database: database }
}

fn record(number: u128, subject: &str, outcome: AuditOutcome) -> AuditRecord {
    let mut record = AuditRecord::new(Timestamp::now(), "GET /v1/cases/{id}", outcome);
    record.who = Some(Actor {
        subject: subject.parse().unwrap(),
        role: Role::Psychosocial,
        centres: vec![],
        operator: None,
    });
    record.record = Some(RecordRef { kind: "case".into(), id: Uuid::from_u128(number) });
    record.centre = Some(CentreId(Uuid::from_u128(900 + number % 2)));
    if outcome == AuditOutcome::Allowed {
        record.cases = vec![CaseId(Uuid::from_u128(number)), CaseId(Uuid::from_u128(77))];
        record.rows = 1;
    }
    record
}

/// Every row of every table, as text.
async fn contents(pool: &Pool) -> Vec<String> {
    let client = pool.get().await.unwrap();
    let mut lines = Vec::new();
    for table in ["checkpoint", "access", "access_case", "unreadable"] {
        let sql = format!("SELECT t::text FROM \"{}\".{table} t ORDER BY 1", schema());
        lines.extend(client.query(&sql, &[]).await.unwrap().iter().map(|row| row.get::<_, String>(0)));
    }
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuilt_log_equals_the_live_one_and_goes_on() {
    let place = place().await;
    let stop = CancellationToken::new();
    let follower = Follower::new(place.pool.clone(), place.log.clone());
    let running = tokio::spawn({
        let stop = stop.clone();
        async move { follower.run(&stop).await }
    });
    let auditor = place.log.auditor("api");
    let reader = Reader::new(place.pool.clone());
    let mut last = 0;
    for number in 0..50 {
        let outcome = if number % 5 == 0 { AuditOutcome::Refused } else { AuditOutcome::Allowed };
        let subject = if number % 2 == 0 { "an" } else { "bo" };
        last = auditor.write(&record(number, subject, outcome)).await.unwrap();
    }
    reader.wait_for(last, PATIENCE).await.unwrap();
    let live = contents(&place.pool).await;
    assert_eq!(live.len(), 1 + 50 + 40 * 2 + 10);
    let rebuilt = rebuild(&place.pool, &place.log, &CancellationToken::new()).await.unwrap();
    assert_eq!(rebuilt, Rebuilt::Swapped(last));
    assert_eq!(contents(&place.pool).await, live);
    // The writer goes on in the fresh tables.
    last = auditor.write(&record(50, "an", AuditOutcome::Allowed)).await.unwrap();
    reader.wait_for(last, PATIENCE).await.unwrap();
    assert_eq!(contents(&place.pool).await.len(), live.len() + 3);

    let ask = |question: Question| {
        let reader = reader.clone();
        async move { reader.ask(&Question { limit: 200, ..question }).await.unwrap().accesses }
    };
    // Of a case: whoever saw it and whoever was refused, the newest first.
    let of = ask(Question { case: Some(Uuid::from_u128(77)), ..Question::default() }).await;
    assert_eq!(of.len(), 41);
    assert!(of.windows(2).all(|pair| pair[0].sequence > pair[1].sequence));
    let refused = ask(Question { case: Some(Uuid::from_u128(5)), ..Question::default() }).await;
    assert_eq!((refused.len(), refused[0].outcome.as_str(), refused[0].rows), (1, "refused", 0));
    let by = ask(Question { subject: Some("bo".parse().unwrap()), ..Question::default() }).await;
    assert_eq!(by.len(), 25);
    let at = ask(Question { centre: Some(CentreId(Uuid::from_u128(901))), ..Question::default() }).await;
    assert_eq!(at.len(), 25);
    assert_eq!(ask(Question { outcome: Some("refused"), ..Question::default() }).await.len(), 10);
    let now = Timestamp::now();
    assert_eq!(ask(Question { to: Some(now), ..Question::default() }).await.len(), 51);
    assert!(ask(Question { from: Some(now), ..Question::default() }).await.is_empty());

    // Pages do not overlap and leave nothing out.
    let mut paged = Vec::new();
    let mut cursor = None;
    loop {
        let question = Question { case: Some(Uuid::from_u128(77)), cursor, limit: 7, ..Question::default() };
        let page = reader.ask(&question).await.unwrap();
        paged.extend(page.accesses);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(paged, of);
    stop.cancel();
    running.await.unwrap().unwrap();
    place.names.cleanup().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_counted_and_the_rest_goes_on() {
    let place = place().await;
    let stop = CancellationToken::new();
    let follower = Follower::new(place.pool.clone(), place.log.clone());
    let running = tokio::spawn({
        let stop = stop.clone();
        async move { follower.run(&stop).await }
    });
    let context = async_nats_publish(&place).await;
    let auditor = place.log.auditor("api");
    let last = auditor.write(&record(1, "an", AuditOutcome::Allowed)).await.unwrap();
    assert_eq!(last, context + 1);
    let reader = Reader::new(place.pool.clone());
    reader.wait_for(last, PATIENCE).await.unwrap();
    let page = reader.ask(&Question { limit: 10, ..Question::default() }).await.unwrap();
    assert_eq!((page.accesses.len(), page.incomplete), (1, 1));
    assert!(!place.log.verify_audit(|_| {}).await.unwrap().is_clean());
    stop.cancel();
    running.await.unwrap().unwrap();
    place.names.cleanup().await;
}

/// Something that is no group of records lands in the stream; gives its sequence.
async fn async_nats_publish(place: &Place) -> u64 {
    let subject = format!("{}-audit.api.nobody", place.names.prefix);
    let answer = place.log.client().request(subject, "{}".into()).await.unwrap();
    let text = String::from_utf8(answer.payload.to_vec()).unwrap();
    assert!(text.contains("\"seq\":1"), "{text}");
    1
}
