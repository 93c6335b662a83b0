//! The one writer of the access log, and its standby.

use std::convert::Infallible;
use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Pool};
use futures::StreamExt;
use nabij_log::Log;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::error::AccessLogError;
use crate::load;
use crate::schema;

/// Messages in one transaction.
const BATCH: usize = 1_000;
/// How often a standby asks for the lock.
const STANDBY: Duration = Duration::from_millis(500);
/// Between two transactions: nobody waits for this view, and fewer and larger ones leave the machine to those who do.
const REST: Duration = Duration::from_millis(50);
/// Longest pause before a lost dependency is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Keeps the access log current.
#[derive(Debug, Clone)]
pub struct Follower {
    pool: Pool,
    log: Log,
}

impl Follower {
    /// A writer; nothing starts yet.
    #[must_use]
    pub fn new(pool: Pool, log: Log) -> Self {
        Self { pool, log }
    }

    /// Runs until stopped. Stopping loses nothing: what was not committed is read again.
    ///
    /// # Errors
    /// What no waiting mends: messages are missing from the audit stream, or it was rewound.
    pub async fn run(&self, stop: &CancellationToken) -> Result<(), AccessLogError> {
        let mut pause = Duration::from_millis(100);
        loop {
            let led = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                led = self.lead() => led.map(|never| match never {}),
            };
            let Err(error) = led;
            if !error.is_transient() {
                return Err(error);
            }
            tracing::warn!(%error, "the access log pauses: {error}");
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
            }
        }
    }

    /// Waits for the lock, then leads until something fails.
    async fn lead(&self) -> Result<Infallible, AccessLogError> {
        let schema = schema();
        let mut client = load::own_connection(&self.pool).await?;
        stand_by(&client, &schema).await?;
        load::create(&mut client, &schema).await?;
        let (mut sequence, hash) = load::place(&*client, &schema).await?;
        if let Some(hash) = hash {
            self.log.check_audit(sequence, hash).await?;
        }
        let mut messages = self.log.read_audit(sequence + 1).await?.ready_chunks(BATCH);
        loop {
            let mut raws = Vec::new();
            let mut failed = None;
            for message in messages.next().await.unwrap_or_default() {
                match message {
                    Ok(raw) => raws.push(raw),
                    Err(error) => failed = failed.or(Some(error)),
                }
            }
            sequence = load::take(&mut client, &schema, sequence, &raws).await?;
            if let Some(error) = failed {
                return Err(error.into());
            }
            sleep(REST).await;
        }
    }
}

async fn stand_by(client: &ClientWrapper, schema: &str) -> Result<(), AccessLogError> {
    let statement = client.prepare("SELECT pg_try_advisory_lock(hashtextextended($1, 0))").await?;
    while !client.query_one(&statement, &[&schema]).await?.get::<_, bool>(0) {
        sleep(STANDBY).await;
    }
    Ok(())
}
