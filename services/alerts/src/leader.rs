//! Who acts: one instance, by an advisory lock of PostgreSQL. The others read along.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Object, Pool};
use tokio::time::sleep;

/// How often the lock is asked for, and how often it is looked whether it is still held.
const LOOK: Duration = Duration::from_millis(200);

const LOCK: &str = "SELECT pg_try_advisory_lock(hashtextextended('alerts', 0))";

/// Whether this instance acts.
#[derive(Debug, Default)]
pub(crate) struct Leader(AtomicBool);

impl Leader {
    pub(crate) fn leads(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Keeps asking, for ever. Who leads goes on while PostgreSQL is away: an alarm must not wait for the views, and a second
    /// leader would repeat nothing, since what was done stands in the log.
    pub(crate) async fn keep(&self, pool: &Pool) -> std::convert::Infallible {
        loop {
            match own_connection(pool).await {
                Ok(client) => self.hold(&client).await,
                Err(error) => tracing::warn!(%error, "who leads the alerts cannot be asked: {error}"),
            }
            sleep(LOOK).await;
        }
    }

    /// Until the connection is lost, and with it the lock.
    async fn hold(&self, client: &ClientWrapper) {
        loop {
            if !self.leads() || !client.is_closed() {
                match client.query_one(LOCK, &[]).await.and_then(|row| row.try_get::<_, bool>(0)) {
                    Ok(leads) => {
                        if self.0.swap(leads, Ordering::Relaxed) != leads {
                            tracing::info!(
                                leads,
                                "this instance {}",
                                if leads { "leads" } else { "stands by" }
                            );
                        }
                        if leads {
                            break;
                        }
                    }
                    Err(_) => return,
                }
            }
            sleep(LOOK).await;
        }
        while client.simple_query("").await.is_ok() {
            sleep(LOOK).await;
        }
    }
}

/// A connection of our own, taken out of the pool, since it holds the lock.
async fn own_connection(pool: &Pool) -> Result<ClientWrapper, deadpool_postgres::PoolError> {
    Ok(Object::take(pool.get().await?))
}
