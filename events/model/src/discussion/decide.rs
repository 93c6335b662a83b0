//! The rules of a discussion.

use super::command::DiscussionCommand;
use super::events::{DebriefOffered, DiscussionEvent, Held};
use super::state::DiscussionState;
use crate::context::Context;
use crate::occurred::check_past;
use crate::refusal::Refusal;
use crate::sealed::Sealed;

pub(super) fn decide(
    state: &DiscussionState,
    command: DiscussionCommand,
    context: &Context<'_>,
) -> Result<Vec<DiscussionEvent>, Refusal> {
    let event = match command {
        DiscussionCommand::Hold(held) => DiscussionEvent::Held(hold(state, held, context)?),
        DiscussionCommand::OfferDebrief(offered) => {
            DiscussionEvent::DebriefOffered(offer_debrief(state, offered)?)
        }
    };
    Ok(vec![event])
}

fn hold(state: &DiscussionState, mut held: Held, context: &Context<'_>) -> Result<Held, Refusal> {
    if state.centre.is_some() {
        return Err(Refusal::conflict(
            "discussion-exists",
            "a discussion with this id is written down already",
        ));
    }
    check_past(held.held_at, context.now, "/held_at")?;
    if held.cases.is_empty() && held.signals.is_empty() {
        return Err(Refusal::invalid(
            "case-or-signal-needed",
            "name at least one case or signal that it was about",
            "/cases",
        ));
    }
    once(&held.cases, "a case stands twice in `cases`", "/cases")?;
    once(&held.signals, "a signal stands twice in `signals`", "/signals")?;
    let level = held.secrecy.into();
    let words = |texts: Vec<Sealed<String>>| texts.into_iter().map(|text| text.at(level)).collect();
    held.strengths = words(held.strengths);
    held.needs = words(held.needs);
    for decision in &mut held.decisions {
        decision.text = decision.text.clone().at(level);
    }
    Ok(held)
}

fn offer_debrief(state: &DiscussionState, offered: DebriefOffered) -> Result<DebriefOffered, Refusal> {
    if state.centre.is_none() {
        return Err(Refusal::not_found(
            "discussion-unknown",
            "no discussion has this id: write it down first",
        ));
    }
    if offered.accepted.is_some_and(|accepted| accepted > offered.offered) {
        return Err(Refusal::invalid(
            "more-than-offered",
            "more persons took the debriefing than were offered one",
            "/accepted",
        ));
    }
    Ok(offered)
}

fn once<T: PartialEq>(items: &[T], detail: &'static str, pointer: &'static str) -> Result<(), Refusal> {
    if items.iter().enumerate().any(|(i, one)| items[..i].contains(one)) {
        return Err(Refusal::invalid("named-twice", detail, pointer));
    }
    Ok(())
}
