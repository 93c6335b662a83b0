//! Centres and how many people live there.

use nabij_engine::{ApplyError, Rows, Table};
use nabij_model::Recorded;
use nabij_model::centre::{OccupancyReported, Registered};
use nabij_model::text::Code;
use tokio_postgres::types::Type;

use super::capture::sequence;

pub(super) static CENTRE: Table = Table {
    name: "fact_centre",
    columns: &[
        ("recorded_seq", Type::INT8),
        ("centre", Type::UUID),
        ("code", Type::TEXT),
        ("operator", Type::TEXT),
        ("region", Type::TEXT),
    ],
};

pub(super) static OCCUPANCY: Table = Table {
    name: "fact_occupancy",
    columns: &[
        ("recorded_seq", Type::INT8),
        ("centre", Type::UUID),
        ("as_at", Type::TIMESTAMPTZ),
        ("residents", Type::INT4),
        ("minors", Type::INT4),
        ("unaccompanied_minors", Type::INT4),
    ],
};

pub(super) fn registered(event: &Recorded, centre: &Registered, rows: &mut Rows) -> Result<(), ApplyError> {
    rows.row(&CENTRE)
        .put(sequence(event))
        .put(event.meta.aggregate.id)
        .put(centre.code.as_str())
        .put(centre.operator.as_str())
        .put(centre.region.as_ref().map(Code::as_str))
        .end()
}

pub(super) fn occupancy(
    event: &Recorded,
    reported: &OccupancyReported,
    rows: &mut Rows,
) -> Result<(), ApplyError> {
    let persons = |count: u32, column| {
        i32::try_from(count).map_err(|_| ApplyError::Row {
            table: OCCUPANCY.name,
            column,
            what: format!("{count} persons in one centre do not fit an integer"),
        })
    };
    let minors = reported.minors.map(|count| persons(count, "minors")).transpose()?;
    let unaccompanied =
        reported.unaccompanied_minors.map(|count| persons(count, "unaccompanied_minors")).transpose()?;
    rows.row(&OCCUPANCY)
        .put(sequence(event))
        .put(event.meta.aggregate.id)
        .put(reported.as_at)
        .put(persons(reported.residents, "residents")?)
        .put(minors)
        .put(unaccompanied)
        .end()
}
