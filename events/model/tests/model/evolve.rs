//! What is in the log happened, whatever the rules say today: a state takes any event after any other.

use std::collections::BTreeMap;

use jiff::Timestamp;
use nabij_model::case::Case;
use nabij_model::centre::Centre;
use nabij_model::discussion::Discussion;
use nabij_model::escalation::Escalation;
use nabij_model::incident::Incident;
use nabij_model::referral::Referral;
use nabij_model::signal::Signal;
use nabij_model::text::StaffId;
use nabij_model::{Decider, Event, Fact, Payload, Role};
use uuid::Uuid;

use crate::golden::Golden;

/// Takes every event, and every event after every other type of event, from nothing.
fn takes_all<A: Decider>(events: &[A::Event]) {
    assert!(!events.is_empty(), "no example of a {}", A::KIND);
    let mut of_each_type = BTreeMap::new();
    for event in events {
        of_each_type.entry(event.event_type()).or_insert(event);
    }
    for second in events {
        for first in of_each_type.values().copied() {
            let mut state = A::State::default();
            take::<A>(&mut state, first);
            take::<A>(&mut state, second);
        }
    }
    let mut state = A::State::default();
    events.iter().for_each(|event| take::<A>(&mut state, event));
}

fn take<A: Decider>(state: &mut A::State, event: &A::Event) {
    let at: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    let by = StaffId::new("someone").unwrap();
    A::evolve(state, &Fact { at, by, role: Role::Psychosocial, event: event.clone() });
    A::concerns(Uuid::nil(), state);
}

/// A state comes back from its snapshot as it was.
fn survives_a_snapshot<A: Decider>(events: &[A::Event]) {
    let mut state = A::State::default();
    for event in events {
        take::<A>(&mut state, event);
        let snapshot = serde_json::to_string(&state).unwrap();
        let back: A::State = serde_json::from_str(&snapshot).unwrap();
        assert_eq!(serde_json::to_string(&back).unwrap(), snapshot, "after {}", event.event_type());
    }
}

macro_rules! for_each_aggregate {
    ($check:ident) => {{
        let events: Vec<Event> = Golden::all().iter().map(Golden::decode).collect();
        for_each_aggregate!($check, events, Case Signal Discussion Referral Incident Centre Escalation);
    }};
    ($check:ident, $events:ident, $($kind:ident)*) => {$({
        let of_kind: Vec<_> = $events
            .iter()
            .filter_map(|event| match event {
                Event::$kind(event) => Some(event.clone()),
                _ => None,
            })
            .collect();
        $check::<$kind>(&of_kind);
    })*};
}

#[test]
fn no_event_is_too_much_for_any_state() {
    for_each_aggregate!(takes_all);
}

#[test]
fn every_state_survives_a_snapshot() {
    for_each_aggregate!(survives_a_snapshot);
}
