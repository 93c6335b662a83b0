//! Notices that did not arrive, and how many did.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// A notice that was given up after its last attempt.
#[derive(Debug, Clone, Serialize)]
pub struct ParkedNotice {
    /// What `nabij escalations retry` calls it: the sequence of the event that parked it.
    pub id: u64,
    /// Of which escalation.
    pub escalation: Uuid,
    /// When it was parked.
    pub at: Timestamp,
    /// The body of the event: channel, recipient, step, attempts and reason; no address.
    pub body: Value,
}

/// The last thing that happened to each notice that was ever tried, of escalations that nobody ended.
const LAST: &str = "WITH last AS (
    SELECT DISTINCT ON (escalation, body->>'of', body->>'step', body->>'channel', body->>'to', body->>'contact')
        escalation, name, recorded_at, body, recorded_seq
    FROM alerts_v5.step s
    WHERE name IN ('notified', 'notification_failed', 'notification_parked', 'notification_retried')
      AND NOT EXISTS (SELECT FROM alerts_v5.step e WHERE e.escalation = s.escalation AND e.name IN ('resolved', 'lapsed'))
    ORDER BY escalation, body->>'of', body->>'step', body->>'channel', body->>'to', body->>'contact', recorded_seq DESC)";

/// Every notice that is parked now, of escalations that nobody ended, the oldest first.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn parked(client: &impl GenericClient) -> Result<Vec<ParkedNotice>, tokio_postgres::Error> {
    let rows = client
        .query(
            &format!(
                "{LAST} SELECT escalation, recorded_at, body, recorded_seq FROM last
                 WHERE name = 'notification_parked' ORDER BY recorded_seq"
            ),
            &[],
        )
        .await?;
    let notice = |row: &tokio_postgres::Row| ParkedNotice {
        id: row.get::<_, i64>("recorded_seq").cast_unsigned(),
        escalation: row.get("escalation"),
        at: row.get("recorded_at"),
        body: row.get("body"),
    };
    Ok(rows.iter().map(notice).collect())
}

/// How many notices went which way, e-mail and webhooks together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deliveries {
    /// Notices that arrived.
    pub sent: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Notices that are parked now.
    pub parked: u64,
    /// Notices that failed and are tried again.
    pub waiting: u64,
    /// Since when the oldest of those fails, in whole seconds before now; 0 when none waits.
    pub oldest_seconds: u64,
}

/// Counts them.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn deliveries(client: &impl GenericClient) -> Result<Deliveries, tokio_postgres::Error> {
    let row = client
        .query_one(
            &format!(
                "{LAST} SELECT
                    (SELECT count(*) FROM alerts_v5.step WHERE name = 'notified' AND body->>'channel' <> 'sse'),
                    (SELECT count(*) FROM alerts_v5.step WHERE name IN ('notification_failed', 'notification_parked')),
                    count(*) FILTER (WHERE name = 'notification_parked'),
                    count(*) FILTER (WHERE name IN ('notification_failed', 'notification_retried')),
                    coalesce(extract(epoch FROM now() - min(recorded_at)
                        FILTER (WHERE name IN ('notification_failed', 'notification_retried')))::bigint, 0)
                 FROM last"
            ),
            &[],
        )
        .await?;
    let count = |column: usize| u64::try_from(row.get::<_, i64>(column)).unwrap_or(0);
    Ok(Deliveries {
        sent: count(0),
        failed: count(1),
        parked: count(2),
        waiting: count(3),
        oldest_seconds: count(4),
    })
}
