//! What was decided, assessed and told about a signal.

use nabij_engine::{ApplyError, Rows, Table};
use nabij_model::Recorded;
use nabij_model::signal::{Assessed, FeedbackGiven, NonRegistrationReason};
use tokio_postgres::types::Type;

use super::capture::sequence;
use super::names::Named;

pub(super) static DECISION: Table = Table {
    name: "fact_decision",
    columns: &[
        ("recorded_seq", Type::INT8),
        ("signal", Type::UUID),
        ("decision", Type::TEXT),
        ("reason", Type::TEXT),
        ("recorded_at", Type::TIMESTAMPTZ),
    ],
};

pub(super) static ASSESSMENT: Table = Table {
    name: "fact_assessment",
    columns: &[
        ("recorded_seq", Type::INT8),
        ("signal", Type::UUID),
        ("severity", Type::TEXT),
        ("certainty", Type::TEXT),
        ("blind", Type::BOOL),
        ("recorded_at", Type::TIMESTAMPTZ),
    ],
};

pub(super) static FEEDBACK: Table = Table {
    name: "fact_feedback",
    columns: &[
        ("recorded_seq", Type::INT8),
        ("signal", Type::UUID),
        ("recipient", Type::TEXT),
        ("kind", Type::TEXT),
        ("recorded_at", Type::TIMESTAMPTZ),
    ],
};

/// A decision not to register: with a reason, or because it was nothing (no reason).
pub(super) fn decided(
    event: &Recorded,
    reason: Option<NonRegistrationReason>,
    rows: &mut Rows,
) -> Result<(), ApplyError> {
    rows.row(&DECISION)
        .put(sequence(event))
        .put(event.meta.aggregate.id)
        .put(if reason.is_some() { "reasoned" } else { "dismissed" })
        .put(reason.map(Named::name))
        .put(event.meta.recorded_at)
        .end()
}

pub(super) fn assessed(event: &Recorded, assessed: &Assessed, rows: &mut Rows) -> Result<(), ApplyError> {
    rows.row(&ASSESSMENT)
        .put(sequence(event))
        .put(event.meta.aggregate.id)
        .put(assessed.severity.name())
        .put(assessed.certainty.name())
        .put(assessed.blind)
        .put(event.meta.recorded_at)
        .end()
}

pub(super) fn told(event: &Recorded, feedback: &FeedbackGiven, rows: &mut Rows) -> Result<(), ApplyError> {
    rows.row(&FEEDBACK)
        .put(sequence(event))
        .put(event.meta.aggregate.id)
        .put(feedback.to.name())
        .put(feedback.kind.name())
        .put(event.meta.recorded_at)
        .end()
}
