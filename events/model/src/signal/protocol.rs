//! The rules of a protocol that runs on a signal.
//!
//! They ask little: who does what in which order is the protocol's, and life does not keep to it. A step may be done before the
//! one that it waits for, and one that was skipped may be done after all.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::events::{ProtocolStarted, ProtocolStepDone, ProtocolStepOverdue, ProtocolStepSkipped};
use super::state::SignalState;
use crate::actor::Role;
use crate::check::{once, past, words};
use crate::context::Context;
use crate::id::RunId;
use crate::refusal::Refusal;
use crate::text::Code;

/// What the rules need to remember of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtocolRun {
    /// Of which protocol.
    pub protocol: Code,
    /// When it was started, and each step with what became of it.
    pub steps: BTreeMap<Code, StepState>,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepState {
    /// By when it is due.
    pub due_at: Timestamp,
    /// It was done.
    pub done: bool,
    /// It was skipped.
    pub skipped: bool,
    /// The log says that its deadline passed.
    pub overdue: bool,
}

impl StepState {
    /// Somebody said what became of it.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.done || self.skipped
    }

    pub(super) fn done(&mut self) {
        (self.done, self.skipped) = (true, false);
    }

    pub(super) fn skip(&mut self) {
        self.skipped = true;
    }
}

impl ProtocolRun {
    pub(super) fn of(started: &ProtocolStarted) -> Self {
        let open = |due_at| StepState { due_at, done: false, skipped: false, overdue: false };
        let steps = started.steps.iter().map(|step| (step.step.clone(), open(step.due_at))).collect();
        Self { protocol: started.protocol.clone(), steps }
    }

    /// A step is still to be done.
    #[must_use]
    pub fn running(&self) -> bool {
        self.steps.values().any(|step| !step.finished())
    }
}

pub(super) fn start(
    state: &SignalState,
    started: &ProtocolStarted,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let mut same = state.protocols.values().filter(|run| run.protocol == started.protocol);
    if started.automatic {
        if context.actor.role != Role::Service {
            return Err(Refusal::invalid(
                "automatic-is-a-machines",
                "a protocol that a person starts does not start by itself: leave `automatic` out",
                "/automatic",
            ));
        }
        if same.next().is_some() {
            return Err(Refusal::conflict(
                "protocol-started-before",
                "this protocol was started on the signal before: it starts by itself once",
            ));
        }
    }
    if state.protocols.contains_key(&started.run) || same.any(ProtocolRun::running) {
        return Err(Refusal::conflict(
            "protocol-running",
            "this protocol runs on the signal already: finish its steps, or start it again when they are finished",
        ));
    }
    if state.dismissed {
        return Err(Refusal::conflict(
            "signal-dismissed",
            "the signal was found to be nothing: assess it anew before a protocol is started",
        ));
    }
    if started.steps.is_empty() {
        return Err(Refusal::invalid("step-needed", "a protocol without steps asks nothing", "/steps"));
    }
    once(started.steps.iter().map(|step| &step.step), "/steps")?;
    let known = |name: &Code, before: usize| started.steps[..before].iter().any(|step| step.step == *name);
    for (number, step) in started.steps.iter().enumerate() {
        if step.after.as_ref().is_some_and(|after| !known(after, number)) {
            return Err(Refusal::invalid(
                "unknown-step",
                format!("step {} waits for a step that does not come before it", step.step),
                "/steps",
            ));
        }
        if step.due_at < context.now {
            return Err(Refusal::invalid(
                "impossible-date",
                format!("step {} is due before the protocol is started", step.step),
                "/steps",
            ));
        }
    }
    words(&started.words, "/words")
}

pub(super) fn complete(
    state: &SignalState,
    done: &ProtocolStepDone,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    if let Some(at) = done.done_at {
        past(at, context.now, "/done_at")?;
    }
    if step(state, done.run, &done.step)?.done {
        return Err(Refusal::conflict("step-done", "this step is done already"));
    }
    Ok(())
}

