//! Occurrences as the ledger has them, one by one: for the test that holds them against the union-find.

use jiff::Timestamp;
use tokio_postgres::Row;
use uuid::Uuid;

use super::judged::known;
use super::{ReadError, Reader, inconsistent, stored};
use crate::facts::names::Named;
use crate::ledger::row::{OCCURRENCE, coded, history, pair, typed, words};
use crate::occurrences::Occurrence;

/// What [`read`] reads, in order.
const READ: &str = "occurrence, history, captured_by, listened, happened, categories, register_types, severity, level, \
     certainty, accompaniment, minors, confidential, occurred_at, noticed_at, registered_at, answered_at, status, reasons, \
     judged_twice, dated";

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
            "SELECT {READ} FROM {} known JOIN {{fact_labels}} USING (labels)
             WHERE moment >= $3 AND moment < $4 ORDER BY moment, occurrence",
            known()
        );
        let rows = self.rows(&query, &[&stored(as_of), &confidential, &from, &to]).await?;
        rows.iter().map(read).collect()
    }
}

/// The occurrence of a row with the columns of [`READ`].
fn read(row: &Row) -> Result<Occurrence, ReadError> {
    Ok(Occurrence {
        id: row.try_get::<_, Uuid>(0)?,
        history: history(row.try_get(1)?)?,
        captured_by: history(row.try_get(2)?)?,
        listened: row.try_get(3)?,
        happened: row.try_get(4)?,
        categories: words(row.try_get(5)?).map(str::to_owned).collect(),
        register_types: words(row.try_get(6)?).map(typed).collect(),
        severity: coded("severity", row.try_get(7)?)?,
        level: row.try_get::<_, Option<i16>>(8)?.map(|code| coded("level", code)).transpose()?,
        certainty: row.try_get::<_, Option<i16>>(9)?.map(|code| coded("certainty", code)).transpose()?,
        accompaniment: row
            .try_get::<_, Option<i16>>(10)?
            .map(|code| coded("accompaniment", code))
            .transpose()?,
        minors: row.try_get(11)?,
        confidential: row.try_get(12)?,
        occurred_at: row.try_get::<_, Option<Timestamp>>(13)?,
        noticed_at: row.try_get(14)?,
        registered_at: row.try_get(15)?,
        answered_at: row.try_get(16)?,
        dated: row.try_get(20)?,
        status: coded("status", row.try_get(17)?)?,
        reasons: words(row.try_get(18)?)
            .map(|name| Named::named(name).ok_or_else(|| inconsistent(OCCURRENCE.name, "reasons", name)))
            .collect::<Result<_, _>>()?,
        judged_twice: words(row.try_get(19)?).map(pair).collect::<Result<_, _>>()?,
    })
}
