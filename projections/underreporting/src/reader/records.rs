//! Records, as corrections left them: put together in the database with others of their kind.

use jiff::Timestamp;
use nabij_model::incident::Level;
use nabij_model::signal::Severity;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{ReadError, Reader, inconsistent, list, stored};
use crate::facts::names::Named;
use crate::lists::List;

/// Which records a report counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) as_of: u64,
    /// First moment, and the one after the last.
    pub(crate) period: (Timestamp, Timestamp),
    /// Only entries of the register.
    pub(crate) register_only: bool,
    /// Also the numbers of all entries, whenever they happened.
    pub(crate) numbers: bool,
    /// Also what records of other sources say of themselves, which makes many more kinds of them; entries of the register always do.
    pub(crate) described: bool,
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

/// The records of one kind.
#[derive(Debug, Clone)]
pub(crate) struct Records {
    pub(crate) of: Described,
    /// When each happened, in no order.
    pub(crate) at: Vec<Timestamp>,
    /// Of entries whose numbers are asked for: which register, and the number of each that has one, as in `at`.
    pub(crate) source: Option<String>,
    pub(crate) numbers: Vec<Option<String>>,
}

/// The column after those of a record's description.
pub(super) const NEXT: usize = 8;

/// Of a row whose first columns are its centre, list, label, group, level, severity, whether it involves minors and is confidential.
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
    /// Records by centre and by what they say of themselves.
    pub(crate) async fn records(&self, wanted: Wanted) -> Result<Vec<Records>, ReadError> {
        let query = format!(
            "WITH {KNOWN} SELECT occurred_centre, list, CASE WHEN described THEN label END, CASE WHEN described THEN label_group END,
                 CASE WHEN described THEN level END, CASE WHEN described THEN severity END, CASE WHEN described THEN minors END,
                 confidential, CASE WHEN $5 THEN register_source END, array_agg(occurred_at),
                 array_agg(register_number) FILTER (WHERE $5 AND entry)
             FROM (SELECT *, list = 'official_register' AS entry, list = 'official_register' OR $6 AS described FROM known) known
             WHERE (occurred_at >= $2 AND occurred_at < $3 AND (entry OR NOT $4)) OR ($5 AND register_number IS NOT NULL)
             GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9"
        );
        let Wanted { as_of, period: (from, to), register_only, numbers, described } = wanted;
        let parameters: [&(dyn ToSql + Sync); 6] =
            [&stored(as_of), &from, &to, &register_only, &numbers, &described];
        let rows = self.rows(&query, &parameters).await?;
        rows.iter()
            .map(|row| {
                Ok(Records {
                    of: self::described(row)?,
                    source: row.try_get(NEXT)?,
                    at: row.try_get(NEXT + 1)?,
                    numbers: row.try_get::<_, Option<_>>(NEXT + 2)?.unwrap_or_default(),
                })
            })
            .collect()
    }
}
