//! Which records an event may have changed the occurrence of: what the ledger has to look at again.

use nabij_engine::{ApplyError, Rows, Table};
use nabij_model::case::CaseEvent;
use nabij_model::discussion::DiscussionEvent;
use nabij_model::incident::{self, IncidentEvent};
use nabij_model::signal::{self, LinkTarget, SignalEvent};
use nabij_model::{Event, Recorded};
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::capture::sequence;

pub(super) static TOUCHED: Table =
    Table { name: "fact_touched", columns: &[("recorded_seq", Type::INT8), ("record", Type::UUID)] };

pub(super) fn rows(event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError> {
    let own = event.meta.aggregate.id;
    match &event.event {
        Event::Signal(
            SignalEvent::Linked(signal::Linked { to }) | SignalEvent::Unlinked(signal::Unlinked { to, .. }),
        )
        | Event::Incident(
            IncidentEvent::Linked(incident::Linked { to })
            | IncidentEvent::Unlinked(incident::Unlinked { to, .. }),
        ) => {
            row(event, own, rows)?;
            match to {
                LinkTarget::Signal(signal) => row(event, signal.0, rows),
                LinkTarget::Incident(incident) => row(event, incident.0, rows),
                LinkTarget::Discussion(_) => Ok(()),
            }
        }
        Event::Signal(SignalEvent::LinkRejected(_) | SignalEvent::Redacted(_))
        | Event::Incident(IncidentEvent::Closed(_) | IncidentEvent::Redacted(_)) => Ok(()),
        Event::Signal(_) | Event::Incident(_) | Event::Discussion(DiscussionEvent::Held(_)) => {
            row(event, own, rows)
        }
        Event::Case(CaseEvent::ResponseAdded(added)) => match added.about {
            Some(about) => row(event, about.0, rows),
            None => Ok(()),
        },
        Event::Discussion(_)
        | Event::Centre(_)
        | Event::Case(_)
        | Event::Referral(_)
        | Event::Escalation(_) => Ok(()),
    }
}

fn row(event: &Recorded, record: Uuid, rows: &mut Rows) -> Result<(), ApplyError> {
    rows.row(&TOUCHED).put(sequence(event)).put(record).end()
}
