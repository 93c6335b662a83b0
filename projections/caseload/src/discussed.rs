//! Which cases and signals a team talked about.

use jiff::Timestamp;
use nabij_engine::{ApplyError, Rows, Table};
use nabij_model::discussion::DiscussionEvent;
use nabij_model::signal::{LinkTarget, SignalEvent};
use nabij_model::{Event, Recorded};
use tokio_postgres::types::Type;
use uuid::Uuid;

pub(crate) static DISCUSSED: Table = Table {
    name: "discussed",
    columns: &[
        ("case_id", Type::UUID),
        ("signal", Type::UUID),
        ("discussion", Type::UUID),
        ("recorded_seq", Type::INT8),
        ("held_at", Type::TIMESTAMPTZ),
    ],
};

pub(crate) fn rows(event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError> {
    // What the safeguarding person talks about is no team's discussion.
    if event.meta.concerns.confidential {
        return Ok(());
    }
    match &event.event {
        Event::Discussion(DiscussionEvent::Held(held)) => {
            let discussion = event.meta.aggregate.id;
            // Whom another team follows is talked about by that team.
            for case in held.own_cases() {
                row(event, Some(case.0), None, discussion, held.held_at, rows)?;
            }
            for signal in held.own_signals() {
                row(event, None, Some(signal.0), discussion, held.held_at, rows)?;
            }
            Ok(())
        }
        Event::Signal(SignalEvent::Linked(linked)) => match linked.to {
            LinkTarget::Discussion(discussion) => {
                row(event, None, Some(event.meta.aggregate.id), discussion.0, event.meta.recorded_at, rows)
            }
            LinkTarget::Incident(_) | LinkTarget::Signal(_) => Ok(()),
        },
        _ => Ok(()),
    }
}

fn row(
    event: &Recorded,
    case: Option<Uuid>,
    signal: Option<Uuid>,
    discussion: Uuid,
    held_at: Timestamp,
    rows: &mut Rows,
) -> Result<(), ApplyError> {
    rows.row(&DISCUSSED).put(case).put(signal).put(discussion).put(event.sequence as i64).put(held_at).end()
}
