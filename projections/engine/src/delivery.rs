//! An event as the engine hands it to projections: readable or not.

use jiff::Timestamp;
use nabij_model::{AggregateId, Concerns, EventHash, Recorded};

/// One event of the stream.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// As it should be; without the erased, where it names others too.
    Event(Recorded),
    /// It was about persons alone who are erased: without their ids, and closed.
    Forgotten(Recorded),
    /// This binary cannot read it; as much of it as the headers say.
    Unreadable(Unreadable),
}

/// What is known of an event that cannot be decoded.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) sequence: u64,
    pub(crate) hash: EventHash,
    pub(crate) known_at: Timestamp,
    pub(crate) aggregate: AggregateId,
    pub(crate) concerns: Concerns,
    pub(crate) event_type: String,
    pub(crate) error: String,
}

impl Delivery {
    pub(crate) fn sequence(&self) -> u64 {
        match self {
            Self::Event(event) | Self::Forgotten(event) => event.sequence,
            Self::Unreadable(event) => event.sequence,
        }
    }

    pub(crate) fn hash(&self) -> EventHash {
        match self {
            Self::Event(event) | Self::Forgotten(event) => event.hash,
            Self::Unreadable(event) => event.hash,
        }
    }

    pub(crate) fn known_at(&self) -> Timestamp {
        match self {
            Self::Event(event) | Self::Forgotten(event) => event.known_at,
            Self::Unreadable(event) => event.known_at,
        }
    }

    pub(crate) fn aggregate(&self) -> AggregateId {
        match self {
            Self::Event(event) | Self::Forgotten(event) => event.meta.aggregate,
            Self::Unreadable(event) => event.aggregate,
        }
    }

    pub(crate) fn concerns(&self) -> &Concerns {
        match self {
            Self::Event(event) | Self::Forgotten(event) => &event.meta.concerns,
            Self::Unreadable(event) => &event.concerns,
        }
    }

    pub(crate) fn event_type(&self) -> String {
        match self {
            Self::Event(event) | Self::Forgotten(event) => event.meta.event_type.to_string(),
            Self::Unreadable(event) => event.event_type.clone(),
        }
    }
}
