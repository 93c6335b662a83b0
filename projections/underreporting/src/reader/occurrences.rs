//! Occurrences as the ledger has them.

use jiff::Timestamp;

use super::{ReadError, Reader, stored};
use crate::ledger::row;
use crate::occurrences::Occurrence;

/// The versions that held at `$1`, for who counts confidential captures (`$2`) or does not.
///
/// Nothing that ended is looked at when the ledger was last settled before `$1`.
pub(super) fn known() -> String {
    let held = |table: &str, more: &str| {
        format!(
            "SELECT {}, coalesce(occurred_at, noticed_at, registered_at) AS moment FROM {{{table}}}
             WHERE valid_from <= $1 AND seen <> (CASE WHEN $2 THEN 2 ELSE 1 END) {more}",
            row::READ
        )
    };
    format!(
        "({} UNION ALL {})",
        held("fact_occurrence", ""),
        held("fact_occurrence_past", "AND valid_to > $1 AND $1 < (SELECT sequence FROM {fact_settled})")
    )
}

impl Reader {
    /// What was known at `as_of` of each occurrence of `[from, to)`, confidential captures counted or not.
    pub(crate) async fn occurrences(
        &self,
        as_of: u64,
        confidential: bool,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Occurrence>, ReadError> {
        let query = format!(
            "SELECT {} FROM {} known WHERE moment >= $3 AND moment < $4 ORDER BY moment, occurrence",
            row::READ,
            known()
        );
        let rows = self.rows(&query, &[&stored(as_of), &confidential, &from, &to]).await?;
        rows.iter().map(row::read).collect()
    }
}
