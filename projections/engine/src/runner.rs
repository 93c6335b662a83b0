//! The one writer of a set of projections, and its standby.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Pool};
use futures::StreamExt;
use nabij_log::{KnownAt, Log, Raw};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_postgres::Statement;
use tokio_util::sync::CancellationToken;

use crate::control;
use crate::delivery::Delivery;
use crate::erased::{Erased, Gone};
use crate::error::{EngineError, blames_the_row, detail};
use crate::gap::AcceptedGaps;
use crate::lane::Lane;
use crate::metrics::Metrics;
use crate::projection::Projection;
use crate::reading;
use crate::rewind;
use crate::write::{self, Forgetting, Position};

/// Events in one transaction while behind; when idle an event is flushed at once.
const BATCH: usize = 4096;
/// After a batch of this many events more are on their way: worth gathering for so long, since a transaction costs more than its
/// rows. A lone event is flushed at once and never waits.
const BUSY: (usize, Duration) = (8, Duration::from_millis(10));
/// After this many the writer shares its cores with those who write: fewer transactions leave more to them.
const CROWDED: (usize, Duration) = (64, Duration::from_millis(40));
/// How often a standby asks for the lock.
const STANDBY: Duration = Duration::from_millis(200);
/// How often an idle writer looks whether the log is still the one it read, and whether it still has its lock.
const WATCH: Duration = Duration::from_secs(2);
/// Longest pause before a lost dependency is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Keeps a set of projections current, in one transaction a batch.
///
/// One runner of a set leads, by an advisory lock that its connection holds; others with the same set stand by and take over when
/// the connection ends, however it ends.
#[derive(Clone)]
pub struct Runner {
    pool: Pool,
    log: Log,
    projections: Vec<Arc<dyn Projection>>,
    metrics: Arc<Metrics>,
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner").field("set", &self.set()).finish_non_exhaustive()
    }
}

impl Runner {
    /// A runner of these projections; nothing starts yet.
    #[must_use]
    pub fn new(pool: Pool, log: Log, projections: Vec<Arc<dyn Projection>>) -> Self {
        Self { pool, log, projections, metrics: Arc::default() }
    }

    /// What it does, counted.
    #[must_use]
    pub fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.metrics)
    }

    /// Runs until stopped. Stopping loses nothing at any moment: what was not committed is read again.
    ///
    /// # Errors
    /// What no waiting mends: the log was rewound ([`EngineError::Rewound`]), events are missing ([`EngineError::Gap`]), the
    /// schema is of another version. A dependency that is away is tried again for ever.
    pub async fn run(&self, stop: &CancellationToken) -> Result<(), EngineError> {
        let mut pause = Duration::from_millis(50);
        loop {
            let before = self.metrics.batches.load(Ordering::Relaxed);
            let led = tokio::select! {
                biased;
                () = stop.cancelled() => Ok(()),
                led = self.lead() => led.map(|never| match never {}),
            };
            self.metrics.leading.store(false, Ordering::Relaxed);
            let Err(error) = led else { return Ok(()) };
            if !error.is_transient() {
                return Err(error);
            }
            if self.metrics.batches.load(Ordering::Relaxed) > before {
                pause = Duration::from_millis(50);
            }
            tracing::warn!(set = self.set(), %error, "projections of {} pause: {error}", self.set());
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
            }
        }
    }

    /// Waits for the lock, then leads until something fails.
    async fn lead(&self) -> Result<std::convert::Infallible, EngineError> {
        control::prepare_database(&self.pool).await?;
        let mut client = control::own_connection(&self.pool).await?;
        self.stand_by(&client).await?;
        self.metrics.leading.store(true, Ordering::Relaxed);
        let mut leader = Leader::new(self, &mut client).await?;
        let first = leader.lanes.iter().map(|lane| lane.sequence).min().unwrap_or(0) + 1;
        let gaps = AcceptedGaps::load(&*client).await?;
        tracing::info!(set = self.set(), first, "projections of {} go on from event {first}", self.set());
        let mut batches = reading::from(&self.log, first, gaps).await?.ready_chunks(BATCH);
        let mut watch = interval(WATCH);
        watch.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                batch = batches.next() => {
                    let (raws, error) = until_error(batch.ok_or(EngineError::LogClosed)?);
                    let gather = gathering(raws.len());
                    leader.take(&mut client, raws).await?;
                    if let Some(gather) = gather {
                        sleep(gather).await;
                    }
                    if let Some(error) = error {
                        return Err(error);
                    }
                }
                _ = watch.tick() => leader.watch(&client).await?,
            }
        }
    }

    async fn stand_by(&self, client: &ClientWrapper) -> Result<(), EngineError> {
        let statement = client.prepare("SELECT pg_try_advisory_lock(hashtextextended($1, 0))").await?;
        let mut told = false;
        while !client.query_one(&statement, &[&self.set()]).await?.get::<_, bool>(0) {
            if !told {
                tracing::info!(set = self.set(), "another process writes {}: standing by", self.set());
                told = true;
            }
            sleep(STANDBY).await;
        }
        Ok(())
    }

    /// The name of the lock: the projections with their versions, so that a new version can fill its schema beside the old.
    fn set(&self) -> String {
        let schemas: Vec<String> = self.projections.iter().map(|projection| projection.schema()).collect();
        schemas.join("+")
    }
}

/// How long more events are gathered after a batch of so many; not at all while behind.
fn gathering(events: usize) -> Option<Duration> {
    let worth = |(least, _): &(usize, Duration)| (*least..BATCH).contains(&events);
    [CROWDED, BUSY].into_iter().find(worth).map(|(_, pause)| pause)
}

