//! From a command to what it leads to: events that are ready to send, or nothing.

use nabij_model::recorded::CommandRef;
use nabij_model::{AggregateId, Decider, Root};

use crate::append::Append;
use crate::error::ExecuteError;
use crate::log::Log;
use crate::prepare::Recording;
use crate::submission::{Accepted, Submission};
use crate::vault::Unwritten;

/// What a command leads to.
pub(crate) enum Decided<A: Decider> {
    /// These events, once they are in the log.
    Events(Box<Decision<A>>),
    /// Nothing: it was carried out before, or changes nothing.
    Nothing(Accepted),
}

/// Events that are ready to send, and the aggregate as it is once they are in the log.
pub(crate) struct Decision<A: Decider> {
    pub(crate) append: Append,
    /// Sequences are not known yet: [`Settlement::settle`] puts them in.
    pub(crate) next: Root<A>,
    command: Option<CommandRef>,
}

/// What is left to do once the events are in the log.
pub(crate) struct Settlement<A: Decider> {
    next: Root<A>,
    command: Option<CommandRef>,
}

impl<A: Decider> Decision<A> {
    /// What is sent, and what follows from it: apart, since a message is too large to be copied for both.
    pub(crate) fn part(self) -> (Append, Settlement<A>) {
        (self.append, Settlement { next: self.next, command: self.command })
    }
}

impl<A: Decider> Settlement<A> {
    /// The aggregate after its events were stored, the last one at `sequence`.
    pub(crate) fn settle(mut self, aggregate: AggregateId, sequence: u64) -> (Accepted, Root<A>) {
        settle(&mut self.next, self.command, sequence);
        (Accepted { id: aggregate.id, sequence, version: sequence, replayed: false }, self.next)
    }
}

/// Puts the sequence in that was unknown when the decision was made.
pub(crate) fn settle<A: Decider>(root: &mut Root<A>, command: Option<CommandRef>, sequence: u64) {
    root.version = sequence;
    if let Some(command) = command {
        root.commands.insert(command.id, (command.body, sequence));
    }
}

/// Whether the command was carried out before, and where.
pub(crate) fn replayed<A: Decider>(
    aggregate: AggregateId,
    root: &Root<A>,
    submission: &Submission,
) -> Result<Option<Accepted>, ExecuteError> {
    let Some(command) = submission.command else { return Ok(None) };
    match root.commands.get(&command.id) {
        None => Ok(None),
        Some((body, sequence)) if *body == command.body => Ok(Some(Accepted {
            id: aggregate.id,
            sequence: *sequence,
            version: root.version,
            replayed: true,
        })),
        Some((_, sequence)) => Err(ExecuteError::KeyReused { aggregate, sequence: *sequence }),
    }
}

impl Log {
    /// Decides on `root` and seals what follows. New keys go into `unwritten`: they must be in the vault before the events
    /// are sent.
    pub(crate) async fn decide<A: Decider>(
        &self,
        aggregate: AggregateId,
        root: &Root<A>,
        command: A::Command,
        submission: &Submission,
        unwritten: &mut Unwritten,
    ) -> Result<Decided<A>, ExecuteError> {
        if let Some(accepted) = replayed(aggregate, root, submission)? {
            return Ok(Decided::Nothing(accepted));
        }
        if let Some(expected) = submission.expected_version.filter(|expected| *expected != root.version) {
            return Err(ExecuteError::VersionMismatch { aggregate, expected, actual: root.version });
        }
        let events = A::decide(&root.state, command, &submission.context())?;
        if events.is_empty() {
            let version = root.version;
            let unchanged = Accepted { id: aggregate.id, sequence: version, version, replayed: false };
            return Ok(Decided::Nothing(unchanged));
        }
        let recording = Recording {
            at: submission.now,
            actor: &submission.actor,
            command: submission.command,
            historic: submission.historic,
            traceparent: submission.traceparent.as_deref(),
        };
        let events = events.into_iter().map(|event| (recording, event)).collect();
        let (append, next) = self.prepare(aggregate, root, events, unwritten).await?;
        Ok(Decided::Events(Box::new(Decision { append, next, command: submission.command })))
    }
}
