//! The log as an event store of the `eventually` project: a thin adapter on append and load.
//!
//! Its versions are `u32`: here the stream sequence of the aggregate's last event, and past `u32::MAX` an error. Its
//! `Repository` reads whole subjects; services use [`Log::execute`], which does not.

use std::marker::PhantomData;
use std::sync::Arc;

use eventually::store::{self, EventStream, Expected, Persisted, Select};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use nabij_model::{Actor, AggregateId, Decider, Fact, Root};
use uuid::Uuid;

use crate::append::Append;
use crate::error::{AppendError, ExecuteError, LogError};
use crate::load::{Taken, Via};
use crate::log::Log;
use crate::prepare::Recording;
use crate::vault::Unwritten;

/// What the adapter cannot do, or what went wrong beneath it.
#[derive(Debug, thiserror::Error)]
pub enum EventStoreError {
    /// The aggregate went on meanwhile.
    #[error("the aggregate is at version {actual}, not {expected}")]
    Conflict {
        /// What the caller knew.
        expected: u32,
        /// What it is.
        actual: u64,
    },
    /// The trait's versions end at `u32::MAX`.
    #[error("sequence {0} is past what this interface can count: use `Log::execute`")]
    TooFar(u64),
    /// Without an expected version an append could overwrite what somebody else decided.
    #[error("an append must name the version that it was decided on")]
    AnyVersion,
    /// Nothing is removed from the log; a person is erased through the vault.
    #[error("nothing is ever removed from the log")]
    Remove,
    /// The events could not be sealed or stored.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
    /// The log failed.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl store::AppendError for EventStoreError {
    fn is_conflict_error(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }
}

/// The events of all aggregates of one kind.
#[derive(Debug, Clone)]
pub struct EventStore<A> {
    log: Log,
    aggregate: PhantomData<A>,
}

impl<A: Decider> EventStore<A> {
    /// Lends `log` to `eventually`.
    #[must_use]
    pub fn new(log: Log) -> Self {
        Self { log, aggregate: PhantomData }
    }

    async fn append_at(&self, id: Uuid, at: u32, facts: Vec<Fact<A::Event>>) -> Result<u32, EventStoreError> {
        let aggregate = AggregateId::new(A::KIND, id);
        let root = self.log.root::<A>(aggregate, Via::Leader).await?;
        let conflict = |actual| EventStoreError::Conflict { expected: at, actual };
        if root.version != u64::from(at) {
            return Err(conflict(root.version));
        }
        if facts.is_empty() {
            return Ok(at);
        }
        let (append, next) = self.sealed(aggregate, &root, facts).await?;
        let events = u32::try_from(append.events().count()).unwrap_or(u32::MAX);
        match self.log.append_batch(vec![append]).await {
            Ok(sequences) => {
                let sequence = sequences.last().copied().unwrap_or(root.version);
                self.log.keep(aggregate, Arc::new(Root { version: sequence, ..next }), events);
                version(sequence)
            }
            Err(AppendError::Conflict { .. }) => {
                Err(conflict(self.log.root::<A>(aggregate, Via::Leader).await?.version))
            }
            Err(error) => Err(ExecuteError::from(error).into()),
        }
    }

    /// Facts as events: whoever recorded them is the actor.
    async fn sealed(
        &self,
        aggregate: AggregateId,
        root: &Root<A>,
        facts: Vec<Fact<A::Event>>,
    ) -> Result<(Append, Root<A>), EventStoreError> {
        let mut unwritten = Unwritten::default();
        let actors: Vec<Actor> = facts.iter().map(actor).collect();
        let recorded = |(actor, fact): (_, Fact<A::Event>)| {
            (Recording { at: fact.at, actor, command: None, historic: false, traceparent: None }, fact.event)
        };
        let events = actors.iter().zip(facts).map(recorded).collect();
        let sealed = self.log.prepare(aggregate, root, events, &mut unwritten).await?;
        // Whoever made a key meanwhile wrote to the aggregate as well, or will: a conflict either way.
        if !self.log.vault().write(&mut unwritten).await? {
            let (expected, actual) = (version(root.version)?, root.version);
            return Err(EventStoreError::Conflict { expected, actual });
        }
        Ok(sealed)
    }

    fn persisted(
        id: Uuid,
        taken: Taken<A::Event>,
    ) -> Result<Persisted<Uuid, Fact<A::Event>>, EventStoreError> {
        let sequence = version(taken.sequence)?;
        Ok(Persisted::from(id, taken.fact).version(sequence).sequence_number(sequence))
    }
}

/// A fact says who and in which role, and nothing of centres and operators.
fn actor<E>(fact: &Fact<E>) -> Actor {
    Actor { subject: fact.by.clone(), role: fact.role, centres: vec![], operator: None }
}

fn version(sequence: u64) -> Result<u32, EventStoreError> {
    u32::try_from(sequence).map_err(|_| EventStoreError::TooFar(sequence))
}

impl<A: Decider> store::EventStore for EventStore<A> {
    type SourceId = Uuid;
    type Event = Fact<A::Event>;
    type Error = EventStoreError;

    fn append(
        &mut self,
        id: Uuid,
        expected: Expected,
        events: Vec<Self::Event>,
    ) -> BoxFuture<'_, Result<u32, EventStoreError>> {
        match expected {
            Expected::Any => futures::future::ready(Err(EventStoreError::AnyVersion)).boxed(),
            Expected::Exact(at) => self.append_at(id, at, events).boxed(),
        }
    }

    fn stream(
        &self,
        id: Uuid,
        select: Select,
    ) -> BoxFuture<'_, Result<EventStream<'_, Self>, EventStoreError>> {
        async move {
            let subject = self.log.subject(AggregateId::new(A::KIND, id));
            let raws = self.log.direct().tail(&subject, from(select)).await?;
            let taken = self.log.taken::<A>(&raws).await?;
            Ok(stream::iter(taken.into_iter().map(move |taken| Self::persisted(id, taken))).boxed())
        }
        .boxed()
    }

    fn stream_all(&self, select: Select) -> BoxFuture<'_, Result<EventStream<'_, Self>, EventStoreError>> {
        async move {
            let end = self.log.head().await?.sequence;
            let from = from(select);
            let events =
                self.log.read(from).await?.take(usize::try_from(end + 1 - from.min(end + 1)).unwrap_or(0));
            let own = events.err_into().try_filter_map(move |raw| async move {
                let Some(aggregate) = raw.aggregate().ok().filter(|aggregate| aggregate.kind == A::KIND)
                else {
                    return Ok(None);
                };
                let taken = self.log.taken::<A>(&[raw]).await?.pop();
                taken.map(|taken| Self::persisted(aggregate.id, taken)).transpose()
            });
            Ok(own.boxed())
        }
        .boxed()
    }

    fn remove(&mut self, _: Uuid) -> BoxFuture<'_, Result<(), EventStoreError>> {
        futures::future::ready(Err(EventStoreError::Remove)).boxed()
    }
}

fn from(select: Select) -> u64 {
    match select {
        Select::All => 1,
        Select::From(version) => u64::from(version).max(1),
    }
}
