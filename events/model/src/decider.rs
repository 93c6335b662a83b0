//! How an aggregate decides: state from facts, facts from a command and the state.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::actor::{Actor, Role};
use crate::context::Context;
use crate::event::Payload;
use crate::id::{AggregateKind, CommandId};
use crate::policies::Policies;
use crate::recorded::{CommandRef, Concerns, EventHash};
use crate::refusal::Refusal;
use crate::text::StaffId;

/// An event with the moment it was recorded and who recorded it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact<E> {
    /// `recorded_at`.
    pub at: Timestamp,
    /// Who recorded it.
    pub by: StaffId,
    /// In which role.
    pub role: Role,
    /// What happened.
    pub event: E,
}

/// An aggregate: a small state machine, pure.
pub trait Decider: Sized + Send + Sync + 'static {
    /// Which of the seven.
    const KIND: AggregateKind = Self::Event::KIND;
    /// Raised whenever [`State`](Self::State) changes its form: older snapshots are then not read.
    const STATE_VERSION: u32;
    /// What the rules need to remember; nothing else.
    type State: Default + Clone + fmt::Debug + Serialize + DeserializeOwned + Send + Sync;
    /// What can happen.
    type Event: Payload + Into<crate::Event>;
    /// What can be asked.
    type Command: Clone + Send + fmt::Debug;

    /// Takes a fact into the state. Total: what is in the log happened, whatever the rules say today.
    fn evolve(state: &mut Self::State, fact: &Fact<Self::Event>);

    /// Answers a command with the events that follow from it.
    ///
    /// # Errors
    /// A [`Refusal`] that a person can act on.
    fn decide(
        state: &Self::State,
        command: Self::Command,
        context: &Context<'_>,
    ) -> Result<Vec<Self::Event>, Refusal>;

    /// Under which id the vault holds the keys for what is sealed in this state: the aggregate's own, unless some words had
    /// to go while others stay.
    fn key(id: Uuid, _state: &Self::State) -> Uuid {
        id
    }

    /// Whom the aggregate, in this state, is about.
    fn concerns(id: Uuid, state: &Self::State) -> Concerns;
}

/// An aggregate's state with its place in the log; what a snapshot holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Root<A: Decider> {
    /// The state.
    pub state: A::State,
    /// Stream sequence of its last event; 0 before the first.
    pub version: u64,
    /// Hash of its last event.
    pub hash: Option<EventHash>,
    /// Every command that it ever accepted, and where: what makes a repeat exact.
    pub commands: BTreeMap<CommandId, (EventHash, u64)>,
}

// Not derived: that would ask the aggregate itself, a mere name, to be cloneable.
impl<A: Decider> Clone for Root<A> {
    fn clone(&self) -> Self {
        Self {
            state: self.state.clone(),
            version: self.version,
            hash: self.hash,
            commands: self.commands.clone(),
        }
    }
}

impl<A: Decider> Default for Root<A> {
    fn default() -> Self {
        Self { state: A::State::default(), version: 0, hash: None, commands: BTreeMap::new() }
    }
}

impl<A: Decider> Root<A> {
    /// Whether the aggregate has any event.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.version > 0
    }

    /// Takes one recorded event in.
    pub fn take(
        &mut self,
        fact: &Fact<A::Event>,
        sequence: u64,
        hash: EventHash,
        command: Option<CommandRef>,
    ) {
        A::evolve(&mut self.state, fact);
        self.version = sequence;
        self.hash = Some(hash);
        if let Some(command) = command {
            self.commands.insert(command.id, (command.body, sequence));
        }
    }
}

/// Lends a [`Decider`] to the `eventually` project's `Aggregate` trait: the decider with the context of one decision.
#[derive(Debug, Clone)]
pub struct Deciding<A> {
    /// `recorded_at` of what is decided.
    pub now: Timestamp,
    /// Who asks.
    pub actor: Actor,
    /// Legal periods.
    pub policies: Policies,
    aggregate: PhantomData<A>,
}

impl<A: Decider> Deciding<A> {
    /// Fixes the context.
    #[must_use]
    pub fn new(now: Timestamp, actor: Actor, policies: Policies) -> Self {
        Self { now, actor, policies, aggregate: PhantomData }
    }
}

impl<A: Decider> eventually::aggregate::Aggregate for Deciding<A> {
    type Id = Uuid;
    type State = A::State;
    type Event = Fact<A::Event>;
    type Command = A::Command;
    type Error = Refusal;

    fn apply(mut state: Self::State, event: Self::Event) -> Result<Self::State, Self::Error> {
        A::evolve(&mut state, &event);
        Ok(state)
    }

    fn handle<'a, 's: 'a>(
        &'a self,
        _id: &'s Self::Id,
        state: &'s Self::State,
        command: Self::Command,
    ) -> BoxFuture<'a, Result<Option<Vec<Self::Event>>, Self::Error>> {
        let context = Context { now: self.now, actor: &self.actor, policies: &self.policies };
        let decided = A::decide(state, command, &context).map(|events| {
            let fact =
                |event| Fact { at: self.now, by: self.actor.subject.clone(), role: self.actor.role, event };
            Some(events.into_iter().map(fact).collect())
        });
        futures::future::ready(decided).boxed()
    }
}
