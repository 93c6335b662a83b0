//! What a rebuild or a replay remembers between two runs: table `nabij.rebuild`, and the schemas it fills.

use deadpool_postgres::Pool;
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use nabij_log::KnownAt;
use tokio_postgres::GenericClient;

use crate::bulk::{Place, Target};
use crate::checkpoint::hash_of;
use crate::control;
use crate::error::EngineError;

/// Indexes built at once.
const INDEXERS: usize = 2;

/// Where a load stopped.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LoadState {
    pub(crate) place: Place,
    pub(crate) indexed: bool,
}

/// What an earlier run left of exactly these targets, all at the same place.
pub(crate) async fn read(
    client: &impl GenericClient,
    targets: &[Target],
) -> Result<Option<LoadState>, EngineError> {
    let mut found = Vec::new();
    for target in targets {
        let row = client
            .query_opt(
                "SELECT sequence, event_hash, known_at, indexed FROM nabij.rebuild
                 WHERE schema = $1 AND projection = $2 AND version = $3",
                &[&target.schema, &target.projection.name(), &(target.projection.version() as i32)],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        let known_at: Option<Timestamp> = row.get(2);
        let place = Place {
            sequence: row.get::<_, i64>(0) as u64,
            hash: hash_of(row.get(1)),
            known: known_at.map_or_else(KnownAt::default, KnownAt::from_checkpoint),
            ended: false,
        };
        found.push(LoadState { place, indexed: row.get(3) });
    }
    let same = found
        .windows(2)
        .all(|pair| pair[0].place.sequence == pair[1].place.sequence && pair[0].indexed == pair[1].indexed);
    Ok(if same { found.first().copied() } else { None })
}

/// Empty schemas without indexes, and a note of each.
pub(crate) async fn begin(client: &impl GenericClient, targets: &[Target]) -> Result<(), EngineError> {
    for target in targets {
        control::check_identifier(&target.schema)?;
        client.batch_execute(&format!("DROP SCHEMA IF EXISTS \"{}\" CASCADE", target.schema)).await?;
    }
    for target in targets {
        control::create_tables(client, &*target.projection, &target.schema).await?;
        client
            .execute(
                "INSERT INTO nabij.rebuild (schema, projection, version) VALUES ($1, $2, $3)
                 ON CONFLICT (schema, projection) DO UPDATE
                 SET version = excluded.version, sequence = 0, event_hash = NULL, known_at = NULL, indexed = false",
                &[&target.schema, &target.projection.name(), &(target.projection.version() as i32)],
            )
            .await?;
    }
    Ok(())
}

/// Builds the indexes of every target, some at once, and gives the planner its statistics.
pub(crate) async fn index(pool: &Pool, targets: &[Target]) -> Result<(), EngineError> {
    let statements = targets.iter().flat_map(|target| {
        let separate = target.projection.indexes().split(';').filter(|sql| !sql.trim().is_empty());
        separate.map(|sql| (target.schema.clone(), sql.to_owned()))
    });
    stream::iter(statements.collect::<Vec<_>>())
        .map(|(schema, sql)| async move {
            let client = control::own_connection(pool).await?;
            client
                .batch_execute(&format!(
                    "BEGIN; SET LOCAL search_path = \"{schema}\"; SET LOCAL maintenance_work_mem = '256MB'; {sql}; COMMIT"
                ))
                .await?;
            Ok::<_, EngineError>(())
        })
        .buffer_unordered(INDEXERS)
        .try_collect::<()>()
        .await?;
    let client = control::own_connection(pool).await?;
    for target in targets {
        for table in target.projection.tables() {
            client.batch_execute(&format!("ANALYZE \"{}\".{}", target.schema, table.name)).await?;
        }
        client
            .execute(
                "UPDATE nabij.rebuild SET indexed = true WHERE schema = $1 AND projection = $2",
                &[&target.schema, &target.projection.name()],
            )
            .await?;
    }
    Ok(())
}

/// The load is over.
pub(crate) async fn forget(client: &impl GenericClient, target: &Target) -> Result<(), EngineError> {
    client
        .execute(
            "DELETE FROM nabij.rebuild WHERE schema = $1 AND projection = $2",
            &[&target.schema, &target.projection.name()],
        )
        .await?;
    Ok(())
}
