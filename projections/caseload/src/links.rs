//! Whom records name: what candidate links have in common.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use crate::reader::{ReadError, Reader, at};

impl Reader {
    /// The cases that each of these signals and entries of the register names at `as_of`, as last corrected. Who is erased is in none.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn cases_of(
        &self,
        records: &[Uuid],
        as_of: u64,
    ) -> Result<HashMap<Uuid, BTreeSet<Uuid>>, ReadError> {
        let rows = self
            .query(
                "SELECT s.signal, s.case_id FROM $schema.signal_case s JOIN (
                     SELECT signal, max(recorded_seq) AS last FROM $schema.signal_case
                     WHERE signal = ANY ($1) AND recorded_seq <= $2 GROUP BY signal
                 ) l ON l.signal = s.signal AND l.last = s.recorded_seq
                 WHERE s.case_id IS NOT NULL
                 UNION ALL
                 SELECT aggregate, case_id FROM $schema.timeline
                 WHERE aggregate = ANY ($1) AND recorded_seq <= $2 AND case_id IS NOT NULL
                   AND event_type LIKE 'nabij.incident.registered.%'",
                &[&records, &at(as_of)],
            )
            .await?;
        let mut of: HashMap<Uuid, BTreeSet<Uuid>> = HashMap::new();
        for row in &rows {
            of.entry(row.get(0)).or_default().insert(row.get(1));
        }
        Ok(of)
    }
}
