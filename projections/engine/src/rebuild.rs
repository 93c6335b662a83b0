//! Fills fresh schemas beside the live ones from the whole log, and swaps them in.

use std::sync::Arc;

use deadpool_postgres::{ClientWrapper, Pool};
use futures::StreamExt;
use nabij_log::Log;
use tokio_util::sync::CancellationToken;

use crate::bulk::{Bulk, Place, Progress, Target, Until};
use crate::chunk::apply;
use crate::control;
use crate::erased::{Erased, Gone};
use crate::error::EngineError;
use crate::gap::AcceptedGaps;
use crate::lane::TableStatements;
use crate::load_state::{self, LoadState};
use crate::projection::Projection;
use crate::reading;
use crate::rewind;
use crate::rewrite::rewrite;
use crate::rows::Rows;
use crate::runner::erases;
use crate::settle::{Settlement, settle_all};
use crate::write;

/// Rounds of catching up before the swap; each is shorter than the one before, and the swap itself takes the rest.
const ROUNDS: usize = 5;
/// So few events that the swap may take them in while the live writer waits.
const FEW: u64 = 500;

/// How a rebuild ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The fresh tables are live and show everything up to this event.
    Swapped(u64),
    /// It was stopped after this event; the next one goes on from there.
    Stopped(u64),
}

/// Rebuilds projections from the log: side effects never fire, since a projection has none.
///
/// The live tables stay as they are, and stay current, until the swap.
#[derive(Clone)]
pub struct Rebuild {
    pool: Pool,
    log: Log,
    projections: Vec<Arc<dyn Projection>>,
}

impl std::fmt::Debug for Rebuild {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let schemas: Vec<String> = self.projections.iter().map(|projection| projection.schema()).collect();
        f.debug_struct("Rebuild").field("schemas", &schemas).finish_non_exhaustive()
    }
}

impl Rebuild {
    /// A rebuild of these projections, which reads the log once for all of them; nothing starts yet.
    #[must_use]
    pub fn new(pool: Pool, log: Log, projections: Vec<Arc<dyn Projection>>) -> Self {
        Self { pool, log, projections }
    }

