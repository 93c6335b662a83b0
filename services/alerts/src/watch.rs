//! What became of every escalation, as facts that the interface reads.

use nabij_engine::{ApplyError, Projection, Rows, Table};
use nabij_model::case::CaseEvent;
use nabij_model::discussion::DiscussionEvent;
use nabij_model::escalation::EscalationEvent;
use nabij_model::incident::IncidentEvent;
use nabij_model::signal::SignalEvent;
use nabij_model::{AggregateId, Event, Payload, Recorded};
use tokio_postgres::types::Type;
use uuid::Uuid;

/// Every event of every escalation.
static STEP: Table = Table {
    name: "step",
    columns: &[
        ("escalation", Type::UUID),
        ("event_id", Type::UUID),
        ("name", Type::TEXT),
        ("centre", Type::UUID),
        ("confidential", Type::BOOL),
        ("recorded_at", Type::TIMESTAMPTZ),
        ("actor", Type::TEXT),
        ("body", Type::JSONB),
        ("recorded_seq", Type::INT8),
    ],
};

/// The escalation is about `case_id`: alarms of one case are shown together, and whoever is erased is found by it.
static ABOUT: Table = Table {
    name: "about",
    columns: &[
        ("escalation", Type::UUID),
        ("case_id", Type::UUID),
        ("alarm", Type::BOOL),
        ("confidential", Type::BOOL),
        ("recorded_seq", Type::INT8),
    ],
};

/// The words of `record` were sealed again under a new key: the old one is to be destroyed.
static REDACTION: Table = Table {
    name: "redaction",
    columns: &[("kind", Type::TEXT), ("record", Type::UUID), ("recorded_seq", Type::INT8)],
};

/// Somebody whom the escalation is about was erased: whether a person has to look at its words, until they did.
static REDACTION_DUE: Table = Table {
    name: "redaction_due",
    columns: &[("escalation", Type::UUID), ("due", Type::BOOL), ("recorded_seq", Type::INT8)],
};

const TABLES: &[&Table] = &[&STEP, &ABOUT, &REDACTION, &REDACTION_DUE];

const DDL: &str = "
CREATE TABLE step (escalation uuid NOT NULL, event_id uuid NOT NULL, name text NOT NULL, centre uuid, confidential boolean NOT NULL,
    recorded_at timestamptz NOT NULL, actor text NOT NULL, body jsonb NOT NULL, recorded_seq bigint NOT NULL);
CREATE TABLE about (escalation uuid NOT NULL, case_id uuid NOT NULL, alarm boolean NOT NULL, confidential boolean NOT NULL,
    recorded_seq bigint NOT NULL);
CREATE TABLE redaction (kind text NOT NULL, record uuid NOT NULL, recorded_seq bigint NOT NULL);
CREATE TABLE redaction_due (escalation uuid NOT NULL, due boolean NOT NULL, recorded_seq bigint NOT NULL);
";

const INDEXES: &str = "
CREATE INDEX ON step (escalation, recorded_seq);
CREATE INDEX ON step (centre, recorded_seq);
CREATE INDEX ON about (case_id);
CREATE INDEX ON about (escalation);
CREATE INDEX ON redaction_due (escalation, recorded_seq);
";

/// What became of every escalation.
#[derive(Debug, Clone, Copy)]
pub struct Watch;

impl Projection for Watch {
    fn name(&self) -> &'static str {
        "alerts"
    }

    fn version(&self) -> u32 {
        5
    }

    fn ddl(&self) -> &'static str {
        DDL
    }

    fn indexes(&self) -> &'static str {
        INDEXES
    }

    fn tables(&self) -> &'static [&'static Table] {
        TABLES
    }

    fn apply(&self, event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError> {
        if let Event::Escalation(escalation) = &event.event {
            if let EscalationEvent::Raised(raised) = escalation {
                for case in &raised.subject.cases {
                    let row = rows.row(&ABOUT).put(event.meta.aggregate.id).put(case.0);
                    let row = row.put(raised.shown_as.is_alarm()).put(raised.confidential);
                    row.put(event.sequence.cast_signed()).end()?;
                }
            }
            if let EscalationEvent::Redacted(_) = escalation {
                due(event, event.meta.aggregate.id, false, rows)?;
            }
            step(event, escalation, rows)?;
        }
        if let Event::Case(CaseEvent::Erased(erased)) = &event.event {
            for (records, is_due) in [(&erased.shared, true), (&erased.alone, false)] {
                for escalation in &records.escalations {
                    due(event, escalation.0, is_due, rows)?;
                }
            }
        }
        let sealed_again = match &event.event {
            Event::Signal(SignalEvent::Redacted(redacted)) => !redacted.texts.is_empty(),
            Event::Discussion(DiscussionEvent::Redacted(redacted)) => !redacted.texts.is_empty(),
            Event::Incident(IncidentEvent::Redacted(redacted)) => !redacted.texts.is_empty(),
            Event::Escalation(EscalationEvent::Redacted(redacted)) => !redacted.texts.is_empty(),
            _ => false,
        };
        if sealed_again {
            let AggregateId { kind, id } = event.meta.aggregate;
            let row = rows.row(&REDACTION).put(kind.as_str()).put(id);
            row.put(event.sequence.cast_signed()).end()?;
        }
        Ok(())
    }

    /// Nobody is alarmed about somebody who is erased any more; that an alarm was raised, and what became of it, stays.
    fn forgotten(&self, event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError> {
        match &event.event {
            Event::Escalation(escalation) => step(event, escalation, rows),
            _ => Ok(()),
        }
    }

    fn named_in(&self) -> &'static [&'static str] {
        &["escalation", "case_id"]
    }
}

fn due(event: &Recorded, escalation: Uuid, due: bool, rows: &mut Rows) -> Result<(), ApplyError> {
    rows.row(&REDACTION_DUE).put(escalation).put(due).put(event.sequence.cast_signed()).end()
}

fn step(event: &Recorded, escalation: &EscalationEvent, rows: &mut Rows) -> Result<(), ApplyError> {
    // The subject of a rule is no escalation.
    if let EscalationEvent::RuleAdopted(_) = escalation {
        return Ok(());
    }
    let body: serde_json::Value = serde_json::from_slice(&event.body)
        .map_err(|error| ApplyError::Inconsistent(format!("the body is no JSON: {error}")))?;
    rows.row(&STEP)
        .put(event.meta.aggregate.id)
        .put(event.meta.id.0)
        .put(escalation.event_type().name)
        .put(event.meta.concerns.centre.map(|centre| centre.0))
        .put(event.meta.concerns.confidential)
        .put(event.meta.recorded_at)
        .put(event.meta.actor.subject.as_str())
        .put(body)
        .put(event.sequence.cast_signed())
        .end()
}
