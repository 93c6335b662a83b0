//! One command on one aggregate, whatever its kind: what a transaction and a bulk load are made of.

use std::any::Any;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use nabij_model::recorded::CommandRef;
use nabij_model::{AggregateId, Decider, Root};
use uuid::Uuid;

use crate::append::Append;
use crate::decision::{Decided, settle};
use crate::error::{ExecuteError, LogError};
use crate::load::Via;
use crate::log::Log;
use crate::submission::{Accepted, Submission};
use crate::vault::Unwritten;

/// A root of any kind.
pub(crate) trait Held: Any + Send + Sync {
    /// Sequence of the last event that is known to be stored.
    fn version(&self) -> u64;
    /// The events of `command` were stored, the last one at `sequence`.
    fn settled(&mut self, command: Option<CommandRef>, sequence: u64);
    /// Gives it to the process's cache; `events` were added to it.
    fn keep(self: Box<Self>, log: &Log, aggregate: AggregateId, events: u32);
}

impl<A: Decider> Held for Root<A> {
    fn version(&self) -> u64 {
        self.version
    }

    fn settled(&mut self, command: Option<CommandRef>, sequence: u64) {
        settle(self, command, sequence);
    }

    fn keep(self: Box<Self>, log: &Log, aggregate: AggregateId, events: u32) {
        log.keep(aggregate, Arc::new(*self), events);
    }
}

/// What a step leads to.
pub(crate) enum Led {
    /// Events, and the aggregate after them.
    ToEvents(Append, Box<dyn Held>),
    /// Nothing: it was carried out before, or changes nothing.
    Nowhere(Accepted),
}

/// A command on an aggregate of any kind.
pub(crate) trait Step: Send + Sync {
    fn aggregate(&self) -> AggregateId;
    fn submission(&self) -> &Submission;
    /// What this process remembers, or an empty root.
    fn remembered(&self, log: &Log) -> Box<dyn Held>;
    /// What the leader knows; the process's cache remembers it.
    fn read<'a>(&'a self, log: &'a Log) -> BoxFuture<'a, Result<Box<dyn Held>, LogError>>;
    /// Decides on `root`, which must be of the step's kind.
    fn decide<'a>(
        &'a self,
        log: &'a Log,
        root: &'a dyn Held,
        unwritten: &'a mut Unwritten,
    ) -> BoxFuture<'a, Result<Led, ExecuteError>>;
    /// Carries it out alone.
    fn execute<'a>(&'a self, log: &'a Log) -> BoxFuture<'a, Result<Accepted, ExecuteError>>;
}

/// The only kind of step.
pub(crate) struct CommandStep<A: Decider> {
    pub(crate) id: Uuid,
    pub(crate) command: A::Command,
    pub(crate) submission: Submission,
}

impl<A: Decider> Step for CommandStep<A>
where
    A::Command: Sync,
{
    fn aggregate(&self) -> AggregateId {
        AggregateId::new(A::KIND, self.id)
    }

    fn submission(&self) -> &Submission {
        &self.submission
    }

    fn remembered(&self, log: &Log) -> Box<dyn Held> {
        let root = log.roots().get::<A>(self.aggregate()).unwrap_or_default();
        Box::new(Root::clone(&root))
    }

    fn read<'a>(&'a self, log: &'a Log) -> BoxFuture<'a, Result<Box<dyn Held>, LogError>> {
        async {
            let root = log.root::<A>(self.aggregate(), Via::Leader).await?;
            Ok(Box::new(Arc::unwrap_or_clone(root)) as _)
        }
        .boxed()
    }

    fn decide<'a>(
        &'a self,
        log: &'a Log,
        root: &'a dyn Held,
        unwritten: &'a mut Unwritten,
    ) -> BoxFuture<'a, Result<Led, ExecuteError>> {
        let (root, aggregate): (&dyn Any, _) = (root, self.aggregate());
        let root = root.downcast_ref::<Root<A>>();
        async move {
            let empty = Root::default();
            let command = self.command.clone();
            let root = root.unwrap_or(&empty);
            Ok(match log.decide::<A>(aggregate, root, command, &self.submission, unwritten).await? {
                Decided::Events(decision) => Led::ToEvents(decision.append, Box::new(decision.next)),
                Decided::Nothing(accepted) => Led::Nowhere(accepted),
            })
        }
        .boxed()
    }

    fn execute<'a>(&'a self, log: &'a Log) -> BoxFuture<'a, Result<Accepted, ExecuteError>> {
        log.execute::<A>(self.id, self.command.clone(), &self.submission).boxed()
    }
}
