//! The facts that figures count, one event to rows.
//!
//! No row names a resident, a case or a member of staff, and none holds words: nothing here has to be erased with a person.
//! What several events together say of one occurrence is in the [ledger], which is worked out of these rows.
//!
//! # To add a fact
//!
//! A table in `tables.sql`, its [`Table`] and the function from event to rows in the file of its subject, a line in
//! [`Facts::apply`], and a raised [`VERSION`]. If an occurrence depends on it: a line in `touched.rs` too, and its place in
//! [`Evidence`](crate::evidence::Evidence).

pub(crate) mod capture;
mod decision;
mod linkage;
pub(crate) mod names;
mod place;
mod practice;
mod touched;

use nabij_engine::{ApplyError, Projection, Rows, Settlement, Settling, Table};
use nabij_model::case::CaseEvent;
use nabij_model::centre::CentreEvent;
use nabij_model::discussion::DiscussionEvent;
use nabij_model::incident::IncidentEvent;
use nabij_model::signal::SignalEvent;
use nabij_model::{Event, Recorded};

use crate::ledger;

/// Raised whenever a table or the meaning of a row changes.
pub const VERSION: u32 = 7;

/// The schema that reports read unless they are told another.
pub const SCHEMA: &str = "underreporting_v7";

/// Every table of the schema.
pub(crate) static TABLES: &[&Table] = &[
    &place::CENTRE,
    &place::OCCUPANCY,
    &capture::CAPTURE,
    &capture::CHANGE,
    &linkage::LINK,
    &linkage::DISCUSSION,
    &linkage::REFUSAL,
    &linkage::MENTION,
    &linkage::RESPONSE,
    &decision::DECISION,
    &decision::ASSESSMENT,
    &decision::FEEDBACK,
    &practice::STEP,
    &practice::STEP_END,
    &practice::DRILL,
    &touched::TOUCHED,
];

/// The projection.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts;

impl Projection for Facts {
    fn name(&self) -> &'static str {
        "underreporting"
    }

    fn version(&self) -> u32 {
        VERSION
    }

    fn ddl(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn indexes(&self) -> &'static str {
        include_str!("indexes.sql")
    }

    fn tables(&self) -> &'static [&'static Table] {
        TABLES
    }

    fn apply(&self, event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError> {
        touched::rows(event, rows)?;
        match &event.event {
            Event::Signal(signal) => match signal {
                SignalEvent::Logged(logged) => capture::signal(event, logged, rows),
                SignalEvent::Corrected(corrected) => capture::corrected(event, corrected, rows),
                SignalEvent::Linked(linked) => linkage::linked(event, linked.to, true, rows),
                SignalEvent::Unlinked(unlinked) => linkage::linked(event, unlinked.to, false, rows),
                SignalEvent::NotRegistered(reasoned) => decision::decided(event, Some(reasoned.reason), rows),
                SignalEvent::Dismissed(_) => decision::decided(event, None, rows),
                SignalEvent::Assessed(assessed) => decision::assessed(event, assessed, rows),
                // A receipt that Nabij gave by itself is no answer.
                SignalEvent::FeedbackGiven(feedback) if feedback.automatic => Ok(()),
                SignalEvent::FeedbackGiven(feedback) => decision::told(event, feedback, rows),
                SignalEvent::LinkRejected(rejected) => linkage::refused(event, rejected.to, rows),
                SignalEvent::ProtocolStarted(started) => practice::started(event, started, rows),
                SignalEvent::ProtocolStepDone(done) => {
                    practice::ended(event, done.run, &done.step, done.done_at, None, rows)
                }
                SignalEvent::ProtocolStepSkipped(skipped) => {
                    practice::ended(event, skipped.run, &skipped.step, None, Some(skipped.because), rows)
                }
                // That a step is overdue follows from its deadline.
                SignalEvent::Redacted(_) | SignalEvent::ProtocolStepOverdue(_) => Ok(()),
            },
            Event::Incident(incident) => match incident {
                IncidentEvent::Registered(registered) => capture::incident(event, registered, rows),
                IncidentEvent::Reclassified(new) => capture::reclassified(event, new, rows),
                IncidentEvent::Linked(linked) => linkage::linked(event, linked.to, true, rows),
                IncidentEvent::Unlinked(unlinked) => linkage::linked(event, unlinked.to, false, rows),
                IncidentEvent::Closed(_) | IncidentEvent::Redacted(_) => Ok(()),
            },
            Event::Discussion(DiscussionEvent::Held(held)) => linkage::held(event, held, rows),
            Event::Centre(CentreEvent::Registered(centre)) => place::registered(event, centre, rows),
            Event::Centre(CentreEvent::ProtocolPractised(practised)) => {
                practice::practised(event, practised, rows)
            }
            Event::Centre(CentreEvent::OccupancyReported(reported)) => {
                place::occupancy(event, reported, rows)
            }
            Event::Case(CaseEvent::ResponseAdded(added)) => linkage::responded(event, added, rows),
            Event::Discussion(_)
            | Event::Centre(_)
            | Event::Case(_)
            | Event::Referral(_)
            | Event::Escalation(_) => Ok(()),
        }
    }

    fn settles(&self, rows: &Rows) -> bool {
        rows.fills(&touched::TOUCHED)
    }

    fn settle<'a>(&'a self, settlement: Settlement<'a>) -> Settling<'a> {
        Box::pin(async move { ledger::settle(&settlement).await })
    }

    /// What was counted stays counted: no row names anybody.
    fn forgotten(&self, event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError> {
        self.apply(event, rows)
    }
}
