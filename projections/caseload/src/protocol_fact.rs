//! What a protocol that runs on a signal asks, and what became of each step.

use nabij_engine::{ApplyError, Rows, Table, centre_of_signal};
use nabij_model::id::RunId;
use nabij_model::signal::{ProtocolStarted, SignalEvent, SkipReason};
use nabij_model::text::Code;
use nabij_model::{Event, Recorded};
use tokio_postgres::types::Type;

use crate::word::word;

pub(crate) static PROTOCOL_STEP: Table = Table {
    name: "protocol_step",
    columns: &[
        ("signal", Type::UUID),
        ("run", Type::UUID),
        ("protocol", Type::TEXT),
        ("step", Type::TEXT),
        ("role", Type::TEXT),
        ("deputies", Type::TEXT),
        ("after", Type::TEXT),
        ("centre", Type::UUID),
        ("recorded_seq", Type::INT8),
        ("started_at", Type::TIMESTAMPTZ),
        ("due_at", Type::TIMESTAMPTZ),
        ("automatic", Type::BOOL),
        ("confidential", Type::BOOL),
    ],
};

pub(crate) static PROTOCOL_END: Table = Table {
    name: "protocol_end",
    columns: &[
        ("signal", Type::UUID),
        ("run", Type::UUID),
        ("step", Type::TEXT),
        ("recorded_seq", Type::INT8),
        ("ended_at", Type::TIMESTAMPTZ),
        ("because", Type::TEXT),
    ],
};

pub(crate) fn rows(event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError> {
    let Event::Signal(signal) = &event.event else { return Ok(()) };
    match signal {
        SignalEvent::ProtocolStarted(started) => asked(event, started, rows),
        SignalEvent::ProtocolStepDone(done) => {
            let at = done.done_at.unwrap_or(event.meta.recorded_at);
            ended(event, done.run, &done.step, at, None, rows)
        }
        SignalEvent::ProtocolStepSkipped(skipped) => {
            let at = event.meta.recorded_at;
            ended(event, skipped.run, &skipped.step, at, Some(skipped.because), rows)
        }
        // That a step is overdue follows from its deadline.
        _ => Ok(()),
    }
}

fn asked(event: &Recorded, started: &ProtocolStarted, rows: &mut Rows) -> Result<(), ApplyError> {
    let centre = centre_of_signal(event)?;
    for step in &started.steps {
        let deputies: Vec<&str> = step.deputies.iter().map(|role| role.as_str()).collect();
        rows.row(&PROTOCOL_STEP)
            .put(event.meta.aggregate.id)
            .put(started.run.0)
            .put(started.protocol.as_str())
            .put(step.step.as_str())
            .put(step.role.as_str())
            .put(deputies.join(" ").as_str())
            .put(step.after.as_ref().map(Code::as_str))
            .put(centre.0)
            .put(event.sequence as i64)
            .put(event.meta.recorded_at)
            .put(step.due_at)
            .put(started.automatic)
            .put(event.meta.concerns.confidential)
            .end()?;
    }
    Ok(())
}

fn ended(
    event: &Recorded,
    run: RunId,
    step: &Code,
    at: jiff::Timestamp,
    because: Option<SkipReason>,
    rows: &mut Rows,
) -> Result<(), ApplyError> {
    rows.row(&PROTOCOL_END)
        .put(event.meta.aggregate.id)
        .put(run.0)
        .put(step.as_str())
        .put(event.sequence as i64)
        .put(at)
        .put(because.map(word))
        .end()
}
