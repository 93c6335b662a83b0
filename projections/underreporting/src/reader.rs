//! Reads the facts as they were known at a sequence.

use std::collections::BTreeMap;

use deadpool_postgres::{Object, Pool};
use jiff::Timestamp;
use jiff::civil::Date;
use nabij_model::signal::Severity;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::estimators::exposure::Report;
use crate::evidence::{Capture, Change, Discussion, Evidence, Link, Mention, Saying, Told};
use crate::facts::names::Named;
use crate::facts::{SCHEMA, TABLES};
use crate::lists::List;

/// Why facts cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No connection.
    #[error("PostgreSQL cannot be reached: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    /// A query failed.
    #[error("PostgreSQL: {0}")]
    Query(#[from] tokio_postgres::Error),
    /// A column holds what this version does not know.
    #[error("table {table}, column {column}: {value:?} is not a known value")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// What it holds.
        value: String,
    },
    /// Not a name that a schema of ours has.
    #[error("{0:?} is not the name of a schema: expected lower case letters, digits and underscores")]
    SchemaName(String),
}

/// Reads one schema of facts.
#[derive(Debug, Clone)]
pub struct Reader {
    pool: Pool,
    schema: String,
}

/// A centre as last registered; one that only records name has its id for a code and no operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Centre {
    pub(crate) id: Uuid,
    pub(crate) code: String,
    pub(crate) operator: Option<String>,
    pub(crate) region: Option<String>,
}

/// A time in one centre, `[from, to)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) centre: Uuid,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

/// How many records of one kind a window holds.
#[derive(Debug, Clone)]
pub(crate) struct RecordCell {
    pub(crate) centre: Uuid,
    pub(crate) list: List,
    pub(crate) month: Date,
    pub(crate) label: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) level: Option<String>,
    pub(crate) minors: Option<bool>,
    pub(crate) confidential: bool,
    pub(crate) count: u64,
}

/// One record of a centre, without anything about anybody.
#[derive(Debug, Clone)]
pub(crate) struct RecordPoint {
    pub(crate) centre: Uuid,
    pub(crate) list: List,
    pub(crate) at: Timestamp,
    pub(crate) label: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) minors: Option<bool>,
    pub(crate) confidential: bool,
}

/// An entry's number.
#[derive(Debug, Clone)]
pub(crate) struct Numbered {
    pub(crate) source: String,
    pub(crate) number: String,
    pub(crate) centre: Uuid,
    pub(crate) occurred_at: Timestamp,
}

/// How many residents, by whether they are minors.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Counted {
    All,
    Minors,
    Adults,
}

