//! What the servers said a moment ago: probes and scrapers of several machines ask often, and each question costs NATS and PostgreSQL one.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use nabij_alerts::view::{Deliveries, deliveries};
use nabij_engine::{Checkpoint, checkpoints};
use nabij_log::Head;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::state::ApiState;

/// An answer is told on for so long.
const FRESH: Duration = Duration::from_secs(1);
/// A server that does not answer within this is away.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the servers said; a sentence where one is away.
#[derive(Debug)]
pub(super) struct Servers {
    /// Where the log ends, and how full it is.
    pub(super) log: Result<Head, String>,
    /// The same of the audit.
    pub(super) audit: Result<Head, String>,
    /// How far the views are.
    pub(super) views: Result<Vec<Checkpoint>, String>,
    /// What became of notices.
    pub(super) notices: Option<Deliveries>,
}

/// The last answer, with when it was asked for.
#[derive(Debug, Default)]
pub(crate) struct Said(Mutex<Option<(Instant, Arc<Servers>)>>);

impl Servers {
    /// What they say: at most a second old. Whoever comes while somebody asks waits for that answer.
    pub(super) async fn ask(state: &ApiState) -> Arc<Self> {
        let mut said = state.servers().0.lock().await;
        if let Some((at, servers)) = &*said
            && at.elapsed() < FRESH
        {
            return Arc::clone(servers);
        }
        let at = Instant::now();
        let (log, audit, views, notices) = tokio::join!(
            within(state.log().head()),
            within(state.log().audit_head()),
            within(checkpoints(state.pool())),
            notices(state),
        );
        let servers = Arc::new(Self { log, audit, views, notices });
        *said = Some((at, Arc::clone(&servers)));
        servers
    }

    /// What somebody must do soon, before a stream is full and refuses.
    pub(super) fn warnings(&self) -> Vec<String> {
        let full = |head: &Result<Head, String>, what: &str, setting: &str, then: &str| {
            let head = head.as_ref().ok().filter(|head| head.alarm)?;
            let share = head.bytes.saturating_mul(100) / head.max_bytes.max(1);
            Some(format!(
                "{what} is {share} % full, and when it is full {then}: raise {setting} and run `nabij setup --resize` (deploy/recovery.md)"
            ))
        };
        let log = full(&self.log, "the log", "log.max_bytes", "nothing is written any more");
        let audit = full(&self.audit, "the audit", "log.audit_max_bytes", "nobody reads any more");
        log.into_iter().chain(audit).collect()
    }
}

/// `None` while the views are away.
async fn notices(state: &ApiState) -> Option<Deliveries> {
    let counted = async { deliveries(&state.pool().get().await.ok()?).await.ok() };
    tokio::time::timeout(PATIENCE, counted).await.ok().flatten()
}

/// What `asked` answers, or a sentence.
async fn within<T, E: std::fmt::Display>(asked: impl Future<Output = Result<T, E>>) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}
