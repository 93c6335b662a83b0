//! From a command to sealed events that are ready to send.

use nabij_model::event::{Payload, decode_one};
use nabij_model::recorded::CommandRef;
use nabij_model::{AggregateId, Decider, EventId, Fact, Meta, Root};
use uuid::Uuid;

use crate::append::{Append, Prepared};
use crate::envelope;
use crate::error::{ExecuteError, LogError, LogErrorKind};
use crate::hash::event_hash;
use crate::log::Log;
use crate::publish::Message;
use crate::seal::{self, NotSealed};
use crate::submission::{Accepted, Submission};
use crate::vault::{NewKeys, Unwritten};

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
    /// Sequences are not known yet: [`settle`](Self::settle) puts them in.
    pub(crate) next: Root<A>,
    command: Option<CommandRef>,
}

impl<A: Decider> Decision<A> {
    /// The aggregate after its events were stored, the last one at `sequence`.
    pub(crate) fn settle(mut self, sequence: u64) -> (Accepted, Root<A>) {
        settle(&mut self.next, self.command, sequence);
        let id = self.append.aggregate().id;
        (Accepted { id, sequence, version: sequence, replayed: false }, self.next)
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
        let mut next = root.clone();
        let mut clear_state = root.state.clone();
        let mut prepared = Vec::with_capacity(events.len());
        for event in events {
            let Submission { now, actor, .. } = submission;
            let fact = Fact { at: *now, by: actor.subject.clone(), role: actor.role, event };
            A::evolve(&mut clear_state, &fact);
            let concerns = A::concerns(aggregate.id, &clear_state);
            let wanted = NewKeys { aggregate, concerns: concerns.cases.clone(), fresh: root.version == 0 };
            let meta = Meta {
                id: EventId(Uuid::now_v7()),
                event_type: fact.event.event_type(),
                aggregate,
                recorded_at: submission.now,
                actor: submission.actor.clone(),
                concerns,
                command: submission.command,
                historic: submission.historic,
                previous: next.hash,
                traceparent: submission.traceparent.clone(),
            };
            let (body, fact) = self.sealed::<A>(fact, &meta, wanted, unwritten).await?;
            let subject = self.subject(aggregate);
            let headers = envelope::headers(&meta);
            let hash = event_hash(&subject, &headers, &body);
            next.take(&fact, next.version, hash, submission.command);
            let message = Message { subject, headers, body: body.into() };
            prepared.push(Prepared { id: meta.id, message, hash });
        }
        let append = Append::new(aggregate, root.version, prepared);
        Ok(Decided::Events(Box::new(Decision { append, next, command: submission.command })))
    }

    /// The body with its clear fields closed, and the fact as a later reader would load it: only profile fields open.
    async fn sealed<A: Decider>(
        &self,
        fact: Fact<A::Event>,
        meta: &Meta,
        wanted: NewKeys,
        unwritten: &mut Unwritten,
    ) -> Result<(Vec<u8>, Fact<A::Event>), ExecuteError> {
        let unstorable = |error: serde_json::Error| ExecuteError::Unstorable(error.to_string());
        let mut body = fact.event.to_json().map_err(unstorable)?;
        if !seal::has_sealed(&body) {
            return Ok((serde_json::to_vec(&body).map_err(unstorable)?, fact));
        }
        let keys = match seal::has_clear(&body) {
            true => Some(self.vault().keys(wanted, unwritten).await?),
            false => None,
        };
        let clear =
            seal::seal(&mut body, meta.id, meta.aggregate, keys.as_ref()).map_err(|error| match error {
                NotSealed::ClosedBefore(pointer) => ExecuteError::Unstorable(format!(
                    "the field {pointer} came sealed already: send its clear value, the log seals it"
                )),
                NotSealed::Failed(error) => error.into(),
            })?;
        let stored = serde_json::to_vec(&body).map_err(unstorable)?;
        for (pointer, value) in clear.profile {
            if let Some(field) = body.pointer_mut(&pointer) {
                field["open"] = value;
            }
        }
        let opened = serde_json::to_vec(&body).map_err(unstorable)?;
        let event = decode_one(&meta.event_type.to_string(), &opened).map_err(|error| {
            LogError::because(LogErrorKind::Damaged, "an event does not read back as it was written", error)
        })?;
        Ok((stored, Fact { event, ..fact }))
    }
}
