//! Every record that ever named a case: what an erasure must look at.

use nabij_model::{AggregateId, AggregateKind, CaseId};

use crate::reader::{ReadError, Reader};

impl Reader {
    /// Every aggregate of which an event named `case`, confidential ones and those of an erased case among them.
    ///
    /// # Errors
    /// When PostgreSQL is away or a row is not what this version writes.
    pub async fn records(&self, case: CaseId) -> Result<Vec<AggregateId>, ReadError> {
        let rows = self
            .query(
                "SELECT aggregate, split_part(min(event_type), '.', 2), min(recorded_seq) FROM $schema.timeline
                 WHERE case_id = $1 GROUP BY aggregate ORDER BY 3",
                &[&case.0],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let word: &str = row.get(1);
                let kind = AggregateKind::ALL.into_iter().find(|kind| kind.as_str() == word);
                let kind = kind.ok_or_else(|| ReadError::Inconsistent {
                    table: "timeline",
                    column: "event_type",
                    sequence: row.get::<_, i64>(2) as u64,
                    what: format!("{word:?} is no aggregate"),
                })?;
                Ok(AggregateId { kind, id: row.get(0) })
            })
            .collect()
    }
}
