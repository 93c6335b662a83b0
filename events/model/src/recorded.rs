//! An event as the log holds it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::event::{Event, EventType};
use crate::id::{AggregateId, CaseId, CentreId, CommandId, EventId};

/// SHA-256 over subject, headers and body of a stored event; the next event on the subject carries it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct EventHash(pub [u8; 32]);

impl fmt::Display for EventHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for EventHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for EventHash {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

impl From<EventHash> for String {
    fn from(hash: EventHash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for EventHash {
    type Error = hex::FromHexError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Whom an event is about, as the aggregate stood after it: what a projection routes by.
///
/// It travels in the headers, so that no projection needs to look another event up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concerns {
    /// The centre that it belongs to.
    pub centre: Option<CentreId>,
    /// The cases that it touches, the aggregate's own case among them.
    pub cases: Vec<CaseId>,
    /// It goes to the operator's safeguarding person alone and appears in no view of the centre.
    pub confidential: bool,
}

/// What a caller asked for, so that a repeat is recognised exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandRef {
    /// Derived from the caller and its `Idempotency-Key`.
    pub id: CommandId,
    /// Hash of the request's body: the same key with another body is a mistake of the caller.
    pub body: EventHash,
}

/// The CloudEvents attributes of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// Fixed before the first send; also the message id.
    pub id: EventId,
    /// The type as decoded: the current version.
    pub event_type: EventType,
    /// The aggregate it happened to; its subject.
    pub aggregate: AggregateId,
    /// When we wrote it down (CloudEvents `time`).
    pub recorded_at: Timestamp,
    /// Who wrote it down.
    pub actor: Actor,
    /// Whom it is about.
    pub concerns: Concerns,
    /// The command that it came from.
    pub command: Option<CommandRef>,
    /// Imported or simulated: never notifies anybody.
    pub historic: bool,
    /// Hash of the event before it on its subject; absent on the first.
    pub previous: Option<EventHash>,
    /// W3C trace context.
    pub traceparent: Option<String>,
}

/// An event read from the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Position in the stream, from 1 without gaps.
    pub sequence: u64,
    /// Running maximum of `recorded_at` in stream order: when the network knew it.
    pub known_at: Timestamp,
    /// Its attributes.
    pub meta: Meta,
    /// What happened.
    pub event: Event,
    /// The stored body, JSON, sealed.
    pub body: Box<[u8]>,
    /// Hash of this event.
    pub hash: EventHash,
}
