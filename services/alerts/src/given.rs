//! Events for tests, as a log would hold them.

use jiff::{SignedDuration, Timestamp};
use nabij_model::escalation::{EscalationEvent, EscalationSeverity, Raised, Rung, ShownAs, Subject};
use nabij_model::id::{EscalationId, EventId};
use nabij_model::recorded::{Concerns, EventHash, Meta};
use nabij_model::{Actor, AggregateId, AggregateKind, CaseId, Event, Recorded, Role};
use uuid::Uuid;

/// So many minutes after noon of a Monday, UTC.
pub(crate) fn at(minutes: i64) -> Timestamp {
    let noon: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
    noon + SignedDuration::from_mins(minutes)
}

pub(crate) fn id(number: u128) -> EscalationId {
    EscalationId(Uuid::from_u128(number))
}

/// What happened to an escalation, as event number `sequence`.
pub(crate) fn recorded(sequence: u64, of: EscalationId, minutes: i64, event: EscalationEvent) -> Recorded {
    let event = Event::from(event);
    let actor = Actor {
        subject: "service:alerts".parse().unwrap(),
        role: Role::Service,
        centres: Vec::new(),
        operator: None,
    };
    Recorded {
        sequence,
        known_at: at(minutes),
        meta: Meta {
            id: EventId(Uuid::from_u128(sequence.into())),
            event_type: event.event_type(),
            aggregate: AggregateId::new(AggregateKind::Escalation, of.0),
            recorded_at: at(minutes),
            actor,
            concerns: Concerns::default(),
            command: None,
            historic: false,
            previous: None,
            traceparent: None,
        },
        event,
        body: Box::default(),
        hash: EventHash([0; 32]),
    }
}

fn rung(to: Role, minutes: u32) -> Rung {
    Rung { to: vec![to], acknowledge_within_seconds: minutes * 60 }
}

/// Raised at noon, with three rungs of 15, 30 and 60 minutes.
pub(crate) fn raised() -> Raised {
    Raised {
        rule: "acute-signal".parse().unwrap(),
        rule_version: 1,
        severity: EscalationSeverity::High,
        trigger: EventId(Uuid::from_u128(9)),
        subject: Subject { cases: vec![CaseId(Uuid::from_u128(5))], ..Subject::default() },
        title: "acute-signal".parse().unwrap(),
        step: 0,
        recipients: vec![Role::Coordinator],
        acknowledge_by: at(15),
        confidential: false,
        shown_as: ShownAs::Alarm,
        ladder: vec![rung(Role::Coordinator, 15), rung(Role::Director, 30), rung(Role::NetworkHq, 60)],
        quiet_hours: false,
        heard_from: None,
        passed_over: Vec::new(),
    }
}