pub(super) fn skip(state: &SignalState, skipped: &ProtocolStepSkipped) -> Result<(), Refusal> {
    words(&skipped.reason, "/reason")?;
    if step(state, skipped.run, &skipped.step)?.finished() {
        return Err(Refusal::conflict("step-finished", "this step is done or skipped already"));
    }
    Ok(())
}

pub(super) fn overdue(
    state: &SignalState,
    overdue: &ProtocolStepOverdue,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let step = step(state, overdue.run, &overdue.step)?;
    if step.finished() || step.overdue {
        return Err(Refusal::conflict(
            "step-finished",
            "the step is done or skipped, or known to be overdue already",
        ));
    }
    if step.due_at > context.now || step.due_at != overdue.due_at {
        return Err(Refusal::invalid("not-overdue", "the step's deadline has not passed", "/due_at"));
    }
    Ok(())
}

fn step(state: &SignalState, run: RunId, step: &Code) -> Result<StepState, Refusal> {
    let run = state.protocols.get(&run).ok_or_else(|| {
        Refusal::not_found("run-unknown", "no protocol with this run was started on the signal")
    })?;
    run.steps.get(step).copied().ok_or_else(|| {
        let names: Vec<&str> = run.steps.keys().map(Code::as_str).collect();
        Refusal::not_found(
            "step-unknown",
            format!("the protocol has no such step: it has {}", names.join(", ")),
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::actor::Actor;
    use crate::given::{Given, staff};
    use crate::sealed::SealLevel;
    use crate::signal::{Signal, SignalCommand, SignalEvent};

    const RUN: &str = "01890000-0000-7000-8000-000000000007";

    fn from_json<T: serde::de::DeserializeOwned>(value: Value) -> T {
        serde_json::from_value(value).unwrap()
    }

    fn logged(more: Value) -> Given<Signal> {
        let mut body = json!({"centre": "01890000-0000-7000-8000-000000000001", "note": "a bruise", "severity": "acute"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Given::<Signal>::event(SignalEvent::Logged(from_json(body)))
    }

    fn protocol(more: Value) -> SignalCommand {
        let mut body = json!({
            "run": RUN,
            "protocol": "violence-against-child",
            "version": 1,
            "steps": [
                {"step": "safety", "role": "coordinator", "due_at": "2026-03-01T13:00:00Z"},
                {"step": "listen", "role": "psychosocial", "due_at": "2026-03-02T12:00:00Z", "after": "safety"},
            ],
            "words": "{}",
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        SignalCommand::StartProtocol(from_json(body))
    }

    fn machine() -> Actor {
        Actor { role: Role::Service, ..staff("service:alerts") }
    }

    fn done(step: &str) -> SignalCommand {
        SignalCommand::CompleteStep(from_json(json!({"run": RUN, "step": step})))
    }

    fn skipped(step: &str, reason: &str) -> SignalCommand {
        let because = SkipReason::NotApplicable;
        SignalCommand::SkipStep(from_json(
            json!({"run": RUN, "step": step, "because": because, "reason": reason}),
        ))
    }

    use super::super::events::SkipReason;

    #[test]
    fn a_protocol_runs_once_at_a_time() {
        let running = logged(json!({})).done(protocol(json!({})));
        let again = || protocol(json!({"run": "01890000-0000-7000-8000-000000000008"}));
        running.when(again()).then_refused("protocol-running");
        let over = running.done(done("safety")).done(skipped("listen", "there is no child"));
        over.when(again()).then_one("protocol_started");
        over.when(protocol(json!({}))).then_refused("protocol-running");
    }

    #[test]
    fn only_a_machine_starts_one_by_itself_and_once_ever() {
        let by_itself = || protocol(json!({"automatic": true}));
        logged(json!({})).when(by_itself()).then_refused("automatic-is-a-machines");
        let over =
            logged(json!({})).by(machine()).done(by_itself()).done(done("safety")).done(done("listen"));
        let another = json!({"automatic": true, "run": "01890000-0000-7000-8000-000000000008"});
        over.when(protocol(another)).then_refused("protocol-started-before");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let refused = |more: Value, code| {
            logged(json!({})).when(protocol(more)).then_refused(code);
        };
        let step = |name: &str, after: Value, due: &str| json!({"step": name, "role": "director", "due_at": due, "after": after});
        let later = "2026-03-02T12:00:00Z";
        refused(json!({"steps": []}), "step-needed");
        refused(
            json!({"steps": [step("a", Value::Null, later), step("a", Value::Null, later)]}),
            "named-twice",
        );
        refused(
            json!({"steps": [step("a", json!("b"), later), step("b", Value::Null, later)]}),
            "unknown-step",
        );
        refused(json!({"steps": [step("a", Value::Null, "2026-03-01T11:00:00Z")]}), "impossible-date");
        refused(json!({"words": " "}), "words-needed");
        Given::<Signal>::nothing().when(protocol(json!({}))).then_refused("signal-unknown");
    }

    #[test]
    fn a_step_is_done_or_skipped_with_a_reason_and_in_any_order() {
        let running = || logged(json!({})).done(protocol(json!({})));
        running().when(done("listen")).then_one("protocol_step_done");
        running().when(done("dance")).then_refused("step-unknown");
        running().when(skipped("listen", " ")).then_refused("words-needed");
        running().done(done("safety")).when(done("safety")).then_refused("step-done");
        running().done(done("safety")).when(skipped("safety", "no")).then_refused("step-finished");
        let after_all = running().done(skipped("safety", "he left")).done(done("safety"));
        assert!(
            after_all.state().protocols[&RUN.parse::<RunId>().unwrap()].steps[&Code::new("safety").unwrap()]
                .done
        );
        let other = json!({"run": "01890000-0000-7000-8000-000000000009", "step": "safety"});
        running().when(SignalCommand::CompleteStep(from_json(other))).then_refused("run-unknown");
        let tomorrow = json!({"run": RUN, "step": "safety", "done_at": "2026-03-02T00:00:00Z"});
        running().when(SignalCommand::CompleteStep(from_json(tomorrow))).then_refused("impossible-date");
    }

    #[test]
    fn a_step_is_overdue_once_and_only_past_its_deadline() {
        let late = |due: &str| {
            SignalCommand::MarkOverdue(from_json(json!({
                "run": RUN, "protocol": "violence-against-child", "step": "safety", "role": "coordinator", "due_at": due,
            })))
        };
        let due = "2026-03-01T13:00:00Z";
        let running = || logged(json!({})).done(protocol(json!({})));
        running().when(late(due)).then_refused("not-overdue");
        let past = || running().at("2026-03-01T13:00:00Z");
        past().when(late("2026-03-01T12:30:00Z")).then_refused("not-overdue");
        past().when(late(due)).then_one("protocol_step_overdue");
        past().done(late(due)).when(late(due)).then_refused("step-finished");
        past().done(done("safety")).when(late(due)).then_refused("step-finished");
        past().done(late(due)).when(done("safety")).then_one("protocol_step_done");
    }

    #[test]
    fn a_dismissed_signal_starts_nothing_and_a_confidential_one_is_sealed_as_one() {
        let dismissed = logged(json!({}))
            .and(SignalEvent::Assessed(from_json(json!({"severity": "low", "blind": true}))))
            .and(SignalEvent::Dismissed(from_json(json!({"note": "a game"}))));
        dismissed.when(protocol(json!({}))).then_refused("signal-dismissed");
        let staff = logged(json!({"concerns_staff": true, "route": "confidential"}));
        let SignalEvent::ProtocolStarted(started) =
            staff.when(protocol(json!({}))).then_one("protocol_started")
        else {
            panic!("not started")
        };
        assert_eq!(started.words.level(), SealLevel::Restricted);
    }
}
