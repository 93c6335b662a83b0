//! The rules of an escalation: raised once, taken up by one, climbing until then.

use super::command::{Acknowledge, EscalationCommand};
use super::events::{Acknowledged, EscalationEvent, HandedUp, Raised};
use super::state::EscalationState;
use crate::actor::Role;
use crate::context::Context;
use crate::refusal::Refusal;

pub(super) fn decide(
    state: &EscalationState,
    command: EscalationCommand,
    context: &Context<'_>,
) -> Result<Vec<EscalationEvent>, Refusal> {
    if let EscalationCommand::Raise(raised) = command {
        return raise(state, raised).map(|raised| vec![EscalationEvent::Raised(raised)]);
    }
    if !state.raised {
        return Err(Refusal::not_found("escalation-unknown", "no escalation has this id"));
    }
    let event = match command {
        EscalationCommand::Raise(_) => unreachable!("handled above"),
        // Deliveries are facts: one may end after somebody else took the escalation up or resolved it.
        EscalationCommand::Notify(notified) => EscalationEvent::Notified(notified),
        EscalationCommand::FailNotification(failed) => EscalationEvent::NotificationFailed(failed),
        EscalationCommand::Acknowledge(acknowledge) => {
            EscalationEvent::Acknowledged(take_up(state, acknowledge, context)?)
        }
        EscalationCommand::HandUp(handed_up) => {
            EscalationEvent::HandedUp(hand_up(state, handed_up, context)?)
        }
        EscalationCommand::Resolve(resolved) => {
            unresolved(state)?;
            if state.taken_up.is_none() {
                return Err(Refusal::conflict(
                    "not-acknowledged",
                    "nobody has taken the escalation up: acknowledge it and say what you will do first",
                ));
            }
            EscalationEvent::Resolved(resolved)
        }
    };
    Ok(vec![event])
}

fn raise(state: &EscalationState, raised: Raised) -> Result<Raised, Refusal> {
    if state.raised {
        return Err(Refusal::conflict(
            "escalation-exists",
            "this rule raised an escalation on this trigger already",
        ));
    }
    heard(&raised.recipients)?;
    Ok(raised)
}

fn take_up(
    state: &EscalationState,
    acknowledge: Acknowledge,
    context: &Context<'_>,
) -> Result<Acknowledged, Refusal> {
    unresolved(state)?;
    if let Some(taken_up) = &state.taken_up {
        return Err(Refusal::conflict(
            "already-acknowledged",
            format!("the {} took it up at {}", taken_up.by, taken_up.at),
        ));
    }
    if acknowledge.will_do.get().is_none_or(|words| words.trim().is_empty()) {
        return Err(Refusal::invalid("will-do-needed", "say what you will do about it", "/will_do"));
    }
    if acknowledge.until.is_some_and(|until| until <= context.now) {
        return Err(Refusal::invalid(
            "until-is-past",
            "`until` lies in the past: give the moment by which you will have done it",
            "/until",
        ));
    }
    Ok(Acknowledged { by: context.actor.role, will_do: acknowledge.will_do, until: acknowledge.until })
}

fn hand_up(state: &EscalationState, handed_up: HandedUp, context: &Context<'_>) -> Result<HandedUp, Refusal> {
    unresolved(state)?;
    // Taken up without an end, or with one still ahead, it stays where it is.
    if let Some(taken_up) = &state.taken_up
        && taken_up.until.is_none_or(|until| context.now <= until)
    {
        return Err(Refusal::conflict(
            "already-acknowledged",
            format!("the {} took it up at {}: it climbs no further", taken_up.by, taken_up.at),
        ));
    }
    if handed_up.step <= state.step {
        return Err(Refusal::conflict(
            "not-a-higher-step",
            format!("it stands on step {}: hand it up to a later one", state.step),
        ));
    }
    heard(&handed_up.recipients)?;
    Ok(handed_up)
}

fn unresolved(state: &EscalationState) -> Result<(), Refusal> {
    if state.resolved {
        return Err(Refusal::conflict("already-resolved", "the escalation is resolved already"));
    }
    Ok(())
}

fn heard(recipients: &[Role]) -> Result<(), Refusal> {
    if recipients.is_empty() {
        return Err(Refusal::invalid(
            "recipient-needed",
            "name at least one role that hears it",
            "/recipients",
        ));
    }
    Ok(())
}
