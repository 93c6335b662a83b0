//! A person is erased: one asks, another agrees, and the keys go.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{AggregateId, AggregateKind, DiscussionId, EscalationId, IncidentId, ReferralId, SignalId};
use crate::sealed::Sealed;
use crate::text::StaffId;

/// Why a person's data is destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErasureGround {
    /// The retention period is over.
    RetentionOver,
    /// The person asked for it (Regulation (EU) 2016/679 art. 17).
    PersonAsked,
    /// Should not have been opened.
    OpenedByMistake,
    /// A judge or the data protection authority ordered it.
    Ordered,
}

/// Somebody asks that a person is erased. Nothing is destroyed before a second person agrees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureRequested {
    /// Why.
    pub ground: ErasureGround,
    /// Reference and circumstances; it goes with the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}

/// The second person does not agree: the file stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureRefused {
    /// Why not.
    pub reason: Sealed<String>,
}

/// Who asked takes it back: the file stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureWithdrawn {
    /// Why.
    pub reason: Sealed<String>,
}

/// Records that name a person, by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Records {
    /// Signals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<SignalId>,
    /// Discussions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discussions: Vec<DiscussionId>,
    /// Referrals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub referrals: Vec<ReferralId>,
    /// Entries of the official register.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incidents: Vec<IncidentId>,
    /// Escalations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalations: Vec<EscalationId>,
}

impl Records {
    /// None at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Every one of them, kind by kind.
    #[must_use]
    pub fn all(&self) -> Vec<AggregateId> {
        let Self { signals, discussions, referrals, incidents, escalations } = self;
        let of = |kind| move |id| AggregateId::new(kind, id);
        let signals = signals.iter().map(|id| id.0).map(of(AggregateKind::Signal));
        let discussions = discussions.iter().map(|id| id.0).map(of(AggregateKind::Discussion));
        let referrals = referrals.iter().map(|id| id.0).map(of(AggregateKind::Referral));
        let incidents = incidents.iter().map(|id| id.0).map(of(AggregateKind::Incident));
        let escalations = escalations.iter().map(|id| id.0).map(of(AggregateKind::Escalation));
        signals.chain(discussions).chain(referrals).chain(incidents).chain(escalations).collect()
    }
}

/// The order to destroy what singles the person out, agreed on by two persons. It names every key that goes, so that whoever
/// carries it out, or restores an old backup, needs nothing else; every view drops the person on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Erased {
    /// Why.
    pub ground: ErasureGround,
    /// The second person, who agreed: not the one who asked.
    pub approved_by: StaffId,
    /// The first person, who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<StaffId>,
    /// Records about this person, and else about nobody but persons who are erased already: their keys go with the case's.
    #[serde(default, skip_serializing_if = "Records::is_empty")]
    pub alone: Records,
    /// Records about others too, and those for the safeguarding person alone: they stay, and their words are looked at by a person.
    #[serde(default, skip_serializing_if = "Records::is_empty")]
    pub shared: Records,
    /// Records are listed as of this sequence; what was written between it and this event is found in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed_at: Option<u64>,
}

/// Every key of the order was destroyed, on disk too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureCompleted {
    /// How many records' keys went, the case's own among them.
    pub records: u32,
}
