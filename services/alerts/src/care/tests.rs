//! A story of a signal, and what Nabij then wants to do by itself.

use jiff::ToSpan;
use nabij_model::text::StaffId;
use nabij_model::{Actor, AggregateId, AggregateKind, Concerns, EventHash, EventId, Meta};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

const CENTRE: &str = "01890000-0000-7000-8000-000000000001";
const SIGNAL: Uuid = Uuid::from_u128(7);

/// The machine, fed with a story hour by hour.
struct Story {
    care: Care,
    sequence: u64,
}

fn hour(hour: i64) -> Timestamp {
    "2026-03-01T00:00:00Z".parse::<Timestamp>().unwrap() + hour.hours()
}

impl Story {
    fn new() -> Self {
        Self { care: Care::new(Arc::new(Protocols::shipped())), sequence: 0 }
    }

    fn event(&mut self, at: i64, name: &str, id: Uuid, role: Role, historic: bool, body: &Value) {
        let (event_type, event) = Event::decode(name, body.to_string().as_bytes()).unwrap();
        self.sequence += 1;
        let kind = AggregateKind::ALL.into_iter().find(|kind| name.split('.').nth(1) == Some(kind.as_str()));
        let actor = Actor { subject: StaffId::new("x").unwrap(), role, centres: vec![], operator: None };
        let meta = Meta {
            id: EventId::derived(&[&self.sequence.to_string()]),
            event_type,
            aggregate: AggregateId::new(kind.unwrap(), id),
            recorded_at: hour(at),
            actor,
            concerns: Concerns {
                confidential: body["confidential"] == true || body["route"] == "confidential",
                ..Concerns::default()
            },
            command: None,
            historic,
            previous: None,
            traceparent: None,
        };
        let body = body.to_string().into_bytes().into();
        let recorded = Recorded {
            sequence: self.sequence,
            known_at: hour(at),
            meta,
            event,
            body,
            hash: EventHash([0; 32]),
        };
        self.care.feed(&recorded);
    }

    fn signal(mut self, at: i64, name: &str, body: &Value) -> Self {
        self.event(at, &format!("nabij.signal.{name}.v1"), SIGNAL, Role::Psychosocial, false, body);
        self
    }

