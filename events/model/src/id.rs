//! Identifiers: UUIDv7 for what people create, UUIDv5 where a thing must exist once.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Namespace of every id that Nabij derives (UUIDv5).
const NAMESPACE: Uuid = Uuid::from_u128(0x6e61_6269_6a00_5000_8000_6e61_6269_6a00);

/// Derives the one id that belongs to `parts`: the same parts always give the same id (UUIDv5).
///
/// The parts are joined with a unit separator, which no part that we derive from contains.
#[must_use]
pub fn derived(parts: &[&str]) -> Uuid {
    Uuid::new_v5(&NAMESPACE, parts.join("\u{1f}").as_bytes())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Derives the one id of this kind that belongs to `parts`.
            #[must_use]
            pub fn derived(parts: &[&str]) -> Self {
                Self(derived(parts))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )*};
}

ids! {
    /// A case: the psychosocial follow-up of one resident.
    CaseId,
    /// A signal.
    SignalId,
    /// A discussion.
    DiscussionId,
    /// A referral.
    ReferralId,
    /// An incident of the official register.
    IncidentId,
    /// A reception centre.
    CentreId,
    /// An escalation.
    EscalationId,
    /// A transfer; it belongs to its case.
    TransferId,
    /// A household: what groups cases.
    HouseholdId,
    /// An action of a case's plan or of a centre.
    ActionId,
    /// A concern that a centre raised with headquarters.
    ConcernId,
    /// A consent that was recorded on a case.
    ConsentId,
    /// A legal hold on a case.
    HoldId,
    /// Something of a file that was shared.
    ShareId,
    /// One breaking of the glass.
    GlassId,
    /// One run of a protocol on a signal.
    RunId,
    /// One event.
    EventId,
    /// What a caller asked for, once: derived from the caller and its `Idempotency-Key`.
    CommandId,
}

/// The seven aggregates; the second token of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AggregateKind {
    /// The follow-up of one resident.
    Case,
    /// Something noticed or told.
    Signal,
    /// A multidisciplinary meeting.
    Discussion,
    /// A referral to outside care.
    Referral,
    /// An entry of the official register.
    Incident,
    /// A reception centre.
    Centre,
    /// An alert that somebody must acknowledge.
    Escalation,
}

impl AggregateKind {
    /// All kinds, in the order of the design.
    pub const ALL: [Self; 7] = [
        Self::Case,
        Self::Signal,
        Self::Discussion,
        Self::Referral,
        Self::Incident,
        Self::Centre,
        Self::Escalation,
    ];

    /// The token used in subjects and event types.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Signal => "signal",
            Self::Discussion => "discussion",
            Self::Referral => "referral",
            Self::Incident => "incident",
            Self::Centre => "centre",
            Self::Escalation => "escalation",
        }
    }
}

impl fmt::Display for AggregateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One aggregate: its kind and id, written `case.<uuid>` (the tail of its subject).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AggregateId {
    /// Which of the seven.
    pub kind: AggregateKind,
    /// Its id.
    pub id: Uuid,
}

impl AggregateId {
    /// Joins a kind and an id.
    #[must_use]
    pub fn new(kind: AggregateKind, id: impl Into<Uuid>) -> Self {
        Self { kind, id: id.into() }
    }
}

impl fmt::Display for AggregateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.kind, self.id)
    }
}

/// `text` is not `<aggregate>.<uuid>`.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not an aggregate: expected for example case.01890000-0000-7000-8000-000000000000")]
pub struct NotAnAggregate(String);

impl FromStr for AggregateId {
    type Err = NotAnAggregate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (kind, id) = text.split_once('.')?;
            let kind = AggregateKind::ALL.into_iter().find(|known| known.as_str() == kind)?;
            Some(Self { kind, id: id.parse().ok()? })
        };
        parse().ok_or_else(|| NotAnAggregate(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_id_is_the_same_for_ever() {
        let id = IncidentId::derived(&["incident", "fedasil", "2024/118"]);
        assert_eq!(
            id.to_string(),
            "dffa202b-ba4a-5593-b7ea-f1948d1e46df",
            "imports would enter everything twice"
        );
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(derived(&["ab", "c"]), derived(&["a", "bc"]));
        assert_ne!(derived(&["ab"]), derived(&["a", "b"]));
    }

    #[test]
    fn an_aggregate_reads_back_as_it_was_written() {
        for kind in AggregateKind::ALL {
            let written = AggregateId::new(kind, derived(&["a"]));
            assert_eq!(written.to_string().parse::<AggregateId>().unwrap(), written);
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        for wrong in ["case", "case.", "case.1", "weather.01890000-0000-7000-8000-000000000000"] {
            assert!(wrong.parse::<AggregateId>().is_err(), "{wrong:?}");
        }
    }
}
