//! How far each projection is, and waiting for it.

use std::time::Duration;

use deadpool_postgres::Pool;
use jiff::Timestamp;
use nabij_model::EventHash;
use serde::Serialize;
use tokio::time::Instant;
use tokio_postgres::GenericClient;

use crate::error::EngineError;

/// How far one version of a projection is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Checkpoint {
    /// `caseload`.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// Its schema.
    pub schema: String,
    /// Everything up to here is visible.
    pub sequence: u64,
    /// Hash of the event there; absent at 0.
    pub event_hash: Option<EventHash>,
    /// When the network knew what is visible; absent at 0.
    pub known_at: Option<Timestamp>,
    /// Raised by every swap of a rebuild.
    pub generation: i64,
    /// Aggregates of which events are parked or wait: what is shown of them is incomplete.
    pub incomplete_aggregates: u64,
}

/// Every projection that this database holds.
///
/// # Errors
/// When PostgreSQL is away or the control tables do not exist.
pub async fn checkpoints(pool: &Pool) -> Result<Vec<Checkpoint>, EngineError> {
    read(&**pool.get().await?, None).await
}

pub(crate) async fn read(
    client: &impl GenericClient,
    only: Option<(&str, u32)>,
) -> Result<Vec<Checkpoint>, EngineError> {
    let (name, version) = only.map_or((None, None), |(name, version)| (Some(name), Some(version as i32)));
    let rows = client
        .query(
            "SELECT projection, version, sequence, event_hash, known_at, generation,
                    (SELECT count(DISTINCT aggregate) FROM nabij.dead_letter d
                     WHERE d.projection = c.projection AND d.version = c.version)
             FROM nabij.checkpoint c
             WHERE projection = coalesce($1, projection) AND version = coalesce($2, version)
             ORDER BY projection, version",
            &[&name, &version],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| {
            let (name, version): (String, i32) = (row.get(0), row.get(1));
            Checkpoint {
                schema: format!("{name}_v{version}"),
                name,
                version: version as u32,
                sequence: row.get::<_, i64>(2) as u64,
                event_hash: hash_of(row.get(3)),
                known_at: row.get(4),
                generation: row.get(5),
                incomplete_aggregates: row.get::<_, i64>(6) as u64,
            }
        })
        .collect())
}

pub(crate) fn hash_of(stored: Option<Vec<u8>>) -> Option<EventHash> {
    stored.and_then(|bytes| bytes.try_into().ok()).map(EventHash)
}

/// A projection did not get far enough in time.
#[derive(Debug, thiserror::Error)]
pub enum NotYet {
    /// It is behind.
    #[error("{projection} shows event {reached}, event {wanted} is not visible yet: ask again in a second")]
    Behind {
        /// Which projection.
        projection: String,
        /// How far it is; 0 when it does not exist.
        reached: u64,
        /// How far it should be.
        wanted: u64,
    },
    /// It cannot be asked.
    #[error(transparent)]
    Away(#[from] EngineError),
}

/// Waits until each of `schemas` (`caseload_v1`) shows event `min_sequence`.
///
/// # Errors
/// [`NotYet::Behind`] after `limit`; an interface answers 503 with Retry-After.
pub async fn wait_for(
    pool: &Pool,
    schemas: &[&str],
    min_sequence: u64,
    limit: Duration,
) -> Result<(), NotYet> {
    let client = pool.get().await.map_err(EngineError::from)?;
    let until = Instant::now() + limit;
    let mut pause = Duration::from_millis(1);
    let statement = client
        .prepare_cached(
            "SELECT s.name, coalesce(c.sequence, 0) FROM unnest($1::text[]) AS s (name)
             LEFT JOIN nabij.checkpoint c ON c.projection || '_v' || c.version = s.name
             ORDER BY 2 LIMIT 1",
        )
        .await
        .map_err(EngineError::from)?;
    loop {
        let Some(row) = client.query_opt(&statement, &[&schemas]).await.map_err(EngineError::from)? else {
            return Ok(());
        };
        let reached = row.get::<_, i64>(1) as u64;
        if reached >= min_sequence {
            return Ok(());
        }
        if Instant::now() + pause > until {
            return Err(NotYet::Behind { projection: row.get(0), reached, wanted: min_sequence });
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}
