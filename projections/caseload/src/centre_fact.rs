//! What events said of a centre.

use jiff::civil::Date;
use nabij_engine::{ApplyError, Rows, Table};
use nabij_model::case::age::today;
use nabij_model::centre::{CentreEvent, Registered};
use nabij_model::{Event, Recorded};
use tokio_postgres::types::Type;

pub(crate) static CENTRE_FACT: Table = Table {
    name: "centre_fact",
    columns: &[
        ("centre", Type::UUID),
        ("recorded_seq", Type::INT8),
        ("code", Type::TEXT),
        ("name", Type::TEXT),
        ("operator", Type::TEXT),
        ("region", Type::TEXT),
        ("centre_kind", Type::TEXT),
        ("languages", Type::TEXT),
        ("places", Type::INT4),
        ("places_from", Type::DATE),
        ("closes_on", Type::DATE),
        ("closed_on", Type::DATE),
    ],
};

#[derive(Default)]
struct Said<'a> {
    registered: Option<&'a Registered>,
    places: Option<(u32, Date)>,
    closes_on: Option<Date>,
    closed_on: Option<Date>,
}

pub(crate) fn rows(event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError> {
    let Event::Centre(centre) = &event.event else { return Ok(()) };
    let day = today(event.meta.recorded_at);
    let said = match centre {
        CentreEvent::Registered(registered) => Said { registered: Some(registered), ..Said::default() },
        CentreEvent::CapacitySet(set) => {
            Said { places: Some((set.places, set.from.unwrap_or(day))), ..Said::default() }
        }
        CentreEvent::ClosingAnnounced(closing) => {
            Said { closes_on: Some(closing.closes_on), ..Said::default() }
        }
        CentreEvent::Closed(closed) => {
            Said { closed_on: Some(closed.closed_on.unwrap_or(day)), ..Said::default() }
        }
        _ => return Ok(()),
    };
    let registered = said.registered;
    let languages = registered
        .map(|registered| registered.languages.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
    rows.row(&CENTRE_FACT)
        .put(event.meta.aggregate.id)
        .put(event.sequence as i64)
        .put(registered.map(|registered| registered.code.as_str()))
        .put(registered.map(|registered| registered.name.as_str()))
        .put(registered.map(|registered| registered.operator.as_str()))
        .put(registered.and_then(|registered| registered.region.as_ref()).map(|region| region.as_str()))
        .put(registered.and_then(|registered| registered.kind.as_ref()).map(|kind| kind.as_str()))
        .put(languages)
        .put(said.places.map(|(places, _)| count(places)))
        .put(said.places.map(|(_, from)| from))
        .put(said.closes_on)
        .put(said.closed_on)
        .end()
}

/// PostgreSQL's integer ends at 2^31 - 1, which no centre reaches.
pub(crate) fn count(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
