//! Reads the facts as they were known at a sequence.

mod counts;
mod described;
mod groups;
mod judged;
#[cfg(test)]
mod occurrences;
mod places;
mod practice;
mod records;
mod suggested;
mod touches;
mod waits;

pub(crate) use counts::{By, Counts};
pub(crate) use described::{Described, Detail};
pub(crate) use groups::{Captured, Counted, Happened, Heard, JudgedTwice};
pub(crate) use judged::{Labels, Rulings};
pub(crate) use places::{Centre, Residents};
pub(crate) use practice::{Loops, Step};
pub(crate) use records::{Entries, Numbered, Records};
pub use suggested::Linkable;
pub use touches::Touch;
pub(crate) use waits::{Entered, Span, Waited};

use deadpool_postgres::{Object, Pool};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::facts::{SCHEMA, TABLES};
use crate::ledger::row;
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

/// Counting a network in one pass takes a few groups more than a small memory is planned for; the plan without them sorts a million
/// rows. So does a plan that does not know the period and the centres, which a connection would keep after five questions.
const PLANNING: &str = "SET LOCAL work_mem = '128MB'; SET LOCAL plan_cache_mode = force_custom_plan";

/// Reads one schema of facts.
#[derive(Debug, Clone)]
pub struct Reader {
    pool: Pool,
    schema: String,
}

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
        let mut client: Object = self.pool.get().await?;
        let query = in_schema(query, &self.schema);
        let statement = client.prepare_cached(&query).await?;
        let transaction = client.build_transaction().read_only(true).start().await?;
        transaction.batch_execute(PLANNING).await?;
        let rows = transaction.query(&statement, parameters).await?;
        transaction.commit().await?;
        Ok(rows)
    }
}

/// Puts the schema before every table of ours.
fn in_schema(query: &str, schema: &str) -> String {
    TABLES.iter().chain(row::TABLES).fold(query.to_owned(), |query, table| {
        query.replace(&format!("{{{}}}", table.name), &format!("{schema}.{}", table.name))
    })
}

fn stored(as_of: u64) -> i64 {
    i64::try_from(as_of).unwrap_or(i64::MAX)
}

fn list(name: &str) -> Result<List, ReadError> {
    List::named(name).ok_or_else(|| inconsistent("capture", "list", name))
}

pub(crate) fn inconsistent(table: &'static str, column: &'static str, value: &str) -> ReadError {
    ReadError::Inconsistent { table, column, value: value.to_owned() }
}
