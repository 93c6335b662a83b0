//! The rules of an incident. The register is not ours: we refuse only what cannot be true.

use jiff::SignedDuration;

use super::command::IncidentCommand;
use super::events::{IncidentEvent, Reclassified, Registered};
use super::state::IncidentState;
use crate::context::Context;
use crate::occurred::{Precision, check_past};
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
        IncidentCommand::Reclassify(new) => IncidentEvent::Reclassified(reclassify(state, new)?),
        IncidentCommand::Close(closed) => {
            if state.closed {
                return Err(Refusal::conflict("already-closed", "the register closed this incident already"));
            }
            IncidentEvent::Closed(closed)
        }
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
    check_past(registered.occurred_at, context.now, "/occurred_at")?;
    if let Some(at) = registered.registered_at {
        check_past(at, context.now, "/registered_at")?;
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
    let cases = &registered.cases;
    if cases.iter().enumerate().any(|(i, case)| cases[..i].contains(case)) {
        return Err(Refusal::invalid("named-twice", "a case stands twice in `cases`", "/cases"));
    }
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
