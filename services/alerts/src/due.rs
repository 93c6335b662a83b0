//! Which triggers are due: their time is past and nobody answered within it.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use nabij_model::EventId;

use crate::rule::Rule;

/// A trigger whose time is past, unanswered, and on which nothing was raised yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The event.
    pub trigger: EventId,
    /// Where it stands in the log.
    pub sequence: u64,
}

/// How far an earlier look came: what was due before then, and known before then, needs no second look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looked {
    /// The wall clock then.
    pub at: Timestamp,
    /// The projection's checkpoint then.
    pub sequence: u64,
}

/// What is due under `rule` at `now` and was not at `since`, oldest first.
///
/// An answer counts only when it was recorded within the rule's time, so that the same log gives the same escalations
/// however long the service was down.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn due(
    client: &impl GenericClient,
    rule: &Rule,
    since: Option<Looked>,
    now: Timestamp,
) -> Result<Vec<Due>, tokio_postgres::Error> {
    let by_another = rule.unless.as_ref().is_some_and(|unless| unless.by_another);
    let rows = client
        .query(
            "SELECT t.event_id, t.recorded_seq FROM alerts_v2.trigger t
             WHERE t.rule = $1 AND t.due_at <= $2
               AND ($3::timestamptz IS NULL OR t.due_at > $3 OR t.recorded_seq > $4)
               AND NOT EXISTS (SELECT FROM alerts_v2.raised r WHERE r.event_id = t.event_id AND r.rule = t.rule)
               AND NOT EXISTS (SELECT FROM alerts_v2.answer a WHERE a.scope = t.scope AND a.rule = t.rule
                    AND a.recorded_seq > t.recorded_seq AND a.recorded_at <= t.due_at
                    AND (NOT $5 OR a.actor IS DISTINCT FROM t.actor))
             ORDER BY t.recorded_seq",
            &[
                &rule.id.as_str(),
                &now,
                &since.map(|looked| looked.at),
                &since.map_or(0, |looked| looked.sequence.cast_signed()),
                &by_another,
            ],
        )
        .await?;
    let due = rows.iter().map(|row| Due {
        trigger: EventId(row.get("event_id")),
        sequence: row.get::<_, i64>("recorded_seq").cast_unsigned(),
    });
    Ok(due.collect())
}
