//! Fills fresh tables beside the live ones from the whole audit stream, and swaps them in.

use deadpool_postgres::Pool;
use futures::StreamExt;
use nabij_log::Log;
use tokio_util::sync::CancellationToken;

use crate::error::AccessLogError;
use crate::load;
use crate::schema;

/// Messages in one transaction.
const BATCH: usize = 1_000;

/// How a rebuild ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rebuilt {
    /// The fresh tables are live and show everything up to this message.
    Swapped(u64),
    /// It was stopped after this message; the next one goes on from there.
    Stopped(u64),
}

/// Rebuilds the access log, or goes on where an earlier run stopped. The live tables stay as they are until the swap.
///
/// # Errors
/// When the audit stream or PostgreSQL cannot be read or written; the live tables are as before.
pub async fn rebuild(pool: &Pool, log: &Log, stop: &CancellationToken) -> Result<Rebuilt, AccessLogError> {
    let (live, fresh) = (schema(), format!("{}_next", schema()));
    let mut client = load::own_connection(pool).await?;
    load::create(&mut client, &live).await?;
    load::create(&mut client, &fresh).await?;
    let (mut sequence, hash) = load::place(&*client, &fresh).await?;
    if let Some(hash) = hash
        && log.check_audit(sequence, hash).await.is_err()
    {
        client.batch_execute(&format!("DROP SCHEMA \"{fresh}\" CASCADE")).await?;
        load::create(&mut client, &fresh).await?;
        sequence = 0;
    }
    let head = log.audit_head().await?.sequence;
    let mut messages = log.read_audit(sequence + 1).await?.ready_chunks(BATCH);
    while sequence < head {
        if stop.is_cancelled() {
            return Ok(Rebuilt::Stopped(sequence));
        }
        let raws = messages.next().await.unwrap_or_default().into_iter().collect::<Result<Vec<_>, _>>()?;
        sequence = load::take(&mut client, &fresh, sequence, &raws).await?;
    }
    // The live writer waits at its checkpoint; afterwards it finds another one, and starts from there.
    client
        .batch_execute(&format!(
            "BEGIN; LOCK TABLE \"{live}\".checkpoint IN ACCESS EXCLUSIVE MODE; DROP SCHEMA \"{live}\" CASCADE; \
             ALTER SCHEMA \"{fresh}\" RENAME TO \"{live}\"; COMMIT"
        ))
        .await?;
    Ok(Rebuilt::Swapped(sequence))
}
