//! How many people live in a centre, as counted at moments.

use jiff::Timestamp;
use nabij_engine::{ApplyError, Rows, Table};
use nabij_model::centre::CentreEvent;
use nabij_model::{CentreId, Event, Recorded};
use schemars::JsonSchema;
use serde::Serialize;
use tokio_postgres::types::Type;

use crate::centre_fact::count;
use crate::reader::{ReadError, Reader, at};

pub(crate) static OCCUPANCY: Table = Table {
    name: "occupancy",
    columns: &[
        ("centre", Type::UUID),
        ("recorded_seq", Type::INT8),
        ("as_at", Type::TIMESTAMPTZ),
        ("residents", Type::INT4),
        ("minors", Type::INT4),
        ("unaccompanied_minors", Type::INT4),
    ],
};

pub(crate) fn rows(event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError> {
    let Event::Centre(CentreEvent::OccupancyReported(reported)) = &event.event else { return Ok(()) };
    rows.row(&OCCUPANCY)
        .put(event.meta.aggregate.id)
        .put(event.sequence as i64)
        .put(reported.as_at)
        .put(count(reported.residents))
        .put(reported.minors.map(count))
        .put(reported.unaccompanied_minors.map(count))
        .end()
}

/// How many people lived in a centre at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Occupancy {
    /// When they were counted.
    pub as_at: Timestamp,
    /// Persons.
    pub residents: u32,
    /// Minors among them, if they were counted.
    pub minors: Option<u32>,
    /// Unaccompanied minors among the minors, if they were counted.
    pub unaccompanied_minors: Option<u32>,
    /// Where it stands in the log.
    pub recorded_seq: u64,
}

impl Occupancy {
    fn read(row: &tokio_postgres::Row) -> Self {
        let number = |value: i32| u32::try_from(value).unwrap_or(0);
        Self {
            as_at: row.get(0),
            residents: number(row.get(1)),
            minors: row.get::<_, Option<i32>>(2).map(number),
            unaccompanied_minors: row.get::<_, Option<i32>>(3).map(number),
            recorded_seq: row.get::<_, i64>(4) as u64,
        }
    }
}

impl Reader {
    /// Every count of `centre` in `from..to`, oldest first; of two for the same moment the one recorded last.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn occupancy(
        &self,
        centre: CentreId,
        from: Timestamp,
        to: Timestamp,
        as_of: u64,
    ) -> Result<Vec<Occupancy>, ReadError> {
        let rows = self
            .query(
                "SELECT DISTINCT ON (as_at) as_at, residents, minors, unaccompanied_minors, recorded_seq
                 FROM $schema.occupancy
                 WHERE centre = $1 AND as_at >= $2 AND as_at < $3 AND recorded_seq <= $4
                 ORDER BY as_at, recorded_seq DESC",
                &[&centre.0, &from, &to, &at(as_of)],
            )
            .await?;
        Ok(rows.iter().map(Occupancy::read).collect())
    }

    /// The latest count of `centre`.
    pub(crate) async fn latest_occupancy(
        &self,
        centre: CentreId,
        as_of: u64,
    ) -> Result<Option<Occupancy>, ReadError> {
        let rows = self
            .query(
                "SELECT as_at, residents, minors, unaccompanied_minors, recorded_seq FROM $schema.occupancy
                 WHERE centre = $1 AND recorded_seq <= $2 ORDER BY as_at DESC, recorded_seq DESC LIMIT 1",
                &[&centre.0, &at(as_of)],
            )
            .await?;
        Ok(rows.first().map(Occupancy::read))
    }
}
