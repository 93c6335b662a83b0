//! Walking the whole log: is it what was written, and nothing else?

use std::collections::{HashMap, HashSet};
use std::fmt;

use futures::StreamExt;
use nabij_model::{AggregateId, EventHash, EventId};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::envelope;
use crate::error::{LogError, LogErrorKind};
use crate::known_at::KnownAt;
use crate::log::Log;
use crate::raw::Raw;
use crate::seal;

/// Findings that are listed; the rest is counted.
const LISTED: usize = 20;
/// Events between two words of progress.
const PROGRESS: u64 = 10_000;

/// What is wrong with one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub sequence: u64,
    /// Its subject; empty when the event itself is missing.
    pub subject: String,
    /// What is wrong, in a sentence.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sequence {} {}: {}", self.sequence, self.subject, self.what)
    }
}

/// The answer of [`Log::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The end of the log when the walk began; everything up to it was walked.
    pub through: u64,
    /// How many events were read.
    pub events: u64,
    /// How many aggregates they belong to.
    pub aggregates: usize,
    /// The first findings, in stream order: the first one is the first bad event.
    pub findings: Vec<Finding>,
    /// How many findings there are in all.
    pub found: u64,
    /// Rolling hash over sequence and hash of every event: signed and kept outside NATS, it is an anchor.
    pub anchor: EventHash,
}

impl Verification {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.found == 0
    }

    /// The first bad event.
    #[must_use]
    pub fn first_bad(&self) -> Option<&Finding> {
        self.findings.first()
    }
}

/// What the walk remembers: about 100 bytes for an aggregate, 30 for an event.
struct Walk {
    result: Verification,
    last_of: HashMap<AggregateId, EventHash>,
    ids: HashSet<EventId>,
    rolling: Sha256,
    known_at: KnownAt,
}

impl Log {
    /// Walks the log from the first event to its present end: gaps, the chain of hashes on every subject, ids that occur
    /// twice, events that do not decode, fields that are not sealed for their place. `progress` hears the sequence now and
    /// then, and at the end.
    ///
    /// # Errors
    /// Only when the log cannot be read; what is wrong with it is in the answer.
    pub async fn verify(&self, mut progress: impl FnMut(u64)) -> Result<Verification, LogError> {
        let head = self.head().await?;
        let mut walk = Walk::new(head.sequence);
        let mut next = 1;
        while next <= head.sequence {
            let events = match self.read(next).await {
                Ok(events) => events,
                Err(error) => {
                    next = walk.behind(&error).ok_or(error)?;
                    continue;
                }
            };
            let mut events = std::pin::pin!(events);
            while next <= head.sequence {
                match events.next().await {
                    Some(Ok(raw)) => {
                        next = raw.sequence + 1;
                        walk.event(&raw);
                        if raw.sequence % PROGRESS == 0 {
                            progress(raw.sequence);
                        }
                    }
                    Some(Err(error)) => {
                        next = walk.behind(&error).ok_or(error)?;
                        break;
                    }
                    None => break,
                }
            }
        }
        progress(head.sequence);
        Ok(walk.end())
    }
}

impl Walk {
    fn new(through: u64) -> Self {
        let anchor = EventHash([0; 32]);
        let result = Verification { through, events: 0, aggregates: 0, findings: vec![], found: 0, anchor };
        Self {
            result,
            last_of: HashMap::new(),
            ids: HashSet::new(),
            rolling: Sha256::new(),
            known_at: KnownAt::default(),
        }
    }

    /// A gap is a finding, and the walk goes on behind it.
    fn behind(&mut self, error: &LogError) -> Option<u64> {
        let LogErrorKind::Gap { first, last } = error.kind() else { return None };
        let missing = last - first + 1;
        self.find(first, "", format!("{missing} events are missing, up to sequence {last}"));
        Some(last + 1)
    }

    fn event(&mut self, raw: &Raw) {
        self.result.events += 1;
        let hash = raw.event_hash();
        self.rolling.update(raw.sequence.to_le_bytes());
        self.rolling.update(hash.0);
        let wrong = self.chain(raw, hash).err().or_else(|| self.content(raw).err());
        if let Some(what) = wrong {
            self.find(raw.sequence, &raw.subject, what);
        }
    }

    /// Its place: whose it is, what it follows, that it is there once.
    fn chain(&mut self, raw: &Raw, hash: EventHash) -> Result<(), String> {
        let aggregate = raw.aggregate().map_err(|error| error.to_string())?;
        let before = self.last_of.insert(aggregate, hash);
        let id = raw.event_id().map_err(|error| error.to_string())?;
        if !self.ids.insert(id) {
            return Err(format!("the event id {id} occurs twice"));
        }
        let named = raw.headers.get(envelope::SUBJECT).map(ToString::to_string);
        if named != Some(aggregate.to_string()) {
            return Err(format!("it says that it belongs to {}", named.unwrap_or_else(|| "nothing".into())));
        }
        let previous = envelope::Brief::of(&raw.headers).map_err(|error| error.to_string())?.previous;
        match (previous, before) {
            (previous, before) if previous == before => Ok(()),
            (None, Some(_)) => Err("it says that it is the first on its subject, and is not".into()),
            (Some(_), None) => Err("the event before it on its subject is missing".into()),
            _ => Err("the event before it on its subject is another than it was, or one is missing".into()),
        }
    }

    /// Its content: that it decodes, and that nothing in it is clear or was sealed for another place.
    fn content(&mut self, raw: &Raw) -> Result<(), String> {
        let recorded = raw.decode(&mut self.known_at).map_err(|error| error.to_string())?;
        let body: Value = serde_json::from_slice(&raw.body).map_err(|error| error.to_string())?;
        if seal::has_clear(&body) {
            return Err("a field that must be sealed is clear".into());
        }
        for (pointer, field) in seal::ciphertexts(&body) {
            if field.of != format!("{}#{pointer}", recorded.meta.id) {
                return Err(format!("the sealed field {pointer} was sealed for {}", field.of));
            }
            if field.key != seal::key_id(recorded.meta.aggregate, field.level) {
                return Err(format!("the sealed field {pointer} names the key of another aggregate"));
            }
        }
        Ok(())
    }

    fn find(&mut self, sequence: u64, subject: &str, what: String) {
        self.result.found += 1;
        if self.result.findings.len() < LISTED {
            self.result.findings.push(Finding { sequence, subject: subject.to_owned(), what });
        }
    }

    fn end(mut self) -> Verification {
        self.result.aggregates = self.last_of.len();
        self.result.anchor = EventHash(self.rolling.finalize().into());
        self.result
    }
}