    fn logged(self, more: &Value) -> Self {
        let mut body = json!({"centre": CENTRE, "category": "suicidality"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.signal(0, "logged", &body)
    }

    fn due(&self, at: i64) -> Vec<Todo> {
        self.care.due(hour(at))
    }
}

fn receipt() -> Todo {
    Todo::Receipt(SIGNAL.into())
}

fn start() -> Todo {
    Todo::Start(SIGNAL.into(), Code::new("suicidality").unwrap())
}

fn assessed(severity: &str) -> Value {
    json!({"severity": severity, "blind": true})
}

#[test]
fn a_reporter_is_told_once_that_it_was_received_as_soon_as_the_matter_moves() {
    let story = Story::new().logged(&json!({}));
    assert_eq!(story.due(1), []);
    let story = story.signal(1, "assessed", &assessed("low"));
    assert_eq!(story.due(1), [receipt()]);
    assert_eq!(story.due(2), [receipt()], "until the log says that it was done");
    let told = json!({"to": "reporter", "kind": "acknowledged", "automatic": true});
    let story = story.signal(2, "feedback_given", &told).signal(3, "assessed", &assessed("high"));
    assert_eq!(story.due(3), []);
}

#[test]
fn a_talk_that_the_team_never_hears_of_moves_only_what_it_never_hears_of() {
    let talk = json!({"centre": CENTRE, "kind": "case_conference", "held_at": hour(1), "signals": [SIGNAL], "confidential": true});
    let after = |signal: &Value| {
        let mut story = Story::new().logged(signal);
        story.event(
            1,
            "nabij.discussion.held.v1",
            Uuid::from_u128(8),
            Role::SafeguardingPerson,
            false,
            &talk,
        );
        story.due(1)
    };
    assert_eq!(after(&json!({})), []);
    assert_eq!(after(&json!({"concerns_staff": true, "route": "confidential"})), [receipt()]);
}

#[test]
fn whatever_moves_it_counts() {
    let discussed =
        json!({"centre": CENTRE, "kind": "case_conference", "held_at": hour(1), "signals": [SIGNAL]});
    let linked = json!({"to": {"signal": SIGNAL}});
    let incident = json!({"to": {"incident": Uuid::from_u128(8)}});
    let raised = json!({"rule": "acute-signal", "rule_version": 1, "severity": "acute", "trigger": Uuid::from_u128(9),
        "subject": {"signal": SIGNAL}, "title": "acute-signal", "step": 0, "recipients": ["director"],
        "acknowledge_by": hour(2), "confidential": false});
    let of = |name: &str, id: u128, body: &Value| {
        let mut story = Story::new().logged(&json!({}));
        story.event(1, name, Uuid::from_u128(id), Role::Psychosocial, false, body);
        story.due(1)
    };
    assert_eq!(of("nabij.discussion.held.v1", 2, &discussed), [receipt()]);
    assert_eq!(of("nabij.incident.linked.v1", 3, &linked), [receipt()]);
    assert_eq!(of("nabij.signal.linked.v1", 7, &incident), [receipt()]);
    assert_eq!(of("nabij.escalation.raised.v1", 4, &raised), [receipt()]);
    assert_eq!(of("nabij.signal.dismissed.v1", 7, &json!({"note": "a game"})), [receipt()]);
    assert_eq!(of("nabij.signal.not_registered.v1", 7, &json!({"reason": "no_time"})), [receipt()]);
    assert_eq!(of("nabij.signal.linked.v1", 7, &linked), [], "another signal beside it is no answer");
    assert_eq!(of("nabij.signal.corrected.v1", 7, &json!({"reason": "a name"})), []);
}

#[test]
fn nobody_is_told_of_imports_strengths_or_by_one_who_was_told_already() {
    let body = json!({"centre": CENTRE, "category": "suicidality", "severity": "acute"});
    let mut historic = Story::new();
    historic.event(0, "nabij.signal.logged.v1", SIGNAL, Role::Frontline, true, &body);
    assert_eq!(historic.signal(1, "assessed", &assessed("acute")).due(1), []);
    let mut machine = Story::new();
    machine.event(
        0,
        "nabij.signal.logged.v1",
        SIGNAL,
        Role::Service,
        false,
        &json!({"centre": CENTRE, "category": "x"}),
    );
    assert_eq!(machine.signal(1, "assessed", &assessed("low")).due(1), []);
    let mut later = Story::new().logged(&json!({}));
    later.event(1, "nabij.signal.assessed.v1", SIGNAL, Role::Psychosocial, true, &assessed("acute"));
    assert_eq!(later.due(1), [], "an imported assessment notifies nobody");
    let strength = Story::new().logged(&json!({"strength": true, "severity": "acute"}));
    assert_eq!(strength.signal(1, "assessed", &assessed("acute")).due(1), []);
    let told = json!({"to": "reporter", "kind": "action_taken"});
    let told = Story::new().logged(&json!({})).signal(1, "feedback_given", &told);
    assert_eq!(told.signal(2, "assessed", &assessed("low")).due(2), []);
}

#[test]
fn an_acute_signal_starts_its_protocol_once_ever() {
    assert_eq!(Story::new().logged(&json!({"severity": "high"})).due(0), []);
    assert_eq!(Story::new().logged(&json!({"severity": "acute", "category": "food"})).due(0), []);
    let acute = || Story::new().logged(&json!({"severity": "acute"}));
    assert_eq!(acute().due(0), [start()]);
    assert_eq!(acute().due(7 * 24), [start()], "late rather than never");
    assert_eq!(acute().due(7 * 24 + 1), [], "and not when it is history");
    let assessed_so = Story::new().logged(&json!({})).signal(1, "assessed", &assessed("acute"));
    assert_eq!(assessed_so.due(1), [receipt(), start()]);
    let run = Uuid::from_u128(5);
    let begun = json!({"run": run, "protocol": "suicidality", "version": 1, "words": "{}", "steps": [
        {"step": "not-alone", "role": "companion", "due_at": hour(1)}]});
    let running = acute().signal(0, "protocol_started", &begun);
    assert_eq!(running.due(0), []);
    let done = running.signal(1, "protocol_step_done", &json!({"run": run, "step": "not-alone"}));
    assert_eq!(done.signal(2, "assessed", &assessed("acute")).due(2), [receipt()], "not a second time");
    let nothing =
        acute().signal(1, "assessed", &assessed("low")).signal(1, "dismissed", &json!({"note": "x"}));
    assert_eq!(nothing.due(1), [receipt()]);
}

#[test]
fn a_step_is_overdue_from_its_deadline_until_somebody_says_so_or_does_it() {
    let run = Uuid::from_u128(5);
    let begun = json!({"run": run, "protocol": "suicidality", "version": 1, "words": "{}", "steps": [
        {"step": "not-alone", "role": "companion", "due_at": hour(2)},
        {"step": "ask", "role": "psychosocial", "due_at": hour(4)},
        {"step": "means", "role": "companion", "due_at": hour(5)}]});
    let overdue = |step: &str| Todo::Overdue(SIGNAL.into(), run.into(), Code::new(step).unwrap());
    let story = Story::new().logged(&json!({})).signal(1, "protocol_started", &begun);
    assert_eq!(story.due(1), []);
    assert_eq!(story.due(2), [overdue("not-alone")]);
    assert_eq!(story.due(99), [overdue("not-alone"), overdue("ask"), overdue("means")]);
    assert_eq!(story.care.overdue(run.into(), &Code::new("ask").unwrap()).unwrap().role, Role::Psychosocial);
    let written = json!({"run": run, "protocol": "suicidality", "step": "not-alone", "role": "companion", "due_at": hour(2)});
    let skipped = json!({"run": run, "step": "means", "because": "unsafe", "reason": "x"});
    let story =
        story.signal(2, "protocol_step_overdue", &written).signal(3, "protocol_step_skipped", &skipped);
    assert_eq!(story.due(99), [overdue("ask")]);
}

#[test]
fn what_was_known_of_who_is_erased_is_dropped() {
    let mut story =
        Story::new().logged(&json!({"severity": "acute"})).signal(1, "assessed", &assessed("acute"));
    let erased = json!({"ground": "person_asked", "approved_by": "x", "alone": {"signals": [SIGNAL]}});
    story.event(2, "nabij.case.erased.v1", Uuid::from_u128(3), Role::Director, false, &erased);
    assert_eq!(story.due(2), []);
    assert!(story.care.matters.is_empty() && story.care.waiting.is_empty());
}
