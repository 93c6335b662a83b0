//! What is about the same occurrence: links, discussions and what they spoke of.

use nabij_engine::{ApplyError, Rows, Table};
use nabij_model::Recorded;
use nabij_model::case::ResponseAdded;
use nabij_model::discussion::Held;
use nabij_model::signal::LinkTarget;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::capture::sequence;

pub(super) static LINK: Table = Table {
    name: "fact_link",
    columns: &[("recorded_seq", Type::INT8), ("a", Type::UUID), ("b", Type::UUID), ("joined", Type::BOOL)],
};

pub(super) static REFUSAL: Table = Table {
    name: "fact_refusal",
    columns: &[("recorded_seq", Type::INT8), ("a", Type::UUID), ("b", Type::UUID)],
};

pub(super) static DISCUSSION: Table = Table {
    name: "fact_discussion",
    columns: &[
        ("recorded_seq", Type::INT8),
        ("discussion", Type::UUID),
        ("centre", Type::UUID),
        ("held_at", Type::TIMESTAMPTZ),
        ("prompted", Type::BOOL),
    ],
};

pub(super) static MENTION: Table = Table {
    name: "fact_mention",
    columns: &[
        ("recorded_seq", Type::INT8),
        ("discussion", Type::UUID),
        ("target", Type::UUID),
        ("spoken", Type::BOOL),
    ],
};

pub(super) static RESPONSE: Table =
    Table { name: "fact_response", columns: &[("recorded_seq", Type::INT8), ("about_event", Type::UUID)] };

/// A link that was made, or taken back.
pub(super) fn linked(
    event: &Recorded,
    to: LinkTarget,
    joined: bool,
    rows: &mut Rows,
) -> Result<(), ApplyError> {
    let from = event.meta.aggregate.id;
    match to {
        LinkTarget::Incident(incident) => link(event, from, incident.0, joined, rows),
        LinkTarget::Signal(signal) => link(event, from, signal.0, joined, rows),
        LinkTarget::Discussion(discussion) => mention(event, discussion.0, from, joined, rows),
    }
}

/// A suggested link that somebody said no to.
pub(super) fn refused(event: &Recorded, to: LinkTarget, rows: &mut Rows) -> Result<(), ApplyError> {
    let other = match to {
        LinkTarget::Incident(incident) => incident.0,
        LinkTarget::Signal(signal) => signal.0,
        // No discussion is suggested, and no decider lets one through.
        LinkTarget::Discussion(_) => return Ok(()),
    };
    rows.row(&REFUSAL).put(sequence(event)).put(event.meta.aggregate.id).put(other).end()
}

pub(super) fn held(event: &Recorded, held: &Held, rows: &mut Rows) -> Result<(), ApplyError> {
    let discussion = event.meta.aggregate.id;
    rows.row(&DISCUSSION)
        .put(sequence(event))
        .put(discussion)
        .put(held.centre.0)
        .put(held.held_at)
        .put(held.prompted_by.is_some())
        .end()?;
    held.signals.iter().try_for_each(|signal| mention(event, discussion, signal.0, true, rows))
}

/// Words of the resident about a record; whose words they are stays in the case.
pub(super) fn responded(event: &Recorded, added: &ResponseAdded, rows: &mut Rows) -> Result<(), ApplyError> {
    match added.about {
        Some(about) => rows.row(&RESPONSE).put(sequence(event)).put(about.0).end(),
        None => Ok(()),
    }
}

fn link(event: &Recorded, a: Uuid, b: Uuid, joined: bool, rows: &mut Rows) -> Result<(), ApplyError> {
    rows.row(&LINK).put(sequence(event)).put(a).put(b).put(joined).end()
}

fn mention(
    event: &Recorded,
    discussion: Uuid,
    target: Uuid,
    spoken: bool,
    rows: &mut Rows,
) -> Result<(), ApplyError> {
    rows.row(&MENTION).put(sequence(event)).put(discussion).put(target).put(spoken).end()
}
