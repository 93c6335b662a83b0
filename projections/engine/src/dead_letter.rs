//! Events that could not be applied, and those that wait behind them.

use std::sync::Arc;

use deadpool_postgres::Pool;
use nabij_log::Log;
use nabij_model::{CaseId, CentreId};
use serde::Serialize;
use tokio_postgres::GenericClient;
use uuid::Uuid;

use crate::delivery::Delivery;
use crate::erased::Erased;
use crate::error::EngineError;
use crate::parked::Parked;
use crate::projection::Projection;
use crate::reading;
use crate::rows::Rows;

/// An event that is in the log but not in a projection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadLetter {
    /// Which projection.
    pub projection: String,
    /// Its version.
    pub version: u32,
    /// Where the event stands in the log.
    pub sequence: u64,
    /// Whose event: `signal.<uuid>`.
    pub aggregate: String,
    /// The centre that it names.
    pub centre: Option<Uuid>,
    /// The cases that it names.
    pub cases: Vec<Uuid>,
    /// Its envelope says that it is for the safeguarding person alone.
    pub confidential: bool,
    /// `nabij.signal.logged.v1`.
    pub event_type: String,
    /// Why it could not be applied; absent when it only waits behind another.
    pub error: Option<String>,
}

impl DeadLetter {
    pub(crate) fn of(projection: &dyn Projection, delivery: &Delivery, error: Option<String>) -> Self {
        let concerns = delivery.concerns();
        Self {
            projection: projection.name().to_owned(),
            version: projection.version(),
            sequence: delivery.sequence(),
            aggregate: delivery.aggregate().to_string(),
            centre: concerns.centre.map(|centre| centre.0),
            cases: concerns.cases.iter().map(|case| case.0).collect(),
            confidential: concerns.confidential,
            event_type: delivery.event_type(),
            error,
        }
    }

    pub(crate) async fn store(&self, client: &impl GenericClient) -> Result<(), tokio_postgres::Error> {
        client
            .execute(
                "INSERT INTO nabij.dead_letter
                 (projection, version, sequence, aggregate, centre, cases, confidential, event_type, error)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                &[
                    &self.projection,
                    &(self.version as i32),
                    &(self.sequence as i64),
                    &self.aggregate,
                    &self.centre,
                    &self.cases,
                    &self.confidential,
                    &self.event_type,
                    &self.error,
                ],
            )
            .await?;
        Ok(())
    }
}

/// Every dead letter, in the order of the log.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn dead_letters(pool: &Pool) -> Result<Vec<DeadLetter>, EngineError> {
    let rows = pool
        .get()
        .await?
        .query(
            "SELECT projection, version, sequence, aggregate, centre, cases, confidential, event_type, error
             FROM nabij.dead_letter ORDER BY sequence, projection, version",
            &[],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| DeadLetter {
            projection: row.get(0),
            version: row.get::<_, i32>(1) as u32,
            sequence: row.get::<_, i64>(2) as u64,
            aggregate: row.get(3),
            centre: row.get(4),
            cases: row.get(5),
            confidential: row.get(6),
            event_type: row.get(7),
            error: row.get(8),
        })
        .collect())
}

/// Tries every dead letter of these projections with this binary, writing nothing.
///
/// What it returns still fails, with the error of today. When nothing does, a rebuild takes them all in: that is
/// the only way out, since rows of later events are there already.
///
/// # Errors
/// When the log or PostgreSQL is away.
pub async fn retry(
    pool: &Pool,
    log: &Log,
    projections: &[Arc<dyn Projection>],
) -> Result<Vec<DeadLetter>, EngineError> {
    let mut failing = Vec::new();
    let erased = Erased::load(&**pool.get().await?).await?;
    let letters = dead_letters(pool).await?;
    for mut letter in letters.into_iter().filter(|letter| letter.error.is_some()) {
        let Some(projection) = projections.iter().find(|projection| projection.name() == letter.projection)
        else {
            continue;
        };
        let error = match log.event_at(letter.sequence).await? {
            None => Some("it is no longer in the log".to_owned()),
            Some(raw) => match reading::decode(log, &raw, jiff::Timestamp::MIN, &erased).await? {
                Delivery::Unreadable(unreadable) => Some(unreadable.error),
                Delivery::Forgotten(event) => {
                    let mut rows = Rows::new(projection.tables());
                    projection.forgotten(&event, &mut rows).err().map(|error| error.to_string())
                }
                Delivery::Event(event) => {
                    let mut rows = Rows::new(projection.tables());
                    projection.apply(&event, &mut rows).err().map(|error| error.to_string())
                }
            },
        };
        if error.is_some() {
            letter.error = error;
            failing.push(letter);
        }
    }
    Ok(failing)
}

/// What an answer is about, when it asks whether it is complete.
#[derive(Debug, Clone, Copy)]
pub enum Touched<'a> {
    /// One case.
    Case(CaseId),
    /// Any of these cases, or an event of the centre itself.
    Centre(CentreId, &'a [Uuid]),
    /// Everything: a figure.
    Anything,
}

/// How many events are missing from an answer of `projection` about `touched`; 0 when it is complete. A case or a centre is not told of
/// what is confidential: the number alone would tell that there is something.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn incomplete(
    pool: &Pool,
    projection: &str,
    version: u32,
    touched: Touched<'_>,
    as_of: u64,
) -> Result<u64, EngineError> {
    let (centre, cases): (Option<Uuid>, Option<Vec<Uuid>>) = match touched {
        Touched::Case(case) => (None, Some(vec![case.0])),
        Touched::Centre(centre, cases) => (Some(centre.0), Some(cases.to_vec())),
        Touched::Anything => (None, None),
    };
    let client = pool.get().await?;
    let statement = client
        .prepare_cached(
            "SELECT count(*) FROM nabij.dead_letter
             WHERE projection = $1 AND version = $2 AND sequence <= $5
               AND ($4::uuid[] IS NULL OR NOT confidential AND (centre = $3 OR cases && $4))",
        )
        .await?;
    let row = client
        .query_one(&statement, &[&projection, &(version as i32), &centre, &cases, &as_of_parameter(as_of)])
        .await?;
    Ok(row.get::<_, i64>(0) as u64)
}

/// `u64::MAX` means "now"; PostgreSQL counts to `i64::MAX`.
fn as_of_parameter(as_of: u64) -> i64 {
    i64::try_from(as_of).unwrap_or(i64::MAX)
}

pub(crate) async fn load_parked(
    client: &impl GenericClient,
    projection: &str,
    version: u32,
) -> Result<Parked, EngineError> {
    let rows = client
        .query(
            "SELECT aggregate, cases, error IS NOT NULL FROM nabij.dead_letter
             WHERE projection = $1 AND version = $2",
            &[&projection, &(version as i32)],
        )
        .await?;
    let mut parked = Parked::default();
    for row in rows {
        let (aggregate, cases, failed): (String, Vec<Uuid>, bool) = (row.get(0), row.get(1), row.get(2));
        let aggregate = aggregate.parse().map_err(|error| {
            EngineError::ForeignSchema(format!("nabij.dead_letter, column aggregate: {error}"))
        })?;
        if failed {
            parked.park(aggregate, cases.into_iter());
        } else {
            parked.wait(aggregate);
        }
    }
    Ok(parked)
}
