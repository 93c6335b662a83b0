//! From decided events to messages: addressed, sealed, chained, with ids that are fixed before the first send.

use std::borrow::Cow;

use jiff::Timestamp;
use nabij_model::event::{Payload, decode_one};
use nabij_model::recorded::CommandRef;
use nabij_model::{Actor, AggregateId, Decider, EventId, Fact, Meta, Root};
use uuid::Uuid;

use crate::append::{Append, Prepared};
use crate::envelope;
use crate::error::{ExecuteError, LogError, LogErrorKind};
use crate::hash::event_hash;
use crate::log::Log;
use crate::publish::Message;
use crate::seal::{self, NotSealed};
use crate::vault::{NewKeys, Unwritten};

/// How an event is written down.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recording<'a> {
    pub(crate) at: Timestamp,
    pub(crate) actor: &'a Actor,
    pub(crate) command: Option<CommandRef>,
    pub(crate) historic: bool,
    pub(crate) traceparent: Option<&'a str>,
}

impl Log {
    /// Makes events of `aggregate` ready to send; with the root as it is after them, except for their sequences.
    pub(crate) async fn prepare<A: Decider>(
        &self,
        aggregate: AggregateId,
        root: &Root<A>,
        events: Vec<(Recording<'_>, A::Event)>,
        unwritten: &mut Unwritten,
    ) -> Result<(Append, Root<A>), ExecuteError> {
        let mut next = root.clone();
        // Whom an event is about is known before its fields are closed, from a state that has seen them open.
        let mut clear_state = root.state.clone();
        let subject = self.subject(aggregate);
        let mut prepared = Vec::with_capacity(events.len());
        for (Recording { at, actor, command, historic, traceparent }, event) in events {
            let fact = Fact { at, by: actor.subject.clone(), role: actor.role, event };
            A::evolve(&mut clear_state, &fact);
            let concerns = A::concerns(aggregate.id, &clear_state);
            let key = AggregateId::new(aggregate.kind, A::key(aggregate.id, &clear_state));
            let wanted =
                NewKeys { aggregate: key, concerns: concerns.cases.clone(), fresh: root.version == 0 };
            let meta = Meta {
                id: EventId(Uuid::now_v7()),
                event_type: fact.event.event_type(),
                aggregate,
                recorded_at: at,
                actor: actor.clone(),
                concerns,
                command,
                historic,
                previous: next.hash,
                traceparent: traceparent.map(str::to_owned),
            };
            let (body, fact) = self.sealed::<A>(fact, &meta, wanted, unwritten).await?;
            let headers = envelope::headers(&meta);
            let hash = event_hash(&subject, &headers, &body);
            next.take(&fact, root.version, hash, command);
            let message = Message { subject: subject.clone(), headers, body: body.into() };
            prepared.push(Prepared { id: meta.id, message, hash });
        }
        Ok((Append::new(aggregate, root.version, prepared), next))
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
        let owner = wanted.aggregate;
        let keys = match seal::has_clear(&body) {
            true => Some(self.vault().keys(wanted, unwritten).await?),
            false => None,
        };
        let clear = seal::seal(&mut body, meta.id, owner, keys.as_ref()).map_err(|error| match error {
            NotSealed::ClosedBefore(pointer) => ExecuteError::Unstorable(format!(
                "the field {pointer} came sealed already: send its clear value, the log seals it"
            )),
            NotSealed::Failed(error) => error.into(),
        })?;
        let stored = serde_json::to_vec(&body).map_err(unstorable)?;
        let mut opened = Cow::Borrowed(&stored);
        if !clear.profile.is_empty() {
            for (pointer, value) in clear.profile {
                if let Some(field) = body.pointer_mut(&pointer) {
                    field["open"] = value;
                }
            }
            opened = Cow::Owned(serde_json::to_vec(&body).map_err(unstorable)?);
        }
        let event = decode_one(&meta.event_type.to_string(), &opened).map_err(|error| {
            LogError::because(LogErrorKind::Damaged, "an event does not read back as it was written", error)
        })?;
        Ok((stored, Fact { event, ..fact }))
    }
}
