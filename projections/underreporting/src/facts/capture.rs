//! Who wrote something down, and what was corrected later.

use nabij_engine::{ApplyError, Rows, Table};
use nabij_model::id::CentreId;
use nabij_model::sealed::Secrecy;
use nabij_model::signal::{Corrected, Logged, PromptedBy, Route, SignalSource};
use nabij_model::{Recorded, Role, incident};
use tokio_postgres::types::Type;

use super::names::Named;
use crate::lists::List;

pub(crate) static CAPTURE: Table = Table {
    name: "fact_capture",
    columns: &[
        ("recorded_seq", Type::INT8),
        ("aggregate", Type::UUID),
        ("list", Type::TEXT),
        ("centre", Type::UUID),
        ("occurred_centre", Type::UUID),
        ("label", Type::TEXT),
        ("label_group", Type::TEXT),
        ("severity", Type::TEXT),
        ("level", Type::TEXT),
        ("certainty", Type::TEXT),
        ("minors", Type::BOOL),
        ("strength", Type::BOOL),
        ("confidential", Type::BOOL),
        ("prompted", Type::BOOL),
        ("after_discussion", Type::UUID),
        ("occurred_at", Type::TIMESTAMPTZ),
        ("recorded_at", Type::TIMESTAMPTZ),
        ("register_source", Type::TEXT),
        ("register_number", Type::TEXT),
        ("registered_at", Type::TIMESTAMPTZ),
        ("dated", Type::BOOL),
        ("accompaniment", Type::TEXT),
        ("historic", Type::BOOL),
        ("event", Type::UUID),
    ],
};

pub(crate) static CHANGE: Table = Table {
    name: "fact_change",
    columns: &[
        ("recorded_seq", Type::INT8),
        ("aggregate", Type::UUID),
        ("occurred_centre", Type::UUID),
        ("label", Type::TEXT),
        ("label_group", Type::TEXT),
        ("level", Type::TEXT),
        ("minors", Type::BOOL),
        ("occurred_at", Type::TIMESTAMPTZ),
    ],
};

/// The list that a signal is on: what medical staff write, or seal as medical, is a medical note whatever it was called.
fn list(event: &Recorded, logged: &Logged) -> List {
    let medical = event.meta.actor.role == Role::Medical || logged.secrecy == Secrecy::Medical;
    match logged.source {
        SignalSource::Frontline if medical => List::MedicalNote,
        SignalSource::Frontline => List::Frontline,
        SignalSource::OwnVoice => List::OwnVoice,
        SignalSource::MedicalNote => List::MedicalNote,
    }
}

pub(super) fn signal(event: &Recorded, logged: &Logged, rows: &mut Rows) -> Result<(), ApplyError> {
    let after_discussion = match logged.prompted_by {
        Some(PromptedBy::Discussion(discussion)) => Some(discussion.0),
        _ => None,
    };
    rows.row(&CAPTURE)
        .put(sequence(event))
        .put(event.meta.aggregate.id)
        .put(list(event, logged).name())
        .put(logged.centre.0)
        .put(logged.occurred_place.unwrap_or(logged.centre).0)
        .put(logged.category.as_ref().map(nabij_model::text::Code::as_str))
        .put(None::<&str>)
        .put(logged.severity.name())
        .put(None::<&str>)
        .put(logged.certainty.name())
        .put(logged.involves_minor)
        .put(logged.strength)
        .put(logged.route == Route::Confidential)
        .put(logged.prompted_by.is_some())
        .put(after_discussion)
        .put(logged.occurred.as_ref().map(|occurred| occurred.from))
        .put(event.meta.recorded_at)
        .put(None::<&str>)
        .put(None::<&str>)
        .put(None::<jiff::Timestamp>)
        .put(true)
        .put(logged.accompaniment.map(Named::name))
        .put(event.meta.historic)
        .put(event.meta.id.0)
        .end()
}

pub(super) fn incident(
    event: &Recorded,
    registered: &incident::Registered,
    rows: &mut Rows,
) -> Result<(), ApplyError> {
    rows.row(&CAPTURE)
        .put(sequence(event))
        .put(event.meta.aggregate.id)
        .put(List::OfficialRegister.name())
        .put(registered.centre.0)
        .put(registered.centre.0)
        .put(registered.incident_type.as_str())
        .put(registered.category.as_ref().map(nabij_model::text::Code::as_str))
        .put(None::<&str>)
        .put(registered.level.name())
        .put(None::<&str>)
        .put(registered.minors_involved)
        .put(false)
        .put(false)
        .put(registered.prompted_by.is_some())
        .put(None::<uuid::Uuid>)
        .put(registered.occurred_at)
        .put(event.meta.recorded_at)
        .put(registered.source.as_str())
        .put(registered.register_number.as_str())
        .put(registered.registered_at)
        // An import tells when it was imported, not when somebody entered it.
        .put(registered.registered_at.is_some() || !event.meta.historic)
        .put(None::<&str>)
        .put(event.meta.historic)
        .put(event.meta.id.0)
        .end()
}

pub(super) fn corrected(event: &Recorded, new: &Corrected, rows: &mut Rows) -> Result<(), ApplyError> {
    rows.row(&CHANGE)
        .put(sequence(event))
        .put(event.meta.aggregate.id)
        .put(new.occurred_place.map(|CentreId(place)| place))
        .put(new.category.as_ref().map(nabij_model::text::Code::as_str))
        .put(None::<&str>)
        .put(None::<&str>)
        .put(new.involves_minor)
        .put(new.occurred.as_ref().map(|occurred| occurred.from))
        .end()
}

pub(super) fn reclassified(
    event: &Recorded,
    new: &incident::Reclassified,
    rows: &mut Rows,
) -> Result<(), ApplyError> {
    rows.row(&CHANGE)
        .put(sequence(event))
        .put(event.meta.aggregate.id)
        .put(None::<uuid::Uuid>)
        .put(new.incident_type.as_ref().map(nabij_model::text::Code::as_str))
        .put(new.category.as_ref().map(nabij_model::text::Code::as_str))
        .put(new.level.map(Named::name))
        .put(None::<bool>)
        .put(None::<jiff::Timestamp>)
        .end()
}

/// The sequence as a column holds it.
pub(super) fn sequence(event: &Recorded) -> i64 {
    i64::try_from(event.sequence).expect("a stream's sequence stays far below 2^63")
}
