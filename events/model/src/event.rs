//! Event types: their names, their tables, and the one enum that holds any of them.

use std::fmt;

use schemars::{Schema, SchemaGenerator};

use crate::case::CaseEvent;
use crate::centre::CentreEvent;
use crate::discussion::DiscussionEvent;
use crate::escalation::EscalationEvent;
use crate::id::AggregateKind;
use crate::incident::IncidentEvent;
use crate::referral::ReferralEvent;
use crate::signal::SignalEvent;
use crate::upcast;

/// `nabij.<aggregate>.<name>.v<version>`, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventType {
    /// Whose event.
    pub kind: AggregateKind,
    /// Past tense, snake case.
    pub name: &'static str,
    /// From 1.
    pub version: u16,
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nabij.{}.{}.v{}", self.kind, self.name, self.version)
    }
}

/// Why stored bytes are no event that this binary knows.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// No table has this type, or only an older version of it.
    #[error("event type {0:?} is unknown to this binary: run a newer one")]
    UnknownType(String),
    /// The body does not fit the type.
    #[error("the body is not a {event_type}: {source}")]
    Body {
        /// As the header says.
        event_type: String,
        /// What serde found.
        source: serde_json::Error,
    },
}

/// One line of the catalogue: a type and its JSON Schema as stored (sealed fields as ciphertext).
#[derive(Debug, Clone)]
pub struct CatalogueEntry {
    /// The type.
    pub event_type: EventType,
    /// JSON Schema 2020-12 of the body.
    pub schema: Schema,
}

/// The events of one aggregate.
pub trait Payload: Sized + Clone + fmt::Debug + Send + Sync + 'static {
    /// Whose events.
    const KIND: AggregateKind;

    /// The type of this event.
    fn event_type(&self) -> EventType;

    /// The current type with this name, if there is one.
    fn current(name: &str) -> Option<EventType>;

    /// Reads the body of the current version of `name`.
    ///
    /// # Errors
    /// When no event has this name, or the body does not fit: `None` and `Some` respectively.
    fn read(name: &str, body: &[u8]) -> Result<Self, Option<serde_json::Error>>;

    /// The body as JSON; sealed fields that are still clear carry their level for the log.
    ///
    /// # Errors
    /// Only when a value has no JSON form, which no event has.
    fn to_json(&self) -> Result<serde_json::Value, serde_json::Error>;

    /// Every current type with its schema, each whole in itself.
    fn catalogue(generator: &SchemaGenerator) -> Vec<CatalogueEntry>;
}

/// Declares an aggregate's events: variant, payload, name and version, one line each.
macro_rules! events {
    ($(#[$doc:meta])* $enum:ident of $kind:ident { $($variant:ident($payload:ty) = $name:literal v $version:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum $enum {
            $(
                #[doc = concat!("`", $name, "`, version ", stringify!($version), ".")]
                $variant($payload),
            )*
        }

        impl $crate::event::Payload for $enum {
            const KIND: $crate::id::AggregateKind = $crate::id::AggregateKind::$kind;

            fn event_type(&self) -> $crate::event::EventType {
                let (name, version) = match self { $(Self::$variant(_) => ($name, $version),)* };
                $crate::event::EventType { kind: Self::KIND, name, version }
            }

            fn current(name: &str) -> Option<$crate::event::EventType> {
                let (name, version) = match name { $($name => ($name, $version),)* _ => return None };
                Some($crate::event::EventType { kind: Self::KIND, name, version })
            }

            fn read(name: &str, body: &[u8]) -> Result<Self, Option<serde_json::Error>> {
                match name {
                    $($name => serde_json::from_slice(body).map(Self::$variant).map_err(Some),)*
                    _ => Err(None),
                }
            }

            fn to_json(&self) -> Result<serde_json::Value, serde_json::Error> {
                match self { $(Self::$variant(payload) => serde_json::to_value(payload),)* }
            }

            fn catalogue(generator: &schemars::SchemaGenerator) -> Vec<$crate::event::CatalogueEntry> {
                vec![$($crate::event::CatalogueEntry {
                    event_type: $crate::event::EventType { kind: Self::KIND, name: $name, version: $version },
                    schema: generator.clone().into_root_schema_for::<$payload>(),
                },)*]
            }
        }
    };
}
pub(crate) use events;

