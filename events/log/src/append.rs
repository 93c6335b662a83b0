//! Appending: optimistic concurrency, and an outcome that is never guessed.
//!
//! Event ids are fixed before the first send. After a lost answer, or any answer that says "wrong sequence" or
//! "duplicate", the event is looked for on its subject, through the leader: there means success, absent means conflict.
//! An answer that was lost is followed by the same messages with the same ids, never by another decision.

use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use futures::FutureExt;
use nabij_model::{AggregateId, EventHash, EventId};

use crate::error::{AppendError, LogError, LogErrorKind};
use crate::leader;
use crate::log::Log;
use crate::publish::{self, MAX_BATCH, Message, Refused};

/// How often the same messages are sent.
const SENDS: u32 = 5;
/// How often an event is looked for when an earlier send of it was never answered and may still be on its way.
const LOOKS: u32 = 5;
/// Pause between two sends or looks.
const PAUSE: Duration = Duration::from_millis(100);

/// An event that is ready to send.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) id: EventId,
    pub(crate) message: Message,
    pub(crate) hash: EventHash,
}

/// Events of one aggregate that go in together, if it is still at the version they were decided on. Only the log makes
/// them, so that all are sealed.
#[derive(Debug, Clone)]
pub struct Append {
    aggregate: AggregateId,
    expected: u64,
    /// Earlier events of the aggregate stand in the same batch: the expectation is theirs.
    follows: bool,
    events: Vec<Prepared>,
}

/// How one send ended.
enum Sent {
    /// Stored; the last event stands at this sequence.
    Stored(u64),
    /// The server said that something was there already, or was not as expected.
    Doubtful,
    /// Nobody said anything.
    Lost(String),
    /// The server has no room for another open batch now.
    Busy,
}

impl Append {
    pub(crate) fn new(aggregate: AggregateId, expected: u64, events: Vec<Prepared>) -> Self {
        Self { aggregate, expected, follows: false, events }
    }

    /// Whose events.
    #[must_use]
    pub fn aggregate(&self) -> AggregateId {
        self.aggregate
    }

    /// The sequence that the aggregate's last event must have; 0 when there is none.
    #[must_use]
    pub fn expected(&self) -> u64 {
        self.expected
    }

    /// The ids of its events.
    pub fn events(&self) -> impl Iterator<Item = EventId> + '_ {
        self.events.iter().map(|event| event.id)
    }

    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    /// Decided before the version was known: it is this one.
    pub(crate) fn expect(&mut self, sequence: u64) {
        self.expected = sequence;
    }

    /// Decided on top of events that go in before it in the same batch.
    pub(crate) fn follow(&mut self) {
        self.follows = true;
    }

    /// The hash of its last event.
    pub(crate) fn last_hash(&self) -> Option<EventHash> {
        self.events.last().map(|event| event.hash)
    }

    /// The messages; the first one carries the expectation, which must stand on a subject's first message only.
    pub(crate) fn messages(&self) -> impl Iterator<Item = Message> + '_ {
        self.events.iter().enumerate().map(|(index, event)| {
            let message = event.message.clone();
            if index == 0 && !self.follows { message.expecting(self.expected) } else { message }
        })
    }
}

impl Log {
    /// Appends events of several aggregates, all or none, each only if its aggregate is still at the expected version.
    /// Gives the sequence of each aggregate's last event. At most [`MAX_BATCH`] events.
    ///
    /// # Errors
    /// [`AppendError::Conflict`] when an aggregate went on meanwhile; nothing was written then.
    pub async fn append_batch(&self, appends: Vec<Append>) -> Result<Vec<u64>, AppendError> {
        let appends: Vec<Append> = appends.into_iter().filter(|append| append.len() > 0).collect();
        let count: usize = appends.iter().map(Append::len).sum();
        let Some(last) = appends.last().and_then(|append| append.events.last()) else {
            return Ok(Vec::new());
        };
        if count > MAX_BATCH {
            return Err(AppendError::TooLarge(format!("{count} events, at most {MAX_BATCH} go in at once")));
        }
        let patience = self.config().timeout;
        let mut lost = None;
        // Before the first send: an event of ours that a later look finds stands behind it.
        let mark = self.gate().mark();
        for send in 0..SENDS {
            self.gate().pass(patience).await.map_err(|error| match &lost {
                // Rewound or away for long, with an unanswered send behind us: nobody knows.
                Some(_) => AppendError::Unknown(error),
                None => AppendError::Log(error),
            })?;
            let sequence = match self.send(&appends, count).await? {
                Sent::Stored(sequence) => Some(sequence),
                Sent::Busy => None,
                Sent::Lost(what) => {
                    let found = self.look(&appends, count, 1).boxed().await;
                    lost = Some(what);
                    found.unwrap_or_default()
                }
                Sent::Doubtful => {
                    let looks = if lost.is_some() { LOOKS } else { 1 };
                    match self.look(&appends, count, looks).boxed().await {
                        Ok(Some(sequence)) => Some(sequence),
                        Ok(None) => return Err(self.conflict(&appends).boxed().await),
                        Err(error) => {
                            lost = Some(error.to_string());
                            None
                        }
                    }
                }
            };
            if let Some(sequence) = sequence {
                self.gate().acknowledged(mark, sequence, last.hash)?;
                return Ok(last_sequences(&appends, sequence));
            }
            tokio::time::sleep(PAUSE * (send + 1)).await;
        }
        let what = lost.unwrap_or_else(|| "the server has too many open batches".into());
        let error =
            LogError::new(LogErrorKind::Unavailable, format!("appending: NATS did not answer ({what})"));
        Err(AppendError::Unknown(error))
    }

