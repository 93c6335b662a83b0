//! Reads the log once and copies rows into fresh schemas, on several connections; what a rebuild and a replay share.
//!
//! Each chunk of events is decoded, applied and copied by a task with its own connection. Chunks commit in the order of the
//! log: a task passes the turn on, so the progress in `nabij.rebuild` is always a prefix of the log and a stop at any
//! moment, or a crash, resumes there.

use std::sync::Arc;
use std::time::Instant;

use deadpool_postgres::Pool;
use futures::stream::{BoxStream, FuturesOrdered, StreamExt};
use jiff::Timestamp;
use nabij_log::{KnownAt, Log, Raw};
use nabij_model::EventHash;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::chunk::{Chunk, Worker};
use crate::erased::Erased;
use crate::error::EngineError;
use crate::gap::AcceptedGaps;
use crate::projection::Projection;
use crate::reading;

/// Events in one transaction.
const CHUNK: usize = 4096;
/// Chunks under way at once: one being read, one applied, one copied, one committed keep two cores and PostgreSQL busy.
const CONNECTIONS: usize = 4;

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
    /// Everybody who was erased when the load began, on whatever day it ends.
    pub(crate) erased: &'a Arc<Erased>,
    pub(crate) stop: &'a CancellationToken,
}

type Running = JoinHandle<Result<(Worker, Place), EngineError>>;

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
            idle.push(Worker::new(self).await?);
        }
        let gaps = AcceptedGaps::load(&**self.pool.get().await?).await?;
        let mut events = reading::up_to(self.log, place.sequence + 1, last, gaps).await?;
        let mut under_way: FuturesOrdered<Running> = FuturesOrdered::new();
        let (mut read, mut committed) = (Place { ended: false, ..place }, turn(place.sequence));
        let started = Instant::now();
        loop {
            if !self.stop.is_cancelled()
                && !read.ended
                && let Some(worker) = idle.pop()
            {
                let raws = next_chunk(&mut events, &mut read, until).await?;
                if let Some((last, _)) = raws.last() {
                    read.hash = Some(last.event_hash());
                    let (after, next) = oneshot::channel();
                    let before = std::mem::replace(&mut committed, next);
                    under_way.push_back(tokio::spawn(worker.run(Chunk { raws, place: read, before, after })));
                    continue;
                }
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

/// The next events with their `known_at`; none at the end of the load, or once it has passed its moment.
async fn next_chunk(
    events: &mut BoxStream<'static, Result<Raw, EngineError>>,
    read: &mut Place,
    until: Until,
) -> Result<Vec<(Raw, Timestamp)>, EngineError> {
    let mut raws = Vec::with_capacity(CHUNK);
    while !read.ended && raws.len() < CHUNK {
        let Some(raw) = events.next().await.transpose()? else {
            read.ended = true;
            break;
        };
        let known_at = reading::observe(&mut read.known, &raw);
        if matches!(until, Until::Time(until) if known_at > until) {
            read.ended = true;
            break;
        }
        read.sequence = raw.sequence;
        raws.push((raw, known_at));
    }
    Ok(raws)
}

/// A turn that is there already.
fn turn(sequence: u64) -> oneshot::Receiver<u64> {
    let (sender, receiver) = oneshot::channel();
    // The receiver is held by this very function: sending cannot fail.
    sender.send(sequence).ok();
    receiver
}
