//! Rows that follow from other rows, brought up to date in the transaction that adds those.
//!
//! [`Projection::apply`](crate::Projection::apply) looks nothing up, so what needs the rows of several events together is
//! worked out here: after the rows of a batch are in and before its checkpoint is committed, and once at the end of a load,
//! when the indexes are there. A projection notes in a table of its own how far it has settled, so that a settlement
//! goes on there, whoever wrote the rows since.

use std::future::Future;
use std::pin::Pin;

use deadpool_postgres::ClientWrapper;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::bulk::Target;
use crate::error::EngineError;
use crate::rows::Rows;

/// Up to here rows travel as prepared inserts; above, COPY is cheaper.
const SMALL: usize = 512;

/// What a settlement does, as a future.
pub type Settling<'a> = Pin<Box<dyn Future<Output = Result<(), EngineError>> + Send + 'a>>;

/// One settlement: an open transaction, and how far the rows are in.
pub struct Settlement<'a> {
    client: &'a ClientWrapper,
    schema: &'a str,
    upto: u64,
}

impl std::fmt::Debug for Settlement<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settlement").field("schema", &self.schema).field("upto", &self.upto).finish()
    }
}

impl<'a> Settlement<'a> {
    /// A settlement in a transaction that the caller has opened and will commit.
    #[must_use]
    pub fn new(client: &'a ClientWrapper, schema: &'a str, upto: u64) -> Self {
        Self { client, schema, upto }
    }

    /// The rows of every event up to this one are in.
    #[must_use]
    pub fn upto(&self) -> u64 {
        self.upto
    }

    /// Asks; `$schema` stands for the schema of the projection.
    ///
    /// # Errors
    /// When PostgreSQL refuses.
    pub async fn query(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, EngineError> {
        let statement = self.client.prepare_cached(&sql.replace("$schema", self.schema)).await?;
        Ok(self.client.query(&statement, parameters).await?)
    }

    /// Adds rows to tables of this schema.
    ///
    /// # Errors
    /// When PostgreSQL refuses.
    pub async fn add(&self, mut rows: Rows) -> Result<(), EngineError> {
        let small = rows.len() <= SMALL;
        for (_, filled) in rows.filled() {
            if small {
                let insert = filled.table.insert_statement(self.schema);
                let statement = self.client.prepare_cached(&insert).await?;
                let arrays = filled.into_arrays();
                let parameters: Vec<&(dyn ToSql + Sync)> =
                    arrays.iter().map(|array| array as &(dyn ToSql + Sync)).collect();
                self.client.execute(&statement, &parameters).await?;
                continue;
            }
            let statement = filled.table.copy_statement(self.schema);
            filled.copy(self.client, &statement).await?;
        }
        Ok(())
    }

    /// Gives the planner its statistics after many rows.
    ///
    /// # Errors
    /// When PostgreSQL refuses.
    pub async fn analyze(&self, table: &str) -> Result<(), EngineError> {
        Ok(self.client.batch_execute(&format!("ANALYZE \"{}\".{table}", self.schema)).await?)
    }
}

/// Settles every target of a load, each in a transaction of its own.
pub(crate) async fn settle_all(
    client: &ClientWrapper,
    targets: &[Target],
    upto: u64,
) -> Result<(), EngineError> {
    for target in targets {
        client.batch_execute("BEGIN").await?;
        let settled = target.projection.settle(Settlement::new(client, &target.schema, upto)).await;
        client.batch_execute(if settled.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
        settled?;
    }
    Ok(())
}
