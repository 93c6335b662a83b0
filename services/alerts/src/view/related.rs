//! Escalations of one case that are open at once: one matter, shown together.

use std::collections::HashMap;

use deadpool_postgres::GenericClient;
use uuid::Uuid;

/// Of each of `escalations` the other ones on the same case, both open as the log stood at `as_of`. A confidential one is never
/// related to one that is not: the reference alone would tell.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn related(
    client: &impl GenericClient,
    escalations: &[Uuid],
    as_of: u64,
) -> Result<HashMap<Uuid, Vec<Uuid>>, tokio_postgres::Error> {
    let rows = client
        .query(
            "SELECT DISTINCT a.escalation, b.escalation FROM alerts_v5.about a
             JOIN alerts_v5.about b ON b.case_id = a.case_id AND b.escalation <> a.escalation
                AND b.alarm AND b.confidential = a.confidential AND b.recorded_seq <= $2
             WHERE a.alarm AND a.escalation = ANY($1) AND a.recorded_seq <= $2 AND NOT EXISTS (
                SELECT FROM alerts_v5.step e WHERE e.escalation IN (a.escalation, b.escalation)
                AND e.name IN ('resolved', 'lapsed') AND e.recorded_seq <= $2)",
            &[&escalations, &as_of.cast_signed()],
        )
        .await?;
    let mut related: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for row in rows {
        related.entry(row.get(0)).or_default().push(row.get(1));
    }
    Ok(related)
}