macro_rules! any_event {
    ($($kind:ident($events:ident),)*) => {
        /// An event of any aggregate.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Event {
            $(#[doc = concat!("Of a ", stringify!($kind), ".")] $kind($events),)*
        }

        $(impl From<$events> for Event {
            fn from(event: $events) -> Self {
                Self::$kind(event)
            }
        })*

        impl Event {
            /// The type of this event.
            #[must_use]
            pub fn event_type(&self) -> EventType {
                match self { $(Self::$kind(event) => event.event_type(),)* }
            }

            /// The body as JSON; sealed fields that are still clear carry their level for the log.
            ///
            /// # Errors
            /// Only when a value has no JSON form, which no event has.
            pub fn to_json(&self) -> Result<serde_json::Value, serde_json::Error> {
                match self { $(Self::$kind(event) => event.to_json(),)* }
            }

            /// Reads a stored event: looks its type up, lifts an older version to the current one, decodes.
            ///
            /// # Errors
            /// [`DecodeError`] names the type.
            pub fn decode(event_type: &str, body: &[u8]) -> Result<(EventType, Self), DecodeError> {
                let (kind, name, version) =
                    split(event_type).ok_or_else(|| DecodeError::UnknownType(event_type.to_owned()))?;
                match kind { $(AggregateKind::$kind => {
                    let (current, event) = decode_as::<$events>(event_type, name, version, body)?;
                    Ok((current, Self::$kind(event)))
                })* }
            }

            /// Every current event type with its JSON Schema as stored.
            #[must_use]
            pub fn catalogue() -> Vec<CatalogueEntry> {
                let generator = schemars::generate::SchemaSettings::draft2020_12().for_serialize().into_generator();
                let mut entries = Vec::new();
                $(entries.extend($events::catalogue(&generator));)*
                for entry in &mut entries {
                    entry.schema.insert("title".to_owned(), entry.event_type.to_string().into());
                }
                entries
            }
        }
    };
}

any_event! {
    Case(CaseEvent),
    Signal(SignalEvent),
    Discussion(DiscussionEvent),
    Referral(ReferralEvent),
    Incident(IncidentEvent),
    Centre(CentreEvent),
    Escalation(EscalationEvent),
}

fn split(event_type: &str) -> Option<(AggregateKind, &str, u16)> {
    let (kind, rest) = event_type.strip_prefix("nabij.")?.split_once('.')?;
    let (name, version) = rest.split_once(".v")?;
    let kind = AggregateKind::ALL.into_iter().find(|known| known.as_str() == kind)?;
    Some((kind, name, version.parse().ok()?))
}

/// Reads a stored event of one aggregate, lifting an older version to the current one.
///
/// # Errors
/// [`DecodeError`] names the type; an event of another aggregate is of an unknown type here.
pub fn decode_one<E: Payload>(event_type: &str, body: &[u8]) -> Result<E, DecodeError> {
    let (_, name, version) = split(event_type)
        .filter(|(kind, ..)| *kind == E::KIND)
        .ok_or_else(|| DecodeError::UnknownType(event_type.to_owned()))?;
    decode_as(event_type, name, version, body).map(|(_, event)| event)
}

fn decode_as<E: Payload>(
    event_type: &str,
    name: &str,
    version: u16,
    body: &[u8],
) -> Result<(EventType, E), DecodeError> {
    let unknown = || DecodeError::UnknownType(event_type.to_owned());
    let wrong = |source| DecodeError::Body { event_type: event_type.to_owned(), source };
    let current = E::current(name).ok_or_else(unknown)?;
    let event = if version == current.version {
        E::read(name, body)
    } else {
        let old = serde_json::from_slice(body).map_err(wrong)?;
        let lifted = upcast::lift(current, version, old).ok_or_else(unknown)?;
        E::read(name, lifted.to_string().as_bytes())
    };
    event.map(|event| (current, event)).map_err(|error| error.map_or_else(unknown, wrong))
}