    async fn send(&self, appends: &[Append], count: usize) -> Result<Sent, AppendError> {
        let mut messages = appends.iter().flat_map(Append::messages);
        let timeout = self.config().timeout;
        let sent = match (messages.next(), count) {
            (Some(message), 1) => self.outgoing().send(message, timeout).await,
            (first, _) => {
                let _permit = self.batches().acquire().await;
                let messages = first.into_iter().chain(messages).collect();
                publish::batch(self.client(), messages, timeout).boxed().await
            }
        };
        Ok(match sent {
            Ok(sequence) => Sent::Stored(sequence),
            Err(Refused::Duplicate) => Sent::Doubtful,
            Err(Refused::NoAnswer(what)) => Sent::Lost(what),
            Err(Refused::TooLarge(what)) => return Err(AppendError::TooLarge(what)),
            Err(Refused::Code(code, what)) => match code {
                ErrorCode::ATOMIC_PUBLISH_CONTAINS_DUPLICATE_MESSAGE => Sent::Doubtful,
                code if publish::is_wrong_sequence(code) => Sent::Doubtful,
                ErrorCode::ATOMIC_PUBLISH_TOO_MANY_INFLIGHT => Sent::Busy,
                // A reconnect tore the batch apart, or the leader is changing: nothing of this send is stored.
                ErrorCode::ATOMIC_PUBLISH_INCOMPLETE_BATCH | ErrorCode::CLUSTER_NOT_AVAILABLE => {
                    Sent::Lost(what)
                }
                ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM => return Err(AppendError::TooLarge(what)),
                _ => return Err(AppendError::Log(Refused::Code(code, what).into_log_error("appending"))),
            },
        })
    }

    /// Looks for the first event through the leader; gives the sequence of the last one. Everything stands together, so
    /// that one of them tells of all. If it is there, it is the first on its subject after the expected sequence.
    async fn look(&self, appends: &[Append], count: usize, looks: u32) -> Result<Option<u64>, LogError> {
        let Some(first) = appends.first() else { return Ok(None) };
        let stream = self.stream(&self.config().stream).await?;
        let subject = self.subject(first.aggregate);
        for look in 1..=looks {
            let found = leader::message(&stream, first.expected + 1, Some(&subject)).await?;
            if let Some(raw) = found {
                // Not by its id alone: that of a history that is taken over again is the same, its ciphertexts are not.
                let ours = first.events.first().is_some_and(|event| event.hash == raw.event_hash());
                return Ok(ours.then(|| raw.sequence + count as u64 - 1));
            }
            if look < looks {
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(None)
    }

    /// Names the aggregate that went on; of a batch, the first that did.
    async fn conflict(&self, appends: &[Append]) -> AppendError {
        let mut named = appends.first();
        if appends.len() > 1 {
            for append in appends {
                let Ok(stream) = self.stream(&self.config().stream).await else { break };
                let subject = self.subject(append.aggregate);
                let later = leader::message(&stream, append.expected + 1, Some(&subject)).await;
                if matches!(later, Ok(Some(_))) {
                    named = Some(append);
                    break;
                }
            }
        }
        match named {
            Some(append) => AppendError::Conflict { aggregate: append.aggregate, expected: append.expected },
            None => AppendError::TooLarge("nothing to append".into()),
        }
    }
}

/// Where each aggregate's last event stands when the very last one stands at `sequence`: they follow each other.
fn last_sequences(appends: &[Append], sequence: u64) -> Vec<u64> {
    let mut rest: u64 = appends.iter().map(|append| append.len() as u64).sum();
    appends
        .iter()
        .map(|append| {
            rest -= append.len() as u64;
            sequence - rest
        })
        .collect()
}
