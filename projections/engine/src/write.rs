//! One transaction: the checkpoints by compare-and-set, then the rows. Small batches take one round trip.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use deadpool_postgres::ClientWrapper;
use jiff::Timestamp;
use nabij_log::Log;
use nabij_model::EventHash;
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use crate::bulk::Target;
use crate::erased::{Erased, Gone};
use crate::error::{EngineError, is_fence};
use crate::lane::{Lane, TableStatements, Work};
use crate::rewrite::rewrite;
use crate::rows::{ArrayParameter, Rows};
use crate::settle::Settlement;

/// Up to here rows travel as prepared inserts in one round trip; above, COPY is cheaper though it takes two a table.
const SMALL: usize = 512;

/// Whom a batch erases.
pub(crate) struct Forgetting<'a> {
    pub(crate) log: &'a Log,
    /// Everybody who is erased, those whom the batch erases among them.
    pub(crate) erased: &'a Erased,
    /// Those whom the batch erases.
    pub(crate) gone: Vec<Gone>,
}

/// Where a batch ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    pub(crate) sequence: u64,
    pub(crate) hash: EventHash,
    pub(crate) known_at: Timestamp,
}

/// Commits what a batch adds to each lane and moves the lanes' checkpoints there.
///
/// The checkpoints go first: their row locks make a swap of a rebuild and this transaction wait for each other before either
/// touches a table.
pub(crate) async fn commit(
    client: &ClientWrapper,
    advance: &Statement,
    lanes: &mut [Lane],
    work: Vec<Option<Work>>,
    to: Position,
    forgetting: &Forgetting<'_>,
) -> Result<(), EngineError> {
    let moving: Vec<&Lane> =
        lanes.iter().zip(&work).filter(|(_, work)| work.is_some()).map(|(lane, _)| lane).collect();
    if moving.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = moving.iter().map(|lane| lane.projection.name()).collect();
    let versions: Vec<i32> = moving.iter().map(|lane| lane.projection.version() as i32).collect();
    let generations: Vec<i64> = moving.iter().map(|lane| lane.generation).collect();
    let froms: Vec<i64> = moving.iter().map(|lane| lane.sequence as i64).collect();
    let (upto, hash) = (to.sequence as i64, to.hash.0.as_slice());
    let checkpoint: [&(dyn ToSql + Sync); 7] =
        [&names, &versions, &generations, &froms, &upto, &hash, &to.known_at];

    let rows: usize = work.iter().flatten().map(|work| work.rows.len()).sum();
    let letters: usize = work.iter().flatten().map(|work| work.letters.len()).sum();
    let mut work = work;
    let settles: Vec<bool> = lanes
        .iter()
        .zip(&work)
        .map(|(lane, work)| work.as_ref().is_some_and(|work| lane.projection.settles(&work.rows)))
        .collect();
    let done = if rows <= SMALL && letters == 0 && forgetting.gone.is_empty() {
        let mut inserts: Vec<(&Statement, Vec<ArrayParameter>)> = Vec::new();
        for (lane, work) in lanes.iter().zip(&mut work) {
            let Some(work) = work else { continue };
            for (table, filled) in work.rows.filled() {
                inserts.push((&lane.statements[table].insert, filled.into_arrays()));
            }
        }
        if settles.contains(&true) {
            settled(client, advance, &checkpoint, &inserts, lanes, &settles, to).await
        } else {
            in_one_round_trip(client, advance, &checkpoint, &inserts, &["COMMIT"])
                .await
                .map_err(EngineError::from)
        }
    } else {
        copied(client, advance, &checkpoint, lanes, &mut work, forgetting, &settles, to).await
    };
    if let Err(error) = done {
        // Whatever state the connection is in, the next transaction starts clean.
        client.batch_execute("ROLLBACK").await.ok();
        return Err(match error {
            EngineError::Database(error) if is_fence(&error) => EngineError::Fenced,
            error => error,
        });
    }
    for (lane, work) in lanes.iter_mut().zip(&work) {
        if work.is_some() {
            lane.sequence = to.sequence;
            lane.hash = Some(to.hash);
            lane.known_at = Some(to.known_at);
        }
    }
    Ok(())
}

