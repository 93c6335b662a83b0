//! An event as it lies in the stream.

use async_nats::HeaderMap;
use bytes::Bytes;
use jiff::Timestamp;
use nabij_model::{Actor, AggregateId, CaseId, Event, EventHash, EventId, Recorded};

use crate::envelope;
use crate::hash::event_hash;
use crate::known_at::KnownAt;

/// Why a stored message is no event that this binary can read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The subject is not `<prefix>.<aggregate>.<uuid>`.
    #[error("the subject {0:?} names no aggregate")]
    Subject(String),
    /// A CloudEvents attribute is not there.
    #[error("the header {0} is missing")]
    MissingHeader(&'static str),
    /// A CloudEvents attribute is not what it should be.
    #[error("the header {header} is {value:?}, which it cannot be")]
    WrongHeader {
        /// Its name.
        header: &'static str,
        /// What stands there.
        value: String,
    },
    /// The body of an audit message is not what its type says.
    #[error("the audit record cannot be read: {0}")]
    Audit(String),
    /// The type or the body.
    #[error(transparent)]
    Event(#[from] nabij_model::event::DecodeError),
}

/// A message of the stream of events: headers not yet parsed, sealed fields closed.
#[derive(Debug, Clone)]
pub struct Raw {
    /// Position in the stream, from 1 without gaps.
    pub sequence: u64,
    /// `<prefix>.<aggregate>.<uuid>`.
    pub subject: String,
    /// CloudEvents attributes, and what the protocol added.
    pub headers: HeaderMap,
    /// JSON.
    pub body: Bytes,
}

impl Raw {
    /// Decodes it, sealed fields as they are; `known_at` takes its time in.
    ///
    /// # Errors
    /// [`DecodeError`] names what does not fit.
    pub fn decode(&self, known_at: &mut KnownAt) -> Result<Recorded, DecodeError> {
        self.decode_as(&self.body, known_at)
    }

    /// Decodes it with `opened`, the body with some fields opened, in place of its own.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_as(&self, opened: &[u8], known_at: &mut KnownAt) -> Result<Recorded, DecodeError> {
        let (event_type, event) = Event::decode(self.event_type()?, opened)?;
        let meta = envelope::meta(self.aggregate()?, event_type, &self.headers)?;
        Ok(Recorded {
            sequence: self.sequence,
            known_at: known_at.observe(meta.recorded_at),
            meta,
            event,
            body: Box::from(self.body.as_ref()),
            hash: self.event_hash(),
        })
    }

    /// Whose event.
    ///
    /// # Errors
    /// When the subject names no aggregate.
    pub fn aggregate(&self) -> Result<AggregateId, DecodeError> {
        let named = self.subject.split_once('.').and_then(|(_, aggregate)| aggregate.parse().ok());
        named.ok_or_else(|| DecodeError::Subject(self.subject.clone()))
    }

    /// Its id.
    ///
    /// # Errors
    /// When the header is missing or is no id.
    pub fn event_id(&self) -> Result<EventId, DecodeError> {
        envelope::id(&self.headers)
    }

    /// Its type as stored: `nabij.case.opened.v1`.
    ///
    /// # Errors
    /// When the header is missing.
    pub fn event_type(&self) -> Result<&str, DecodeError> {
        let value = self.headers.get(envelope::TYPE).ok_or(DecodeError::MissingHeader("ce-type"))?;
        Ok(value.as_str())
    }

    /// Every case that the event was about when it was written.
    #[must_use]
    pub fn cases(&self) -> Vec<CaseId> {
        let named = self.headers.get(envelope::CASES).map(|cases| cases.as_str()).unwrap_or_default();
        named.split(',').filter_map(|case| case.parse().ok()).collect()
    }

    /// Who wrote it down.
    ///
    /// # Errors
    /// When the header is missing or no actor.
    pub fn actor(&self) -> Result<Actor, DecodeError> {
        envelope::actor(&self.headers)
    }

    /// When we wrote it down.
    ///
    /// # Errors
    /// When the header is missing or is no time.
    pub fn recorded_at(&self) -> Result<Timestamp, DecodeError> {
        envelope::recorded_at(&self.headers)
    }

    /// The hash that the next event on its subject carries.
    #[must_use]
    pub fn event_hash(&self) -> EventHash {
        event_hash(&self.subject, &self.headers, &self.body)
    }
}