    /// Runs, or goes on where an earlier one stopped.
    ///
    /// # Errors
    /// [`EngineError::DeadLetter`] names the first event that cannot be applied: a rebuild is complete or nothing. [`EngineError::Busy`]
    /// when another rebuild of these projections runs. Whatever fails, the live tables are as before.
    pub async fn run(
        &self,
        stop: &CancellationToken,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<Outcome, EngineError> {
        control::prepare_database(&self.pool).await?;
        let mut client = control::own_connection(&self.pool).await?;
        control::lock_or_fence(&*client, "rebuild").await?;
        let outcome = self.run_locked(&mut client, stop, &mut progress).await;
        control::unlock(&*client).await;
        outcome
    }

    async fn run_locked(
        &self,
        client: &mut ClientWrapper,
        stop: &CancellationToken,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Outcome, EngineError> {
        let targets: Vec<Target> = self
            .projections
            .iter()
            .map(|projection| Target {
                schema: format!("{}_next", projection.schema()),
                projection: Arc::clone(projection),
            })
            .collect();
        let state = self.start(client, &targets).await?;
        let mut place = state.place;
        let mut indexed = state.indexed;
        let erased = Arc::new(Erased::of_log(&self.log).await?);
        for _ in 0..ROUNDS {
            let bulk = Bulk { pool: &self.pool, log: &self.log, targets: &targets, erased: &erased, stop };
            let head = self.log.head().await?.sequence;
            place = bulk.load(place, Until::Sequence(head), progress).await?;
            if stop.is_cancelled() {
                return Ok(Outcome::Stopped(place.sequence));
            }
            if !indexed {
                load_state::index(&self.pool, &targets).await?;
                indexed = true;
            } else if self.log.head().await?.sequence.saturating_sub(place.sequence) <= FEW {
                break;
            }
        }
        let erased = self.forget(client, &targets).await?;
        settle_all(client, &targets, place.sequence).await?;
        self.swap(client, &targets, place, erased).await.map(Outcome::Swapped)
    }

    /// Writes anew what was loaded of persons before it was known that they are erased: by this run or an earlier one.
    async fn forget(&self, client: &mut ClientWrapper, targets: &[Target]) -> Result<Erased, EngineError> {
        let erased = Erased::of_log(&self.log).await?;
        let gone: Vec<Gone> = erased.all().cloned().collect();
        for target in targets {
            let statements = TableStatements::prepare(client, &*target.projection, &target.schema).await?;
            client.batch_execute("BEGIN").await?;
            rewrite(client, &self.log, target, &statements, &erased, &gone).await?;
            client.batch_execute("COMMIT").await?;
        }
        Ok(erased)
    }

    /// Goes on with what an earlier run left, if it is of this log; else begins anew.
    async fn start(&self, client: &mut ClientWrapper, targets: &[Target]) -> Result<LoadState, EngineError> {
        if let Some(state) = load_state::read(&**client, targets).await? {
            let place = state.place;
            match rewind::check(&self.log, "the rebuild", place.sequence, place.hash).await {
                Ok(()) => return Ok(state),
                Err(EngineError::Rewound { .. }) => {
                    tracing::warn!("the log was rewound since the rebuild began: it begins anew");
                }
                Err(error) => return Err(error),
            }
        }
        let transaction = client.transaction().await?;
        load_state::begin(&*transaction, targets).await?;
        transaction.commit().await?;
        Ok(LoadState { place: Place::start(), indexed: false })
    }

    /// Takes in what came last and makes the fresh schemas the live ones, in one transaction.
    ///
    /// The checkpoint rows are locked first: the live writer waits there, then finds another generation and starts over.
    async fn swap(
        &self,
        client: &mut ClientWrapper,
        targets: &[Target],
        place: Place,
        mut erased: Erased,
    ) -> Result<u64, EngineError> {
        let mut statements = Vec::new();
        for target in targets {
            statements.push(TableStatements::prepare(client, &*target.projection, &target.schema).await?);
        }
        client.batch_execute("BEGIN").await?;
        let mut live = 0;
        for target in targets {
            let (name, version) = (target.projection.name(), target.projection.version() as i32);
            client
                .execute(
                    "INSERT INTO nabij.checkpoint (projection, version) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                    &[&name, &version],
                )
                .await?;
            let row = client
                .query_one(
                    "SELECT sequence FROM nabij.checkpoint WHERE projection = $1 AND version = $2 FOR UPDATE",
                    &[&name, &version],
                )
                .await?;
            live = live.max(row.get::<_, i64>(0) as u64);
        }
        let place = self.rest(client, targets, &statements, place, live, &mut erased).await?;
        for gone in erased.all() {
            Erased::store(&**client, gone).await?;
        }
        for target in targets {
            exchange(client, target, place).await?;
        }
        client.batch_execute("COMMIT").await?;
        for target in targets {
            client
                .batch_execute(&format!("DROP SCHEMA IF EXISTS {}_old CASCADE", target.projection.schema()))
                .await?;
        }
        Ok(place.sequence)
    }

    /// Events that the live tables show and the fresh ones do not yet.
    async fn rest(
        &self,
        client: &ClientWrapper,
        targets: &[Target],
        statements: &[Vec<TableStatements>],
        mut place: Place,
        live: u64,
        erased: &mut Erased,
    ) -> Result<Place, EngineError> {
        if live <= place.sequence {
            return Ok(place);
        }
        let gaps = AcceptedGaps::load(&**client).await?;
        let mut events = reading::up_to(&self.log, place.sequence + 1, live, gaps).await?;
        let mut rows: Vec<Rows> =
            targets.iter().map(|target| Rows::new(target.projection.tables())).collect();
        let mut late = Vec::new();
        while let Some(raw) = events.next().await {
            let raw = raw?;
            let known_at = reading::observe(&mut place.known, &raw);
            let delivery = reading::decode(&self.log, &raw, known_at, erased).await?;
            if let Some(gone) = erases(&delivery) {
                erased.add(gone.clone());
                late.push(gone);
            }
            (place.sequence, place.hash) = (raw.sequence, Some(raw.event_hash()));
            for (target, rows) in targets.iter().zip(&mut rows) {
                apply(target, &delivery, rows)?;
            }
        }
        for (statements, rows) in statements.iter().zip(&mut rows) {
            write::copy(client, statements, rows).await?;
        }
        for (target, statements) in targets.iter().zip(statements) {
            rewrite(client, &self.log, target, statements, erased, &late).await?;
            target.projection.settle(Settlement::new(client, &target.schema, place.sequence)).await?;
        }
        Ok(place)
    }
}

async fn exchange(client: &ClientWrapper, target: &Target, place: Place) -> Result<(), EngineError> {
    let (name, version) = (target.projection.name(), target.projection.version() as i32);
    let live = target.projection.schema();
    client
        .batch_execute(&format!(
            "DROP SCHEMA IF EXISTS {live}_old CASCADE;
             DO $$ BEGIN
                 IF to_regnamespace('{live}') IS NOT NULL THEN ALTER SCHEMA {live} RENAME TO {live}_old; END IF;
             END $$;
             ALTER SCHEMA {} RENAME TO {live};",
            target.schema
        ))
        .await?;
    client
        .execute(
            "UPDATE nabij.checkpoint
             SET sequence = $3, event_hash = $4, known_at = $5, generation = generation + 1
             WHERE projection = $1 AND version = $2",
            &[&name, &version, &(place.sequence as i64), &place.hash_bytes(), &place.known_at()],
        )
        .await?;
    // What was parked is in the fresh tables: a rebuild stops on anything that is not.
    client
        .execute("DELETE FROM nabij.dead_letter WHERE projection = $1 AND version = $2", &[&name, &version])
        .await?;
    load_state::forget(&**client, target).await
}
