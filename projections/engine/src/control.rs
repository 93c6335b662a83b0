//! The engine's own tables, in schema `nabij`: created and migrated under a lock.

use deadpool_postgres::{ClientWrapper, Object, Pool};
use tokio_postgres::GenericClient;
use tokio_postgres::error::SqlState;

use crate::error::EngineError;
use crate::projection::Projection;

/// Every step there ever was, in order; none is ever edited, which a checksum watches.
const MIGRATIONS: &[&str] =
    &[include_str!("control.sql"), include_str!("erased.sql"), include_str!("confidential.sql")];

/// Held while schemas are created, so that two starting services do not trip over each other ("nabij" in ASCII).
const LOCK: i64 = 0x6e61_6269_6a00;

/// Creates the control tables, or checks that this binary knows them.
///
/// # Errors
/// [`EngineError::ForeignSchema`] when the database was migrated by another line of this code or by a newer one.
pub async fn prepare_database(pool: &Pool) -> Result<(), EngineError> {
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    let absent: bool =
        transaction.query_one("SELECT to_regclass('nabij.migration') IS NULL", &[]).await?.get(0);
    if absent {
        // Even `IF NOT EXISTS` asks for the right to create, which a service need not have.
        transaction
            .batch_execute(
                "CREATE SCHEMA IF NOT EXISTS nabij;
                 CREATE TABLE nabij.migration (number integer PRIMARY KEY, checksum text NOT NULL);",
            )
            .await
            .map_err(|error| not_set_up(error, "the control tables of schema nabij are absent"))?;
    }
    let done = transaction.query("SELECT number, checksum FROM nabij.migration ORDER BY number", &[]).await?;
    if done.len() > MIGRATIONS.len() {
        return Err(EngineError::ForeignSchema(format!(
            "the database has {} migrations, this binary knows {}: run a newer one",
            done.len(),
            MIGRATIONS.len()
        )));
    }
    for (number, sql) in (1_i32..).zip(MIGRATIONS) {
        let checksum: String = transaction.query_one("SELECT md5($1)", &[sql]).await?.get(0);
        match done.get(number as usize - 1) {
            Some(row) if row.get::<_, String>(1) == checksum => {}
            Some(_) => {
                return Err(EngineError::ForeignSchema(format!(
                    "migration {number} of schema nabij is not the one that this binary knows: use a fresh database, \
                     the views are rebuilt from the log"
                )));
            }
            None => {
                let lacks = "schema nabij lacks a migration";
                transaction.batch_execute(sql).await.map_err(|error| not_set_up(error, lacks))?;
                transaction
                    .execute("INSERT INTO nabij.migration VALUES ($1, $2)", &[&number, &checksum])
                    .await?;
            }
        }
    }
    transaction.commit().await?;
    Ok(())
}

/// A role that may not create them needs somebody who may.
fn not_set_up(error: tokio_postgres::Error, what: &str) -> EngineError {
    if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
        return EngineError::ForeignSchema(format!(
            "{what}, and this role may not make them: run `nabij setup` once as the owner of the database"
        ));
    }
    error.into()
}

/// A connection of our own, taken out of the pool: it may hold locks and settings that nobody else should meet.
///
/// Commits do not wait for the disk: what a crash of PostgreSQL loses is read from the log again, since the
/// checkpoint is lost with the rows. No acknowledged fact depends on it.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn own_connection(pool: &Pool) -> Result<ClientWrapper, EngineError> {
    let client = Object::take(pool.get().await?);
    client.batch_execute("SET synchronous_commit = off").await?;
    Ok(client)
}

/// Takes a lock that the connection holds to its end, or says that somebody else has it.
pub(crate) async fn lock_or_fence(client: &impl GenericClient, what: &str) -> Result<(), EngineError> {
    let row = client
        .query_one("SELECT pg_try_advisory_lock(hashtextextended('nabij load ' || $1, 0))", &[&what])
        .await?;
    if row.get(0) { Ok(()) } else { Err(EngineError::Busy(what.to_owned())) }
}

/// Gives the locks back at once: PostgreSQL notices a dropped connection only a moment later.
pub(crate) async fn unlock(client: &impl GenericClient) {
    // An open transaction is one that failed; a connection that is gone has no locks.
    client.batch_execute("ROLLBACK; SELECT pg_advisory_unlock_all()").await.ok();
}

/// Creates a projection's tables in `schema`, inside the caller's transaction.
pub(crate) async fn create_tables(
    client: &impl GenericClient,
    projection: &dyn Projection,
    schema: &str,
) -> Result<(), EngineError> {
    check_identifier(schema)?;
    let ddl = projection.ddl();
    client
        .batch_execute(&format!(
            "CREATE SCHEMA IF NOT EXISTS \"{schema}\"; SET LOCAL search_path = \"{schema}\"; {ddl}"
        ))
        .await?;
    Ok(())
}

/// The same with indexes, for tables that are written live from the first event on.
pub(crate) async fn create_live(
    client: &impl GenericClient,
    projection: &dyn Projection,
) -> Result<(), EngineError> {
    create_tables(client, projection, &projection.schema()).await?;
    client.batch_execute(projection.indexes()).await?;
    Ok(())
}

/// Refuses what is not a plain identifier: schema names reach SQL as they are.
pub(crate) fn check_identifier(name: &str) -> Result<(), EngineError> {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && name.len() < 64;
    if plain { Ok(()) } else { Err(EngineError::NotAnIdentifier(name.to_owned())) }
}
