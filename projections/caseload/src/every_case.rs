//! Every case that there is.

use nabij_model::CaseId;

use crate::reader::{ReadError, Reader, at};

impl Reader {
    /// Every case that was opened up to `as_of` and is not erased.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn every_case(&self, as_of: u64) -> Result<Vec<CaseId>, ReadError> {
        let rows = self
            .query(
                "SELECT DISTINCT case_id FROM $schema.case_fact c WHERE recorded_seq <= $1
                 AND NOT EXISTS (SELECT FROM $schema.case_fact e WHERE e.case_id = c.case_id AND e.erased)",
                &[&at(as_of)],
            )
            .await?;
        Ok(rows.iter().map(|row| CaseId(row.get(0))).collect())
    }
}
