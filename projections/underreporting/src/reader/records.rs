//! Records counted or listed in the database, as corrections left them.

use jiff::Timestamp;
use jiff::civil::Date;
use nabij_model::incident::Level;
use nabij_model::signal::Severity;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{ReadError, Reader, inconsistent, list, stored};
use crate::facts::names::Named;
use crate::lists::List;

/// A time in one centre, `[from, to)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) centre: Uuid,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

/// What a record says of itself, without anything about anybody.
#[derive(Debug, Clone)]
pub(crate) struct Described {
    pub(crate) centre: Uuid,
    pub(crate) list: List,
    pub(crate) label: Option<String>,
    pub(crate) group: Option<String>,
    /// A register's.
    pub(crate) level: Option<Level>,
    /// A signal's, as its reporter judged it.
    pub(crate) severity: Option<Severity>,
    pub(crate) minors: Option<bool>,
    pub(crate) confidential: bool,
}

/// How many records of one kind a window holds.
#[derive(Debug, Clone)]
pub(crate) struct RecordCell {
    pub(crate) of: Described,
    pub(crate) month: Date,
    pub(crate) count: u64,
}

/// One record of a centre.
#[derive(Debug, Clone)]
pub(crate) struct RecordPoint {
    pub(crate) of: Described,
    pub(crate) at: Timestamp,
}

/// An entry's number.
#[derive(Debug, Clone)]
pub(crate) struct Numbered {
    pub(crate) of: Described,
    pub(crate) source: String,
    pub(crate) number: String,
    pub(crate) occurred_at: Timestamp,
}

/// The columns of a record's description, in order.
const DESCRIBED: &str =
    "k.occurred_centre, k.list, k.label, k.label_group, k.level, k.severity, k.minors, k.confidential";

/// The column after them.
pub(super) const NEXT: usize = 8;

pub(super) fn described(row: &Row) -> Result<Described, ReadError> {
    let level: Option<&str> = row.try_get(4)?;
    let severity: Option<&str> = row.try_get(5)?;
    Ok(Described {
        centre: row.try_get(0)?,
        list: list(row.try_get(1)?)?,
        label: row.try_get(2)?,
        group: row.try_get(3)?,
        level: level.map(|name| named("level", name)).transpose()?,
        severity: severity.map(|name| named("severity", name)).transpose()?,
        minors: row.try_get(6)?,
        confidential: row.try_get(7)?,
    })
}

fn named<T: Named>(column: &'static str, name: &str) -> Result<T, ReadError> {
    T::named(name).ok_or_else(|| inconsistent("fact_capture", column, name))
}

/// Captures as corrections left them; `$1` is the sequence.
pub(super) const KNOWN: &str = "known AS (
    SELECT c.recorded_seq, c.aggregate, c.list, c.confidential, c.recorded_at,
        coalesce(n.occurred_centre, c.occurred_centre) AS occurred_centre, coalesce(n.label, c.label) AS label,
        coalesce(n.label_group, c.label_group) AS label_group, coalesce(n.level, c.level) AS level, c.severity,
        coalesce(n.minors, c.minors) AS minors, coalesce(n.occurred_at, c.occurred_at, c.recorded_at) AS occurred_at,
        c.register_source, c.register_number
    FROM {fact_capture} c LEFT JOIN (
        SELECT aggregate,
            (array_agg(occurred_centre ORDER BY recorded_seq DESC) FILTER (WHERE occurred_centre IS NOT NULL))[1] AS occurred_centre,
            (array_agg(label ORDER BY recorded_seq DESC) FILTER (WHERE label IS NOT NULL))[1] AS label,
            (array_agg(label_group ORDER BY recorded_seq DESC) FILTER (WHERE label_group IS NOT NULL))[1] AS label_group,
            (array_agg(level ORDER BY recorded_seq DESC) FILTER (WHERE level IS NOT NULL))[1] AS level,
            (array_agg(minors ORDER BY recorded_seq DESC) FILTER (WHERE minors IS NOT NULL))[1] AS minors,
            (array_agg(occurred_at ORDER BY recorded_seq DESC) FILTER (WHERE occurred_at IS NOT NULL))[1] AS occurred_at
        FROM {fact_change} WHERE recorded_seq <= $1 GROUP BY aggregate
    ) n USING (aggregate)
    WHERE c.recorded_seq <= $1 AND NOT c.strength
)";

impl Reader {
    /// Counts the records in each window by month and by what they say of themselves.
    pub(crate) async fn cells(
        &self,
        as_of: u64,
        windows: &[Window],
        zone: &str,
    ) -> Result<Vec<RecordCell>, ReadError> {
        let (centres, froms, tos) = columns(windows);
        let query = format!(
            "WITH {KNOWN} SELECT {DESCRIBED}, date_trunc('month', k.occurred_at AT TIME ZONE $5)::date, count(*)
             FROM unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[]) w (centre, starts, ends)
             JOIN known k ON k.occurred_centre = w.centre AND k.occurred_at >= w.starts AND k.occurred_at < w.ends
             GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9"
        );
        let rows = self.rows(&query, &[&stored(as_of), &centres, &froms, &tos, &zone]).await?;
        rows.iter()
            .map(|row| {
                let count: i64 = row.try_get(NEXT + 1)?;
                Ok(RecordCell { of: described(row)?, month: row.try_get(NEXT)?, count: count.unsigned_abs() })
            })
            .collect()
    }

    /// Every record in the windows, in order of time.
    pub(crate) async fn points(&self, as_of: u64, windows: &[Window]) -> Result<Vec<RecordPoint>, ReadError> {
        let (centres, froms, tos) = columns(windows);
        let query = format!(
            "WITH {KNOWN} SELECT {DESCRIBED}, k.occurred_at
             FROM unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[]) w (centre, starts, ends)
             JOIN known k ON k.occurred_centre = w.centre AND k.occurred_at >= w.starts AND k.occurred_at < w.ends
             ORDER BY k.occurred_at, k.recorded_seq"
        );
        let rows = self.rows(&query, &[&stored(as_of), &centres, &froms, &tos]).await?;
        rows.iter().map(|row| Ok(RecordPoint { of: described(row)?, at: row.try_get(NEXT)? })).collect()
    }

    /// The numbers of all entries of the register.
    pub(crate) async fn numbers(&self, as_of: u64) -> Result<Vec<Numbered>, ReadError> {
        let query = format!(
            "WITH {KNOWN} SELECT {DESCRIBED}, k.register_source, k.register_number, k.occurred_at FROM known k
             WHERE k.register_number IS NOT NULL ORDER BY k.register_source, k.register_number"
        );
        let rows = self.rows(&query, &[&stored(as_of)]).await?;
        rows.iter()
            .map(|row| {
                Ok(Numbered {
                    of: described(row)?,
                    source: row.try_get(NEXT)?,
                    number: row.try_get(NEXT + 1)?,
                    occurred_at: row.try_get(NEXT + 2)?,
                })
            })
            .collect()
    }
}

fn columns(windows: &[Window]) -> (Vec<Uuid>, Vec<Timestamp>, Vec<Timestamp>) {
    (
        windows.iter().map(|window| window.centre).collect(),
        windows.iter().map(|window| window.from).collect(),
        windows.iter().map(|window| window.to).collect(),
    )
}
