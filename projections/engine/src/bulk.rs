//! Reads the log once and copies rows into fresh schemas, on several connections; what a rebuild and a replay share.
//!
//! Each chunk of events is decoded, applied and copied by a task with its own connection. Chunks commit in the order of the
//! log: a task passes the turn on, so the progress in `nabij.rebuild` is always a prefix of the log and a stop at any
//! moment, or a crash, resumes there.

use std::sync::Arc;
use std::time::Instant;

use deadpool_postgres::{ClientWrapper, Pool};
use futures::stream::{FuturesOrdered, StreamExt};
use jiff::Timestamp;
use nabij_log::{KnownAt, Log, Raw};
use nabij_model::EventHash;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::control;
use crate::delivery::Delivery;
use crate::error::{EngineError, blames_the_row, detail};
use crate::gap::AcceptedGaps;
use crate::lane::TableStatements;
use crate::projection::Projection;
use crate::reading;
use crate::rows::Rows;
use crate::write;

/// Events in one transaction.
const CHUNK: usize = 8192;
/// Chunks under way at once: one being read, one applied, one copied keep two cores and PostgreSQL busy.
const CONNECTIONS: usize = 3;

/// Where a load ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// After this event.
    Sequence(u64),
    /// Before the first event that the network knew later than this.
    Time(Timestamp),
}

/// How far a load is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Events that are in.
    pub done: u64,
    /// Events that there will be.
    pub total: u64,
    /// Events a second since this run began.
    pub per_second: f64,
}

/// A projection and the fresh schema that it fills.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) projection: Arc<dyn Projection>,
    pub(crate) schema: String,
}

/// The place in the log up to which all targets are filled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) sequence: u64,
    pub(crate) hash: Option<EventHash>,
    pub(crate) known: KnownAt,
    /// Nothing after this place belongs to the load.
    pub(crate) ended: bool,
}

impl Place {
    /// Before the first event.
    pub(crate) fn start() -> Self {
        Self { sequence: 0, hash: None, known: KnownAt::default(), ended: false }
    }

    /// Moves to the next event and resolves its `known_at`.
    pub(crate) fn advance(&mut self, delivery: &mut Delivery) {
        let known_at = self.known.observe(delivery.known_at());
        delivery.set_known_at(known_at);
        self.sequence = delivery.sequence();
        self.hash = Some(delivery.hash());
    }

    pub(crate) fn hash_bytes(&self) -> Option<Vec<u8>> {
        self.hash.map(|hash| hash.0.to_vec())
    }

    pub(crate) fn known_at(&self) -> Option<Timestamp> {
        (self.sequence > 0).then(|| self.known.get())
    }
}

/// One load from a place on.
pub(crate) struct Bulk<'a> {
    pub(crate) pool: &'a Pool,
    pub(crate) log: &'a Log,
    pub(crate) targets: &'a [Target],
    pub(crate) stop: &'a CancellationToken,
}

type Chunk = JoinHandle<Result<(Worker, Place), EngineError>>;

impl Bulk<'_> {
    /// Loads from `place` until `until`, or until stopped; gives the place reached.
    pub(crate) async fn load(
        &self,
        place: Place,
        until: Until,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Place, EngineError> {
        let head = self.log.head().await?.sequence;
        let last = match until {
            Until::Sequence(sequence) => sequence.min(head),
            Until::Time(_) => head,
        };
        let mut reached = place;
        if reached.sequence >= last {
            return Ok(reached);
        }
        let mut idle = Vec::new();
        for _ in 0..CONNECTIONS {
            idle.push(Worker::new(self, until).await?);
        }
        let gaps = AcceptedGaps::load(&**self.pool.get().await?).await?;
        let mut chunks =
            Box::pin(reading::up_to(self.log, place.sequence + 1, last, gaps).await?.chunks(CHUNK));
        let mut under_way: FuturesOrdered<Chunk> = FuturesOrdered::new();
        let (mut resolved, mut committed) = (turn(place), turn(place));
        let started = Instant::now();
        loop {
            let more = !self.stop.is_cancelled() && !reached.ended;
            if more
                && !idle.is_empty()
                && let Some(chunk) = chunks.next().await
            {
                let chunk: Vec<Raw> = chunk.into_iter().collect::<Result<_, _>>()?;
                let (resolve, next_resolved) = oneshot::channel();
                let (commit, next_committed) = oneshot::channel();
                let turns = Turns {
                    resolved: std::mem::replace(&mut resolved, next_resolved),
                    resolve,
                    committed: std::mem::replace(&mut committed, next_committed),
                    commit,
                };
                let Some(worker) = idle.pop() else { continue };
                under_way.push_back(tokio::spawn(worker.run(chunk, turns)));
                continue;
            }
            let Some(done) = under_way.next().await else { return Ok(reached) };
            let (worker, now) = done.map_err(|_| EngineError::Aborted)??;
            idle.push(worker);
            reached = now;
            progress(Progress {
                done: reached.sequence,
                total: last,
                per_second: (reached.sequence - place.sequence) as f64 / started.elapsed().as_secs_f64(),
            });
        }
    }
}

fn turn(place: Place) -> oneshot::Receiver<Place> {
    let (sender, receiver) = oneshot::channel();
    // The receiver is held by this very function: sending cannot fail.
    sender.send(place).ok();
    receiver
}

