//! Given / when / then for deciders.

use jiff::Timestamp;

use crate::actor::{Actor, Role};
use crate::context::Context;
use crate::decider::{Decider, Fact};
use crate::event::Payload;
use crate::policies::Policies;
use crate::refusal::Refusal;
use crate::text::StaffId;

/// The moment at which every test happens, unless it says otherwise.
pub(crate) const NOW: &str = "2026-03-01T12:00:00Z";

/// A member of staff.
pub(crate) fn staff(name: &str) -> Actor {
    Actor { subject: StaffId::new(name).unwrap(), role: Role::Psychosocial, centres: vec![], operator: None }
}

/// The facts so far.
pub(crate) struct Given<A: Decider> {
    state: A::State,
    actor: Actor,
    now: Timestamp,
}

impl<A: Decider> Given<A> {
    pub(crate) fn nothing() -> Self {
        Self { state: A::State::default(), actor: staff("reporter"), now: NOW.parse().unwrap() }
    }

    pub(crate) fn event(event: A::Event) -> Self {
        Self::nothing().and(event)
    }

    pub(crate) fn and(mut self, event: A::Event) -> Self {
        let fact = Fact { at: self.now, by: self.actor.subject.clone(), role: self.actor.role, event };
        A::evolve(&mut self.state, &fact);
        self
    }

    pub(crate) fn by(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    pub(crate) fn at(mut self, now: &str) -> Self {
        self.now = now.parse().unwrap();
        self
    }

    pub(crate) fn state(&self) -> &A::State {
        &self.state
    }

    /// What follows from a command that is allowed becomes part of the facts.
    #[track_caller]
    pub(crate) fn done(self, command: A::Command) -> Self {
        let Then(decided) = self.when(command);
        let events = decided.unwrap_or_else(|refusal| panic!("refused: {} {refusal}", refusal.code));
        events.into_iter().fold(self, Self::and)
    }

    pub(crate) fn when(&self, command: A::Command) -> Then<A> {
        let policies = Policies::shipped();
        let context = Context { now: self.now, actor: &self.actor, policies: &policies };
        Then(A::decide(&self.state, command, &context))
    }
}

/// What was decided.
pub(crate) struct Then<A: Decider>(Result<Vec<A::Event>, Refusal>);

impl<A: Decider> Then<A> {
    #[track_caller]
    pub(crate) fn then_one(self, name: &str) -> A::Event {
        let mut events = self.0.unwrap_or_else(|refusal| panic!("refused: {} {refusal}", refusal.code));
        assert_eq!(events.len(), 1, "expected one event, got {events:?}");
        let event = events.remove(0);
        assert_eq!(event.event_type().name, name);
        event
    }

    #[track_caller]
    pub(crate) fn then_refused(self, code: &str) -> Refusal {
        let refusal = self.0.expect_err("it was allowed");
        assert_eq!(refusal.code, code);
        refusal
    }
}
