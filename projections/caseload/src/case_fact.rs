//! What events changed of a case, as far as lists and worklists ask; the case file folds the whole timeline instead.

use nabij_engine::{ApplyError, Rows, Table};
use nabij_log::BlindKey;
use nabij_model::case::{Accompaniment, CaseEvent};
use nabij_model::{CentreId, Event, Recorded};
use tokio_postgres::types::Type;

use crate::word::word;

pub(crate) static CASE_FACT: Table = Table {
    name: "case_fact",
    columns: &[
        ("case_id", Type::UUID),
        ("recorded_seq", Type::INT8),
        ("recorded_at", Type::TIMESTAMPTZ),
        ("centre", Type::UUID),
        ("safety_centre", Type::UUID),
        ("accompaniment", Type::TEXT),
        ("support_level", Type::INT2),
        ("household", Type::BYTEA),
        ("arrived", Type::BOOL),
        ("closed", Type::BOOL),
        ("missing", Type::BOOL),
        ("erased", Type::BOOL),
    ],
};

/// What one event changed; nothing, by default.
#[derive(Default)]
struct Change {
    centre: Option<CentreId>,
    safety_centre: Option<CentreId>,
    accompaniment: Option<Accompaniment>,
    support_level: Option<u8>,
    household: Option<[u8; 32]>,
    arrived: Option<bool>,
    closed: Option<bool>,
    missing: Option<bool>,
    erased: Option<bool>,
}

pub(crate) fn rows(event: &Recorded, households: &BlindKey, rows: &mut Rows) -> Result<(), ApplyError> {
    let Event::Case(case_event) = &event.event else { return Ok(()) };
    let Some(change) = change(case_event, households) else { return Ok(()) };
    rows.row(&CASE_FACT)
        .put(event.meta.aggregate.id)
        .put(event.sequence as i64)
        .put(event.meta.recorded_at)
        .put(change.centre.map(|centre| centre.0))
        .put(change.safety_centre.map(|centre| centre.0))
        .put(change.accompaniment.map(word))
        .put(change.support_level.map(i16::from))
        .put(change.household.as_ref().map(<[u8; 32]>::as_slice))
        .put(change.arrived)
        .put(change.closed)
        .put(change.missing)
        .put(change.erased)
        .end()
}

fn change(event: &CaseEvent, households: &BlindKey) -> Option<Change> {
    let none = Change::default();
    Some(match event {
        CaseEvent::Opened(opened) => Change {
            centre: Some(opened.centre),
            safety_centre: Some(opened.centre),
            accompaniment: opened.accompaniment,
            household: opened
                .household
                .as_ref()
                .and_then(|household| household.get())
                .map(|household| households.hash(household.0.as_bytes())),
            arrived: Some(opened.arrived_on.is_some()),
            closed: Some(false),
            ..none
        },
        CaseEvent::Assigned(assigned) => {
            Change { centre: Some(assigned.centre), safety_centre: Some(assigned.centre), ..none }
        }
        CaseEvent::Arrived(_) => Change { arrived: Some(true), ..none },
        CaseEvent::AccompanimentSet(set) => Change { accompaniment: Some(set.accompaniment), ..none },
        CaseEvent::SupportLevelSet(set) => Change { support_level: Some(set.level.into()), ..none },
        CaseEvent::ReportedMissing(_) => Change { missing: Some(true), ..none },
        CaseEvent::Found(_) => Change { missing: Some(false), ..none },
        CaseEvent::TransferArrived(arrived) => {
            Change { safety_centre: Some(arrived.to_centre), arrived: Some(true), ..none }
        }
        CaseEvent::TransferHandoverAcknowledged(acknowledged) => {
            Change { centre: Some(acknowledged.to_centre), ..none }
        }
        CaseEvent::Closed(_) => Change { closed: Some(true), ..none },
        CaseEvent::Reopened(_) => Change { closed: Some(false), ..none },
        CaseEvent::Erased(_) => Change { closed: Some(true), erased: Some(true), ..none },
        _ => return None,
    })
}
