//! Builds the views as they were: the same load as a rebuild, stopped at a moment and not swapped in.

use std::sync::Arc;

use deadpool_postgres::{ClientWrapper, Pool};
use nabij_log::Log;
use tokio_util::sync::CancellationToken;

use crate::bulk::{Bulk, Place, Progress, Target, Until};
use crate::checkpoint;
use crate::control;
use crate::erased::Erased;
use crate::error::EngineError;
use crate::load_state;
use crate::projection::Projection;
use crate::settle::settle_all;

/// Fills each projection's schema as it was at `until`; gives the sequence reached.
///
/// Whoever is erased now is left out, however early the day. A schema of this name that an earlier replay left is replaced; stopped halfway, it holds the beginning only and the next
/// call starts anew.
///
/// # Errors
/// [`EngineError::ForeignSchema`] when a schema is one that readers use; [`EngineError::DeadLetter`] as in a rebuild.
pub async fn replay(
    pool: &Pool,
    log: &Log,
    into: &[(Arc<dyn Projection>, String)],
    until: Until,
    stop: &CancellationToken,
    mut progress: impl FnMut(Progress) + Send,
) -> Result<u64, EngineError> {
    control::prepare_database(pool).await?;
    let mut client = control::own_connection(pool).await?;
    let targets = targets(&client, into).await?;
    let reached = fill(pool, log, &mut client, &targets, until, stop, &mut progress).await;
    control::unlock(&*client).await;
    reached
}

/// Checks and locks every schema.
async fn targets(
    client: &ClientWrapper,
    into: &[(Arc<dyn Projection>, String)],
) -> Result<Vec<Target>, EngineError> {
    let live = checkpoint::read(&**client, None).await?;
    let mut targets = Vec::new();
    for (projection, schema) in into {
        control::check_identifier(schema)?;
        let taken = ["nabij", "public", "information_schema"].contains(&schema.as_str())
            || schema.starts_with("pg_")
            || live.iter().any(|live| schema.starts_with(&live.schema));
        if taken {
            return Err(EngineError::ForeignSchema(format!(
                "schema {schema} is in use: replay into one of another name, `then` for example"
            )));
        }
        control::lock_or_fence(&**client, schema).await?;
        targets.push(Target { projection: Arc::clone(projection), schema: schema.clone() });
    }
    Ok(targets)
}

async fn fill(
    pool: &Pool,
    log: &Log,
    client: &mut ClientWrapper,
    targets: &[Target],
    until: Until,
    stop: &CancellationToken,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<u64, EngineError> {
    let transaction = client.transaction().await?;
    load_state::begin(&*transaction, targets).await?;
    transaction.commit().await?;
    let erased = Arc::new(Erased::of_log(log).await?);
    let bulk = Bulk { pool, log, targets, erased: &erased, stop };
    let place = bulk.load(Place::start(), until, progress).await?;
    load_state::index(pool, targets).await?;
    settle_all(client, targets, place.sequence).await?;
    for target in targets {
        load_state::forget(&**client, target).await?;
    }
    Ok(place.sequence)
}
