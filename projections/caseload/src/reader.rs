//! Where reads go: a pool and a schema.

use deadpool_postgres::Pool;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

/// Reads the views of one schema. Cheap to clone.
///
/// Every read takes `as_of`, a sequence: what the network knew up to there. [`NOW`] shows all.
#[derive(Debug, Clone)]
pub struct Reader {
    pool: Pool,
    schema: String,
}

/// `as_of` for everything that is there.
pub const NOW: u64 = u64::MAX;

/// Why a view could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// PostgreSQL refused.
    #[error("PostgreSQL: {}", .0.as_db_error().map_or_else(|| .0.to_string(), |db| db.message().to_owned()))]
    Database(#[from] tokio_postgres::Error),
    /// No connection.
    #[error("no connection to PostgreSQL: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    /// The engine's own tables could not be read.
    #[error(transparent)]
    Engine(#[from] nabij_engine::EngineError),
    /// A row is not what this version writes.
    #[error("table {table}, column {column}, event {sequence}: {what}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// `recorded_seq` of the row.
        sequence: u64,
        /// What was wrong.
        what: String,
    },
}

impl ReadError {
    /// Whether asking again later can help: PostgreSQL is away, or the projector has not made the views yet.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Pool(_) => true,
            Self::Database(error) => error.code().is_none_or(|code| {
                *code == SqlState::UNDEFINED_TABLE || ["08", "53", "57"].contains(&&code.code()[..2])
            }),
            Self::Engine(error) => error.is_transient(),
            Self::Inconsistent { .. } => false,
        }
    }
}

impl Reader {
    /// Reads the live views of this version.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self::in_schema(pool, format!("caseload_v{}", crate::VERSION))
    }

    /// Reads the views of another schema: one that a replay filled.
    #[must_use]
    pub fn in_schema(pool: Pool, schema: impl Into<String>) -> Self {
        Self { pool, schema: schema.into() }
    }

    /// The schema that is read.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// The pool, for the engine's questions (is it complete, is it there yet).
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Runs a query whose text says `$schema` where the schema's name belongs.
    pub(crate) async fn query(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, ReadError> {
        let client = self.pool.get().await?;
        let statement =
            client.prepare_cached(&sql.replace("$schema", &format!("\"{}\"", self.schema))).await?;
        Ok(client.query(&statement, parameters).await?)
    }
}

/// `as_of` as PostgreSQL compares it with `recorded_seq`.
pub(crate) fn at(as_of: u64) -> i64 {
    i64::try_from(as_of).unwrap_or(i64::MAX)
}
