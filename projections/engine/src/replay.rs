//! Builds the views as they were: the same load as a rebuild, stopped at a moment and not swapped in.

use std::sync::Arc;

use deadpool_postgres::Pool;
use nabij_log::Log;
use tokio_util::sync::CancellationToken;

use crate::bulk::{Bulk, Place, Progress, Target, Until};
use crate::control;
use crate::error::EngineError;
use crate::load_state;
use crate::projection::Projection;

/// Fills `schema` with all tables of these projections as they were at `until`; gives the sequence reached.
///
/// Table names are unique over all projections, so that one schema can hold them all. A schema of this name that an earlier
/// replay left is replaced; stopped halfway, `schema` holds the beginning only and the next call starts anew.
///
/// # Errors
/// [`EngineError::ForeignSchema`] when `schema` is one that readers use; [`EngineError::DeadLetter`] as in a rebuild.
pub async fn replay(
    pool: &Pool,
    log: &Log,
    projections: &[Arc<dyn Projection>],
    until: Until,
    schema: &str,
    stop: &CancellationToken,
    mut progress: impl FnMut(Progress) + Send,
) -> Result<u64, EngineError> {
    control::prepare_database(pool).await?;
    control::check_identifier(schema)?;
    let taken = ["nabij", "public", "information_schema"].contains(&schema)
        || schema.starts_with("pg_")
        || projections.iter().any(|projection| schema.starts_with(&format!("{}_v", projection.name())));
    if taken {
        return Err(EngineError::ForeignSchema(format!(
            "schema {schema} is in use: replay into one of another name, {schema}_then for example"
        )));
    }
    let mut client = control::own_connection(pool).await?;
    control::lock_or_fence(&*client, schema).await?;
    let targets: Vec<Target> = projections
        .iter()
        .map(|projection| Target { projection: Arc::clone(projection), schema: schema.to_owned() })
        .collect();
    let transaction = client.transaction().await?;
    load_state::begin(&*transaction, &targets).await?;
    transaction.commit().await?;
    let bulk = Bulk { pool, log, targets: &targets, stop };
    let place = bulk.load(Place::start(), until, &mut progress).await?;
    load_state::index(pool, &targets).await?;
    for target in &targets {
        load_state::forget(&*client, target).await?;
    }
    Ok(place.sequence)
}
