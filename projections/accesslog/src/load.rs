//! One transaction: the checkpoint by compare-and-set, then the rows.

use deadpool_postgres::{ClientWrapper, Object, Pool};
use nabij_engine::copy;
use nabij_log::Raw;
use nabij_model::EventHash;
use tokio_postgres::GenericClient;

use crate::error::AccessLogError;
use crate::rows::Added;

/// A connection of our own, out of the pool, since it may hold a lock. Commits do not wait for the disk: what a crash of
/// PostgreSQL loses is read from the audit stream again, the checkpoint being lost with the rows.
pub(crate) async fn own_connection(pool: &Pool) -> Result<ClientWrapper, AccessLogError> {
    let client = Object::take(pool.get().await?);
    client.batch_execute("SET synchronous_commit = off").await?;
    Ok(client)
}

/// Creates the tables in `schema` when they are absent; whoever comes second waits for the first.
pub(crate) async fn create(client: &mut ClientWrapper, schema: &str) -> Result<(), AccessLogError> {
    let there = "SELECT to_regclass($1) IS NOT NULL";
    let checkpoint = format!("\"{schema}\".checkpoint");
    let transaction = client.transaction().await?;
    transaction
        .execute("SELECT pg_advisory_xact_lock(hashtextextended('nabij accesslog tables', 0))", &[])
        .await?;
    if !transaction.query_one(there, &[&checkpoint]).await?.get::<_, bool>(0) {
        let ddl = include_str!("schema.sql");
        transaction
            .batch_execute(&format!(
                "CREATE SCHEMA IF NOT EXISTS \"{schema}\"; SET LOCAL search_path = \"{schema}\"; {ddl}"
            ))
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Where the tables stand.
pub(crate) async fn place(
    client: &impl GenericClient,
    schema: &str,
) -> Result<(u64, Option<EventHash>), AccessLogError> {
    let row = client.query_one(&format!("SELECT sequence, hash FROM \"{schema}\".checkpoint"), &[]).await?;
    let hash = row.get::<_, Option<Vec<u8>>>(1).and_then(|bytes| bytes.try_into().ok()).map(EventHash);
    Ok((row.get::<_, i64>(0) as u64, hash))
}

/// Takes messages in, if the tables still stand at `from`; gives where they stand then.
pub(crate) async fn take(
    client: &mut ClientWrapper,
    schema: &str,
    from: u64,
    raws: &[Raw],
) -> Result<u64, AccessLogError> {
    let Some(last) = raws.last() else { return Ok(from) };
    let mut added = Added::new();
    for raw in raws {
        added.take(raw)?;
    }
    let transaction = client.transaction().await?;
    let moved = transaction
        .execute(
            &format!("UPDATE \"{schema}\".checkpoint SET sequence = $1, hash = $2 WHERE sequence = $3"),
            &[&(last.sequence as i64), &last.event_hash().0.as_slice(), &(from as i64)],
        )
        .await?;
    if moved != 1 {
        return Err(AccessLogError::Fenced);
    }
    copy(transaction.client(), schema, &mut added.rows).await?;
    for (sequence, what) in &added.unreadable {
        let statement = format!("INSERT INTO \"{schema}\".unreadable VALUES ($1, $2)");
        transaction.execute(&statement, &[sequence, what]).await?;
    }
    transaction.commit().await?;
    Ok(last.sequence)
}
