//! What the views say of a case's follow-up, for whoever decides on a transfer.

use nabij_model::CaseId;
use nabij_model::case::FollowUp;

use crate::reader::{ReadError, Reader, at};

impl Reader {
    /// When the last signal that concerns `case` was logged, a strength aside, and when the case was last discussed.
    /// Confidential signals do not count: what a refusal stands on can be found out by asking.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn follow_up(&self, case: CaseId, as_of: u64) -> Result<FollowUp, ReadError> {
        let rows = self
            .query(
                "SELECT (SELECT max(s.recorded_at) FROM $schema.signal_case s
                         WHERE s.case_id = $1 AND s.recorded_seq <= $2 AND NOT s.strength AND NOT s.confidential),
                        (SELECT max(d.held_at) FROM $schema.discussed d
                         WHERE d.case_id = $1 AND d.recorded_seq <= $2)",
                &[&case.0, &at(as_of)],
            )
            .await?;
        Ok(rows.first().map_or_else(FollowUp::default, |row| FollowUp {
            last_signal_at: row.get(0),
            last_discussion_at: row.get(1),
        }))
    }
}
