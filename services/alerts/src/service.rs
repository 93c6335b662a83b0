//! `nabij serve alerts`: keeps the facts current and looks at what is due whenever they changed, and every second: what is to be
//! raised, and whose keys are to be destroyed.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use deadpool_postgres::Pool;
use jiff::Timestamp;
use nabij_engine::{EngineError, Metrics, NotYet, Projection, Runner, wait_for};
use nabij_log::{Log, LogError};
use nabij_model::Policies;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::eraser::Eraser;
use crate::raiser::{RaiseError, Raiser};
use crate::rule::Rule;
use crate::watch::Watch;

/// How soon a change is seen.
const TICK: Duration = Duration::from_millis(10);
/// A deadline passes without any event: how late it may be noticed.
const AT_LEAST: Duration = Duration::from_secs(1);
/// How long the projection may take to reach the end of the log as it stood.
const CATCH_UP: Duration = Duration::from_secs(30);

/// Why one round was not finished.
#[derive(Debug, thiserror::Error)]
enum RoundError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Behind(#[from] NotYet),
    #[error(transparent)]
    Raise(#[from] RaiseError),
}

/// Runs until stopped. Several may run: one leads, the others stand by.
///
/// # Errors
/// What no waiting mends: the log was rewound, events are missing, the schema is of another version.
pub async fn run(
    log: Log,
    pool: Pool,
    rules: Arc<Vec<Rule>>,
    policies: Arc<Policies>,
    stop: &CancellationToken,
) -> Result<(), EngineError> {
    let watch: Arc<dyn Projection> = Arc::new(Watch::new(Arc::clone(&rules)));
    let runner = Runner::new(pool.clone(), log.clone(), vec![watch]);
    let metrics = runner.metrics();
    let eraser = Eraser::new(log.clone(), pool.clone(), Arc::clone(&policies));
    let raiser = Raiser::new(log.clone(), pool.clone(), rules, policies);
    tokio::select! {
        ended = runner.run(stop) => ended,
        never = rounds(&log, &pool, &metrics, raiser, eraser) => match never {},
    }
}

async fn rounds(
    log: &Log,
    pool: &Pool,
    metrics: &Metrics,
    mut raiser: Raiser,
    mut eraser: Eraser,
) -> std::convert::Infallible {
    let mut seen = None;
    let mut last = Instant::now();
    loop {
        sleep(TICK).await;
        let batches = Some(metrics.batches.load(Ordering::Relaxed));
        let leading = metrics.leading.load(Ordering::Relaxed);
        if !leading || (batches == seen && last.elapsed() < AT_LEAST) {
            continue;
        }
        (seen, last) = (batches, Instant::now());
        if let Err(error) = round(log, pool, &mut raiser).await {
            tracing::warn!(%error, "what is due could not be looked at, it will be again: {error}");
            sleep(AT_LEAST).await;
        }
        if let Err(error) = eraser.look().await {
            tracing::warn!(%error, "an erasure is not finished, it will be tried again: {error}");
            sleep(AT_LEAST).await;
        }
    }
}

/// The clock is read before the end of the log: an answer recorded until then is in the views before anything fires.
async fn round(log: &Log, pool: &Pool, raiser: &mut Raiser) -> Result<(), RoundError> {
    let now = Timestamp::now();
    let head = log.head().await?.sequence;
    wait_for(pool, &["alerts_v2"], head, CATCH_UP).await?;
    raiser.look(now, head).await?;
    Ok(())
}
