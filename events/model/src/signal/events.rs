//! What can happen to a signal.

mod apart;
mod assessed;
mod logged;
mod protocol;
mod redacted;

pub use apart::*;
pub use assessed::*;
pub use logged::*;
pub use protocol::*;
pub use redacted::*;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::events;
use crate::id::{CentreId, DiscussionId, IncidentId, SignalId};
use crate::occurred::Occurred;
use crate::sealed::Sealed;
use crate::text::Code;

events! {
    /// What can happen to a signal.
    SignalEvent of Signal {
        Logged(Logged) = "logged" v 1,
        Assessed(Assessed) = "assessed" v 1,
        Linked(Linked) = "linked" v 1,
        Unlinked(Unlinked) = "unlinked" v 1,
        LinkRejected(LinkRejected) = "link_rejected" v 1,
        NotRegistered(NotRegistered) = "not_registered" v 1,
        Dismissed(Dismissed) = "dismissed" v 1,
        FeedbackGiven(FeedbackGiven) = "feedback_given" v 1,
        Corrected(Corrected) = "corrected" v 1,
        Redacted(Redacted) = "redacted" v 1,
        ProtocolStarted(ProtocolStarted) = "protocol_started" v 1,
        ProtocolStepDone(ProtocolStepDone) = "protocol_step_done" v 1,
        ProtocolStepSkipped(ProtocolStepSkipped) = "protocol_step_skipped" v 1,
        ProtocolStepOverdue(ProtocolStepOverdue) = "protocol_step_overdue" v 1,
    }
}

/// What a signal is linked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkTarget {
    /// An entry of the register.
    Incident(IncidentId),
    /// A discussion.
    Discussion(DiscussionId),
    /// Another signal.
    Signal(SignalId),
}

/// The signal and the target are about the same occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Linked {
    /// The other record of the same occurrence.
    pub to: LinkTarget,
}

/// Why something reportable was not registered (findings of the 2025 studies).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NonRegistrationReason {
    /// The team dealt with it itself.
    HandledInformally,
    /// Seen as normal here.
    SeenAsNormal,
    /// Read as cultural.
    CulturalReading,
    /// The procedure is unclear.
    UnclearProcedure,
    /// No time.
    NoTime,
    /// Nothing would come of it.
    FearOfNoReaction,
    /// Too much would come of it, a hasty transfer for example.
    FearOfOverreaction,
    /// The resident asked not to.
    ResidentAskedNotTo,
    /// Not serious enough.
    NotSerious,
    /// Another reason.
    Other,
}

/// Somebody decided not to register it, and says why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotRegistered {
    /// Why not.
    pub reason: NonRegistrationReason,
    /// In their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
}

/// It turned out to be nothing; a new assessment reopens it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dismissed {
    /// Why.
    pub note: Sealed<String>,
}

/// Who was told what became of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackTo {
    /// Who logged it.
    Reporter,
    /// The child.
    Child,
    /// The parents.
    Parents,
    /// The guardian.
    Guardian,
}

/// What was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackKind {
    /// It was received.
    Acknowledged,
    /// Something was done.
    ActionTaken,
    /// How it ended.
    Outcome,
}

/// Somebody was told what became of the signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedbackGiven {
    /// Who was told.
    pub to: FeedbackTo,
    /// What.
    pub kind: FeedbackKind,
    /// In which words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
    /// Nabij said so by itself, at once: that it was received. It never stands for what a person owes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub automatic: bool,
}

/// Something in the signal was wrong; the first version stays readable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Corrected {
    /// Why.
    pub reason: Sealed<String>,
    /// The note as it should read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed<String>>,
    /// The category as it should be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Code>,
    /// When it really happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred: Option<Occurred>,
    /// Where it really happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_place: Option<CentreId>,
    /// Whom it is really about: the whole list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cases: Option<Vec<Involved>>,
    /// Whether a minor was involved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub involves_minor: Option<bool>,
}