/// Captures as corrections left them; `$1` is the sequence.
const KNOWN: &str = "known AS (
    SELECT c.recorded_seq, c.aggregate, c.list, c.confidential, c.recorded_at,
        coalesce(n.occurred_centre, c.occurred_centre) AS occurred_centre, coalesce(n.label, c.label) AS label,
        coalesce(n.label_group, c.label_group) AS label_group, coalesce(n.level, c.level) AS level,
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
    /// Reads the schema that the projection of this version fills.
    #[must_use]
    pub fn live(pool: Pool) -> Self {
        Self { pool, schema: SCHEMA.to_owned() }
    }

    /// Reads another schema, for example one that a replay filled.
    ///
    /// # Errors
    /// [`ReadError::SchemaName`].
    pub fn of_schema(pool: Pool, schema: &str) -> Result<Self, ReadError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if schema.is_empty() || schema.len() > 63 || !schema.bytes().all(plain) {
            return Err(ReadError::SchemaName(schema.to_owned()));
        }
        Ok(Self { pool, schema: schema.to_owned() })
    }

    async fn rows(&self, query: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, ReadError> {
        let client: Object = self.pool.get().await?;
        let query = in_schema(query, &self.schema);
        let statement = client.prepare_cached(&query).await?;
        Ok(client.query(&statement, parameters).await?)
    }

    pub(crate) async fn centres(&self, as_of: u64) -> Result<Vec<Centre>, ReadError> {
        let rows = self
            .rows(
                "SELECT coalesce(k.centre, u.occurred_centre), coalesce(k.code, u.occurred_centre::text), k.operator, k.region
                 FROM (SELECT DISTINCT ON (centre) * FROM {fact_centre} WHERE recorded_seq <= $1 ORDER BY centre, recorded_seq DESC) k
                 FULL JOIN (SELECT DISTINCT occurred_centre FROM {fact_capture} WHERE recorded_seq <= $1) u ON u.occurred_centre = k.centre
                 ORDER BY 2",
                &[&stored(as_of)],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Centre {
                    id: row.try_get(0)?,
                    code: row.try_get(1)?,
                    operator: row.try_get(2)?,
                    region: row.try_get(3)?,
                })
            })
            .collect()
    }

    /// Occupancy reports of each centre in order of time; of two for the same moment the later recorded one.
    pub(crate) async fn occupancy(
        &self,
        as_of: u64,
        counted: Counted,
    ) -> Result<BTreeMap<Uuid, Vec<Report>>, ReadError> {
        let rows = self
            .rows(
                "SELECT DISTINCT ON (centre, as_at) centre, as_at, residents, minors FROM {fact_occupancy}
                 WHERE recorded_seq <= $1 ORDER BY centre, as_at, recorded_seq DESC",
                &[&stored(as_of)],
            )
            .await?;
        let mut reports: BTreeMap<Uuid, Vec<Report>> = BTreeMap::new();
        for row in &rows {
            let (all, minors): (i32, Option<i32>) = (row.try_get(2)?, row.try_get(3)?);
            let residents = match counted {
                Counted::All => Some(all),
                Counted::Minors => minors,
                Counted::Adults => minors.map(|minors| all - minors),
            };
            if let Some(residents) = residents.and_then(|count| u32::try_from(count).ok()) {
                reports.entry(row.try_get(0)?).or_default().push(Report { at: row.try_get(1)?, residents });
            }
        }
        Ok(reports)
    }

    /// Counts the records in each window by list, month, label, group, level and minors.
    pub(crate) async fn cells(
        &self,
        as_of: u64,
        windows: &[Window],
        zone: &str,
    ) -> Result<Vec<RecordCell>, ReadError> {
        let (centres, froms, tos) = columns(windows);
        let query = format!(
            "WITH {KNOWN} SELECT k.occurred_centre, k.list, date_trunc('month', k.occurred_at AT TIME ZONE $5)::date,
                 k.label, k.label_group, k.level, k.minors, k.confidential, count(*)
             FROM unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[]) w (centre, starts, ends)
             JOIN known k ON k.occurred_centre = w.centre AND k.occurred_at >= w.starts AND k.occurred_at < w.ends
             GROUP BY 1, 2, 3, 4, 5, 6, 7, 8"
        );
        let rows = self.rows(&query, &[&stored(as_of), &centres, &froms, &tos, &zone]).await?;
        rows.iter()
            .map(|row| {
                Ok(RecordCell {
                    centre: row.try_get(0)?,
                    list: list(row.try_get(1)?)?,
                    month: row.try_get(2)?,
                    label: row.try_get(3)?,
                    group: row.try_get(4)?,
                    level: row.try_get(5)?,
                    minors: row.try_get(6)?,
                    confidential: row.try_get(7)?,
                    count: row.try_get::<_, i64>(8)?.unsigned_abs(),
                })
            })
            .collect()
    }

    /// Every record in the windows, in order of time.
    pub(crate) async fn points(&self, as_of: u64, windows: &[Window]) -> Result<Vec<RecordPoint>, ReadError> {
        let (centres, froms, tos) = columns(windows);
        let query = format!(
            "WITH {KNOWN} SELECT k.occurred_centre, k.list, k.occurred_at, k.label, k.label_group, k.minors, k.confidential
             FROM unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[]) w (centre, starts, ends)
             JOIN known k ON k.occurred_centre = w.centre AND k.occurred_at >= w.starts AND k.occurred_at < w.ends
             ORDER BY k.occurred_at, k.recorded_seq"
        );
        let rows = self.rows(&query, &[&stored(as_of), &centres, &froms, &tos]).await?;
        rows.iter()
            .map(|row| {
                Ok(RecordPoint {
                    centre: row.try_get(0)?,
                    list: list(row.try_get(1)?)?,
                    at: row.try_get(2)?,
                    label: row.try_get(3)?,
                    group: row.try_get(4)?,
                    minors: row.try_get(5)?,
                    confidential: row.try_get(6)?,
                })
            })
            .collect()
    }

    /// The numbers of all entries of the register.
    pub(crate) async fn numbers(&self, as_of: u64) -> Result<Vec<Numbered>, ReadError> {
        let query = format!(
            "WITH {KNOWN} SELECT register_source, register_number, occurred_centre, occurred_at FROM known
             WHERE register_number IS NOT NULL ORDER BY register_source, register_number"
        );
        let rows = self.rows(&query, &[&stored(as_of)]).await?;
        rows.iter()
            .map(|row| {
                Ok(Numbered {
                    source: row.try_get(0)?,
                    number: row.try_get(1)?,
                    centre: row.try_get(2)?,
                    occurred_at: row.try_get(3)?,
                })
            })
            .collect()
    }

    /// Everything that occurrences are put together from.
    pub(crate) async fn evidence(&self, as_of: u64) -> Result<Evidence, ReadError> {
        let at = stored(as_of);
        Ok(Evidence {
            captures: self.captures(at).await?,
            changes: self.changes(at).await?,
            links: self
                .rows("SELECT recorded_seq, a, b FROM {fact_link} WHERE recorded_seq <= $1", &[&at])
                .await?
                .iter()
                .map(|row| Ok(Link { recorded_seq: sequence(row)?, a: row.try_get(1)?, b: row.try_get(2)? }))
                .collect::<Result<_, ReadError>>()?,
            discussions: self
                .rows(
                    "SELECT recorded_seq, discussion, held_at, prompted FROM {fact_discussion} WHERE recorded_seq <= $1",
                    &[&at],
                )
                .await?
                .iter()
                .map(|row| {
                    Ok(Discussion {
                        recorded_seq: sequence(row)?,
                        discussion: row.try_get(1)?,
                        held_at: row.try_get(2)?,
                        prompted: row.try_get(3)?,
                    })
                })
                .collect::<Result<_, ReadError>>()?,
            mentions: self
                .rows("SELECT recorded_seq, discussion, target FROM {fact_mention} WHERE recorded_seq <= $1", &[&at])
                .await?
                .iter()
                .map(|row| {
                    Ok(Mention {
                        recorded_seq: sequence(row)?,
                        discussion: row.try_get(1)?,
                        target: row.try_get(2)?,
                    })
                })
                .collect::<Result<_, ReadError>>()?,
            told: self.told(at).await?,
        })
    }

    async fn captures(&self, as_of: i64) -> Result<Vec<Capture>, ReadError> {
        let rows = self
            .rows(
                "SELECT recorded_seq, aggregate, list, centre, occurred_centre, label, label_group, severity, level,
                     certainty, minors, strength, confidential, prompted, after_discussion, occurred_at, recorded_at,
                     registered_at
                 FROM {fact_capture} WHERE recorded_seq <= $1 ORDER BY recorded_seq",
                &[&as_of],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Capture {
                    recorded_seq: sequence(row)?,
                    aggregate: row.try_get(1)?,
                    list: list(row.try_get(2)?)?,
                    centre: row.try_get(3)?,
                    occurred_centre: row.try_get(4)?,
                    label: row.try_get(5)?,
                    label_group: row.try_get(6)?,
                    severity: named("capture", "severity", row.try_get(7)?)?,
                    level: named("capture", "level", row.try_get(8)?)?,
                    certainty: named("capture", "certainty", row.try_get(9)?)?,
                    minors: row.try_get(10)?,
                    strength: row.try_get(11)?,
                    confidential: row.try_get(12)?,
                    prompted: row.try_get(13)?,
                    after_discussion: row.try_get(14)?,
                    occurred_at: row.try_get(15)?,
                    recorded_at: row.try_get(16)?,
                    registered_at: row.try_get(17)?,
                })
            })
            .collect()
    }

    async fn changes(&self, as_of: i64) -> Result<Vec<Change>, ReadError> {
        let rows = self
            .rows(
                "SELECT recorded_seq, aggregate, occurred_centre, label, label_group, level, minors, occurred_at
                 FROM {fact_change} WHERE recorded_seq <= $1 ORDER BY recorded_seq",
                &[&as_of],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Change {
                    recorded_seq: sequence(row)?,
                    aggregate: row.try_get(1)?,
                    occurred_centre: row.try_get(2)?,
                    label: row.try_get(3)?,
                    label_group: row.try_get(4)?,
                    level: named("change", "level", row.try_get(5)?)?,
                    minors: row.try_get(6)?,
                    occurred_at: row.try_get(7)?,
                })
            })
            .collect()
    }

    async fn told(&self, as_of: i64) -> Result<Vec<Saying>, ReadError> {
        let rows = self
            .rows(
                "SELECT recorded_seq, signal, recorded_at, 'assessed', severity FROM {fact_assessment} WHERE recorded_seq <= $1
                 UNION ALL SELECT recorded_seq, signal, recorded_at, decision, reason FROM {fact_decision} WHERE recorded_seq <= $1
                 UNION ALL SELECT recorded_seq, signal, recorded_at, 'answered', NULL FROM {fact_feedback}
                     WHERE recorded_seq <= $1 AND recipient = 'reporter'
                 ORDER BY 1",
                &[&as_of],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let what = match row.try_get(3)? {
                    "assessed" => {
                        let severity: Option<Severity> = named("assessment", "severity", row.try_get(4)?)?;
                        Told::Assessed { severity: severity.unwrap_or_default() }
                    }
                    "reasoned" => named("decision", "reason", row.try_get(4)?)?
                        .map(Told::Reasoned)
                        .ok_or_else(|| inconsistent("decision", "reason", ""))?,
                    "dismissed" => Told::Dismissed,
                    "answered" => Told::Answered,
                    other => return Err(inconsistent("decision", "decision", other)),
                };
                Ok(Saying {
                    recorded_seq: sequence(row)?,
                    signal: row.try_get(1)?,
                    recorded_at: row.try_get(2)?,
                    what,
                })
            })
            .collect()
    }
}

