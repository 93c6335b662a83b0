//! Gaps in the stream's sequence: nothing may be missing unless somebody said that they know.

use deadpool_postgres::Pool;
use nabij_log::{LogError, LogErrorKind};
use tokio_postgres::GenericClient;

use crate::error::EngineError;

/// Notes that somebody knows why events `first..=last` are missing; projections then go on past them.
///
/// # Errors
/// When PostgreSQL is away, or `last` lies before `first`.
pub async fn accept_gap(pool: &Pool, first: u64, last: u64) -> Result<(), EngineError> {
    pool.get()
        .await?
        .execute(
            "INSERT INTO nabij.accepted_gap (first, last) VALUES ($1, $2)
             ON CONFLICT (first) DO UPDATE SET last = greatest(accepted_gap.last, excluded.last)",
            &[&(first as i64), &(last as i64)],
        )
        .await?;
    Ok(())
}

/// The gaps that were accepted, read once a run: a projection that stopped on a gap is started again anyway.
#[derive(Debug, Default, Clone)]
pub(crate) struct AcceptedGaps(Vec<(u64, u64)>);

impl AcceptedGaps {
    pub(crate) async fn load(client: &impl GenericClient) -> Result<Self, EngineError> {
        let rows = client.query("SELECT first, last FROM nabij.accepted_gap", &[]).await?;
        Ok(Self(rows.iter().map(|row| (row.get::<_, i64>(0) as u64, row.get::<_, i64>(1) as u64)).collect()))
    }

    /// Where to go on after this error of the log: behind the gap, if somebody said that they know why it is there.
    pub(crate) fn past(&self, error: LogError) -> Result<u64, EngineError> {
        let LogErrorKind::Gap { first, last } = error.kind() else { return Err(error.into()) };
        if self.0.iter().any(|&(from, to)| from <= first && last <= to) {
            Ok(last + 1)
        } else {
            Err(EngineError::Gap { first, last })
        }
    }
}