/// What a chunk waits for from the one before it, and owes to the one after it.
struct Turns {
    /// Times are resolved up to the chunk before.
    resolved: oneshot::Receiver<Place>,
    resolve: oneshot::Sender<Place>,
    /// The chunk before is committed.
    committed: oneshot::Receiver<Place>,
    commit: oneshot::Sender<Place>,
}

/// A connection with its prepared statements.
struct Worker {
    client: ClientWrapper,
    log: Log,
    targets: Vec<(Target, Vec<TableStatements>)>,
    until: Until,
}

impl Worker {
    async fn new(bulk: &Bulk<'_>, until: Until) -> Result<Self, EngineError> {
        let client = control::own_connection(bulk.pool).await?;
        let mut targets = Vec::new();
        for target in bulk.targets {
            let statements = TableStatements::prepare(&client, &*target.projection, &target.schema).await?;
            targets.push((target.clone(), statements));
        }
        Ok(Self { client, log: bulk.log.clone(), targets, until })
    }

    /// Decodes, applies, copies and commits one chunk; gives the place that is reached with it.
    ///
    /// A turn that never comes means that the chunk before failed: its own error is the one that counts.
    async fn run(self, raws: Vec<Raw>, turns: Turns) -> Result<(Self, Place), EngineError> {
        let mut chunk = reading::decode_all(&self.log, raws).await?;
        let mut place = turns.resolved.await.map_err(|_| EngineError::Aborted)?;
        let taken = if place.ended { 0 } else { self.resolve(&mut chunk, &mut place) };
        chunk.truncate(taken);
        turns.resolve.send(place).ok();

        let mut rows = Vec::new();
        for (target, _) in &self.targets {
            let mut added = Rows::new(target.projection.tables());
            for delivery in &chunk {
                apply(target, delivery, &mut added)?;
            }
            rows.push(added);
        }
        self.client.batch_execute("BEGIN").await?;
        for ((_, statements), rows) in self.targets.iter().zip(&mut rows) {
            if let Err(error) = write::copy(&self.client, statements, rows).await {
                return Err(self.blame(&chunk, error).await);
            }
        }
        let before = turns.committed.await.map_err(|_| EngineError::Aborted)?;
        self.note(before.sequence, place).await?;
        turns.commit.send(place).ok();
        Ok((self, place))
    }

    /// Fills in `known_at`, and finds how many events belong to the load.
    fn resolve(&self, chunk: &mut [Delivery], place: &mut Place) -> usize {
        for (position, delivery) in chunk.iter_mut().enumerate() {
            let mut next = *place;
            next.advance(delivery);
            if matches!(self.until, Until::Time(until) if delivery.known_at() > until) {
                place.ended = true;
                return position;
            }
            *place = next;
        }
        chunk.len()
    }

    /// Notes the progress and commits.
    async fn note(&self, from: u64, to: Place) -> Result<(), EngineError> {
        for (target, _) in &self.targets {
            let moved = self
                .client
                .execute(
                    "UPDATE nabij.rebuild SET sequence = $1, event_hash = $2, known_at = $3
                     WHERE schema = $4 AND projection = $5 AND sequence = $6",
                    &[
                        &(to.sequence as i64),
                        &to.hash_bytes(),
                        &to.known_at(),
                        &target.schema,
                        &target.projection.name(),
                        &(from as i64),
                    ],
                )
                .await?;
            if moved != 1 {
                return Err(EngineError::Fenced);
            }
        }
        self.client.batch_execute("COMMIT").await?;
        Ok(())
    }

    /// PostgreSQL refused a chunk's rows: finds the event to blame by trying each alone.
    async fn blame(&self, chunk: &[Delivery], error: tokio_postgres::Error) -> EngineError {
        if !blames_the_row(&error) {
            return error.into();
        }
        for delivery in chunk {
            for (target, statements) in &self.targets {
                let mut rows = Rows::new(target.projection.tables());
                if let Err(error) = apply(target, delivery, &mut rows) {
                    return error;
                }
                let tried = match self.client.batch_execute("ROLLBACK; BEGIN").await {
                    Ok(()) => write::copy(&self.client, statements, &mut rows).await,
                    Err(error) => Err(error),
                };
                match tried {
                    Ok(()) => {}
                    Err(error) if blames_the_row(&error) => {
                        return dead_letter(target, delivery, detail(&error));
                    }
                    Err(error) => return error.into(),
                }
            }
        }
        error.into()
    }
}

/// The rows of one event, or the error that stops a load.
pub(crate) fn apply(target: &Target, delivery: &Delivery, rows: &mut Rows) -> Result<(), EngineError> {
    match delivery {
        Delivery::Unreadable(event) => Err(dead_letter(target, delivery, event.error.clone())),
        Delivery::Event(event) => target
            .projection
            .apply(event, rows)
            .map_err(|error| dead_letter(target, delivery, error.to_string())),
    }
}

fn dead_letter(target: &Target, delivery: &Delivery, error: String) -> EngineError {
    EngineError::DeadLetter {
        projection: target.projection.name().to_owned(),
        sequence: delivery.sequence(),
        event_type: delivery.event_type(),
        aggregate: delivery.aggregate().to_string(),
        error,
    }
}
