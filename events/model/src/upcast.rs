//! Lifts the body of an older version to the current one, one version at a time.
//!
//! # To change an event that is on main
//!
//! Raise its version in the `events!` table, add a step here that turns the previous version's body into the new
//! one, and leave the old golden file where it is.

use serde_json::Value;

use crate::event::EventType;

/// Turns the body of version `from` of an event into the body of version `from + 1`.
struct Step {
    event: &'static str,
    from: u16,
    lift: fn(Value) -> Value,
}

/// Every step there ever was; none is ever removed.
const STEPS: &[Step] =
    &[Step { event: "centre.occupancy_reported", from: 1, lift: crate::centre::upcast::occupancy_v1 }];

/// The body of `version` lifted to `current`, or `None` when a step is missing (a newer or unknown version).
#[must_use]
pub fn lift(current: EventType, version: u16, body: Value) -> Option<Value> {
    let event = format!("{}.{}", current.kind, current.name);
    (version..current.version)
        .try_fold(body, |body, from| {
            let step = STEPS.iter().find(|step| step.event == event && step.from == from)?;
            Some((step.lift)(body))
        })
        .filter(|_| (1..current.version).contains(&version))
}

/// The older versions that must decode for ever: event (`centre.occupancy_reported`) and version.
pub fn older_versions() -> impl Iterator<Item = (&'static str, u16)> {
    STEPS.iter().map(|step| (step.event, step.from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::AggregateKind;

    #[test]
    fn only_older_versions_are_lifted() {
        let current = EventType { kind: AggregateKind::Centre, name: "occupancy_reported", version: 2 };
        let old = || serde_json::json!({"date": "2024-02-29", "residents": 312, "minors": 97});
        assert!(lift(current, 1, old()).is_some());
        for version in [0, 2, 3] {
            assert!(lift(current, version, old()).is_none(), "version {version}");
        }
    }

    #[test]
    fn a_version_without_a_step_is_not_lifted() {
        let current = EventType { kind: AggregateKind::Centre, name: "closed", version: 2 };
        assert!(lift(current, 1, Value::Null).is_none());
    }
}
