//! The rules of an incident. The register is not ours: we refuse only what cannot be true.

use jiff::SignedDuration;

use super::command::IncidentCommand;
use super::events::{IncidentEvent, Reclassified, Registered};
use super::state::IncidentState;
use crate::check;
use crate::context::Context;
use crate::occurred::Precision;
use crate::refusal::Refusal;

pub(super) fn decide(
    state: &IncidentState,
    command: IncidentCommand,
    context: &Context<'_>,
) -> Result<Vec<IncidentEvent>, Refusal> {
    if let IncidentCommand::Register(registered) = command {
        return register(state, registered, context)
            .map(|registered| vec![IncidentEvent::Registered(registered)]);
    }
    if state.centre.is_none() {
        return Err(Refusal::not_found("incident-unknown", "no incident has this id: register it first"));
    }
    let event = match command {
        IncidentCommand::Register(_) => unreachable!("handled above"),
        IncidentCommand::Link(linked) => {
            if state.links.contains(&linked.to) {
                return Err(Refusal::conflict(
                    "already-linked",
                    "the incident is linked to this record already",
                ));
            }
            IncidentEvent::Linked(linked)
        }
        IncidentCommand::Unlink(unlinked) => {
            if !state.links.contains(&unlinked.to) {
                return Err(Refusal::conflict(
                    "not-linked",
                    "the incident is not linked to this record: if the other record holds the link, take it back there",
                ));
            }
            IncidentEvent::Unlinked(unlinked)
        }
        IncidentCommand::Reclassify(new) => IncidentEvent::Reclassified(reclassify(state, new)?),
        IncidentCommand::Close(closed) => {
            if state.closed {
                return Err(Refusal::conflict("already-closed", "the register closed this incident already"));
            }
            IncidentEvent::Closed(closed)
        }
        IncidentCommand::Redact(redacted) => IncidentEvent::Redacted(redacted.check()?),
    };
    Ok(vec![event])
}

fn register(
    state: &IncidentState,
    registered: Registered,
    context: &Context<'_>,
) -> Result<Registered, Refusal> {
    if state.centre.is_some() {
        return Err(Refusal::conflict(
            "incident-exists",
            "this entry of the register is here already: source and register number are the same",
        ));
    }
    check::past(registered.occurred_at, context.now, "/occurred_at")?;
    if let Some(at) = registered.registered_at {
        check::past(at, context.now, "/registered_at")?;
        let before = registered.occurred_at.duration_since(at);
        if slack(registered.precision).is_some_and(|slack| before > slack) {
            return Err(Refusal::invalid(
                "impossible-date",
                format!(
                    "it occurred at {}, after it was registered ({at}): check both, or give the precision",
                    registered.occurred_at
                ),
                "/occurred_at",
            ));
        }
    }
    check::once(&registered.cases, "/cases")?;
    Ok(registered)
}

/// How far `occurred_at` may lie after `registered_at` and still be true: two clocks at the minute, else the span
/// that the precision leaves open. `None`: nobody knows, so nothing contradicts.
fn slack(precision: Precision) -> Option<SignedDuration> {
    const HOUR: i64 = 60;
    const DAY: i64 = 24 * HOUR;
    let minutes = match precision {
        Precision::Minute => 5,
        Precision::Hour => HOUR,
        Precision::Day => DAY,
        Precision::Week => 7 * DAY,
        Precision::Month => 31 * DAY,
        Precision::Year => 366 * DAY,
        Precision::Unknown => return None,
    };
    Some(SignedDuration::from_mins(minutes))
}