/// Puts the schema before every table of ours.
fn in_schema(query: &str, schema: &str) -> String {
    TABLES.iter().fold(query.to_owned(), |query, table| {
        query.replace(&format!("{{{}}}", table.name), &format!("{schema}.{}", table.name))
    })
}

fn columns(windows: &[Window]) -> (Vec<Uuid>, Vec<Timestamp>, Vec<Timestamp>) {
    (
        windows.iter().map(|window| window.centre).collect(),
        windows.iter().map(|window| window.from).collect(),
        windows.iter().map(|window| window.to).collect(),
    )
}

fn stored(as_of: u64) -> i64 {
    i64::try_from(as_of).unwrap_or(i64::MAX)
}

fn sequence(row: &Row) -> Result<u64, ReadError> {
    Ok(row.try_get::<_, i64>(0)?.unsigned_abs())
}

fn list(name: &str) -> Result<List, ReadError> {
    List::named(name).ok_or_else(|| inconsistent("capture", "list", name))
}

fn named<T: Named>(
    table: &'static str,
    column: &'static str,
    value: Option<&str>,
) -> Result<Option<T>, ReadError> {
    value.map(|name| T::named(name).ok_or_else(|| inconsistent(table, column, name))).transpose()
}

fn inconsistent(table: &'static str, column: &'static str, value: &str) -> ReadError {
    ReadError::Inconsistent { table, column, value: value.to_owned() }
}