fn until_error(batch: Vec<Result<Raw, EngineError>>) -> (Vec<Raw>, Option<EngineError>) {
    let mut raws = Vec::with_capacity(batch.len());
    for raw in batch {
        match raw {
            Ok(raw) => raws.push(raw),
            Err(error) => return (raws, Some(error)),
        }
    }
    (raws, None)
}

/// What a runner knows while it holds the lock.
pub(crate) struct Leader<'a> {
    runner: &'a Runner,
    lanes: Vec<Lane>,
    advance: Statement,
    known: KnownAt,
    erased: Erased,
}

impl<'a> Leader<'a> {
    pub(crate) async fn new(runner: &'a Runner, client: &mut ClientWrapper) -> Result<Self, EngineError> {
        let lanes = open_lanes(runner, client).await?;
        for lane in &lanes {
            rewind::check(&runner.log, lane.projection.name(), lane.sequence, lane.hash).await?;
        }
        let known = lanes
            .iter()
            .min_by_key(|lane| lane.sequence)
            .and_then(|lane| lane.known_at)
            .map_or_else(KnownAt::default, KnownAt::from_checkpoint);
        let advance = client.prepare("SELECT nabij.advance($1, $2, $3, $4, $5, $6, $7)").await?;
        let erased = Erased::load(&**client).await?;
        Ok(Self { runner, lanes, advance, known, erased })
    }

    pub(crate) async fn take(
        &mut self,
        client: &mut ClientWrapper,
        raws: Vec<Raw>,
    ) -> Result<(), EngineError> {
        reading::prefetch(&self.runner.log, raws.iter()).await?;
        let mut batch = Vec::with_capacity(raws.len());
        for raw in raws {
            let known_at = reading::observe(&mut self.known, &raw);
            let delivery = reading::decode(&self.runner.log, &raw, known_at, &self.erased).await?;
            if let Some(gone) = erases(&delivery) {
                self.erased.add(gone);
            }
            batch.push(delivery);
        }
        match self.commit(client, &batch).await {
            Err(EngineError::Database(error)) if blames_the_row(&error) => {
                self.lanes = open_lanes(self.runner, client).await?;
                self.one_by_one(client, &batch).await
            }
            done => done,
        }
    }

    /// Commits what the batch adds to all projections.
    async fn commit(&mut self, client: &ClientWrapper, batch: &[Delivery]) -> Result<(), EngineError> {
        let Some(last) = batch.last() else { return Ok(()) };
        let work: Vec<_> = self.lanes.iter_mut().map(|lane| lane.work(batch)).collect();
        let letters = work.iter().flatten().map(|work| work.letters.len()).sum();
        let forgetting = Forgetting {
            log: &self.runner.log,
            erased: &self.erased,
            gone: batch.iter().filter_map(erases).collect(),
        };
        write::commit(client, &self.advance, &mut self.lanes, work, position(last), &forgetting).await?;
        self.runner.metrics.committed(batch.len(), letters, last.sequence());
        Ok(())
    }

    /// PostgreSQL refused a row of the batch: takes each event alone, so that only the one to blame is parked.
    async fn one_by_one(&mut self, client: &ClientWrapper, batch: &[Delivery]) -> Result<(), EngineError> {
        for delivery in batch {
            let forgetting = Forgetting {
                log: &self.runner.log,
                erased: &self.erased,
                gone: erases(delivery).into_iter().collect(),
            };
            let mut letters = 0;
            for lane in &mut self.lanes {
                let Some(work) = lane.work(std::slice::from_ref(delivery)) else { continue };
                letters += work.letters.len();
                let lane = std::slice::from_mut(lane);
                let to = position(delivery);
                match write::commit(client, &self.advance, lane, vec![Some(work)], to, &forgetting).await {
                    Err(EngineError::Database(error)) if blames_the_row(&error) => {
                        let parked = lane[0].refused(delivery, detail(&error));
                        letters += 1;
                        write::commit(client, &self.advance, lane, vec![Some(parked)], to, &forgetting)
                            .await?;
                    }
                    done => done?,
                }
            }
            self.runner.metrics.committed(1, letters, delivery.sequence());
        }
        Ok(())
    }

    /// While idle: the log must still hold what was projected, and the connection that holds the lock must live.
    async fn watch(&self, client: &ClientWrapper) -> Result<(), EngineError> {
        if client.is_closed() {
            return Err(EngineError::Fenced);
        }
        for lane in &self.lanes {
            rewind::check(&self.runner.log, lane.projection.name(), lane.sequence, lane.hash).await?;
        }
        let head = self.runner.log.head().await?.sequence;
        self.runner.metrics.head.store(head, Ordering::Relaxed);
        Ok(())
    }
}

async fn open_lanes(runner: &Runner, client: &mut ClientWrapper) -> Result<Vec<Lane>, EngineError> {
    let mut lanes = Vec::new();
    for projection in &runner.projections {
        lanes.push(Lane::open(client, Arc::clone(projection)).await?);
    }
    Ok(lanes)
}

/// The person whom this event erases.
pub(crate) fn erases(delivery: &Delivery) -> Option<Gone> {
    match delivery {
        Delivery::Event(event) => Gone::by(event),
        Delivery::Forgotten(_) | Delivery::Unreadable(_) => None,
    }
}

fn position(delivery: &Delivery) -> Position {
    Position { sequence: delivery.sequence(), hash: delivery.hash(), known_at: delivery.known_at() }
}
