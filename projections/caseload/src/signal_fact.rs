//! Whom a signal is about, and what a second person said of it.

use nabij_engine::{ApplyError, Rows, Table, centre_of_signal};
use nabij_model::signal::{Involved, SignalEvent};
use nabij_model::{Event, Recorded};
use tokio_postgres::types::Type;

use crate::word::word;

pub(crate) static SIGNAL_CASE: Table = Table {
    name: "signal_case",
    columns: &[
        ("signal", Type::UUID),
        ("case_id", Type::UUID),
        ("centre", Type::UUID),
        ("recorded_seq", Type::INT8),
        ("recorded_at", Type::TIMESTAMPTZ),
        ("logged", Type::BOOL),
        ("strength", Type::BOOL),
        ("confidential", Type::BOOL),
        ("involvement", Type::TEXT),
    ],
};

pub(crate) static SIGNAL_VERDICT: Table = Table {
    name: "signal_verdict",
    columns: &[("signal", Type::UUID), ("recorded_seq", Type::INT8), ("dismissed", Type::BOOL)],
};

pub(crate) fn rows(event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError> {
    let Event::Signal(signal) = &event.event else { return Ok(()) };
    match signal {
        SignalEvent::Logged(logged) => list(event, &logged.cases, true, logged.strength, rows),
        SignalEvent::Corrected(corrected) => match &corrected.cases {
            Some(cases) => list(event, cases, false, false, rows),
            None => Ok(()),
        },
        SignalEvent::Assessed(_) => verdict(event, false, rows),
        SignalEvent::Dismissed(_) => verdict(event, true, rows),
        SignalEvent::Linked(_)
        | SignalEvent::Unlinked(_)
        | SignalEvent::LinkRejected(_)
        | SignalEvent::NotRegistered(_)
        | SignalEvent::FeedbackGiven(_)
        | SignalEvent::Redacted(_)
        | SignalEvent::ProtocolStarted(_)
        | SignalEvent::ProtocolStepDone(_)
        | SignalEvent::ProtocolStepSkipped(_)
        | SignalEvent::ProtocolStepOverdue(_) => Ok(()),
    }
}

fn list(
    event: &Recorded,
    cases: &[Involved],
    logged: bool,
    strength: bool,
    rows: &mut Rows,
) -> Result<(), ApplyError> {
    let centre = centre_of_signal(event)?;
    let mut one = |involved: Option<&Involved>| {
        rows.row(&SIGNAL_CASE)
            .put(event.meta.aggregate.id)
            .put(involved.map(|involved| involved.case.0))
            .put(centre.0)
            .put(event.sequence as i64)
            .put(event.meta.recorded_at)
            .put(logged)
            .put(strength)
            .put(event.meta.concerns.confidential)
            .put(involved.map(|involved| word(involved.role)))
            .end()
    };
    if cases.is_empty() {
        return one(None);
    }
    cases.iter().try_for_each(|involved| one(Some(involved)))
}

fn verdict(event: &Recorded, dismissed: bool, rows: &mut Rows) -> Result<(), ApplyError> {
    rows.row(&SIGNAL_VERDICT).put(event.meta.aggregate.id).put(event.sequence as i64).put(dismissed).end()
}
