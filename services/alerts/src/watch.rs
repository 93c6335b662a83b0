//! What the rules watch for, as facts: triggers, answers, and what became of every escalation.
//!
//! A projection like any other, so deadlines are durable, rebuilt from the log, and fire late rather than never.

use std::sync::Arc;

use nabij_engine::{ApplyError, Projection, Rows, Table};
use nabij_model::escalation::EscalationEvent;
use nabij_model::signal::SignalEvent;
use nabij_model::{Event, Payload, Recorded};
use tokio_postgres::types::Type;
use uuid::Uuid;

use crate::rule::Rule;

/// The matter `scope` waits for an answer under `rule` until `due_at`.
static TRIGGER: Table = Table {
    name: "trigger",
    columns: &[
        ("rule", Type::TEXT),
        ("event_id", Type::UUID),
        ("scope", Type::UUID),
        ("actor", Type::TEXT),
        ("due_at", Type::TIMESTAMPTZ),
        ("recorded_seq", Type::INT8),
    ],
};

/// Somebody did something about the matter `scope`. `actor` is NULL where several people decided together.
static ANSWER: Table = Table {
    name: "answer",
    columns: &[
        ("rule", Type::TEXT),
        ("scope", Type::UUID),
        ("actor", Type::TEXT),
        ("recorded_at", Type::TIMESTAMPTZ),
        ("recorded_seq", Type::INT8),
    ],
};

/// `rule` raised an escalation on the event `event_id`: it never will again.
static RAISED: Table = Table {
    name: "raised",
    columns: &[("rule", Type::TEXT), ("event_id", Type::UUID), ("recorded_seq", Type::INT8)],
};

/// Every event of every escalation.
static STEP: Table = Table {
    name: "step",
    columns: &[
        ("escalation", Type::UUID),
        ("name", Type::TEXT),
        ("centre", Type::UUID),
        ("confidential", Type::BOOL),
        ("recorded_at", Type::TIMESTAMPTZ),
        ("actor", Type::TEXT),
        ("body", Type::JSONB),
        ("recorded_seq", Type::INT8),
    ],
};

/// The words of `signal` were sealed again under a new key: the old one is to be destroyed.
static REDACTION: Table =
    Table { name: "redaction", columns: &[("signal", Type::UUID), ("recorded_seq", Type::INT8)] };

const TABLES: &[&Table] = &[&TRIGGER, &ANSWER, &RAISED, &STEP, &REDACTION];

const DDL: &str = "
CREATE TABLE trigger (rule text NOT NULL, event_id uuid NOT NULL, scope uuid NOT NULL, actor text NOT NULL,
    due_at timestamptz NOT NULL, recorded_seq bigint NOT NULL);
CREATE TABLE answer (rule text NOT NULL, scope uuid NOT NULL, actor text,
    recorded_at timestamptz NOT NULL, recorded_seq bigint NOT NULL);
CREATE TABLE raised (rule text NOT NULL, event_id uuid NOT NULL, recorded_seq bigint NOT NULL);
CREATE TABLE step (escalation uuid NOT NULL, name text NOT NULL, centre uuid, confidential boolean NOT NULL,
    recorded_at timestamptz NOT NULL, actor text NOT NULL, body jsonb NOT NULL, recorded_seq bigint NOT NULL);
CREATE TABLE redaction (signal uuid NOT NULL, recorded_seq bigint NOT NULL);
";

const INDEXES: &str = "
CREATE INDEX ON trigger (due_at);
CREATE INDEX ON answer (scope, rule);
CREATE INDEX ON raised (event_id);
CREATE INDEX ON step (escalation, recorded_seq);
CREATE INDEX ON step (centre, recorded_seq);
";

/// The facts that the rules need.
#[derive(Debug, Clone)]
pub struct Watch {
    rules: Arc<Vec<Rule>>,
}

impl Watch {
    /// Watches for these rules.
    #[must_use]
    pub fn new(rules: Arc<Vec<Rule>>) -> Self {
        Self { rules }
    }
}

impl Projection for Watch {
    fn name(&self) -> &'static str {
        "alerts"
    }

    fn version(&self) -> u32 {
        2
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
            return step(event, escalation, rows);
        }
        if let Event::Signal(SignalEvent::Redacted(redacted)) = &event.event
            && !redacted.texts.is_empty()
        {
            rows.row(&REDACTION).put(event.meta.aggregate.id).put(event.sequence.cast_signed()).end()?;
        }
        for rule in self.rules.iter() {
            // What was imported happened long ago to people who need no alarm about it today.
            if !event.meta.historic && rule.triggered_by(event) {
                trigger(rule, event, rows)?;
            }
            if rule.answered_by(event) {
                answer(rule, event, rows)?;
            }
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
        &["scope", "escalation"]
    }
}

fn trigger(rule: &Rule, event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError> {
    let within = rule.unless.as_ref().map(|unless| unless.within).unwrap_or_default();
    let due_at = event.meta.recorded_at.checked_add(within).map_err(|_| {
        ApplyError::Inconsistent(format!("the deadline of rule {} lies outside time", rule.id))
    })?;
    rows.row(&TRIGGER)
        .put(rule.id.as_str())
        .put(event.meta.id.0)
        .put(event.meta.aggregate.id)
        .put(event.meta.actor.subject.as_str())
        .put(due_at)
        .put(event.sequence.cast_signed())
        .end()
}

fn answer(rule: &Rule, event: &Recorded, rows: &mut Rows) -> Result<(), ApplyError> {
    for (scope, actor) in scopes(event) {
        rows.row(&ANSWER)
            .put(rule.id.as_str())
            .put(scope)
            .put(actor)
            .put(event.meta.recorded_at)
            .put(event.sequence.cast_signed())
            .end()?;
    }
    Ok(())
}

/// The matters that an event is about, each with the one person who acted, or nobody in particular: a discussion is
/// held by several people, whoever wrote it down, and speaks of every signal and case that it names.
fn scopes(event: &Recorded) -> Vec<(Uuid, Option<&str>)> {
    if let Event::Discussion(nabij_model::discussion::DiscussionEvent::Held(held)) = &event.event {
        let signals = held.signals.iter().map(|signal| signal.0);
        return signals.chain(held.cases.iter().map(|case| case.0)).map(|scope| (scope, None)).collect();
    }
    vec![(event.meta.aggregate.id, Some(event.meta.actor.subject.as_str()))]
}

fn step(event: &Recorded, escalation: &EscalationEvent, rows: &mut Rows) -> Result<(), ApplyError> {
    if let EscalationEvent::Raised(raised) = escalation {
        let row = rows.row(&RAISED).put(raised.rule.as_str()).put(raised.trigger.0);
        row.put(event.sequence.cast_signed()).end()?;
    }
    let body: serde_json::Value = serde_json::from_slice(&event.body)
        .map_err(|error| ApplyError::Inconsistent(format!("the body is no JSON: {error}")))?;
    rows.row(&STEP)
        .put(event.meta.aggregate.id)
        .put(escalation.event_type().name)
        .put(event.meta.concerns.centre.map(|centre| centre.0))
        .put(event.meta.concerns.confidential)
        .put(event.meta.recorded_at)
        .put(event.meta.actor.subject.as_str())
        .put(body)
        .put(event.sequence.cast_signed())
        .end()
}
