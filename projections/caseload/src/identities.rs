//! Who the residents are, as they stand sealed in the log: what an interface makes its index of names from, in memory only.

use std::collections::HashSet;

use nabij_model::CaseId;
use serde_json::Value;

use crate::reader::{ReadError, Reader, at};

/// Identities that are read at once.
const AT_ONCE: i64 = 5_000;

/// Who the resident of a case is, sealed.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// The case.
    pub case: CaseId,
    /// `resident` of its opening, sealed fields closed; null when nothing was said.
    pub resident: Value,
    /// Where the opening stands in the log.
    pub recorded_seq: u64,
}

impl Reader {
    /// The identities that were written down after `after` and up to `as_of`, in the order of the log: at most some thousands, so a
    /// caller asks until none comes. Those of erased cases are not among them.
    ///
    /// # Errors
    /// When PostgreSQL is away or a row is not what this version writes.
    pub async fn identities(&self, after: u64, as_of: u64) -> Result<Vec<Identity>, ReadError> {
        let rows = self
            .query(
                "SELECT t.case_id, t.recorded_seq, t.body FROM $schema.timeline t
                 WHERE t.recorded_seq > $1 AND t.recorded_seq <= $2 AND t.event_type LIKE 'nabij.case.opened.%'
                   AND t.case_id IS NOT NULL
                   AND NOT EXISTS (SELECT FROM nabij.erased e WHERE e.case_id = t.case_id)
                 ORDER BY t.recorded_seq LIMIT $3",
                &[&at(after), &at(as_of), &AT_ONCE],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let recorded_seq = row.get::<_, i64>(1) as u64;
                let body: Value =
                    serde_json::from_str(row.get(2)).map_err(|error| ReadError::Inconsistent {
                        table: "timeline",
                        column: "body",
                        sequence: recorded_seq,
                        what: error.to_string(),
                    })?;
                let resident = body.get("resident").cloned().unwrap_or_default();
                Ok(Identity { case: CaseId(row.get(0)), resident, recorded_seq })
            })
            .collect()
    }

    /// Every case whose data was destroyed.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn every_erased(&self) -> Result<HashSet<CaseId>, ReadError> {
        let rows = self.query("SELECT case_id FROM nabij.erased", &[]).await?;
        Ok(rows.iter().map(|row| CaseId(row.get(0))).collect())
    }
}