/// The rows in one round trip, then what follows from them, then the commit.
async fn settled(
    client: &ClientWrapper,
    advance: &Statement,
    checkpoint: &[&(dyn ToSql + Sync)],
    inserts: &[(&Statement, Vec<ArrayParameter>)],
    lanes: &[Lane],
    settles: &[bool],
    to: Position,
) -> Result<(), EngineError> {
    in_one_round_trip(client, advance, checkpoint, inserts, &[]).await?;
    settle(client, lanes, settles, to).await?;
    client.batch_execute("COMMIT").await?;
    Ok(())
}

async fn settle(
    client: &ClientWrapper,
    lanes: &[Lane],
    settles: &[bool],
    to: Position,
) -> Result<(), EngineError> {
    for (lane, _) in lanes.iter().zip(settles).filter(|(_, settles)| **settles) {
        let schema = lane.projection.schema();
        lane.projection.settle(Settlement::new(client, &schema, to.sequence)).await?;
    }
    Ok(())
}

/// `BEGIN`, checkpoint, inserts and the `end` sent together; after an error PostgreSQL skips the rest and the COMMIT is a rollback.
async fn in_one_round_trip(
    client: &ClientWrapper,
    advance: &Statement,
    checkpoint: &[&(dyn ToSql + Sync)],
    inserts: &[(&Statement, Vec<ArrayParameter>)],
    end: &[&str],
) -> Result<(), tokio_postgres::Error> {
    let parameters: Vec<Vec<&(dyn ToSql + Sync)>> = inserts
        .iter()
        .map(|(_, arrays)| arrays.iter().map(|array| array as &(dyn ToSql + Sync)).collect())
        .collect();
    let mut steps: Vec<Step<'_>> = vec![
        Box::pin(client.batch_execute("BEGIN")),
        Box::pin(async { client.execute(advance, checkpoint).await.map(drop) }),
    ];
    for ((insert, _), parameters) in inserts.iter().zip(&parameters) {
        steps.push(Box::pin(async { client.execute(*insert, parameters).await.map(drop) }));
    }
    for end in end {
        steps.push(Box::pin(client.batch_execute(end)));
    }
    in_order(steps).await
}

type Step<'a> = Pin<Box<dyn Future<Output = Result<(), tokio_postgres::Error>> + Send + 'a>>;

/// Sends every step before it waits for the first answer: a step sends when it is first polled, so the order of the first
/// round of polls is the order on the wire. The first error is the one that counts.
async fn in_order(steps: Vec<Step<'_>>) -> Result<(), tokio_postgres::Error> {
    let mut steps: Vec<Option<Step<'_>>> = steps.into_iter().map(Some).collect();
    let mut first_error = None;
    std::future::poll_fn(|context| {
        let mut waiting = false;
        for slot in &mut steps {
            let Some(step) = slot else { continue };
            match step.as_mut().poll(context) {
                Poll::Pending => waiting = true,
                Poll::Ready(done) => {
                    *slot = None;
                    if let Err(error) = done {
                        first_error.get_or_insert(error);
                    }
                }
            }
        }
        if waiting { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    first_error.map_or(Ok(()), Err)
}

#[expect(
    clippy::too_many_arguments,
    reason = "one transaction, all of whose parts come from its only caller"
)]
async fn copied(
    client: &ClientWrapper,
    advance: &Statement,
    checkpoint: &[&(dyn ToSql + Sync)],
    lanes: &[Lane],
    work: &mut [Option<Work>],
    forgetting: &Forgetting<'_>,
    settles: &[bool],
    to: Position,
) -> Result<(), EngineError> {
    client.batch_execute("BEGIN").await?;
    client.execute(advance, checkpoint).await?;
    for (lane, work) in lanes.iter().zip(work) {
        let Some(work) = work else { continue };
        copy(client, &lane.statements, &mut work.rows).await?;
        for letter in &work.letters {
            letter.store(&**client).await?;
        }
        let target = Target { projection: Arc::clone(&lane.projection), schema: lane.projection.schema() };
        let Forgetting { log, erased, gone } = forgetting;
        rewrite(client, log, &target, &lane.statements, erased, gone).await?;
    }
    settle(client, lanes, settles, to).await?;
    for gone in &forgetting.gone {
        Erased::store(&**client, gone).await?;
    }
    client.batch_execute("COMMIT").await?;
    Ok(())
}

/// Sends every table's rows by binary COPY.
pub(crate) async fn copy(
    client: &ClientWrapper,
    statements: &[TableStatements],
    rows: &mut Rows,
) -> Result<(), tokio_postgres::Error> {
    for (table, filled) in rows.filled() {
        filled.copy(client, &statements[table].copy).await?;
    }
    Ok(())
}
