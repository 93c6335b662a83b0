//! Records as they were known, and what each says of itself.

use nabij_model::incident::Level;
use nabij_model::signal::Severity;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{ReadError, inconsistent, list};
use crate::facts::names::Named;
use crate::lists::List;

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

/// How much of a description is asked about: the less, the fewer kinds of records there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Detail {
    /// Centre, whether the register's, whether confidential.
    Source,
    /// Also whether it involves minors.
    Minors,
    /// Everything.
    All,
}

impl Detail {
    /// The columns of a description; where somebody listened, or where it happened.
    pub(super) fn columns(self, centre: &str) -> String {
        let minors = if self == Self::Source { "NULL::bool" } else { "c.minors" };
        let rest = match self {
            Self::All => "c.label, c.label_group, c.level, c.severity",
            Self::Source | Self::Minors => "NULL::text, NULL::text, NULL::text, NULL::text",
        };
        format!("c.{centre}, c.list, {rest}, {minors}, c.confidential")
    }
}

/// How many columns those are.
pub(super) const COLUMNS: usize = 8;

/// Of a row whose first columns are a description.
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

/// Reads records, strengths aside, as they were known at `$1`: `c` is first each that nobody had corrected, then each that somebody had.
/// The planner knows how large each of the two tables is, and what is in it, as it would not of both together.
pub(super) fn known(read: impl Fn(&str) -> String) -> String {
    let still = "(c.valid_to IS NULL OR c.valid_to > $1) AND NOT c.strength";
    let tables = [("{fact_capture}", "recorded_seq"), ("{fact_corrected}", "valid_from")];
    tables
        .map(|(table, from)| read(&format!("(SELECT * FROM {table} c WHERE c.{from} <= $1 AND {still}) c")))
        .join(" UNION ALL ")
}

/// Groups what is known by the first columns that are selected; `rest` stands between `FROM` and `GROUP BY`.
pub(super) fn grouped(select: &str, by: usize, rest: &str) -> String {
    let by: Vec<String> = (1..=by).map(|column| column.to_string()).collect();
    known(|c| format!("SELECT {select} FROM {c} {rest} GROUP BY {}", by.join(", ")))
}
