//! How a team keeps to its protocols, and that it practises them.

use nabij_engine::{ApplyError, Rows, Table, centre_of_signal};
use nabij_model::Recorded;
use nabij_model::centre::ProtocolPractised;
use nabij_model::id::RunId;
use nabij_model::signal::{ProtocolStarted, SkipReason};
use nabij_model::text::Code;
use tokio_postgres::types::Type;

use super::capture::sequence;
use super::names::Named;

pub(super) static STEP: Table = Table {
    name: "fact_step",
    columns: &[
        ("recorded_seq", Type::INT8),
        ("run", Type::UUID),
        ("protocol", Type::TEXT),
        ("step", Type::TEXT),
        ("centre", Type::UUID),
        ("started_at", Type::TIMESTAMPTZ),
        ("due_at", Type::TIMESTAMPTZ),
        ("confidential", Type::BOOL),
    ],
};

pub(super) static STEP_END: Table = Table {
    name: "fact_step_end",
    columns: &[
        ("recorded_seq", Type::INT8),
        ("run", Type::UUID),
        ("step", Type::TEXT),
        ("ended_at", Type::TIMESTAMPTZ),
        ("because", Type::TEXT),
    ],
};

pub(super) static DRILL: Table = Table {
    name: "fact_drill",
    columns: &[
        ("recorded_seq", Type::INT8),
        ("centre", Type::UUID),
        ("protocol", Type::TEXT),
        ("practised_on", Type::DATE),
    ],
};

pub(super) fn started(
    event: &Recorded,
    started: &ProtocolStarted,
    rows: &mut Rows,
) -> Result<(), ApplyError> {
    let centre = centre_of_signal(event)?;
    for step in &started.steps {
        rows.row(&STEP)
            .put(sequence(event))
            .put(started.run.0)
            .put(started.protocol.as_str())
            .put(step.step.as_str())
            .put(centre.0)
            .put(event.meta.recorded_at)
            .put(step.due_at)
            .put(event.meta.concerns.confidential)
            .end()?;
    }
    Ok(())
}

/// A step was done, or skipped for a reason.
pub(super) fn ended(
    event: &Recorded,
    run: RunId,
    step: &Code,
    done_at: Option<jiff::Timestamp>,
    because: Option<SkipReason>,
    rows: &mut Rows,
) -> Result<(), ApplyError> {
    rows.row(&STEP_END)
        .put(sequence(event))
        .put(run.0)
        .put(step.as_str())
        .put(done_at.unwrap_or(event.meta.recorded_at))
        .put(because.map(Named::name))
        .end()
}

pub(super) fn practised(
    event: &Recorded,
    practised: &ProtocolPractised,
    rows: &mut Rows,
) -> Result<(), ApplyError> {
    rows.row(&DRILL)
        .put(sequence(event))
        .put(event.meta.aggregate.id)
        .put(practised.protocol.as_str())
        .put(practised.practised_on)
        .end()
}