fn reclassify(state: &IncidentState, new: Reclassified) -> Result<Reclassified, Refusal> {
    let same_type = new.incident_type.is_none() || new.incident_type == state.incident_type;
    let same_category = new.category.is_none() || new.category == state.category;
    let same_level = new.level.is_none_or(|level| level == state.level);
    if same_type && same_category && same_level {
        return Err(Refusal::invalid(
            "nothing-reclassified",
            "give a type, category or level other than the present one",
            "",
        ));
    }
    Ok(new)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::given::Given;
    use crate::id::SignalId;
    use crate::incident::{Closed, Incident, Level, Linked, Unlinked, id_of};
    use crate::signal::{Apart, LinkTarget};
    use crate::text::{Code, RegisterNumber};

    fn registered(change: impl FnOnce(&mut Value)) -> Registered {
        let mut body = json!({
            "centre": "01890000-0000-7000-8000-000000000001",
            "source": "au-dibp",
            "register_number": "1-2RX49V",
            "incident_type": "self-harm-threatened",
            "level": "major",
            "occurred_at": "2026-03-01T10:00:00Z",
        });
        change(&mut body);
        serde_json::from_value(body).unwrap()
    }

    fn register(change: impl FnOnce(&mut Value)) -> IncidentCommand {
        IncidentCommand::Register(registered(change))
    }

    fn given() -> Given<Incident> {
        Given::event(IncidentEvent::Registered(registered(|_| {})))
    }

    #[test]
    fn an_entry_exists_once() {
        given().when(register(|_| {})).then_refused("incident-exists");
        let source = Code::new("au-dibp").unwrap();
        let id = |operator, number| id_of(operator, &source, &RegisterNumber::new(number).unwrap());
        assert_eq!(id("one", "1-2RX49V"), id("one", "1-2RX49V"));
        assert_ne!(id("one", "1-2RX49V"), id("one", "1-2RX49W"));
        assert_ne!(id("one", "1-2RX49V"), id("two", "1-2RX49V"));
    }

    #[test]
    fn nothing_is_registered_before_it_happens() {
        let nothing = Given::<Incident>::nothing;
        let at = |occurred: &'static str, registered: &'static str, precision: &'static str| {
            register(move |body| {
                body["occurred_at"] = json!(occurred);
                body["registered_at"] = json!(registered);
                body["precision"] = json!(precision);
            })
        };
        nothing()
            .when(at("2026-03-01T12:00:01Z", "2026-03-01T12:00:00Z", "minute"))
            .then_refused("impossible-date");
        nothing()
            .when(at("2026-03-01T10:00:00Z", "2026-03-01T12:00:01Z", "minute"))
            .then_refused("impossible-date");
        nothing()
            .when(at("2026-03-01T10:06:00Z", "2026-03-01T10:00:00Z", "minute"))
            .then_refused("impossible-date");
        // Two clocks, or a day without an hour, are no contradiction.
        nothing().when(at("2026-03-01T10:04:00Z", "2026-03-01T10:00:00Z", "minute")).then_one("registered");
        nothing().when(at("2026-02-27T12:00:00Z", "2026-02-27T08:00:00Z", "day")).then_one("registered");
        nothing().when(at("2026-02-27T12:00:00Z", "2020-01-01T08:00:00Z", "unknown")).then_one("registered");
    }

    #[test]
    fn a_link_is_made_once() {
        let linked = Linked { to: LinkTarget::Signal(SignalId::derived(&["a"])) };
        given()
            .done(IncidentCommand::Link(linked))
            .when(IncidentCommand::Link(linked))
            .then_refused("already-linked");
        let unlink = || IncidentCommand::Unlink(Unlinked { to: linked.to, reason: Apart::WrongRecord });
        given().when(unlink()).then_refused("not-linked");
        let again = given().done(IncidentCommand::Link(linked)).done(unlink());
        again.when(IncidentCommand::Link(linked)).then_one("linked");
    }

    #[test]
    fn a_reclassification_changes_something() {
        let to = |level| {
            let new: Reclassified = serde_json::from_value(json!({"level": level})).unwrap();
            IncidentCommand::Reclassify(new)
        };
        given().when(to(Level::Major)).then_refused("nothing-reclassified");
        let after = given().done(to(Level::Critical));
        assert_eq!(after.state().level, Level::Critical);
        assert_eq!(after.state().incident_type, Some(Code::new("self-harm-threatened").unwrap()));
    }

    #[test]
    fn a_closed_entry_is_not_closed_again() {
        let closed = || Closed { outcome: None };
        Given::<Incident>::nothing().when(IncidentCommand::Close(closed())).then_refused("incident-unknown");
        given()
            .done(IncidentCommand::Close(closed()))
            .when(IncidentCommand::Close(closed()))
            .then_refused("already-closed");
    }
}
