//! The one writer of the views, with a standby.
//!
//! `nabij serve projector` may run on several machines: one leads, the others wait for its lock. It fills what the API reads; the
//! alerts keep their own facts current themselves.

use std::sync::Arc;

use deadpool_postgres::Pool;
use nabij_accesslog::Follower;
use nabij_caseload::Caseload;
use nabij_engine::{Projection, Rebuild, Runner};
use nabij_log::Log;
use nabij_underreporting::facts::Facts;

/// The projections that the projector keeps current, and that a rebuild rebuilds.
#[must_use]
pub fn projections(log: &Log) -> Vec<Arc<dyn Projection>> {
    vec![Arc::new(Caseload::new(log)), Arc::new(Facts)]
}

/// The projector: [`Runner::run`] it until the process is asked to stop.
///
/// A run ends by itself only for what no waiting mends; [`EngineError::exit_code`](nabij_engine::EngineError::exit_code) is
/// then the process's.
#[must_use]
pub fn projector(pool: Pool, log: Log) -> Runner {
    let projections = projections(&log);
    Runner::new(pool, log, projections)
}

/// The writer of the access log, which follows the audit stream beside the projector: [`Follower::run`] it likewise.
#[must_use]
pub fn access_log(pool: Pool, log: Log) -> Follower {
    Follower::new(pool, log)
}

/// `nabij rebuild`: all of them, reading the log once.
#[must_use]
pub fn rebuild(pool: Pool, log: Log) -> Rebuild {
    let projections = projections(&log);
    Rebuild::new(pool, log, projections)
}

/// Where `nabij replay --into SCHEMA` puts each projection: the caseload into `SCHEMA`, others into `SCHEMA_<name>`.
#[must_use]
pub fn replay_into(log: &Log, schema: &str) -> Vec<(Arc<dyn Projection>, String)> {
    projections(log)
        .into_iter()
        .enumerate()
        .map(|(position, projection)| {
            let schema =
                if position == 0 { schema.to_owned() } else { format!("{schema}_{}", projection.name()) };
            (projection, schema)
        })
        .collect()
}
