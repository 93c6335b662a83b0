//! Who acts: one instance, by an advisory lock of PostgreSQL. The others read along.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Pool};
use nabij_engine::own_connection;
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
            let asked = client.query_one(LOCK, &[]).await.and_then(|row| row.try_get::<_, bool>(0));
            let Ok(leads) = asked else { return };
            if self.0.swap(leads, Ordering::Relaxed) != leads {
                tracing::info!(leads, "this instance {}", if leads { "leads" } else { "stands by" });
            }
            if leads {
                break;
            }
            sleep(LOOK).await;
        }
        while client.simple_query("").await.is_ok() {
            sleep(LOOK).await;
        }
    }
}
