//! Protocols that teams start on a signal, and what becomes of each step.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use nabij_model::Role;
use nabij_model::id::{RunId, SignalId};
use nabij_model::sealed::Sealed;
use nabij_model::signal::{
    ProtocolStarted, ProtocolStepDone, ProtocolStepSkipped, Severity, SignalCommand, SkipReason,
};
use nabij_model::text::Code;

use super::signals::say;
use crate::simulate::calibration as known;
use crate::simulate::story::Story;
use crate::simulate::texts::Topic;

const REASONS: [SkipReason; 6] = [
    SkipReason::NotApplicable,
    SkipReason::DoneByOthers,
    SkipReason::PersonDeclined,
    SkipReason::Unsafe,
    SkipReason::Unreachable,
    SkipReason::Other,
];

/// Somebody starts the protocol that is offered for a signal, or nobody does.
pub(super) fn maybe(
    story: &mut Story,
    resident: usize,
    centre: usize,
    signal: SignalId,
    (category, severity): (&str, Severity),
    at: Timestamp,
) {
    let Ok(category) = Code::new(category) else { return };
    let Some(protocol) = story.protocols.offered(&category, severity).next().map(|one| one.id.clone()) else {
        return;
    };
    let acute = severity == Severity::Acute;
    if !story.chance.happens(if acute { known::PROTOCOL_WHEN_ACUTE } else { known::PROTOCOL }) {
        return;
    }
    let within = SignedDuration::from_hours(if acute { 1 } else { 12 });
    story.after(at, within, move |story, at| {
        let run = RunId(story.chance.id(at));
        let Some(started) = story.protocols.get(&protocol).map(|one| one.started(run, false, at)) else {
            return;
        };
        steps(story, resident, centre, signal, &started, at);
        let actor = story.staff(centre, Role::Coordinator);
        say(story, at, actor, signal, SignalCommand::StartProtocol(started));
    });
}

/// Plans what becomes of each step. One that waits for another comes after it; where that one is left undone, so is this.
fn steps(
    story: &mut Story,
    resident: usize,
    centre: usize,
    signal: SignalId,
    started: &ProtocolStarted,
    at: Timestamp,
) {
    let mut ends: BTreeMap<Code, Timestamp> = BTreeMap::new();
    for step in &started.steps {
        let earliest = match &step.after {
            None => at,
            Some(first) => match ends.get(first) {
                Some(end) => *end,
                None => continue,
            },
        };
        let length = step.due_at.duration_since(at).as_secs();
        let fate = story.chance.weighted(known::PROTOCOL_STEPS.into_iter());
        // In time, late, skipped; else it is left.
        let share = match fate {
            0 => story.chance.between(5, 95),
            1 => story.chance.between(105, 220),
            2 => story.chance.between(10, 120),
            _ => continue,
        };
        let then = (at + SignedDuration::from_secs(length * share / 100))
            .max(earliest + SignedDuration::from_mins(5));
        ends.insert(step.step.clone(), then);
        let (run, name, role) = (started.run, step.step.clone(), step.role);
        story.later(then, move |story, at| {
            let command = if fate == 2 {
                let because = *story.chance.one(&REASONS);
                let reason = Sealed::plain(story.text(Topic::Reason, resident));
                SignalCommand::SkipStep(ProtocolStepSkipped { run, step: name, because, reason })
            } else {
                SignalCommand::CompleteStep(ProtocolStepDone { run, step: name, done_at: None, note: None })
            };
            let actor = story.staff(centre, role);
            say(story, at, actor, signal, command);
        });
    }
}
