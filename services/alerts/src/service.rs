//! `nabij serve alerts`: follows the log and raises what the rules find, keeps the views of escalations current, and destroys the
//! keys of who is erased.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use deadpool_postgres::Pool;
use nabij_engine::{EngineError, Metrics, Projection, Runner};
use nabij_log::Log;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::driver::Driver;
use crate::eraser::Eraser;
use crate::leader::Leader;
use crate::watch::Watch;

/// How soon a change is seen.
const TICK: Duration = Duration::from_millis(50);
/// How often it is looked at all the same.
const AT_LEAST: Duration = Duration::from_secs(1);

/// Runs until stopped. Several may run: one leads, the others stand by.
///
/// # Errors
/// What no waiting mends: the log was rewound, events are missing, the schema is of another version.
pub async fn run(driver: Driver, stop: &CancellationToken) -> Result<(), EngineError> {
    let (log, pool): (Log, Pool) = (driver.log.clone(), driver.pool.clone());
    let watch: Arc<dyn Projection> = Arc::new(Watch);
    let runner = Runner::new(pool.clone(), log.clone(), vec![watch]);
    let metrics = runner.metrics();
    let eraser = Eraser::new(log, pool.clone(), Arc::clone(&driver.policies));
    let leader = Leader::default();
    tokio::select! {
        ended = runner.run(stop) => ended,
        never = leader.keep(&pool) => match never {},
        never = driver.run(&leader) => match never {},
        never = erasing(&metrics, eraser) => match never {},
    }
}

/// Looks at what is to be destroyed whenever the views changed, and every second.
async fn erasing(metrics: &Metrics, mut eraser: Eraser) -> Infallible {
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
        if let Err(error) = eraser.look().await {
            tracing::warn!(%error, "an erasure is not finished, it will be tried again: {error}");
            sleep(AT_LEAST).await;
        }
    }
}
